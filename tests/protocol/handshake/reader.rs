//! Finding the end of a head: the same result for every split, linear time, limits, early errors;
//! and the heads of captured streams.

use super::support::{assert_requests, assert_responses};
use wsparse::Status;
use wsparse::handshake::{Accept, HandshakeError, HeadLimits, HeadReader, Key, Offer, Uri};

const DEFAULT: fn() -> HeadLimits = HeadLimits::default;

#[test]
fn any_split_gives_the_same() {
    let heads: [&[u8]; 24] = [
        b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nand more",
        b"\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        b"\r\n\nGET / HTTP/1.1\r\n\r\n",
        b"\rGET / HTTP/1.1\r\n\r\n",
        b"\nGET / HTTP/1.1\r\n\r\n",
        b"\r\nGET\n / HTTP/1.1\r\n\r\n",
        b"HTTP\n/1.1 101 Switching Protocols\r\n\r\n",
        b"\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"",
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b"\r\r\n\r\n",
        b"\r\n\r\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\nand more\r\n\r\n\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\rb\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\n\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x00",
        b"HTTP/1.1 404\r\nServer: a\r\n\r\n",
        b"HTTP/1.0 302 Found\r\nLocation: b\r\n\r\n",
        b"neither\r\n\r\n",
    ];
    for head in heads {
        for end in 0..=head.len() {
            assert_requests(head, DEFAULT(), &[end]);
            assert_responses(head, DEFAULT(), &[end]);
            let limits = HeadLimits { max_head: end, max_headers: end % 3 };
            assert_requests(head, limits, &[end / 2]);
            assert_responses(head, limits, &[end / 2]);
        }
    }
}

/// RUSTSEC-2023-0065: a large head that arrives byte by byte.
#[test]
fn a_dripping_head_is_searched_once() {
    let limits = HeadLimits { max_head: 1 << 20, max_headers: 100 };
    let mut stream = b"GET / HTTP/1.1\r\nCookie: ".to_vec();
    stream.resize(1 << 16, b'c');
    let mut reader = HeadReader::new(limits);
    for end in 0..stream.len() {
        // Each call starts with the new byte.
        assert_eq!(reader.searched(), end.saturating_sub(1));
        assert!(matches!(reader.request(&stream[..end]), Ok(Status::Incomplete { .. })));
        assert_eq!(reader.searched(), end);
    }
    // Earlier bytes are not even read, so replacing them makes no difference.
    let searched = reader.searched();
    stream[..searched].fill(b'\n');
    stream.extend(b"c\r\n");
    assert_eq!(reader.request(&stream), Ok(Status::Incomplete { missing: 2 }));
}

/// A TLS ClientHello, for example, is refused at its first byte.
#[test]
fn a_byte_that_no_method_contains_is_refused_at_once() {
    for byte in 0..=u8::MAX {
        let is_token = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        for before in ["", "G", "GET", "\r\n", "\r\nG"] {
            let stream = [before.as_bytes(), &[byte], b"/ HTTP/1.1\r\n\r\n"].concat();
            let found = assert_requests(&stream, DEFAULT(), &[before.len()]);
            let legal = is_token
                || byte == b' ' && before.ends_with(['G', 'T'])
                // Not in this stream, but an empty line may start with it.
                || byte == b'\r' && before.is_empty();
            let mut reader = HeadReader::new(DEFAULT());
            let result = reader.request(&stream[..=before.len()]);
            if legal {
                assert!(matches!(result, Ok(Status::Incomplete { .. })), "{before:?} {byte}");
            } else {
                let error = match byte {
                    b'\n' => HandshakeError::LineEnding,
                    _ => HandshakeError::StartLine,
                };
                assert_eq!(result, Err(error), "{before:?} {byte}");
                assert_eq!(found, Some(Err(error)));
            }
        }
    }
    assert_eq!(HandshakeError::StartLine.status(), 400);
}

/// A method of any length is searched once.
#[test]
fn a_dripping_method_is_searched_once() {
    let mut stream = vec![b'M'; 10_000];
    let mut reader = HeadReader::new(DEFAULT());
    for end in 0..=stream.len() {
        assert_eq!(reader.request(&stream[..end]), Ok(Status::Incomplete { missing: 4 }));
        assert_eq!(reader.searched(), end);
    }
    // Earlier bytes are not even read, so replacing them makes no difference.
    stream.fill(0);
    stream.push(b'M');
    assert_eq!(reader.request(&stream), Ok(Status::Incomplete { missing: 4 }));
    stream.push(0);
    assert_eq!(reader.request(&stream), Err(HandshakeError::StartLine));
}

#[test]
fn a_byte_that_no_response_starts_with_is_refused_at_once() {
    let start = b"HTTP/";
    for (at, expected) in start.iter().enumerate() {
        for byte in (0..=u8::MAX).filter(|byte| byte != expected) {
            let mut stream = b"HTTP/1.1 101 A\r\n\r\n".to_vec();
            stream[at] = byte;
            let error = match byte {
                b'\n' => HandshakeError::LineEnding,
                _ => HandshakeError::StartLine,
            };
            assert_eq!(HeadReader::new(DEFAULT()).response(&stream[..=at]), Err(error));
            assert_eq!(assert_responses(&stream, DEFAULT(), &[at]), Some(Err(error)));
        }
    }
}

/// RFC 9112 §2.2: at least one empty line before the request line is ignored.
#[test]
fn one_empty_line_before_a_request_is_ignored() {
    let stream = b"\r\nGET /a HTTP/1.1\r\nHost: b\r\n\r\nframes";
    for end in 0..stream.len() {
        let read = assert_requests(stream, DEFAULT(), &[end]);
        let Some(Ok(request)) = read else { panic!("{read:?}") };
        assert_eq!((request.method(), request.target()), ("GET", "/a"));
        assert_eq!(request.headers().count(), 1);
        assert_eq!(&stream[request.head_len()..], b"frames");
    }
    // It counts as part of the head, but not as a header.
    let head_len = stream.len() - b"frames".len();
    for max_head in [head_len - 1, head_len] {
        let limits = HeadLimits { max_head, max_headers: 1 };
        let read = assert_requests(stream, limits, &[1, 2, 3]);
        let is_too_large = read == Some(Err(HandshakeError::HeadTooLarge));
        assert_eq!(is_too_large, max_head < head_len, "{read:?}");
    }
    for (start, error) in [
        ("\r\n\r", HandshakeError::StartLine),
        ("\r\n\n", HandshakeError::LineEnding),
        ("\r\r", HandshakeError::StartLine),
        ("\rG", HandshakeError::StartLine),
        ("\n", HandshakeError::LineEnding),
    ] {
        let result = assert_requests(start.as_bytes(), DEFAULT(), &[1, 2]);
        assert_eq!(result, Some(Err(error)), "{start:?}");
    }
    let response = b"\r\nHTTP/1.1 101 A\r\n\r\n";
    let result = assert_responses(response, DEFAULT(), &[1, 2]);
    assert_eq!(result, Some(Err(HandshakeError::StartLine)));
}

#[test]
fn a_large_head_is_refused_before_it_ends() {
    let mut stream = b"GET / HTTP/1.1\r\nCookie: ".to_vec();
    stream.resize(64 << 10, b'c');
    let result = assert_requests(&stream, DEFAULT(), &[100, 16_383, 16_384, 16_385]);
    assert_eq!(result, Some(Err(HandshakeError::HeadTooLarge)));
    assert_eq!(HandshakeError::HeadTooLarge.status(), 431);
    let mut reader = HeadReader::new(DEFAULT());
    assert!(matches!(reader.request(&stream[..16_383]), Ok(Status::Incomplete { .. })));
    for _ in 0..2 {
        assert_eq!(reader.request(&stream[..16_384]), Err(HandshakeError::HeadTooLarge));
        assert_eq!(reader.request(&stream), Err(HandshakeError::HeadTooLarge));
        assert_eq!(reader.searched(), 16_384);
    }
    // The largest head that is allowed.
    let mut fits = stream[..16_380].to_vec();
    fits.extend(b"\r\n\r\n");
    let Some(Ok(request)) = assert_requests(&fits, DEFAULT(), &[]) else { panic!("it fits") };
    assert_eq!(request.head_len(), 16 << 10);
}

#[test]
fn many_headers_are_refused_before_they_end() {
    for (max_headers, allowed) in [(100, 100), (0, 0), (1, 1), (24, 24), (usize::MAX, 128)] {
        let limits = HeadLimits { max_headers, ..DEFAULT() };
        for (count, legal) in [(allowed, true), (allowed + 1, false)] {
            let mut head = b"GET / HTTP/1.1\r\n".to_vec();
            for n in 0..count {
                head.extend(format!("X-{n}: {n}\r\n").bytes());
            }
            if !legal {
                // It is refused before the empty line.
                let result = assert_requests(&head, limits, &[20]);
                assert_eq!(result, Some(Err(HandshakeError::TooManyHeaders)));
            }
            head.extend(b"\r\n");
            match assert_requests(&head, limits, &[20]) {
                Some(Ok(request)) => assert!(legal && request.headers().count() == count),
                other => assert!(!legal && other == Some(Err(HandshakeError::TooManyHeaders))),
            }
            head.splice(..14, *b"HTTP/1.1 101 A");
            match assert_responses(&head, limits, &[20]) {
                Some(Ok(response)) => assert!(legal && response.headers().count() == count),
                other => assert!(!legal && other == Some(Err(HandshakeError::TooManyHeaders))),
            }
        }
    }
    assert_eq!(HandshakeError::TooManyHeaders.status(), 431);
}

#[test]
fn what_is_missing_at_least() {
    for (received, missing) in [
        ("", 4),
        ("\r", 3),
        ("\r\n", 2),
        ("GET", 4),
        ("GET / HTTP/1.1\r", 3),
        ("GET / HTTP/1.1\r\n", 2),
        ("GET / HTTP/1.1\r\n\r", 1),
        ("GET / HTTP/1.1\r\nA: b", 4),
    ] {
        let result = HeadReader::new(DEFAULT()).request(received.as_bytes());
        assert_eq!(result, Ok(Status::Incomplete { missing }), "{received}");
    }
}

/// A buffer of 512 bytes that also receives the first frames.
#[test]
fn a_small_buffer_is_enough() {
    let stream = include_bytes!("../../data/python-websockets-plain.client");
    let mut buffer = [0; 512];
    let mut reader =
        HeadReader::new(HeadLimits { max_head: buffer.len(), ..HeadLimits::default() });
    let (mut filled, mut out) = (0, [0; 160]);
    let head_len = loop {
        let read = 100.min(buffer.len() - filled);
        buffer[filled..filled + read].copy_from_slice(&stream[filled..filled + read]);
        filled += read;
        if let Status::Complete(request) = reader.request(&buffer[..filled]).unwrap() {
            let upgrade = request.upgrade().unwrap();
            let accept = Accept { subprotocol: Some("chat"), ..Accept::default() };
            accept.write(&upgrade, &mut out).unwrap();
            break request.head_len();
        }
    };
    let rest: &mut [u8] = &mut buffer[head_len..filled];
    assert_eq!(rest, &stream[head_len..filled]);
}

struct Capture {
    client: &'static [u8],
    server: &'static [u8],
    offered: &'static [&'static str],
    deflate_offered: bool,
    deflate: bool,
    origin: Option<&'static str>,
}

/// Described in tests/data/README.md. All of them negotiate `chat`.
const CAPTURES: [Capture; 4] = [
    Capture {
        client: include_bytes!("../../data/chromium-plain.client"),
        server: include_bytes!("../../data/chromium-plain.server"),
        offered: &["chat", "superchat"],
        deflate_offered: true,
        deflate: false,
        origin: Some("http://127.0.0.1:9997"),
    },
    Capture {
        client: include_bytes!("../../data/chromium-deflate.client"),
        server: include_bytes!("../../data/chromium-deflate.server"),
        offered: &["chat", "superchat"],
        deflate_offered: true,
        deflate: true,
        origin: Some("http://127.0.0.1:9997"),
    },
    Capture {
        client: include_bytes!("../../data/python-websockets-plain.client"),
        server: include_bytes!("../../data/python-websockets-plain.server"),
        offered: &["chat"],
        deflate_offered: false,
        deflate: false,
        origin: None,
    },
    Capture {
        client: include_bytes!("../../data/python-websockets-deflate.client"),
        server: include_bytes!("../../data/python-websockets-deflate.server"),
        offered: &["chat"],
        deflate_offered: true,
        deflate: true,
        origin: None,
    },
];

/// The head and the first bytes of the frames after it.
fn start(stream: &[u8]) -> (&[u8], usize) {
    let end = stream.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    (&stream[..stream.len().min(end + 100)], end)
}

#[test]
fn real_handshakes() {
    for capture in CAPTURES {
        let (stream, head_len) = start(capture.client);
        let read = assert_requests(stream, DEFAULT(), &[100, head_len]);
        let Some(Ok(request)) = read else { panic!("{read:?}") };
        for end in 0..head_len {
            let mut reader = HeadReader::new(DEFAULT());
            assert!(matches!(reader.request(&stream[..end]), Ok(Status::Incomplete { .. })));
            assert_eq!(reader.request(stream), Ok(Status::Complete(request)));
        }
        assert_eq!(request.head_len(), head_len);
        let upgrade = request.upgrade().unwrap();
        assert_eq!((upgrade.path(), upgrade.query()), ("/ws", ""));
        assert_eq!(upgrade.host(), "127.0.0.1:9999");
        assert_eq!(upgrade.origin(), capture.origin);
        assert!(upgrade.subprotocols().eq(capture.offered.iter().copied()));
        let extensions: Vec<_> = upgrade.extensions().collect();
        assert_eq!(extensions.len(), usize::from(capture.deflate_offered));
        for extension in extensions {
            assert_eq!(extension.name(), "permessage-deflate");
            assert!(extension.params().eq([("client_max_window_bits", None)]));
        }

        // The npm package `ws` sent the same bytes.
        let accept = Accept {
            subprotocol: Some("chat"),
            extensions: if capture.deflate { "permessage-deflate" } else { "" },
            headers: &[],
            ..Accept::default()
        };
        let (server, response_len) = start(capture.server);
        let mut out = [0; 512];
        let written = accept.write(&upgrade, &mut out).unwrap();
        assert_eq!(
            str::from_utf8(written).unwrap(),
            str::from_utf8(&server[..response_len]).unwrap()
        );
        let read = assert_responses(server, DEFAULT(), &[100, response_len]);
        let Some(Ok(response)) = read else { panic!("{read:?}") };
        assert_eq!((response.status(), response.head_len()), (101, response_len));
        let offer = Offer {
            subprotocols: capture.offered,
            extensions: "permessage-deflate; client_max_window_bits",
            ..Offer::new(Uri::parse("ws://127.0.0.1:9999/ws").unwrap())
        };
        let accepted = response.accepted(&offer, upgrade.key()).unwrap();
        assert_eq!(accepted.subprotocol(), Some("chat"));
        let names: Vec<_> = accepted.extensions().map(|one| one.name()).collect();
        assert_eq!(names.contains(&"permessage-deflate"), capture.deflate);
        let another = Key::new([1; 16]);
        assert_eq!(response.accepted(&offer, another), Err(HandshakeError::Accept));
    }
}
