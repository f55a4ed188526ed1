//! The rules for a client's opening handshake (RFC 6455 §4.2.1): the error of each, and the
//! response that refuses it.

use wsparse::Status;
use wsparse::handshake::{HandshakeError, HeadLimits, HeadReader, Refusal, Request, Upgrade};

/// The request of §1.2 with a query and a version.
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
    let request = read(&stream).unwrap();
    let upgrade = request.upgrade().unwrap();
    assert_eq!(upgrade.host(), "server.example.com");
    assert_eq!((upgrade.path(), upgrade.query()), ("/chat", "room=7"));
    assert_eq!(upgrade.origin(), Some("http://example.com"));
    assert_eq!(upgrade.key().as_str(), "dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!(upgrade.version(), 13);
    assert!(upgrade.subprotocols().eq(["chat", "superchat"]));
    assert_eq!(upgrade.extensions().count(), 0);
    for (supported, selected) in [
        (["chat", "superchat"].as_slice(), Some("chat")),
        (&["superchat", "chat"], Some("chat")),
        (&["superchat", "other"], Some("superchat")),
        (&["Chat", "other", ""], None),
        (&[], None),
    ] {
        assert_eq!(upgrade.select_subprotocol(supported), selected);
    }
    assert_eq!((request.method(), request.target()), ("GET", "/chat?room=7"));
    assert_eq!(&stream[request.head_len()..], b"\x81\x80");
    let names: Vec<_> = request.headers().map(|header| header.name).collect();
    assert_eq!(names.len(), 7);
    assert_eq!((names[0], names[6]), ("Host", "Sec-WebSocket-Version"));
    assert_eq!(request.headers().last().unwrap().value, b"13");
    assert!(request.header("host").eq([b"server.example.com"]));
    assert_eq!(request.header("Cookie").next(), None);
}

/// Replacements in `GOOD` that leave it valid.
const STILL_GOOD: [(&str, &str); 42] = [
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
    ("chat, superchat", "chat, Chat, chat2"),
    ("chat, superchat", "chat\r\nSec-WebSocket-Protocol: superchat, other\r\nX: chat"),
    ("chat, superchat", "v1.chat!#$%&'*+-.^_`|~9"),
    ("chat, superchat", "chat\r\nSec-WebSocket-Protocol: superchat"),
    ("Host: server.example.com", "Host: server.example.com:8080"),
    ("Host: server.example.com", "Host: server.example.com:"),
    ("Host: server.example.com", "Host: [::1]:9001"),
    ("Host: server.example.com", "Host: 127.0.0.1"),
    // RFC 3986 §3.2.2: the comma is a sub-delimiter.
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
    // §4.2.1: unknown headers are ignored. These two are from a draft.
    ("Origin:", "Sec-WebSocket-Origin: x\r\nSec-WebSocket-Location: y\r\nOrigin:"),
];

#[test]
fn still_good() {
    for (from, to) in STILL_GOOD {
        let head = changed(from, to);
        let request = read(head.as_bytes()).unwrap_or_else(|error| panic!("{to}: {error}"));
        assert_eq!(request.head_len(), head.len(), "{to}");
        assert_eq!(request.upgrade().err(), None, "{to}");
    }
}

/// Replacements in `GOOD`, and the rules that they break.
const BROKEN: [(&str, &str, HandshakeError); 103] = [
    // The head.
    ("GET ", "\r\n\r\nGET ", HandshakeError::StartLine),
    ("GET ", "\rGET ", HandshakeError::StartLine),
    ("GET ", "\r\r\nGET ", HandshakeError::StartLine),
    ("GET ", "\nGET ", HandshakeError::LineEnding),
    ("GET ", "\r\n\nGET ", HandshakeError::LineEnding),
    ("GET ", "\x16\x03\x01\x02\0", HandshakeError::StartLine),
    ("GET ", "G\n", HandshakeError::LineEnding),
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
    ("HTTP/1.1", "HTTP/2", HandshakeError::HttpVersion),
    ("HTTP/1.1", "HTTP/1.", HandshakeError::HttpVersion),
    ("HTTP/1.1", "HTTP/1.x", HandshakeError::HttpVersion),
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
    // The upgrade.
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
    // Repeated headers.
    ("Origin:", "Host: server.example.com\r\nOrigin:", HandshakeError::RepeatedHeader),
    ("Origin:", "ORIGIN: http://example.com\r\nOrigin:", HandshakeError::RepeatedHeader),
    (
        "Origin:",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin:",
        HandshakeError::RepeatedHeader,
    ),
    ("Origin:", "Sec-WebSocket-Version: 13\r\nOrigin:", HandshakeError::RepeatedHeader),
    ("Origin:", "sec-websocket-version: 8\r\nOrigin:", HandshakeError::RepeatedHeader),
    // The host and the target.
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
    // Everything else.
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
    ("chat, superchat", "chat\r\nSec-WebSocket-Protocol:", HandshakeError::Subprotocols),
];

#[test]
fn each_rule_by_its_name() {
    for (from, to, error) in BROKEN {
        assert_eq!(upgrade(changed(from, to).as_bytes()).err(), Some(error), "{to:?}");
    }
}

/// The same rules for a head that an HTTP library has parsed.
#[test]
fn the_rules_of_headers_alone() {
    let broken = BROKEN.iter().map(|(from, to, _)| (*from, *to));
    let (mut right, mut wrong) = (0, 0);
    for (from, to) in STILL_GOOD.into_iter().chain(broken) {
        let head = changed(from, to);
        let Ok(request) = read(head.as_bytes()) else { continue };
        let headers = request.headers().map(|header| (header.name, header.value));
        let is_1_1 = !head.contains("HTTP/1.0");
        let found = Upgrade::from_headers(request.method(), request.target(), is_1_1, headers);
        match (request.upgrade(), found) {
            (Ok(expected), Ok(found)) => {
                assert_eq!(found.key(), expected.key(), "{to:?}");
                assert_eq!(found.host(), expected.host(), "{to:?}");
                assert_eq!((found.path(), found.query()), (expected.path(), expected.query()));
                assert_eq!(found.origin(), expected.origin(), "{to:?}");
                assert!(found.subprotocols().eq(expected.subprotocols()), "{to:?}");
                assert!(found.extensions().eq(expected.extensions()), "{to:?}");
                right += 1;
            }
            (expected, found) => {
                assert_eq!(found.err(), expected.err(), "{to:?}");
                wrong += 1;
            }
        }
    }
    assert!(right >= STILL_GOOD.len() && wrong > 30, "{right} {wrong}");
}

/// A parsed list may be in 4 headers. Clients send one.
#[test]
fn parsed_lists_over_several_headers() {
    let request = read(GOOD.as_bytes()).unwrap();
    for (name, error) in [
        ("sec-websocket-protocol", HandshakeError::Subprotocols),
        ("sec-websocket-extensions", HandshakeError::Extensions),
    ] {
        for count in 0..8 {
            let values = (0..count).map(|n| format!("x{n}, y{n}")).collect::<Vec<_>>();
            let lists = values.iter().map(|value| (name, value.as_bytes()));
            let headers = request.headers().map(|header| (header.name, header.value));
            let headers = headers.filter(|(name, _)| *name != "Sec-WebSocket-Protocol");
            let headers = headers.chain(lists);
            let upgrade = Upgrade::from_headers("GET", "/", true, headers);
            if count > 4 {
                assert_eq!(upgrade, Err(error));
                continue;
            }
            let upgrade = upgrade.unwrap();
            let extensions = upgrade.extensions().map(|extension| extension.name());
            let found: Vec<_> = upgrade.subprotocols().chain(extensions).collect();
            assert_eq!(found.join(", "), values.join(", "));
        }
    }
}

#[test]
fn version_13_and_no_other() {
    for version in ["", "8", "12", "14", "25", "013", "13.0", "+13", "0x0d", "13, 8", "13,13", "x"]
    {
        let head = changed("Version: 13", &format!("Version: {version}"));
        assert_eq!(upgrade(head.as_bytes()).err(), Some(HandshakeError::Version), "{version}");
        // The version is checked first: a later version may have other keys.
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

/// §4.2.1: "HTTP/1.1 or higher".
#[test]
fn a_later_version_of_http_1_is_accepted() {
    for minor in 2..=9 {
        let head = changed("HTTP/1.1", &format!("HTTP/1.{minor}"));
        let upgrade = upgrade(head.as_bytes()).unwrap_or_else(|error| panic!("{minor}: {error}"));
        assert!(upgrade.subprotocols().eq(["chat", "superchat"]));
    }
}

/// §4.1: they "MUST all be unique strings".
#[test]
fn equal_subprotocols_are_refused() {
    for offered in [
        "chat, chat",
        "chat,superchat ,\tchat",
        "chat, superchat, superchat, other",
        "chat\r\nSec-WebSocket-Protocol: chat",
        "chat\r\nX: y\r\nsec-websocket-protocol: superchat, chat",
    ] {
        let head = changed("chat, superchat", offered);
        let error = upgrade(head.as_bytes()).err();
        assert_eq!(error, Some(HandshakeError::Subprotocols), "{offered}");
    }
    assert_eq!(HandshakeError::Subprotocols.status(), 400);
}

/// RFC 6455 does not limit their number, but comparing each with all others takes quadratic time.
#[test]
fn at_most_64_subprotocols() {
    let offered: Vec<_> = (0..65).map(|n| format!("chat{n}")).collect();
    for (count, legal) in [(63, true), (64, true), (65, false)] {
        for separator in [", ", "\r\nSec-WebSocket-Protocol: "] {
            let head = changed("chat, superchat", &offered[..count].join(separator));
            match upgrade(head.as_bytes()) {
                Ok(upgrade) => assert!(legal && upgrade.subprotocols().eq(&offered[..count])),
                Err(error) => assert!(!legal && error == HandshakeError::Subprotocols),
            }
        }
    }
    let letters: String = ('a'..='z').cycle().take(8_000).flat_map(|name| [name, ',']).collect();
    let head = changed("chat, superchat", &letters);
    assert_eq!(upgrade(head.as_bytes()).err(), Some(HandshakeError::Subprotocols));
}

/// §9.1: several headers are read as one list, in order. Extensions may be offered repeatedly.
#[test]
fn lists_over_several_headers() {
    let head = changed("chat, superchat", "a, b\r\nSec-WebSocket-Extensions: x; y=1, z");
    let head = head.replace(
        "\r\n\r\n",
        "\r\nsec-websocket-protocol: c\r\nCookie: d\r\nSEC-WEBSOCKET-EXTENSIONS: x\r\n\
            Sec-WebSocket-Protocol: ,e, f\r\nsec-websocket-extensions: w; v=\"u\"\r\n\r\n",
    );
    let upgrade = upgrade(head.as_bytes()).unwrap();
    assert!(upgrade.subprotocols().eq(["a", "b", "c", "e", "f"]));
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

/// If several rules are broken, the first in the order documented at `Request::upgrade` is
/// returned.
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

/// The status of each error, and the headers that the status requires.
#[test]
fn each_rule_has_the_answer_it_deserves() {
    let request = |error: HandshakeError| match error {
        HandshakeError::HeadTooLarge | HandshakeError::TooManyHeaders => (431, ""),
        HandshakeError::OriginNotAllowed => (403, ""),
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
        HandshakeError::OriginNotAllowed,
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
        // A client can read the response.
        let read = HeadReader::new(HeadLimits::default()).response(answer.as_bytes());
        let Ok(Status::Complete(response)) = read else { panic!("{read:?}") };
        assert_eq!((response.status(), response.head_len()), (status, answer.len()));
        // An HTTP library that sends this status and these headers sends the same response.
        let mut out = [0; 256];
        assert_eq!(Refusal::from(error).write(&mut out), Ok(error.answer()));
        for (name, value) in error.headers() {
            let mut values = response.header(name).flat_map(|values| values.split(|b| *b == b','));
            assert!(values.any(|found| found == value.as_bytes()), "{error:?}: {name}");
        }
        let own = ["Connection: close", "Content-Length: 0"];
        let count = response.headers().count() - own.len();
        let listed = error.headers().iter().filter(|(name, _)| *name != "Connection").count();
        assert_eq!(listed, count, "{error:?}");
        let message = error.to_string();
        assert!(message.ends_with(&format!(" (RFC 6455 section {})", error.section())));
        assert!(message.starts_with(error.description()));
        messages.insert((error, message));
    }
    // Each rule has a message of its own.
    let rules: std::collections::HashSet<_> = messages.iter().map(|(error, _)| error).collect();
    assert_eq!(rules.len(), messages.len());
    assert_eq!(rules.len(), 20);
}

#[test]
fn an_error_is_a_small_plain_value() {
    fn is_plain<T: Copy + Eq + std::hash::Hash + Send + Sync + Unpin + 'static>() {}
    fn is_error<T: core::error::Error>() {}
    is_plain::<HandshakeError>();
    is_error::<HandshakeError>();
    assert!(size_of::<HandshakeError>() <= 16);
}

/// A header that is as long as one of those that have rules, but is another, has none.
#[test]
fn headers_with_names_of_the_same_length_are_ignored() {
    let names = [
        "Host",
        "Origin",
        "Upgrade",
        "Connection",
        "Content-Length",
        "Transfer-Encoding",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
        "Sec-WebSocket-Protocol",
        "Sec-WebSocket-Extensions",
    ];
    for name in names {
        for value in ["", "=;,\"", "7"] {
            let other = format!("{}!: {value}\r\n", &name[1..]);
            let head = changed("Host: ", &format!("{other}Host: "));
            let upgrade = upgrade(head.as_bytes()).unwrap();
            assert_eq!(upgrade.host(), "server.example.com", "{other}");
            assert!(upgrade.subprotocols().eq(["chat", "superchat"]), "{other}");
            assert_eq!(upgrade.extensions().count(), 0, "{other}");
        }
    }
    // Nor do they stand for those that are missing.
    for (name, error) in [
        ("Host", HandshakeError::Host),
        ("Upgrade", HandshakeError::Upgrade),
        ("Connection", HandshakeError::Connection),
        ("Sec-WebSocket-Key", HandshakeError::Key),
        ("Sec-WebSocket-Version", HandshakeError::Version),
    ] {
        let head = changed(&format!("{name}: "), &format!("{}!: ", &name[1..]));
        assert_eq!(upgrade(head.as_bytes()).err(), Some(error), "{name}");
    }
}
