//! Which web pages may connect (RFC 6455 §10.2, RFC 6454).

use wsparse::Status;
use wsparse::handshake::{Accept, HandshakeError, HeadLimits, HeadReader, Origin, OriginPolicy};

/// Values of `Origin` with their scheme, host and port.
const ORIGINS: [(&str, &str, &str, Option<u16>); 12] = [
    ("http://example.com", "http", "example.com", Some(80)),
    ("https://example.com", "https", "example.com", Some(443)),
    ("HTTPS://Example.COM", "HTTPS", "Example.COM", Some(443)),
    ("https://example.com:8443", "https", "example.com", Some(8443)),
    ("http://example.com:80", "http", "example.com", Some(80)),
    ("http://127.0.0.1:9997", "http", "127.0.0.1", Some(9997)),
    ("http://[::1]", "http", "::1", Some(80)),
    ("http://[::1]:8080", "http", "::1", Some(8080)),
    ("http://localhost:0", "http", "localhost", Some(0)),
    ("chrome-extension://abcdef", "chrome-extension", "abcdef", None),
    ("app+x.y-1://host:5", "app+x.y-1", "host", Some(5)),
    ("ws://example.com", "ws", "example.com", None),
];

#[test]
fn their_parts() {
    for (value, scheme, host, port) in ORIGINS {
        let origin = Origin::parse(value).unwrap_or_else(|| panic!("{value}"));
        assert_eq!((origin.scheme(), origin.host(), origin.port()), (scheme, host, port));
    }
}

#[test]
fn none_of_these_is_an_origin() {
    for value in [
        "",
        "null",
        "Null",
        "example.com",
        "//example.com",
        "://example.com",
        "http:example.com",
        "http:/example.com",
        "http://",
        "http://:80",
        "http://example.com/",
        "http://example.com/path",
        "http://example.com?q",
        "http://example.com#f",
        "http://user@example.com",
        "http://example.com:x",
        "http://example.com:65536",
        "http://example.com:80:80",
        "http://exa mple.com",
        "http://example.com ",
        " http://example.com",
        "http://a http://b",
        "http://a, http://b",
        "1http://example.com",
        "ht_tp://example.com",
        "http://[::1",
        "http://::1",
        "http://\u{e4}.example",
        "\u{e4}://example.com",
    ] {
        assert_eq!(Origin::parse(value), None, "{value:?}");
    }
}

#[test]
fn the_same_origin_is_written_in_several_ways() {
    let groups = [
        ["http://example.com", "HTTP://EXAMPLE.com:80", "http://example.com:"],
        ["https://example.com", "https://Example.com:443", "HTTPS://example.com:443"],
        ["https://example.com:80", "https://example.com:0080", "HTTPS://example.com:80"],
        ["https://www.example.com", "https://WWW.example.com", "https://www.example.com:443"],
        ["http://[::ab]", "http://[::AB]", "http://[::ab]:80"],
        ["x-app://host", "X-App://HOST", "x-app://host"],
        ["x-app://host:80", "x-app://host:80", "X-APP://host:80"],
    ];
    for (i, a) in groups.as_flattened().iter().enumerate() {
        for (j, b) in groups.as_flattened().iter().enumerate() {
            let same = Origin::parse(a).unwrap().is_same(&Origin::parse(b).unwrap());
            assert_eq!(same, i / 3 == j / 3, "{a} and {b}");
        }
    }
}

/// Values of `Origin` and `Host`, and whether the page comes from the same host.
const HOSTS: [(&str, &str, bool); 20] = [
    ("http://example.com", "example.com", true),
    ("http://example.com", "EXAMPLE.com:80", true),
    ("https://example.com", "example.com", true),
    ("https://example.com", "example.com:443", true),
    ("https://example.com:8443", "example.com:8443", true),
    ("http://127.0.0.1:9999", "127.0.0.1:9999", true),
    ("http://[::1]:9999", "[::1]:9999", true),
    ("chrome-extension://abcdef", "abcdef", true),
    ("http://example.com", "example.com:443", false),
    ("https://example.com", "example.com:80", false),
    ("https://example.com:8443", "example.com", false),
    ("https://example.com", "example.com:8443", false),
    ("https://evil.example", "example.com", false),
    ("https://example.com.evil.example", "example.com", false),
    ("https://www.example.com", "example.com", false),
    ("https://example.com", "www.example.com", false),
    ("https://notexample.com", "example.com", false),
    ("null", "null", false),
    ("null", "example.com", false),
    ("https://example.com", "", false),
];

#[test]
fn same_host() {
    for (origin, host, is_same) in HOSTS {
        let result = OriginPolicy::SameHost.check(Some(origin), host);
        assert_eq!(result.is_ok(), is_same, "{origin} and {host}");
        assert_eq!(OriginPolicy::Any.check(Some(origin), host), Ok(()));
    }
    assert_eq!(OriginPolicy::SameHost.check(None, "example.com"), Ok(()));
    assert_eq!(OriginPolicy::Listed(&[]).check(None, "example.com"), Ok(()));
}

#[test]
fn listed() {
    let policy = OriginPolicy::Listed(&["https://example.com", "null", "evil", "http://b:81"]);
    for (origin, is_allowed) in [
        ("https://example.com", true),
        ("HTTPS://EXAMPLE.COM:443", true),
        ("http://b:81", true),
        ("http://example.com", false),
        ("https://example.com:81", false),
        ("http://b", false),
        ("null", false),
        ("evil", false),
        ("", false),
    ] {
        // The host of the request makes no difference.
        for host in ["example.com", "b", "null"] {
            let result = policy.check(Some(origin), host);
            assert_eq!(result.is_ok(), is_allowed, "{origin}");
        }
    }
}

/// The policy is part of what accepts the request.
#[test]
fn accepted_or_refused() {
    for (origin, host, is_same) in HOSTS {
        let head = format!(
            "GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: {origin}\r\n\
            Sec-WebSocket-Version: 13\r\n\r\n"
        );
        let mut reader = HeadReader::new(HeadLimits::default());
        let Ok(Status::Complete(request)) = reader.request(head.as_bytes()) else { panic!() };
        let Ok(upgrade) = request.upgrade() else { continue };
        let accept = Accept { origins: OriginPolicy::SameHost, ..Accept::default() };
        let mut out = [0; 256];
        let result = accept.write(&upgrade, &mut out).map(drop);
        let expected = if is_same { Ok(()) } else { Err(HandshakeError::OriginNotAllowed) };
        assert_eq!(result, expected, "{origin} and {host}");
        assert!(Accept::default().write(&upgrade, &mut out).is_ok());
    }
}
