//! Properties of all heads: no panic, the same result for every split, and a head that was written
//! is read back unchanged.

use super::support::{
    assert_client_opening, assert_requests, assert_responses, assert_round_trip,
    assert_server_opening,
};
use proptest::prelude::*;
use proptest::{collection::vec, option, sample::Index, sample::select};
use wsparse::handshake::{Accept, Extensions, HeadLimits, Key, Offer, Subprotocols, Uri};

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 500,
        // Failures print their input; wasm has no files.
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

const STARTS: [&str; 9] = [
    "GET / HTTP/1.1\r\n",
    "\r\nGET / HTTP/1.1\r\n",
    "\r\n\r\nGET / HTTP/1.1\r\n",
    "PATCH / HTTP/1.2\r\n",
    "HTTP/1.9 101 Switching Protocols\r\n",
    "GET http://a/b?c HTTP/1.1\r\n",
    "POST * HTTP/1.0\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "HTTP/1.0 302\r\n",
];

const PARTS: [&str; 24] = [
    "Host: a\r\n",
    "Upgrade: websocket\r\n",
    "Connection: Upgrade\r\n",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    "Sec-WebSocket-Version: 13\r\n",
    "Sec-WebSocket-Protocol: a, b\r\n",
    "Sec-WebSocket-Extensions: a; b=\"c\", d\r\n",
    "Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n",
    "Origin: a\r\n",
    "Content-Length: 0\r\n",
    "\r\n",
    "\n",
    "\r",
    ": ",
    ",",
    ";",
    "\"",
    "\\",
    " ",
    "\t",
    "a",
    "\0",
    "Sec-WebSocket-Protocol:",
    "Sec-WebSocket-Extensions:",
];

/// A head, often with a few random bytes that may break it.
fn doubtful_head() -> impl Strategy<Value = Vec<u8>> {
    let parts = vec(prop_oneof![3 => 0..10_usize, 1 => 0..PARTS.len()], 0..14);
    let noise = vec((any::<Index>(), any::<u8>()), 0..3);
    (select(&STARTS[..]), parts, noise).prop_map(|(start, parts, noise)| {
        let mut head = start.as_bytes().to_vec();
        parts.into_iter().for_each(|part| head.extend(PARTS[part].bytes()));
        head.extend(b"\r\n");
        for (place, byte) in noise {
            let place = place.index(head.len());
            head[place] = byte;
        }
        head
    })
}

fn limits() -> impl Strategy<Value = HeadLimits> {
    let small = (0..400_usize, 0..14_usize)
        .prop_map(|(max_head, max_headers)| HeadLimits { max_head, max_headers });
    prop_oneof![2 => Just(HeadLimits::default()), 1 => small]
}

fn token() -> impl Strategy<Value = String> {
    "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}"
}

/// A list of extensions, and the names in it.
fn extensions() -> impl Strategy<Value = (String, Vec<String>)> {
    let value = prop_oneof![token(), token().prop_map(|token| format!("\"{token}\""))];
    let param = (token(), option::of(value)).prop_map(|(name, value)| match value {
        Some(value) => format!("; {name}={value}"),
        None => format!(";{name}"),
    });
    let extension = (select(vec!["a", "b", "c"]), vec(param, 0..3));
    vec(extension, 0..4).prop_map(|extensions| {
        let texts: Vec<_> =
            extensions.iter().map(|(name, params)| format!("{name}{}", params.concat())).collect();
        let names = extensions.into_iter().map(|(name, _)| name.to_owned()).collect();
        (texts.join(", "), names)
    })
}

fn extra_headers() -> impl Strategy<Value = Vec<(String, String)>> {
    let value = "[ -~\t\u{e4}]{0,12}";
    vec((token().prop_map(|name| format!("X-{name}")), value), 0..4)
}

fn borrowed(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

proptest! {
    #![proptest_config(config())]

    /// Also of a valid request with frames after it, and of a response after an informational one.
    #[test]
    fn any_split_in_an_opening(
        head in prop_oneof![
            doubtful_head(),
            Just([STARTS[0], &PARTS[..7].concat(), "\r\nframes"].concat().into_bytes()),
            Just(format!("{}\r\n{}{}\r\n\x01", "HTTP/1.1 102\r\n", STARTS[7], PARTS[1..8].concat()).into_bytes()),
        ],
        limits in limits(),
        ends in vec(0..500_usize, 0..8),
        len in prop_oneof![0..500_usize, Just(4096)],
        cookie in option::of("[a-z]{0,150}"),
    ) {
        let headers = cookie.as_ref().map(|cookie| ("Set-Cookie", cookie.as_str()));
        let accept = Accept { headers: headers.as_slice(), ..Accept::default() };
        let mut memory = std::vec![0; len];
        assert_server_opening(&head, limits, &ends, memory.as_mut_slice(), &accept);
        assert_client_opening(&head, limits, &ends, memory.as_mut_slice());
        #[cfg(feature = "alloc")]
        {
            assert_server_opening(&head, limits, &ends, Vec::new(), &accept);
            assert_client_opening(&head, limits, &ends, Vec::new());
        }
    }

    #[test]
    fn any_split_of_any_head(
        head in doubtful_head(),
        limits in limits(),
        ends in vec(0..400_usize, 0..6),
    ) {
        assert_requests(&head, limits, &ends);
        assert_responses(&head, limits, &ends);
    }

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..60), text in "\\PC{0,40}") {
        assert_requests(&bytes, HeadLimits::default(), &[]);
        assert_responses(&bytes, HeadLimits::default(), &[]);
        Extensions::new(&bytes).flatten().for_each(|extension| {
            extension.params().for_each(|(_, value)| {
                assert!(value.is_none_or(|value| value.bytes().count() > 0));
            });
        });
        Subprotocols::new(&bytes).last();
        _ = Key::parse(&bytes);
        _ = Uri::parse(&text);
        _ = Uri::parse(&format!("ws://{text}"));
    }

    /// The server selects one of the subprotocols and one of the extensions.
    #[test]
    fn what_is_offered_is_accepted(
        uri in "wss?://[a-z.-]{1,9}(:[0-9]{1,4})?(/[!-\"$->@-~]{0,9})?(\\?[!-\"$-~]{0,9})?",
        subprotocols in vec(token(), 0..4),
        (extensions, names) in extensions(),
        headers in extra_headers(),
        answered in extra_headers(),
        nonce in any::<[u8; 16]>(),
        choice in option::of(any::<Index>()),
    ) {
        let mut subprotocols: Vec<_> = subprotocols.iter().map(String::as_str).collect();
        subprotocols.sort_unstable();
        subprotocols.dedup();
        let offer = Offer {
            uri: Uri::parse(&uri).unwrap(),
            subprotocols: &subprotocols,
            extensions: &extensions,
            headers: &borrowed(&headers),
        };
        fn choose<T: Copy>(choice: Option<Index>, from: &[T]) -> Option<T> {
            choice.filter(|_| !from.is_empty()).map(|choice| *choice.get(from))
        }
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let accept = Accept {
            subprotocol: choose(choice, &subprotocols),
            extensions: choose(choice, &names).unwrap_or_default(),
            headers: &borrowed(&answered), ..Accept::default() };
        assert_eq!(assert_round_trip(&offer, Key::new(nonce), &accept), Ok(()));
    }

    /// No text that the caller supplies can add a header.
    #[test]
    fn nothing_is_added(
        subprotocol in "[a, \r\n:]{0,4}",
        extensions in "[a;=\" \t\r\n,:]{0,8}",
        name in "[Xa: \r\n]{0,4}",
        value in "[a: \r\n\t]{0,6}",
    ) {
        let offer = Offer {
            uri: Uri::parse("ws://a").unwrap(),
            subprotocols: &[&subprotocol],
            extensions: &extensions,
            headers: &[(&name, &value)],
        };
        let accept = Accept {
            subprotocol: Some(&subprotocol),
            extensions: &extensions,
            headers: &[(&name, &value)], ..Accept::default() };
        _ = assert_round_trip(&offer, Key::new([0; 16]), &accept);
        let legal = Offer { subprotocols: &["a"], extensions: "a", headers: &[], ..offer };
        _ = assert_round_trip(&legal, Key::new([0; 16]), &accept);
    }
}
