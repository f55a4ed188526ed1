//! What a server must find in an opening handshake (RFC 6455 §4.2.1), each rule by its name and
//! the answer to who breaks it.

use wsparse::Status;
use wsparse::handshake::{self, HandshakeError, HeadLimits, HeadReader, Request, Upgrade};

/// §1.2, with a version and a body's absence stated.
const GOOD: &str = "GET /chat?room=7 HTTP/1.1\r\n\
    Host: server.example.com\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Origin: http://example.com\r\n\
    Sec-WebSocket-Protocol: chat, superchat\r\n\
    Sec-WebSocket-Version: 13\r\n\
    \r\n";

fn read(head: &[u8]) -> Result<Request<'_>, HandshakeError> {
    match HeadReader::new(HeadLimits::default()).request(head)? {
        Status::Complete(request) => Ok(request),
        Status::Incomplete { .. } => panic!("{:?} is incomplete", String::from_utf8_lossy(head)),
    }
}

fn upgrade(head: &[u8]) -> Result<Upgrade<'_>, HandshakeError> {
    read(head)?.upgrade()
}

/// `GOOD` with one thing changed.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(GOOD.matches(from).count(), 1, "{from}");
    GOOD.replace(from, to)
}

#[test]
fn all_that_a_handshake_says() {
    let stream = [GOOD.as_bytes(), b"\x81\x80"].concat();
    let upgrade = upgrade(&stream).unwrap();
    assert_eq!(upgrade.host(), "server.example.com");
    assert_eq!((upgrade.path(), upgrade.query()), ("/chat", "room=7"));
    assert_eq!(upgrade.origin(), Some("http://example.com"));
    assert_eq!(upgrade.key().as_str(), "dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!(upgrade.version(), 13);
    assert!(upgrade.subprotocols().eq(["chat", "superchat"]));
    assert_eq!(upgrade.extensions().count(), 0);
    let request = upgrade.request();
    assert_eq!((request.method(), request.target()), ("GET", "/chat?room=7"));
    assert_eq!(&stream[request.head_len()..], b"\x81\x80");
    let names: Vec<_> = request.headers().map(|header| header.name).collect();
    assert_eq!(names.len(), 7);
    assert_eq!((names[0], names[6]), ("Host", "Sec-WebSocket-Version"));
    assert_eq!(request.headers().last().unwrap().value, b"13");
    assert!(request.header("host").eq([b"server.example.com"]));
    assert_eq!(request.header("Cookie").next(), None);
}

/// What to change in `GOOD`, so that it still is good.
const STILL_GOOD: [(&str, &str); 41] = [
    ("Upgrade: websocket", "Upgrade: WebSocket"),
    ("Upgrade: websocket", "UPGRADE:websocket"),
    ("Upgrade: websocket", "upgrade: \t websocket \t"),
    ("Upgrade: websocket", "Upgrade: h2c, websocket"),
    ("Upgrade: websocket", "Upgrade: ,websocket , ,"),
    ("Upgrade: websocket", "Upgrade: h2c\r\nUpgrade: websocket"),
    ("Connection: Upgrade", "Connection: upgrade"),
    ("Connection: Upgrade", "CONNECTION: UPGRADE"),
    ("Connection: Upgrade", "Connection: keep-alive, Upgrade"),
    ("Connection: Upgrade", "Connection: Upgrade,keep-alive"),
    ("Connection: Upgrade", "Connection: keep-alive\r\nX: y\r\nconnection: upgrade"),
    ("Sec-WebSocket-Key", "sec-websocket-key"),
    ("Sec-WebSocket-Key", "SEC-WEBSOCKET-KEY"),
    ("Sec-WebSocket-Key: ", "Sec-WebSocket-Key:"),
    ("Sec-WebSocket-Version: 13", "sec-websocket-version:13 "),
    ("Origin: http://example.com\r\n", ""),
    ("http://example.com", "null"),
    ("http://example.com", "chrome-extension://abcdef"),
    ("Sec-WebSocket-Protocol: chat, superchat\r\n", ""),
    ("chat, superchat", "chat"),
    ("chat, superchat", ",, chat ,\t,superchat, "),
    ("chat, superchat", "chat, chat"),
    ("chat, superchat", "v1.chat!#$%&'*+-.^_`|~9"),
    ("chat, superchat", "chat\r\nSec-WebSocket-Protocol: superchat"),
    ("Host: server.example.com", "Host: server.example.com:8080"),
    ("Host: server.example.com", "Host: server.example.com:"),
    ("Host: server.example.com", "Host: [::1]:9001"),
    ("Host: server.example.com", "Host: 127.0.0.1"),
    // Odd, but RFC 3986 §3.2.2 has it: the comma is a sub-delimiter.
    ("Host: server.example.com", "Host: a,b"),
    ("Host: server.example.com", "Host: x_y-z~%41.com"),
    ("/chat?room=7", "/"),
    ("/chat?room=7", "//"),
    ("/chat?room=7", "/a/b;c=d?e={f}|g^h\\i`j\"k<l>&%20?/"),
    ("/chat?room=7", "http://server.example.com/chat"),
    ("/chat?room=7", "ws://server.example.com:80?x"),
    ("/chat?room=7", "WSS://SERVER.example.com:/"),
    ("Origin:", "Content-Length: 0\r\nOrigin:"),
    ("Origin:", "Content-Length: 00\r\nContent-Length: 0\r\nOrigin:"),
    ("Origin:", "Cookie: a=\"b, c\"; d=\u{e9}\r\nOrigin:"),
    ("Origin:", "X-Empty:\r\nX-Space:  \r\nOrigin:"),
    // §4.2.1: unknown headers are ignored. These two are a draft's.
    ("Origin:", "Sec-WebSocket-Origin: x\r\nSec-WebSocket-Location: y\r\nOrigin:"),
];

#[test]
fn still_good() {
    for (from, to) in STILL_GOOD {
        let head = changed(from, to);
        let upgrade = upgrade(head.as_bytes()).unwrap_or_else(|error| panic!("{to}: {error}"));
        assert_eq!(upgrade.request().head_len(), head.len(), "{to}");
    }
}

/// What to change in `GOOD`; which rule it then breaks.
const BROKEN: [(&str, &str, HandshakeError); 93] = [
    // The head.
    ("GET ", "\r\nGET ", HandshakeError::StartLine),
    ("GET ", " GET ", HandshakeError::StartLine),
    ("GET ", "GET  ", HandshakeError::StartLine),
    ("GET /", "GET\t/", HandshakeError::StartLine),
    ("GET ", "G(T ", HandshakeError::StartLine),
    ("GET ", "G\0T ", HandshakeError::StartLine),
    ("GET /chat?room=7 ", "GET ", HandshakeError::StartLine),
    (" HTTP/1.1\r\n", "\r\n", HandshakeError::StartLine),
    ("/chat", "/ch\0at", HandshakeError::StartLine),
    ("/chat", "/ch\x7fat", HandshakeError::StartLine),
    ("HTTP/1.1", "HTTP/1.0", HandshakeError::HttpVersion),
    ("HTTP/1.1", "HTTP/0.9", HandshakeError::HttpVersion),
    ("HTTP/1.1", "HTTP/2.0", HandshakeError::HttpVersion),
    ("HTTP/1.1", "http/1.1", HandshakeError::HttpVersion),
    ("HTTP/1.1", "HTTP/1.1 ", HandshakeError::LineEnding),
    ("HTTP/1.1\r\n", "HTTP/1.1\n", HandshakeError::LineEnding),
    ("HTTP/1.1\r\n", "HTTP/1.1\r\r\n", HandshakeError::LineEnding),
    (".com\r\nUpgrade", ".com\nUpgrade", HandshakeError::LineEnding),
    ("13\r\n\r\n", "13\r\n\n", HandshakeError::LineEnding),
    ("13\r\n\r\n", "13\n\n\r\n\r\n", HandshakeError::LineEnding),
    ("13\r\n\r\n", "13\r\n\rX\r\n\r\n", HandshakeError::LineEnding),
    ("Origin: ", "Origin : ", HandshakeError::Header),
    ("Origin: ", "Ori gin: ", HandshakeError::Header),
    ("Origin: ", "Or\u{ef}gin: ", HandshakeError::Header),
    ("Origin: ", "Or\0gin: ", HandshakeError::Header),
    ("Origin: http://example.com", "Origin", HandshakeError::Header),
    ("Origin: ", ": ", HandshakeError::Header),
    ("Origin: ", "Origin:\0", HandshakeError::Header),
    ("Origin: ", "Origin: \x01", HandshakeError::Header),
    ("Origin: ", "Origin: \x7f", HandshakeError::Header),
    ("Origin: ", "Origin: \r", HandshakeError::Header),
    ("http://example.com", "http://exam\rple.com", HandshakeError::Header),
    // Folded lines.
    ("Origin: ", "Origin:\r\n ", HandshakeError::Header),
    ("chat, superchat", "chat,\r\n superchat", HandshakeError::Header),
    ("chat, superchat", "chat,\r\n\tsuperchat", HandshakeError::Header),
    ("Host: ", " Host: ", HandshakeError::Header),
    // What it asks for.
    ("GET ", "POST ", HandshakeError::Method),
    ("GET ", "get ", HandshakeError::Method),
    ("GET ", "HEAD ", HandshakeError::Method),
    ("Upgrade: websocket\r\n", "", HandshakeError::Upgrade),
    ("Upgrade: websocket", "Upgrade: h2c", HandshakeError::Upgrade),
    ("Upgrade: websocket", "Upgrade: websockets", HandshakeError::Upgrade),
    ("Upgrade: websocket", "Upgrade: websocket/13", HandshakeError::Upgrade),
    ("Upgrade: websocket", "Upgrade: web socket", HandshakeError::Upgrade),
    ("Upgrade: websocket", "Upgrade: \"websocket\"", HandshakeError::Upgrade),
    ("Connection: Upgrade\r\n", "", HandshakeError::Connection),
    ("Connection: Upgrade", "Connection:", HandshakeError::Connection),
    ("Connection: Upgrade", "Connection: keep-alive", HandshakeError::Connection),
    ("Connection: Upgrade", "Connection: keep-alive Upgrade", HandshakeError::Connection),
    ("Connection: Upgrade", "Connection: upgraded", HandshakeError::Connection),
    // One of each.
    ("Origin:", "Host: server.example.com\r\nOrigin:", HandshakeError::RepeatedHeader),
    ("Origin:", "ORIGIN: http://example.com\r\nOrigin:", HandshakeError::RepeatedHeader),
    (
        "Origin:",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin:",
        HandshakeError::RepeatedHeader,
    ),
    ("Origin:", "Sec-WebSocket-Version: 13\r\nOrigin:", HandshakeError::RepeatedHeader),
    ("Origin:", "sec-websocket-version: 8\r\nOrigin:", HandshakeError::RepeatedHeader),
    // Where.
    ("Host: server.example.com\r\n", "", HandshakeError::Host),
    ("Host: server.example.com", "Host:", HandshakeError::Host),
    ("Host: server.example.com", "Host: :80", HandshakeError::Host),
    ("Host: server.example.com", "Host: a b", HandshakeError::Host),
    ("Host: server.example.com", "Host: a\\b", HandshakeError::Host),
    ("Host: server.example.com", "Host: a/b", HandshakeError::Host),
    ("Host: server.example.com", "Host: user@a", HandshakeError::Host),
    ("Host: server.example.com", "Host: a:65536", HandshakeError::Host),
    ("Host: server.example.com", "Host: a:+80", HandshakeError::Host),
    ("Host: server.example.com", "Host: a%4", HandshakeError::Host),
    ("Host: server.example.com", "Host: \u{e4}", HandshakeError::Host),
    ("Host: server.example.com", "Host: ::1", HandshakeError::Host),
    ("Host: server.example.com", "Host: [::1", HandshakeError::Host),
    ("Host: server.example.com", "Host: [::1]80", HandshakeError::Host),
    ("/chat?room=7", "*", HandshakeError::Target),
    ("/chat?room=7", "chat", HandshakeError::Target),
    ("/chat?room=7", "?room=7", HandshakeError::Target),
    ("/chat?room=7", "server.example.com:80", HandshakeError::Target),
    ("/chat?room=7", "ftp://server.example.com/", HandshakeError::Target),
    ("/chat?room=7", "http:/chat", HandshakeError::Target),
    ("/chat?room=7", "http:///chat", HandshakeError::Target),
    ("/chat?room=7", "http://user@server.example.com/chat", HandshakeError::Target),
    ("/chat?room=7", "http://other.example.com/chat", HandshakeError::Host),
    ("/chat?room=7", "http://server.example.com:81/chat", HandshakeError::Host),
    ("/chat?room=7", "/chat#room", HandshakeError::Target),
    ("/chat?room=7", "/ch\u{e4}t", HandshakeError::Target),
    // What else.
    ("Origin:", "Content-Length: 1\r\nOrigin:", HandshakeError::Body),
    ("Origin:", "Content-Length:\r\nOrigin:", HandshakeError::Body),
    ("Origin:", "Content-Length: -0\r\nOrigin:", HandshakeError::Body),
    ("Origin:", "Transfer-Encoding: chunked\r\nOrigin:", HandshakeError::Body),
    ("http://example.com", "", HandshakeError::Origin),
    ("http://example.com", "http://ex\u{e4}mple.com", HandshakeError::Origin),
    ("chat, superchat", "", HandshakeError::Subprotocols),
    ("chat, superchat", " , ,", HandshakeError::Subprotocols),
    ("chat, superchat", "chat superchat", HandshakeError::Subprotocols),
    ("chat, superchat", "chat, super/chat", HandshakeError::Subprotocols),
    ("chat, superchat", "\"chat\"", HandshakeError::Subprotocols),
    ("chat, superchat", "chat\r\nSec-WebSocket-Protocol: ;", HandshakeError::Subprotocols),
];

#[test]
fn each_rule_by_its_name() {
    for (from, to, error) in BROKEN {
        assert_eq!(upgrade(changed(from, to).as_bytes()).err(), Some(error), "{to:?}");
    }
}

/// For those who have read the head by other means: the same, but for what is left to them.
#[test]
fn the_rules_of_headers_alone() {
    let broken = BROKEN.iter().map(|(from, to, _)| (*from, *to));
    let (mut right, mut wrong) = (0, 0);
    for (from, to) in STILL_GOOD.into_iter().chain(broken) {
        let head = changed(from, to);
        let Ok(request) = read(head.as_bytes()) else { continue };
        // A target with a host is held against `Host`.
        if !request.target().starts_with('/') {
            continue;
        }
        let headers = request.headers().map(|header| (header.name, header.value));
        let is_1_1 = !head.contains("HTTP/1.0");
        let expected = match request.upgrade() {
            Ok(upgrade) => Ok(upgrade.key()),
            Err(
                HandshakeError::Target
                | HandshakeError::Origin
                | HandshakeError::Subprotocols
                | HandshakeError::Extensions,
            ) => handshake::Key::parse(b"dGhlIHNhbXBsZSBub25jZQ=="),
            Err(error) => Err(error),
        };
        *if expected.is_ok() { &mut right } else { &mut wrong } += 1;
        let found = handshake::check_headers(request.method(), is_1_1, headers);
        assert_eq!(found, expected, "{to:?}");
    }
    assert!(right > STILL_GOOD.len() && wrong > 30, "{right} {wrong}");
}

#[test]
fn version_13_and_no_other() {
    for version in ["", "8", "12", "14", "25", "013", "13.0", "+13", "0x0d", "13, 8", "13,13", "x"]
    {
        let head = changed("Version: 13", &format!("Version: {version}"));
        assert_eq!(upgrade(head.as_bytes()).err(), Some(HandshakeError::Version), "{version}");
        // A later version may have other keys.
        let head = head.replace("dGhlIHNhbXBsZSBub25jZQ==", "another");
        assert_eq!(upgrade(head.as_bytes()).err(), Some(HandshakeError::Version), "{version}");
    }
    let head = changed("Sec-WebSocket-Version: 13\r\n", "");
    assert_eq!(upgrade(head.as_bytes()).err(), Some(HandshakeError::Version));
}

#[test]
fn a_key_of_16_bytes() {
    for key in ["", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZR==", "AAAA, AAAA", "=="] {
        let head = changed("dGhlIHNhbXBsZSBub25jZQ==", key);
        assert_eq!(upgrade(head.as_bytes()).err(), Some(HandshakeError::Key), "{key}");
    }
    let head = changed("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "");
    assert_eq!(upgrade(head.as_bytes()).err(), Some(HandshakeError::Key));
}

#[test]
fn extensions_by_their_grammar() {
    for (value, legal) in [
        ("permessage-deflate; client_max_window_bits", true),
        ("foo, bar; baz=2", true),
        ("foo\r\nSec-WebSocket-Extensions: bar; baz=2", true),
        ("", false),
        ("foo;", false),
        ("foo bar", false),
        ("foo\r\nSec-WebSocket-Extensions: =", false),
    ] {
        let line = format!("Sec-WebSocket-Extensions: {value}\r\nOrigin:");
        let result = upgrade(changed("Origin:", &line).as_bytes()).err();
        assert_eq!(result, (!legal).then_some(HandshakeError::Extensions), "{value}");
    }
}

/// §9.1: lines are as one, in order; what is offered twice is given twice.
#[test]
fn lists_over_several_headers() {
    let head = changed("chat, superchat", "a, b\r\nSec-WebSocket-Extensions: x; y=1, z");
    let head = head.replace(
        "\r\n\r\n",
        "\r\nsec-websocket-protocol: c\r\nCookie: d\r\nSEC-WEBSOCKET-EXTENSIONS: x\r\n\
            Sec-WebSocket-Protocol: ,e, a\r\nsec-websocket-extensions: w; v=\"u\"\r\n\r\n",
    );
    let upgrade = upgrade(head.as_bytes()).unwrap();
    assert!(upgrade.subprotocols().eq(["a", "b", "c", "e", "a"]));
    assert!(upgrade.extensions().map(|extension| extension.name()).eq(["x", "z", "x", "w"]));
    let (name, value) = upgrade.extensions().last().unwrap().params().next().unwrap();
    assert_eq!((name, value.unwrap().to_string()), ("v", "u".to_owned()));
}

#[test]
fn a_page_is_told_from_a_handshake() {
    let pages = [
        "GET /index.html HTTP/1.1\r\nHost: a\r\nCookie: b\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT a:80 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n",
    ];
    for page in pages {
        let request = read(page.as_bytes()).unwrap();
        assert_eq!(request.upgrade().err(), Some(HandshakeError::NotAnUpgrade));
        let line = format!("{} {} ", request.method(), request.target());
        assert!(page.starts_with(&line), "{line}");
        let headers = request.headers().count();
        assert_eq!(headers, page.matches("\r\n").count() - 2);
    }
}

/// Of several rules, the first in the order that `Request::upgrade` states.
#[test]
fn the_first_rule_of_several() {
    let mut head = "PUT * HTTP/1.0\r\nUpgrade: h2c\r\nSec-WebSocket-Key: x\r\n\
        Content-Length: 9\r\nOrigin:\r\nOrigin:\r\nSec-WebSocket-Protocol: /\r\n\
        Sec-WebSocket-Extensions: /\r\n\r\n"
        .to_owned();
    let order = [
        ("PUT", "GET", HandshakeError::Method),
        ("1.0", "1.1", HandshakeError::HttpVersion),
        ("h2c", "websocket", HandshakeError::Upgrade),
        ("Origin:\r\n", "Connection: upgrade\r\n", HandshakeError::Connection),
        ("Sec-WebSocket-Key: x", "Origin: a\r\nSec-WebSocket-Key: x", HandshakeError::Host),
        ("Content", "Host: a\r\nContent", HandshakeError::RepeatedHeader),
        ("Origin:\r\n", "", HandshakeError::RepeatedHeader),
        (" * ", " / ", HandshakeError::Target),
        (": 9", ": 0", HandshakeError::Body),
        (
            "Sec-WebSocket-Key",
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key",
            HandshakeError::Version,
        ),
        (": x", ": AAAAAAAAAAAAAAAAAAAAAA==", HandshakeError::Key),
        ("Origin: a", "Origin: \u{e4}", HandshakeError::Subprotocols),
        ("Origin: \u{e4}", "Origin: a", HandshakeError::Origin),
        ("Protocol: /", "Protocol: a", HandshakeError::Subprotocols),
        ("Extensions: /", "Extensions: a", HandshakeError::Extensions),
    ];
    for (from, to, error) in order {
        assert_eq!(upgrade(head.as_bytes()).err(), Some(error), "{head}");
        head = head.replacen(from, to, 1);
    }
    assert_eq!(upgrade(head.as_bytes()).err(), None, "{head}");
}

/// The status, and the headers without which it would be no answer.
#[test]
fn each_rule_has_the_answer_it_deserves() {
    let request = |error: HandshakeError| match error {
        HandshakeError::HeadTooLarge | HandshakeError::TooManyHeaders => (431, ""),
        HandshakeError::Method => (405, "Allow: GET\r\n"),
        HandshakeError::NotAnUpgrade | HandshakeError::Version => (
            426,
            "Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n",
        ),
        _ => (400, ""),
    };
    let others = [
        HandshakeError::HeadTooLarge,
        HandshakeError::TooManyHeaders,
        HandshakeError::NotAnUpgrade,
        HandshakeError::Version,
        HandshakeError::Key,
        HandshakeError::Extensions,
    ];
    let mut messages = std::collections::HashSet::new();
    for error in BROKEN.map(|(_, _, error)| error).into_iter().chain(others) {
        let (status, headers) = request(error);
        assert_eq!(error.status(), status, "{error:?}");
        let answer = str::from_utf8(error.answer()).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{error:?}");
        assert!(answer.contains(headers), "{error:?}");
        assert!(answer.ends_with("\r\nContent-Length: 0\r\n\r\n"), "{error:?}");
        assert_eq!(answer.matches("close\r\n").count(), 1, "{error:?}");
        // It is a response that a client can read.
        let read = HeadReader::new(HeadLimits::default()).response(answer.as_bytes());
        let Ok(Status::Complete(response)) = read else { panic!("{read:?}") };
        assert_eq!((response.status(), response.head_len()), (status, answer.len()));
        let message = error.to_string();
        assert!(message.ends_with(&format!(" (RFC 6455 section {})", error.section())));
        assert!(message.starts_with(error.description()));
        messages.insert((error, message));
    }
    // One message for each rule.
    let rules: std::collections::HashSet<_> = messages.iter().map(|(error, _)| error).collect();
    assert_eq!(rules.len(), messages.len());
    assert_eq!(rules.len(), 19);
}

#[test]
fn an_error_is_a_small_plain_value() {
    fn is_plain<T: Copy + Eq + std::hash::Hash + Send + Sync + Unpin + 'static>() {}
    fn is_error<T: core::error::Error>() {}
    is_plain::<HandshakeError>();
    is_error::<HandshakeError>();
    assert!(size_of::<HandshakeError>() <= 16);
}
