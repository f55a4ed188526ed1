//! Refusals with a status that the application chooses, and the headers of an acceptance.

use wsparse::Status;
use wsparse::handshake::{
    Accept, HandshakeError, HeadLimits, HeadReader, Refusal, Response, Upgrade,
};

fn response(head: &[u8]) -> Response<'_> {
    let read = HeadReader::new(HeadLimits::default()).response(head);
    let Ok(Status::Complete(response)) = read else { panic!("{read:?}") };
    response
}

#[test]
fn to_the_byte() {
    let refusals: [(Refusal<'_>, &str); 5] = [
        (
            Refusal::new(404),
            "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        ),
        (
            Refusal {
                headers: &[("Location", "/b"), ("X", "")],
                body: b"there",
                ..Refusal::new(307)
            },
            "HTTP/1.1 307 Temporary Redirect\r\nConnection: close\r\nContent-Length: 5\r\n\
            Location: /b\r\nX: \r\n\r\nthere",
        ),
        (
            Refusal { headers: &[("X", "y")], ..Refusal::new(405) },
            "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\nConnection: close\r\n\
            Content-Length: 0\r\nX: y\r\n\r\n",
        ),
        (
            Refusal { body: &[b'b'; 10], ..Refusal::new(426) },
            "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\
            Sec-WebSocket-Version: 13\r\nContent-Length: 10\r\n\r\nbbbbbbbbbb",
        ),
        (Refusal::new(599), "HTTP/1.1 599 \r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
    ];
    for (refusal, expected) in refusals {
        let mut out = [0; 512];
        let written = refusal.write(&mut out).unwrap();
        assert_eq!(str::from_utf8(written), Ok(expected));
        let response = response(written);
        assert_eq!(response.status(), refusal.status);
        assert_eq!(&written[response.head_len()..], refusal.body);
        for len in 0..expected.len() {
            let result = refusal.write(&mut out[..len]).map(<[u8]>::len);
            assert_eq!(result, Err(HandshakeError::NoRoom { needed: expected.len() }));
        }
        assert!(refusal.write(&mut out[..expected.len()]).is_ok());
    }
}

#[test]
fn statuses_that_refuse() {
    for status in 0..=1000 {
        let is_legal = (200..600).contains(&status) && ![204, 205, 304].contains(&status);
        let expected =
            if is_legal { Ok(()) } else { Err(HandshakeError::RefusalStatus { status }) };
        assert_eq!(Refusal::new(status).write(&mut [0; 256]).map(drop), expected);
    }
}

#[test]
fn headers_that_are_none_or_more() {
    for (status, name, value, error) in [
        (403, "X Y", "a", HandshakeError::ExtraHeader),
        (403, "", "a", HandshakeError::ExtraHeader),
        (403, "X", "a\r\nY: b", HandshakeError::ExtraHeader),
        (403, "Connection", "keep-alive", HandshakeError::OwnHeader),
        (403, "content-length", "7", HandshakeError::OwnHeader),
        (403, "Transfer-Encoding", "chunked", HandshakeError::OwnHeader),
        (403, "Sec-WebSocket-Accept", "a", HandshakeError::OwnHeader),
        (405, "allow", "POST", HandshakeError::OwnHeader),
        (426, "Upgrade", "h2c", HandshakeError::OwnHeader),
    ] {
        let headers = [("X-First", "1"), (name, value)];
        let refusal = Refusal { headers: &headers, ..Refusal::new(status) };
        for len in [0, 512] {
            assert_eq!(refusal.write(&mut vec![0; len]), Err(error), "{name:?}: {value:?}");
        }
    }
    let refusal = Refusal { headers: &[("Allow", "POST")], ..Refusal::new(404) };
    assert!(refusal.write(&mut [0; 512]).is_ok());
}

/// The headers for an HTTP library are those that this crate writes.
#[test]
fn pairs_and_bytes_of_an_acceptance() {
    let headers = [
        ("host", "example.com"),
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-protocol", "chat"),
        ("sec-websocket-extensions", "foo; x=1, bar"),
    ];
    let headers = headers.map(|(name, value)| (name, value.as_bytes()));
    let upgrade = Upgrade::from_headers("GET", "/chat?a", true, headers).unwrap();
    for (subprotocol, extensions, extra) in [
        (None, "", [].as_slice()),
        (Some("chat"), "", &[]),
        (None, "bar", &[("Set-Cookie", "a=b"), ("Set-Cookie", "c=d")]),
        (Some("chat"), "foo; x=1", &[("X", "")]),
    ] {
        let accept = Accept { subprotocol, extensions, headers: extra, ..Accept::default() };
        let pairs = accept.headers(&upgrade).unwrap();
        let mut out = [0; 512];
        let written = response(accept.write(&upgrade, &mut out).unwrap());
        assert_eq!(written.status(), 101);
        let written = written.headers().map(|header| (header.name, header.value));
        assert!(written.eq(pairs.iter().map(|(name, value)| (name, value.as_bytes()))));
        let count = 3 + usize::from(subprotocol.is_some()) + usize::from(!extensions.is_empty());
        assert_eq!(pairs.iter().count(), count + extra.len());
    }
    let accept = Accept { headers: &[("Host", "a")], ..Accept::default() };
    assert_eq!(accept.headers(&upgrade), Err(HandshakeError::OwnHeader));
}

/// As in RFC 9110 §15 and RFC 6585.
#[test]
fn reason_phrases() {
    let reasons = [
        (200, "OK"),
        (302, "Found"),
        (307, "Temporary Redirect"),
        (308, "Permanent Redirect"),
        (400, "Bad Request"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "Not Found"),
        (405, "Method Not Allowed"),
        (426, "Upgrade Required"),
        (429, "Too Many Requests"),
        (431, "Request Header Fields Too Large"),
        (500, "Internal Server Error"),
        (501, "Not Implemented"),
        (503, "Service Unavailable"),
        (418, ""),
    ];
    for (status, reason) in reasons {
        let mut output = [0; 300];
        let head = Refusal::new(status).write(&mut output).unwrap();
        assert!(head.starts_with(format!("HTTP/1.1 {status} {reason}\r\n").as_bytes()), "{status}");
    }
}
