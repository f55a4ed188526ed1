//! The opening handshake over HTTP/2 (RFC 8441) and HTTP/3 (RFC 9220).

use wsparse::handshake::{Accept, Connect, HandshakeError, OriginPolicy, PseudoHeaders, Refusal};

/// The request of RFC 8441 §5.1.
const PSEUDO: PseudoHeaders<'_> = PseudoHeaders {
    method: "CONNECT",
    protocol: Some("websocket"),
    scheme: Some("https"),
    authority: Some("server.example.com"),
    path: Some("/chat"),
};
const HEADERS: [(&str, &str); 4] = [
    ("sec-websocket-protocol", "chat, superchat"),
    ("sec-websocket-extensions", "permessage-deflate"),
    ("sec-websocket-version", "13"),
    ("origin", "http://www.example.com"),
];

fn check<'h>(
    pseudo: PseudoHeaders<'h>,
    headers: impl IntoIterator<Item = (&'h str, &'h str)>,
) -> Result<Connect<'h>, HandshakeError> {
    let headers = headers.into_iter().map(|(name, value)| (name, value.as_bytes()));
    Connect::from_headers(pseudo, headers)
}

#[test]
fn the_example_of_the_rfc() {
    let connect = check(PSEUDO, HEADERS).unwrap();
    assert!(connect.secure());
    assert_eq!(connect.host(), "server.example.com");
    assert_eq!((connect.path(), connect.query()), ("/chat", ""));
    assert_eq!(connect.origin(), Some("http://www.example.com"));
    assert!(connect.subprotocols().eq(["chat", "superchat"]));
    assert_eq!(connect.select_subprotocol(&["superchat"]), Some("superchat"));
    assert!(connect.extensions().map(|extension| extension.name()).eq(["permessage-deflate"]));

    let accept = Accept {
        subprotocol: Some("chat"),
        extensions: "permessage-deflate",
        headers: &[("set-cookie", "a=b")],
        ..Accept::default()
    };
    // No key, and nothing that belongs to HTTP/1.
    assert!(accept.connect_headers(&connect).unwrap().iter().eq([
        ("sec-websocket-protocol", "chat"),
        ("sec-websocket-extensions", "permessage-deflate"),
        ("set-cookie", "a=b"),
    ]));
    assert_eq!(Accept::default().connect_headers(&connect).unwrap().iter().count(), 0);
    for (accept, error) in [
        (Accept { subprotocol: Some("other"), ..accept }, HandshakeError::UnofferedSubprotocol),
        (Accept { extensions: "other", ..accept }, HandshakeError::UnofferedExtension),
        (Accept { headers: &[("upgrade", "h3")], ..accept }, HandshakeError::OwnHeader),
        (Accept { headers: &[("x", "\n")], ..accept }, HandshakeError::ExtraHeader),
        (Accept { origins: OriginPolicy::SameHost, ..accept }, HandshakeError::OriginNotAllowed),
    ] {
        assert_eq!(accept.connect_headers(&connect), Err(error));
    }
}

/// Pseudo-headers, and the rule that they break.
#[test]
fn each_pseudo_header() {
    use HandshakeError::{Host, Method, NotAnUpgrade, Protocol, Target};
    let table = [
        (PSEUDO, None),
        (PseudoHeaders { protocol: Some("WebSocket"), ..PSEUDO }, None),
        (PseudoHeaders { scheme: Some("http"), ..PSEUDO }, None),
        (PseudoHeaders { scheme: Some("HTTPS"), ..PSEUDO }, None),
        (PseudoHeaders { authority: Some("[::1]:8443"), ..PSEUDO }, None),
        (PseudoHeaders { path: Some("/"), ..PSEUDO }, None),
        (PseudoHeaders { path: Some("/a?b=c|d"), ..PSEUDO }, None),
        // Other requests.
        (PseudoHeaders { protocol: None, ..PSEUDO }, Some(NotAnUpgrade)),
        (PseudoHeaders { protocol: None, method: "GET", ..PSEUDO }, Some(NotAnUpgrade)),
        (PseudoHeaders { method: "GET", ..PSEUDO }, Some(Method)),
        (PseudoHeaders { method: "connect", ..PSEUDO }, Some(Method)),
        (PseudoHeaders { protocol: Some("connect-udp"), ..PSEUDO }, Some(Protocol)),
        (PseudoHeaders { protocol: Some(""), ..PSEUDO }, Some(Protocol)),
        (PseudoHeaders { protocol: Some("websocket, h2c"), ..PSEUDO }, Some(Protocol)),
        (PseudoHeaders { authority: None, ..PSEUDO }, Some(Host)),
        (PseudoHeaders { authority: Some(""), ..PSEUDO }, Some(Host)),
        (PseudoHeaders { authority: Some("user@a"), ..PSEUDO }, Some(Host)),
        (PseudoHeaders { authority: Some("a:x"), ..PSEUDO }, Some(Host)),
        (PseudoHeaders { scheme: None, ..PSEUDO }, Some(Target)),
        (PseudoHeaders { scheme: Some("wss"), ..PSEUDO }, Some(Target)),
        (PseudoHeaders { scheme: Some("ftp"), ..PSEUDO }, Some(Target)),
        (PseudoHeaders { path: None, ..PSEUDO }, Some(Target)),
        (PseudoHeaders { path: Some(""), ..PSEUDO }, Some(Target)),
        (PseudoHeaders { path: Some("*"), ..PSEUDO }, Some(Target)),
        (PseudoHeaders { path: Some("chat"), ..PSEUDO }, Some(Target)),
        (PseudoHeaders { path: Some("https://server.example.com/"), ..PSEUDO }, Some(Target)),
        (PseudoHeaders { path: Some("/a#b"), ..PSEUDO }, Some(Target)),
        (PseudoHeaders { path: Some("/a b"), ..PSEUDO }, Some(Target)),
        (PseudoHeaders { path: Some("/\u{e4}"), ..PSEUDO }, Some(Target)),
    ];
    for (pseudo, error) in table {
        assert_eq!(check(pseudo, HEADERS).err(), error, "{pseudo:?}");
    }
    for scheme in ["http", "HTTP"] {
        let pseudo = PseudoHeaders { scheme: Some(scheme), path: Some("/a?b"), ..PSEUDO };
        let connect = check(pseudo, HEADERS).unwrap();
        assert!(!connect.secure());
        assert_eq!((connect.path(), connect.query()), ("/a", "b"));
    }
}

/// An additional header, and the rule that it breaks.
#[test]
fn each_header() {
    let table = [
        ("x", "y", None),
        ("Cookie", "a=b", None),
        ("host", "server.example.com", None),
        ("host", "SERVER.example.com", None),
        ("content-length", "0", None),
        // RFC 8441 §5: the key is not used.
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==", None),
        ("sec-websocket-key", "x", None),
        ("connection", "Upgrade", Some(HandshakeError::ConnectionHeader)),
        ("Connection", "close", Some(HandshakeError::ConnectionHeader)),
        ("upgrade", "websocket", Some(HandshakeError::ConnectionHeader)),
        ("keep-alive", "5", Some(HandshakeError::ConnectionHeader)),
        ("proxy-connection", "close", Some(HandshakeError::ConnectionHeader)),
        ("transfer-encoding", "chunked", Some(HandshakeError::ConnectionHeader)),
        ("host", "other.example.com", Some(HandshakeError::Host)),
        ("content-length", "5", Some(HandshakeError::Body)),
        ("sec-websocket-version", "13", Some(HandshakeError::RepeatedHeader)),
        ("origin", "http://www.example.com", Some(HandshakeError::RepeatedHeader)),
        ("sec-websocket-protocol", "chat", Some(HandshakeError::Subprotocols)),
        ("sec-websocket-protocol", "a b", Some(HandshakeError::Subprotocols)),
        ("sec-websocket-extensions", "a;", Some(HandshakeError::Extensions)),
    ];
    for (name, value, error) in table {
        let headers = HEADERS.into_iter().chain([(name, value)]);
        assert_eq!(check(PSEUDO, headers).err(), error, "{name}: {value}");
    }
    let without = |name| HEADERS.into_iter().filter(move |header| header.0 != name);
    assert!(check(PSEUDO, without("origin")).unwrap().origin().is_none());
    assert_eq!(check(PSEUDO, without("sec-websocket-protocol")).unwrap().subprotocols().count(), 0);
    let error = Some(HandshakeError::Version);
    assert_eq!(check(PSEUDO, without("sec-websocket-version")).err(), error);
    let headers = without("sec-websocket-version").chain([("sec-websocket-version", "8")]);
    assert_eq!(check(PSEUDO, headers).err(), error);
    let headers = without("origin").chain([("origin", "\u{e4}")]);
    assert_eq!(check(PSEUDO, headers).err(), Some(HandshakeError::Origin));
    // RFC 9113 §8.3.1: `Host` takes the place of `:authority`.
    let headers = HEADERS.into_iter().chain([("host", "b:81")]);
    let connect = check(PseudoHeaders { authority: None, ..PSEUDO }, headers).unwrap();
    assert_eq!(connect.host(), "b:81");
}

/// The statuses of HTTP/1 that make no sense here do not occur.
#[test]
fn refusals() {
    let version = [("sec-websocket-version", "13")];
    for (error, status, headers) in [
        (HandshakeError::NotAnUpgrade, 400, [].as_slice()),
        (HandshakeError::Method, 400, &[]),
        (HandshakeError::Protocol, 501, &[]),
        (HandshakeError::ConnectionHeader, 400, &[]),
        (HandshakeError::RepeatedHeader, 400, &[]),
        (HandshakeError::Host, 400, &[]),
        (HandshakeError::Target, 400, &[]),
        (HandshakeError::Body, 400, &[]),
        (HandshakeError::Version, 400, &version),
        (HandshakeError::Origin, 400, &[]),
        (HandshakeError::OriginNotAllowed, 403, &[]),
        (HandshakeError::Subprotocols, 400, &[]),
        (HandshakeError::Extensions, 400, &[]),
        (HandshakeError::UnofferedSubprotocol, 500, &[]),
    ] {
        assert_eq!((error.connect_status(), error.connect_headers()), (status, headers));
        assert_eq!(Refusal::from(error).write(&mut [0; 256]), Ok(error.answer()), "{error:?}");
    }
}
