//! Writing heads: their exact bytes, and that the caller's text cannot add headers.

use super::support::assert_round_trip;
use wsparse::Status;
use wsparse::handshake::{
    Accept, HandshakeError, HeadLimits, HeadReader, Key, Offer, Upgrade, Uri,
};

const KEY: &[u8] = b"dGhlIHNhbXBsZSBub25jZQ==";

fn uri() -> Uri<'static> {
    Uri::parse("ws://server.example.com/chat").unwrap()
}

const OFFER: &str = "GET /chat HTTP/1.1\r\n\
    Host: server.example.com\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Protocol: chat, superchat\r\n\
    Sec-WebSocket-Extensions: foo, bar; baz=2\r\n\
    Origin: http://example.com\r\n\
    Cookie: a=b; c=\u{e4}\r\n\
    \r\n";

const ACCEPT: &str = "HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
    Sec-WebSocket-Protocol: superchat\r\n\
    Sec-WebSocket-Extensions: bar; baz=2\r\n\
    Set-Cookie: a=b\r\n\
    \r\n";

fn offer() -> Offer<'static> {
    Offer {
        subprotocols: &["chat", "superchat"],
        extensions: "foo, bar; baz=2",
        headers: &[("Origin", "http://example.com"), ("Cookie", "a=b; c=\u{e4}")],
        ..Offer::new(uri())
    }
}

fn accept() -> Accept<'static> {
    Accept {
        subprotocol: Some("superchat"),
        extensions: "bar; baz=2",
        headers: &[("Set-Cookie", "a=b")],
        ..Accept::default()
    }
}

fn with_upgrade<T>(check: impl FnOnce(&Upgrade<'_>) -> T) -> T {
    let read = HeadReader::new(HeadLimits::default()).request(OFFER.as_bytes());
    let Ok(Status::Complete(request)) = read else { panic!("{read:?}") };
    check(&request.upgrade().unwrap())
}

#[test]
fn to_the_byte() {
    let key = Key::parse(KEY).unwrap();
    let mut out = [0; 512];
    assert_eq!(offer().write(key, &mut out), Ok(OFFER.as_bytes()));
    with_upgrade(|upgrade| {
        let mut out = [0; 512];
        assert_eq!(accept().write(upgrade, &mut out), Ok(ACCEPT.as_bytes()));
    });
    assert_eq!(assert_round_trip(&offer(), key, &accept()), Ok(()));
}

#[test]
fn room() {
    let key = Key::parse(KEY).unwrap();
    for len in 0..OFFER.len() {
        let result = offer().write(key, &mut vec![0; len]).map(<[u8]>::len);
        assert_eq!(result, Err(HandshakeError::NoRoom { needed: OFFER.len() }));
    }
    assert!(offer().write(key, &mut vec![0; OFFER.len()]).is_ok());
    with_upgrade(|upgrade| {
        for len in 0..ACCEPT.len() {
            let result = accept().write(upgrade, &mut vec![0; len]).map(<[u8]>::len);
            assert_eq!(result, Err(HandshakeError::NoRoom { needed: ACCEPT.len() }));
        }
        assert!(accept().write(upgrade, &mut vec![0; ACCEPT.len()]).is_ok());
    });
}

/// Names and values of additional headers, and the errors that refuse them.
const HEADERS: [(&str, &str, HandshakeError); 34] = [
    ("", "a", HandshakeError::ExtraHeader),
    ("X Y", "a", HandshakeError::ExtraHeader),
    ("X:", "a", HandshakeError::ExtraHeader),
    (" X", "a", HandshakeError::ExtraHeader),
    ("X\r\nY", "a", HandshakeError::ExtraHeader),
    ("X: y\r\nZ", "a", HandshakeError::ExtraHeader),
    ("X\n", "a", HandshakeError::ExtraHeader),
    ("X\0", "a", HandshakeError::ExtraHeader),
    ("\u{e4}", "a", HandshakeError::ExtraHeader),
    ("X", "a\r\nY: b", HandshakeError::ExtraHeader),
    ("X", "a\r\n b", HandshakeError::ExtraHeader),
    ("X", "a\r\n\r\n", HandshakeError::ExtraHeader),
    ("X", "a\n", HandshakeError::ExtraHeader),
    ("X", "\ra", HandshakeError::ExtraHeader),
    ("X", "a\0", HandshakeError::ExtraHeader),
    ("X", "\x1b", HandshakeError::ExtraHeader),
    ("X", "\x7f", HandshakeError::ExtraHeader),
    ("Host", "a", HandshakeError::OwnHeader),
    ("HOST", "a", HandshakeError::OwnHeader),
    ("Upgrade", "websocket", HandshakeError::OwnHeader),
    ("upgrade", "h2c", HandshakeError::OwnHeader),
    ("Connection", "close", HandshakeError::OwnHeader),
    ("connection", "Upgrade", HandshakeError::OwnHeader),
    ("Content-Length", "0", HandshakeError::OwnHeader),
    ("content-length", "5", HandshakeError::OwnHeader),
    ("Transfer-Encoding", "chunked", HandshakeError::OwnHeader),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", HandshakeError::OwnHeader),
    ("Sec-WebSocket-Version", "13", HandshakeError::OwnHeader),
    ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", HandshakeError::OwnHeader),
    ("Sec-WebSocket-Protocol", "chat", HandshakeError::OwnHeader),
    ("SEC-websocket-EXTENSIONS", "foo", HandshakeError::OwnHeader),
    // These two are from a draft.
    ("Sec-WebSocket-Origin", "a", HandshakeError::OwnHeader),
    ("Sec-WebSocket-Location", "a", HandshakeError::OwnHeader),
    ("sec-websocket-", "a", HandshakeError::OwnHeader),
];

#[test]
fn headers_that_are_none_or_more() {
    let key = Key::parse(KEY).unwrap();
    for (name, value, error) in HEADERS {
        // The error is the same if the buffer is too small.
        for len in [0, 512] {
            let headers = [("X-First", "1"), (name, value)];
            let offer = Offer { headers: &headers, ..Offer::new(uri()) };
            assert_eq!(offer.write(key, &mut vec![0; len]), Err(error), "{name:?}: {value:?}");
            let accept = Accept { headers: &headers, ..Accept::default() };
            let result =
                with_upgrade(|upgrade| accept.write(upgrade, &mut vec![0; len]).map(<[u8]>::len));
            assert_eq!(result, Err(error), "{name:?}: {value:?}");
        }
    }
    for (name, value) in [
        ("X", ""),
        ("X", "a\tb"),
        ("X", "a: b"),
        ("X", "\u{e4}"),
        ("Sec-WebSocke", "a"),
        ("Hosts", "a"),
        ("!#$%&'*+-.^_`|~", "a"),
    ] {
        let headers = [(name, value)];
        let offer = Offer { headers: &headers, ..Offer::new(uri()) };
        let accept = Accept { headers: &headers, ..Accept::default() };
        assert_eq!(assert_round_trip(&offer, key, &accept), Ok(()), "{name:?}: {value:?}");
    }
}

#[test]
fn offers_that_are_none() {
    let key = Key::parse(KEY).unwrap();
    let subprotocols: [&[&str]; 8] = [
        &[""],
        &["a b"],
        &["a,b"],
        &["a", "a"],
        &["a", "b", "c", "a"],
        &["a\r\nX: y"],
        &["\u{e4}"],
        &["a", ""],
    ];
    for subprotocols in subprotocols {
        let offer = Offer { subprotocols, ..Offer::new(uri()) };
        assert_eq!(
            offer.write(key, &mut [0; 512]),
            Err(HandshakeError::Subprotocols),
            "{subprotocols:?}"
        );
    }
    for extensions in [" ", ",", "a;", "a b", "a\r\nX: y", "a;\r\n b", "a,\r\nb", "a\0", "\u{e4}"] {
        let offer = Offer { extensions, ..Offer::new(uri()) };
        assert_eq!(
            offer.write(key, &mut [0; 512]),
            Err(HandshakeError::Extensions),
            "{extensions:?}"
        );
    }
}

#[test]
fn nothing_is_accepted_that_was_not_offered() {
    with_upgrade(|upgrade| {
        let mut out = [0; 512];
        for subprotocol in ["", "Chat", "chat, superchat", "other", "chat\r\nX: y", " chat"] {
            let accept = Accept { subprotocol: Some(subprotocol), ..Accept::default() };
            let result = accept.write(upgrade, &mut out);
            assert_eq!(result, Err(HandshakeError::UnofferedSubprotocol), "{subprotocol:?}");
        }
        for extensions in [
            "baz",
            "foo, baz",
            "FOO",
            "foo;",
            " ",
            ",",
            "foo\r\nX: y",
            "foo;\r\nbar",
            "foo,\r\nbar",
            "foo; x=\"\r\n\"",
        ] {
            let accept = Accept { extensions, ..Accept::default() };
            let result = accept.write(upgrade, &mut out);
            assert_eq!(result, Err(HandshakeError::UnofferedExtension), "{extensions:?}");
        }
        for extensions in ["foo", "bar", "bar, foo", "foo; x; y=\"1\", foo"] {
            let accept = Accept { extensions, ..Accept::default() };
            assert!(accept.write(upgrade, &mut out).is_ok(), "{extensions:?}");
        }
    });
}
