//! Where a head ends: any split of it, in linear time, within limits; the heads of real streams.

use super::support::{assert_requests, assert_responses};
use wsparse::Status;
use wsparse::handshake::{Accept, HandshakeError, HeadLimits, HeadReader, Key, Offer, Uri};

const DEFAULT: fn() -> HeadLimits = HeadLimits::default;

#[test]
fn any_split_gives_the_same() {
    let heads: [&[u8]; 16] = [
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

/// RUSTSEC-2023-0065: a large head that drips in.
#[test]
fn a_dripping_head_is_searched_once() {
    let limits = HeadLimits { max_head: 1 << 20, max_headers: 100 };
    let mut stream = b"GET / HTTP/1.1\r\nCookie: ".to_vec();
    stream.resize(1 << 16, b'c');
    let mut reader = HeadReader::new(limits);
    for end in 0..stream.len() {
        // Nothing is left behind: the next call begins at what is new.
        assert_eq!(reader.searched(), end.saturating_sub(1));
        assert!(matches!(reader.request(&stream[..end]), Ok(Status::Incomplete { .. })));
        assert_eq!(reader.searched(), end);
    }
    // And not even looked at: what has been searched may be anything.
    let searched = reader.searched();
    stream[..searched].fill(b'\n');
    stream.extend(b"c\r\n");
    assert_eq!(reader.request(&stream), Ok(Status::Incomplete { missing: 2 }));
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
    // One that just fits.
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
                // The last one is enough.
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

/// A buffer of 512 bytes that is filled, and then used for what follows.
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

/// As tests/data/README.md has it: `chat` is negotiated in all of them.
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

/// The head and some of the frames behind it.
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

        // What the npm package `ws` answered: the same bytes as ours.
        let accept = Accept {
            subprotocol: Some("chat"),
            extensions: if capture.deflate { "permessage-deflate" } else { "" },
            headers: &[],
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
