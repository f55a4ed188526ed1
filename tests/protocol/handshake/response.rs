//! The rules for a server's answer to the opening handshake (RFC 6455 §4.1).

use wsparse::Status;
use wsparse::handshake::{
    Accepted, HandshakeError, HeadLimits, HeadReader, Key, Offer, Response, Uri,
};

/// §1.2 and §4.2.2.
const GOOD: &str = "HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
    Sec-WebSocket-Protocol: chat\r\n\
    Sec-WebSocket-Extensions: bar; baz=2\r\n\
    \r\n";

fn read(head: &str) -> Result<Response<'_>, HandshakeError> {
    match HeadReader::new(HeadLimits::default()).response(head.as_bytes())? {
        Status::Complete(response) => Ok(response),
        Status::Incomplete { .. } => panic!("{head:?} is incomplete"),
    }
}

fn accepted(head: &str) -> Result<Accepted<'_>, HandshakeError> {
    let offer = Offer {
        subprotocols: &["chat", "superchat"],
        extensions: "foo, bar; baz=2, bar",
        ..Offer::new(Uri::parse("ws://server.example.com/chat")?)
    };
    read(head)?.accepted(&offer, Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==")?)
}

/// `GOOD` with one thing changed.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(GOOD.matches(from).count(), 1, "{from}");
    GOOD.replace(from, to)
}

#[test]
fn what_is_in_use_and_what_follows() {
    let stream = [GOOD, "\u{1}frames"].concat();
    let response = read(&stream).unwrap();
    assert_eq!((response.status(), response.headers().count()), (101, 5));
    assert_eq!(&stream[response.head_len()..], "\u{1}frames");
    let accepted = accepted(&stream).unwrap();
    assert_eq!(accepted.subprotocol(), Some("chat"));
    let extensions: Vec<_> = accepted.extensions().collect();
    assert_eq!((extensions.len(), extensions[0].name()), (1, "bar"));
    let (name, value) = extensions[0].params().next().unwrap();
    assert_eq!((name, value.unwrap().to_string()), ("baz", "2".to_owned()));
}

#[test]
fn still_good() {
    let none = changed("Sec-WebSocket-Protocol: chat\r\n", "");
    assert_eq!(accepted(&none).unwrap().subprotocol(), None);
    let changes = [
        ("Switching Protocols", "Anything"),
        ("Switching Protocols", "\tAny thing \u{e9}"),
        (" Switching Protocols", ""),
        ("Upgrade: websocket", "UPGRADE:\tWebSocket "),
        ("Upgrade: websocket", "Upgrade: ,websocket"),
        ("Connection: Upgrade", "connection: keep-alive, upgrade"),
        ("Connection: Upgrade", "Connection: a\r\nConnection: UPGRADE"),
        ("Sec-WebSocket-Accept: ", "sec-websocket-accept: \t "),
        ("xOo=", "xOo= \t"),
        ("Protocol: chat", "Protocol: superchat"),
        ("Sec-WebSocket-Extensions: bar; baz=2\r\n", ""),
        ("bar; baz=2", "foo, bar, ,foo; x=\"1\""),
        ("Upgrade: websocket", "Set-Cookie: a\r\nSet-Cookie: b\r\nUpgrade: websocket"),
        // Unknown headers are ignored. These two are from a draft.
        ("Upgrade: websocket", "Sec-WebSocket-Origin: a\r\nUpgrade: websocket"),
        ("Upgrade: websocket", "Sec-WebSocket-Location: b\r\nUpgrade: websocket"),
    ];
    for (from, to) in changes {
        accepted(&changed(from, to)).unwrap_or_else(|error| panic!("{to}: {error}"));
    }
}

#[test]
fn each_rule_by_its_name() {
    let changes = [
        ("HTTP/1.1", "HTTP/2.0", HandshakeError::HttpVersion),
        ("HTTP/1.1", "HTTP/1.0", HandshakeError::HttpVersion),
        ("HTTP/1.1", "HTTP/1", HandshakeError::HttpVersion),
        ("HTTP/1.1", "HTTP/1.1/", HandshakeError::HttpVersion),
        ("HTTP/1.1", "ICY", HandshakeError::StartLine),
        ("HTTP/1.1", "http/1.1", HandshakeError::StartLine),
        ("101", "1O1", HandshakeError::StartLine),
        ("101", "10", HandshakeError::StartLine),
        ("101", "1010", HandshakeError::StartLine),
        ("101", " 101", HandshakeError::StartLine),
        ("101", "", HandshakeError::StartLine),
        ("Switching", "Switch\x7fing", HandshakeError::StartLine),
        ("Switching", "Switch\ring", HandshakeError::StartLine),
        ("HTTP/1.1", "\r\nHTTP/1.1", HandshakeError::StartLine),
        ("Protocols\r\n", "Protocols\n", HandshakeError::LineEnding),
        ("Upgrade: websocket\r\n", "Upgrade: websocket\n", HandshakeError::LineEnding),
        ("Upgrade: websocket", "Upgrade : websocket", HandshakeError::Header),
        ("Upgrade: websocket", "Upgrade:\r\n websocket", HandshakeError::Header),
        ("Upgrade: websocket", "Upgrade: \0websocket", HandshakeError::Header),
        ("Upgrade: websocket", "Upgrade: websocket\rX: y", HandshakeError::Header),
        ("Upgrade: websocket", "Upgrade websocket", HandshakeError::Header),
        ("101", "200", HandshakeError::NotSwitching { status: 200 }),
        ("101", "100", HandshakeError::NotSwitching { status: 100 }),
        ("101", "302", HandshakeError::NotSwitching { status: 302 }),
        ("101", "401", HandshakeError::NotSwitching { status: 401 }),
        ("Upgrade: websocket\r\n", "", HandshakeError::Upgrade),
        ("Upgrade: websocket", "Upgrade:", HandshakeError::Upgrade),
        ("Upgrade: websocket", "Upgrade: h2c", HandshakeError::Upgrade),
        ("Upgrade: websocket", "Upgrade: websocket, h2c", HandshakeError::Upgrade),
        ("Upgrade: websocket", "Upgrade: websocket\r\nUpgrade: h2c", HandshakeError::Upgrade),
        ("Upgrade: websocket", "Upgrade: web-socket", HandshakeError::Upgrade),
        ("Connection: Upgrade\r\n", "", HandshakeError::Connection),
        ("Connection: Upgrade", "Connection: close", HandshakeError::Connection),
        ("Connection: Upgrade", "Connection: keep-alive Upgrade", HandshakeError::Connection),
        ("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", "", HandshakeError::Accept),
        ("s3pP", "S3pP", HandshakeError::Accept),
        ("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "", HandshakeError::Accept),
        ("xOo=", "xOo", HandshakeError::Accept),
        ("xOo=", "xOo==", HandshakeError::Accept),
        ("xOo=", "xOo=, s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", HandshakeError::Accept),
        // The result of a GUID with a space in it.
        ("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "GzNNjhuNV8HHohRRfBBqvENCgrg=", HandshakeError::Accept),
        (
            "Connection: Upgrade",
            "Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            HandshakeError::RepeatedHeader,
        ),
        (
            "Protocol: chat",
            "Protocol: chat\r\nSec-WebSocket-Protocol: chat",
            HandshakeError::RepeatedHeader,
        ),
        ("Protocol: chat", "Protocol: Chat", HandshakeError::UnofferedSubprotocol),
        ("Protocol: chat", "Protocol: chat, superchat", HandshakeError::UnofferedSubprotocol),
        ("Protocol: chat", "Protocol: other", HandshakeError::UnofferedSubprotocol),
        ("Protocol: chat", "Protocol:", HandshakeError::UnofferedSubprotocol),
        ("Protocol: chat", "Protocol: ch\u{e4}t", HandshakeError::UnofferedSubprotocol),
        ("bar; baz=2", "baz", HandshakeError::UnofferedExtension),
        ("bar; baz=2", "foo, permessage-deflate", HandshakeError::UnofferedExtension),
        ("bar; baz=2", "FOO", HandshakeError::UnofferedExtension),
        ("bar; baz=2", "", HandshakeError::Extensions),
        ("bar; baz=2", "bar baz", HandshakeError::Extensions),
        ("bar; baz=2", "foo, bar; baz=\"\"", HandshakeError::Extensions),
    ];
    for (from, to, error) in changes {
        assert_eq!(accepted(&changed(from, to)).err(), Some(error), "{to:?}");
    }
}

/// §11.3.2: the header "MUST NOT appear more than once in an HTTP response".
#[test]
fn repeated_extensions_are_refused() {
    for second in [
        "Sec-WebSocket-Extensions: bar",
        "Sec-WebSocket-Extensions: foo",
        "Sec-WebSocket-Extensions: unoffered",
        "X: y\r\nsec-websocket-extensions:",
    ] {
        let head = changed("bar; baz=2", &format!("foo\r\n{second}"));
        assert_eq!(accepted(&head).err(), Some(HandshakeError::RepeatedHeader), "{second}");
    }
}

#[test]
fn a_later_version_of_http_1_is_accepted() {
    for minor in 2..=9 {
        let head = changed("HTTP/1.1", &format!("HTTP/1.{minor}"));
        assert_eq!(accepted(&head).unwrap().subprotocol(), Some("chat"), "{minor}");
    }
}

#[test]
fn where_nothing_was_offered_nothing_may_be_used() {
    let key = Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==").unwrap();
    let offer = Offer::new(Uri::parse("ws://server.example.com/chat").unwrap());
    let accepted = |head: &str| read(head).unwrap().accepted(&offer, key).err();
    assert_eq!(accepted(GOOD), Some(HandshakeError::UnofferedSubprotocol));
    let head = changed("Sec-WebSocket-Protocol: chat\r\n", "");
    assert_eq!(accepted(&head), Some(HandshakeError::UnofferedExtension));
    let head = head.replace("Sec-WebSocket-Extensions: bar; baz=2\r\n", "");
    assert_eq!(accepted(&head), None);
}

/// A head, its status, a header's name, and its values.
const OTHERS: [(&str, u16, &str, &[&str]); 5] = [
    ("HTTP/1.1 302 Found\r\nLocation: wss://a/b\r\n\r\n", 302, "location", &["wss://a/b"]),
    (
        "HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nwww-authenticate: Digest\r\n\r\n",
        401,
        "WWW-Authenticate",
        &["Basic", "Digest"],
    ),
    (
        "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13, 8\r\n\r\n",
        426,
        "sec-websocket-version",
        &["13, 8"],
    ),
    ("HTTP/1.1 503\r\nRetry-After: 120\r\n\r\nwait", 503, "Retry-After", &["120"]),
    ("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 101", 103, "Link", &[]),
];

#[test]
fn other_answers_are_given_as_what_they_are() {
    let offer = Offer::new(Uri::parse("ws://a").unwrap());
    for (head, status, name, values) in OTHERS {
        let response = read(head).unwrap();
        let error = HandshakeError::NotSwitching { status };
        assert_eq!(response.accepted(&offer, Key::new([0; 16])), Err(error));
        assert_eq!(response.status(), status);
        assert!(response.header(name).eq(values.iter().map(|value| value.as_bytes())), "{name}");
        assert!(head[..response.head_len()].ends_with("\r\n\r\n"));
    }
}

/// Each rule has a message and a section. No request can cause these errors.
#[test]
fn each_rule_has_words() {
    let errors = [
        (HandshakeError::NotSwitching { status: 302 }, "4.1"),
        (HandshakeError::Accept, "4.1"),
        (HandshakeError::UnofferedSubprotocol, "4.1"),
        (HandshakeError::UnofferedExtension, "9.1"),
        (HandshakeError::UriScheme, "3"),
        (HandshakeError::UriAuthority, "3"),
        (HandshakeError::UriPath, "3"),
        (HandshakeError::UriFragment, "3"),
        (HandshakeError::ExtraHeader, "4.1"),
        (HandshakeError::OwnHeader, "4.1"),
        (HandshakeError::RefusalStatus { status: 101 }, "4.2.2"),
        (HandshakeError::NoRoom { needed: 9 }, "10.4"),
    ];
    let messages: std::collections::HashSet<_> =
        errors.iter().map(|(error, _)| error.to_string()).collect();
    assert_eq!(messages.len(), errors.len());
    for (error, section) in errors {
        assert_eq!((error.section(), error.status()), (section, 500), "{error}");
        assert!(error.answer().starts_with(b"HTTP/1.1 500 Internal Server Error\r\n"));
    }
}

#[cfg(feature = "alloc")]
#[test]
fn a_response_can_be_copied() {
    for (head, status, name, values) in OTHERS {
        let response = read(head).unwrap();
        let body = &head.as_bytes()[response.head_len()..];
        let owned = wsparse::handshake::OwnedResponse::new(&response, body);
        assert_eq!((owned.status, &owned.body[..]), (status, body));
        for name in [name, &name.to_lowercase(), &name.to_uppercase()] {
            assert_eq!(owned.header(name), values.first().copied(), "{name}");
        }
        assert_eq!(owned.header("X-Missing"), None);
    }
}
