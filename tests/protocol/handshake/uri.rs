//! `ws` and `wss` URIs (RFC 6455 §3).

use wsparse::handshake::{HandshakeError, Key, Offer, Uri};

/// A URI, whether it is secure, its host, port, path and query, and the first lines of the request.
type Good = (&'static str, bool, &'static str, u16, &'static str, &'static str, &'static str);

const GOOD: [Good; 18] = [
    ("ws://a", false, "a", 80, "/", "", "GET / HTTP/1.1\r\nHost: a\r\n"),
    ("wss://a", true, "a", 443, "/", "", "GET / HTTP/1.1\r\nHost: a\r\n"),
    ("WS://A/", false, "A", 80, "/", "", "GET / HTTP/1.1\r\nHost: A\r\n"),
    ("wSs://a/b", true, "a", 443, "/b", "", "GET /b HTTP/1.1\r\nHost: a\r\n"),
    ("ws://a:80/", false, "a", 80, "/", "", "GET / HTTP/1.1\r\nHost: a\r\n"),
    ("ws://a:443/", false, "a", 443, "/", "", "GET / HTTP/1.1\r\nHost: a:443\r\n"),
    ("wss://a:443/", true, "a", 443, "/", "", "GET / HTTP/1.1\r\nHost: a\r\n"),
    ("wss://a:80/", true, "a", 80, "/", "", "GET / HTTP/1.1\r\nHost: a:80\r\n"),
    ("ws://a:/", false, "a", 80, "/", "", "GET / HTTP/1.1\r\nHost: a\r\n"),
    ("ws://a:0/", false, "a", 0, "/", "", "GET / HTTP/1.1\r\nHost: a:0\r\n"),
    ("ws://a:00065535", false, "a", 65535, "/", "", "GET / HTTP/1.1\r\nHost: a:65535\r\n"),
    ("ws://a?b", false, "a", 80, "/", "b", "GET /?b HTTP/1.1\r\nHost: a\r\n"),
    // §3: a question mark only if the query is not empty.
    ("ws://a/b?", false, "a", 80, "/b", "", "GET /b HTTP/1.1\r\nHost: a\r\n"),
    ("ws://a/b?c?d/e", false, "a", 80, "/b", "c?d/e", "GET /b?c?d/e HTTP/1.1\r\nHost: a\r\n"),
    ("ws://a//b:c@d", false, "a", 80, "//b:c@d", "", "GET //b:c@d HTTP/1.1\r\nHost: a\r\n"),
    (
        "ws://[::1]:9001/chat?x=1",
        false,
        "::1",
        9001,
        "/chat",
        "x=1",
        "GET /chat?x=1 HTTP/1.1\r\nHost: [::1]:9001\r\n",
    ),
    (
        "wss://[2001:db8::192.0.2.1]",
        true,
        "2001:db8::192.0.2.1",
        443,
        "/",
        "",
        "GET / HTTP/1.1\r\nHost: [2001:db8::192.0.2.1]\r\n",
    ),
    (
        "ws://x-y_z.%C3%A4.example/%C3%A4%23?%20|",
        false,
        "x-y_z.%C3%A4.example",
        80,
        "/%C3%A4%23",
        "%20|",
        "GET /%C3%A4%23?%20| HTTP/1.1\r\nHost: x-y_z.%C3%A4.example\r\n",
    ),
];

#[test]
fn good_ones_are_split_and_written() {
    for (text, secure, host, port, path, query, lines) in GOOD {
        let uri = Uri::parse(text).unwrap();
        assert_eq!((uri.secure(), uri.host(), uri.port()), (secure, host, port), "{text}");
        assert_eq!((uri.path(), uri.query()), (path, query), "{text}");
        let mut out = [0; 512];
        let request = Offer::new(uri).write(Key::new([0; 16]), &mut out).unwrap();
        assert!(request.starts_with(lines.as_bytes()), "{text}");
    }
}

const BAD: [(&str, HandshakeError); 40] = [
    ("", HandshakeError::UriScheme),
    ("a", HandshakeError::UriScheme),
    ("/chat", HandshakeError::UriScheme),
    ("//a/chat", HandshakeError::UriScheme),
    ("a:80", HandshakeError::UriScheme),
    ("http://a", HandshakeError::UriScheme),
    ("https://a", HandshakeError::UriScheme),
    ("wsss://a", HandshakeError::UriScheme),
    (" ws://a", HandshakeError::UriScheme),
    ("ws:/a", HandshakeError::UriScheme),
    ("ws:a", HandshakeError::UriScheme),
    ("ws//a", HandshakeError::UriScheme),
    ("\u{e4}", HandshakeError::UriScheme),
    ("ws://", HandshakeError::UriAuthority),
    ("ws:///chat", HandshakeError::UriAuthority),
    ("ws://?b", HandshakeError::UriAuthority),
    ("ws://:80", HandshakeError::UriAuthority),
    ("ws://user@a", HandshakeError::UriAuthority),
    ("ws://user:password@a/", HandshakeError::UriAuthority),
    ("ws://a:65536", HandshakeError::UriAuthority),
    ("ws://a:99999999999999999999", HandshakeError::UriAuthority),
    ("ws://a:-1", HandshakeError::UriAuthority),
    ("ws://a:+1", HandshakeError::UriAuthority),
    ("ws://a:8 0", HandshakeError::UriAuthority),
    ("ws://a:80:80", HandshakeError::UriAuthority),
    ("ws://a b/", HandshakeError::UriAuthority),
    ("ws://a\\b/", HandshakeError::UriAuthority),
    ("ws://\u{e4}/", HandshakeError::UriAuthority),
    ("ws://%4/", HandshakeError::UriAuthority),
    ("ws://::1/", HandshakeError::UriAuthority),
    ("ws://[::1/", HandshakeError::UriAuthority),
    ("ws://[a]/", HandshakeError::UriAuthority),
    ("ws://[::1]80/", HandshakeError::UriAuthority),
    ("ws://[::1%25eth0]/", HandshakeError::UriAuthority),
    ("ws://a\r\nX: y/", HandshakeError::UriAuthority),
    ("ws://a/b c", HandshakeError::UriPath),
    ("ws://a/\u{e4}", HandshakeError::UriPath),
    ("ws://a/?b\r\nX: y", HandshakeError::UriPath),
    ("ws://a/\0", HandshakeError::UriPath),
    ("ws://a/b#c", HandshakeError::UriFragment),
];

#[test]
fn bad_ones_are_refused_by_name() {
    for (text, error) in BAD {
        assert_eq!(Uri::parse(text), Err(error), "{text}");
        assert_eq!((error.section(), error.status()), ("3", 500));
    }
    for text in ["ws://a#", "ws://a?b#c", "ws://a/#/?", "ws://user@a#"] {
        assert_eq!(Uri::parse(text), Err(HandshakeError::UriFragment), "{text}");
    }
}

/// RFC 3986 §2.1: two hexadecimal digits follow a percent sign.
#[test]
fn percent_signs_in_a_host() {
    for host in ["%41", "a%2Fb", "%e4%F6"] {
        assert_eq!(Uri::parse(&format!("ws://{host}/")).unwrap().host(), host);
    }
    for host in ["%", "%4", "%4g", "%g4", "%gg", "a%%41", "%41%"] {
        assert_eq!(
            Uri::parse(&format!("ws://{host}/")),
            Err(HandshakeError::UriAuthority),
            "{host}"
        );
    }
}
