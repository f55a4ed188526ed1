//! The example `echo`, run as a user would run it.

use crate::support::echo::{Echo, PATIENCE, REQUEST, RESPONSE, command, read, read_to_end};
#[cfg(target_os = "linux")]
use crate::support::program::memory;
use crate::support::{KEY, sample, write_frame};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;
/// The last fragment of a message; without FIN, one before the last.
const CONTINUATION: u8 = 0x80;
const FIN: u8 = 0x80;

fn from_client(first: u8, payload: &[u8]) -> Vec<u8> {
    write_frame(first, Some(KEY), payload)
}

fn from_server(first: u8, payload: &[u8]) -> Vec<u8> {
    write_frame(first, None, payload)
}

/// Returns a Close with this code and no reason.
fn close(code: u16) -> Vec<u8> {
    from_client(CLOSE, &code.to_be_bytes())
}

/// Sends these bytes, and asserts the answer.
fn assert_answer(stream: &mut TcpStream, sent: &[u8], expected: &[u8]) {
    stream.write_all(sent).unwrap();
    let answer = read(stream, expected.len());
    assert!(answer == expected, "{:x?}", &answer[..answer.len().min(64)]);
}

/// Asserts that a Close with this code arrives, and then the end of the stream.
fn assert_closed(stream: &mut TcpStream, code: u16) {
    let rest = read_to_end(stream);
    assert_eq!(rest[0], CLOSE);
    assert_eq!(usize::from(rest[1]), rest.len() - 2);
    assert_eq!(rest[2..4], code.to_be_bytes());
}

/// Sends a request, and returns the whole response.
fn ask(echo: &Echo, request: &[u8]) -> String {
    let mut stream = echo.connect();
    stream.write_all(request).unwrap();
    String::from_utf8(read_to_end(&mut stream)).unwrap()
}

// HTTP.

#[test]
fn a_page_is_served_at_the_root_alone() {
    let echo = Echo::start(&[]);
    let page = ask(&echo, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let (head, body) = page.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("\r\nContent-Type: text/html; charset=utf-8\r\n"), "{head}");
    assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{head}");
    assert!(body.starts_with("<!doctype html>") && body.ends_with("</html>\n"));
    assert!(body.contains("new WebSocket(url)") && body.contains("hello server"));

    assert_eq!(ask(&echo, b"GET /?a=b HTTP/1.1\r\nHost: a\r\n\r\n"), page);
    let alone = ask(&echo, b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(alone, [head, "\r\n\r\n"].concat());
    let cases: [(&[u8], &str); 4] = [
        (b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 "),
        (b"HEAD /none HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 "),
        (b"GET /index.html HTTP/1.0\r\n\r\n", "HTTP/1.1 404 "),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 405 "),
    ];
    for (request, expected) in cases {
        assert!(ask(&echo, request).starts_with(expected), "{expected}");
    }
    let log = echo.stop();
    assert!(log.contains(": GET / 200\n") && log.contains(": GET /none 404\n"), "{log}");
}

#[test]
fn broken_requests_are_refused() {
    let echo = Echo::start(&[]);
    let request = str::from_utf8(REQUEST).unwrap();
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nCookie: {}\r\n\r\n", "a".repeat(20_000));
    let cases = [
        ("\r\n\r\n".into(), "400"),
        ("GET / HTTP/1.1\n\n".into(), "400"),
        ("\x16\x03\x01\x02\0\x01\0\x01\r\n\r\n".into(), "400"),
        (request.replace("Version: 13", "Version: 8"), "426"),
        (request.replace("dGhl", "dGh"), "400"),
        (request.replace("Host: ", "Most: "), "400"),
        (request.replace("Connection: Upgrade", "Connection: close"), "400"),
        (request.replace("GET", "POST"), "405"),
        (long, "431"),
    ];
    for (request, status) in cases {
        let answer = ask(&echo, request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {answer}");
        assert_eq!(answer.contains("Sec-WebSocket-Version: 13"), status == "426");
    }
    let log = echo.stop();
    assert_eq!(log.matches("refused ").count(), 9, "{log}");
}

// Messages.

/// Returns all kinds of frames from a client, and the answers that they must get.
fn conversation() -> (Vec<u8>, Vec<u8>) {
    let (sent, expected): (Vec<_>, Vec<_>) = [
        (from_client(TEXT, "Grüße".as_bytes()), from_server(TEXT, "Grüße".as_bytes())),
        (from_client(BINARY, b""), from_server(BINARY, b"")),
        (from_client(PING, b"one"), from_server(PONG, b"one")),
        (from_client(PING, b""), from_server(PONG, b"")),
        (from_client(PONG, b"not asked for"), vec![]),
        (from_client(TEXT - FIN, b"fra"), vec![]),
        (from_client(CONTINUATION - FIN, b""), vec![]),
        (from_client(PING, b"between"), from_server(PONG, b"between")),
        (from_client(CONTINUATION, b"gments"), from_server(TEXT, b"fragments")),
        (from_client(BINARY, &sample(300)), from_server(BINARY, &sample(300))),
        (close(4321), from_server(CLOSE, &4321_u16.to_be_bytes())),
        (from_client(TEXT, b"after a Close"), vec![]),
    ]
    .into_iter()
    .unzip();
    (sent.concat(), expected.concat())
}

#[test]
fn bytes_may_arrive_at_once_or_one_by_one() {
    let echo = Echo::start(&[]);
    let (frames, expected) = conversation();
    let sent = [REQUEST, &frames].concat();
    let expected = [RESPONSE, &expected].concat();
    for size in [sent.len(), 1, 7] {
        let mut stream = echo.connect();
        for part in sent.chunks(size) {
            stream.write_all(part).unwrap();
        }
        // The server ends its stream first (§7.1.1).
        assert_eq!(read_to_end(&mut stream), expected, "{size}");
    }
    let log = echo.stop();
    assert_eq!(log.matches("opened ").count(), 3, "{log}");
    assert!(log.contains(": /chat ("), "{log}");
    assert_eq!(log.matches(": 4321, 4 messages, 316 bytes, ").count(), 3, "{log}");
}

#[test]
fn each_ping_has_its_pong() {
    let echo = Echo::start(&[]);
    let payloads: Vec<Vec<u8>> = (0..=125).map(sample).collect();
    let sent: Vec<_> = payloads.iter().flat_map(|payload| from_client(PING, payload)).collect();
    let pongs: Vec<_> = payloads.iter().flat_map(|payload| from_server(PONG, payload)).collect();
    assert_answer(&mut echo.open(), &sent, &pongs);
}

#[test]
fn long_messages_come_back_in_one_frame() {
    let echo = Echo::start(&[]);
    let mut stream = echo.open();
    for len in [65_535, 65_536, 1 << 20, 5_000_000, 70_000] {
        let payload = sample(len);
        assert_answer(&mut stream, &from_client(BINARY, &payload), &from_server(BINARY, &payload));
    }
    // About 20 000 fragments with Pings between them.
    let payload = "Übermäßig ".repeat(100_000).into_bytes();
    let (mut sent, mut pongs) = (Vec::new(), Vec::new());
    for (index, part) in payload.chunks(64).enumerate() {
        let first = if index == 0 { TEXT - FIN } else { CONTINUATION - FIN };
        sent.extend(from_client(first, part));
        if index % 5000 == 0 {
            sent.extend(from_client(PING, &[7]));
            pongs.extend(from_server(PONG, &[7]));
        }
    }
    sent.extend(from_client(CONTINUATION, b""));
    assert_answer(&mut stream, &sent, &[pongs, from_server(TEXT, &payload)].concat());
}

#[test]
fn many_connections_at_once() {
    let echo = Echo::start(&[]);
    let mut streams: Vec<_> = (0..100).map(|_| echo.open()).collect();
    for round in 0..3 {
        let payloads = |index| (0..50).map(move |number| sample((index * 31 + number * 7) % 600));
        for (index, stream) in streams.iter_mut().enumerate() {
            let sent: Vec<_> =
                payloads(index + round).flat_map(|it| from_client(BINARY, &it)).collect();
            stream.write_all(&sent).unwrap();
        }
        for (index, stream) in streams.iter_mut().enumerate() {
            let expected: Vec<_> =
                payloads(index + round).flat_map(|it| from_server(BINARY, &it)).collect();
            assert!(read(stream, expected.len()) == expected);
        }
    }
}

// Compression.

#[cfg(feature = "deflate")]
mod deflate {
    use super::*;
    use wsparse::deflate::{Agreed, Deflater, Direction, Inflater, Policy};

    const RSV1: u8 = 0x40;
    const SHARED: &str =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    /// The codecs of a client.
    fn codecs(window_bits: u8, context_takeover: bool) -> (Deflater, Inflater) {
        let direction = Direction { window_bits, context_takeover };
        let agreed = Agreed { outgoing: direction, incoming: direction };
        let policy = Policy { threshold: 0, ..Policy::DEFAULT };
        (Deflater::new(&policy, agreed), Inflater::new(agreed))
    }

    /// Returns the first byte and the payload of the next frame.
    fn read_frame(stream: &mut TcpStream) -> (u8, Vec<u8>) {
        let start = read(stream, 2);
        let len = match start[1] {
            126 => u16::from_be_bytes(read(stream, 2).try_into().unwrap()).into(),
            127 => u64::from_be_bytes(read(stream, 8).try_into().unwrap()) as usize,
            len => len.into(),
        };
        (start[0], read(stream, len))
    }

    fn compress(deflater: &mut Deflater, message: &[u8]) -> Vec<u8> {
        let mut payload = Vec::new();
        deflater.begin();
        deflater.compress_part_to_vec(message, true, &mut payload);
        payload
    }

    /// Sends a message compressed, and returns the length of its echo, which must be compressed too.
    fn echoed(
        stream: &mut TcpStream,
        (deflater, inflater): &mut (Deflater, Inflater),
        message: &[u8],
    ) -> usize {
        stream.write_all(&from_client(BINARY | RSV1, &compress(deflater, message))).unwrap();
        let (first, payload) = read_frame(stream);
        assert_eq!(first, BINARY | RSV1);
        let got = inflater.inflate_message(&payload, false, u64::MAX).unwrap();
        assert!(got.as_bytes() == message);
        payload.len()
    }

    fn json(len: usize) -> Vec<u8> {
        let lines =
            (0..).flat_map(|id| format!("{{\"id\": {id}, \"name\": \"no {id}\"}}").into_bytes());
        lines.take(len).collect()
    }

    /// Bytes that cannot be compressed.
    fn noise(len: usize) -> Vec<u8> {
        let mut state = 1_u64;
        let next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 40) as u8
        };
        std::iter::repeat_with(next).take(len).collect()
    }

    #[test]
    fn offers_are_answered() {
        let plain = "permessage-deflate";
        let windows = "permessage-deflate; server_max_window_bits=10; client_max_window_bits=10";
        let cases: [(&[&str], &str, &str); 8] = [
            (&[], plain, SHARED),
            (&["--deflate", "shared"], "permessage-deflate; client_max_window_bits", SHARED),
            (&["--deflate", "off"], plain, ""),
            (&["--deflate", "context"], plain, plain),
            (&["--deflate", "context"], SHARED, SHARED),
            (&["--deflate", "context"], windows, windows),
            (
                &["--deflate", "context", "--window-bits", "10"],
                "permessage-deflate; client_max_window_bits",
                windows,
            ),
            (&["--deflate", "context"], "permessage-deflate; unknown, x-other", ""),
        ];
        for (arguments, offer, expected) in cases {
            let echo = Echo::start(arguments);
            let (mut stream, answer) = echo.open_with(offer);
            assert_eq!(answer, expected, "{arguments:?}, {offer}");
            assert_answer(&mut stream, &from_client(TEXT, b"a"), &from_server(TEXT, b"a"));
            drop(stream);
            let log = echo.stop();
            let end = if expected.is_empty() { ")".into() } else { format!("), {expected}") };
            assert!(log.contains(&format!(": /chat (no user agent{end}\n")), "{log}");
        }
    }

    #[test]
    fn messages_come_back_compressed() {
        let plain = "permessage-deflate";
        for (arguments, offer, window_bits, context_takeover) in [
            (&["--deflate", "shared"], plain, 15, false),
            (&["--deflate", "context"], plain, 15, true),
            (&["--deflate", "context"], SHARED, 15, false),
            (&["--window-bits", "9"], "permessage-deflate; client_max_window_bits", 9, false),
            (&["--deflate", "shared"], "permessage-deflate; server_max_window_bits=11", 15, false),
        ] {
            let echo = Echo::start(arguments);
            let mut peers: Vec<_> = (0..3)
                .map(|_| (echo.open_with(offer).0, codecs(window_bits, context_takeover)))
                .collect();
            let message = json(400);
            let mut lens = Vec::new();
            for _ in 0..3 {
                // In turn, because some of them share their codecs.
                for (stream, codecs) in &mut peers {
                    lens.push(echoed(stream, codecs, &message));
                }
            }
            assert!(lens[0] < 300, "{lens:?}");
            // With context, the third is a reference to the second.
            assert_eq!(lens[6] < 30, context_takeover, "{lens:?}");
            let (stream, codecs) = &mut peers[0];
            for len in [70_000, 1_000_000, 300] {
                assert!(echoed(stream, codecs, &json(len)) < len);
            }
            // An uncompressed message, and a compressed one that is too short to compress it again.
            assert_answer(stream, &from_client(TEXT, b"a"), &from_server(TEXT, b"a"));
            let short = compress(&mut codecs.0, b"short");
            assert_answer(stream, &from_client(TEXT | RSV1, &short), &from_server(TEXT, b"short"));
            // Fragments, with a Ping between them.
            let payload = compress(&mut codecs.0, &message);
            let (start, end) = payload.split_at(payload.len() / 2);
            let sent = [
                from_client((BINARY - FIN) | RSV1, start),
                from_client(PING, b"between"),
                from_client(CONTINUATION, end),
            ];
            assert_answer(stream, &sent.concat(), &from_server(PONG, b"between"));
            let (first, payload) = read_frame(stream);
            assert_eq!(first, BINARY | RSV1);
            assert_eq!(codecs.1.inflate_message(&payload, false, 400).unwrap().as_bytes(), message);
        }
    }

    /// Replies that the socket does not take at once, in each kind of memory.
    #[test]
    fn long_replies_wait_for_the_peer() {
        let echo = Echo::start(&["--deflate", "shared"]);
        let (mut stream, _) = echo.open_with(SHARED);
        let (mut deflater, mut inflater) = codecs(15, false);
        let noise = noise(4 << 20);
        // It becomes about half as long.
        let half: Vec<u8> = noise.chunks(32).flat_map(|part| [part, part].concat()).collect();
        let half = &half[..noise.len()];
        for (message, is_compressed) in
            [(half, true), (&noise, true), (half, false), (&noise, false)]
        {
            let sent = if is_compressed {
                from_client(BINARY | RSV1, &compress(&mut deflater, message))
            } else {
                from_client(BINARY, message)
            };
            stream.write_all(&sent).unwrap();
            thread::sleep(Duration::from_millis(200));
            let (first, payload) = read_frame(&mut stream);
            if first == BINARY | RSV1 {
                assert!(payload.len() < message.len() / 4 * 3);
                let got = inflater.inflate_message(&payload, false, u64::MAX).unwrap();
                assert!(got.as_bytes() == message);
            } else {
                assert!(first == BINARY && payload == noise);
            }
            let other = echoed(&mut stream, &mut codecs(15, false), &json(400));
            assert!(other < 300);
        }
    }

    #[test]
    fn a_broken_rule_ends_the_stream() {
        let (mut deflater, _) = codecs(15, false);
        let bomb = compress(&mut deflater, &[0; 1_000_000]);
        assert!(bomb.len() < 10_000);
        let hello = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
        let invalid = compress(&mut deflater, b"\xFF");
        for arguments in [["--deflate", "shared"], ["--deflate", "context"]] {
            let echo = Echo::start(&[&arguments[..], &["--max-message", "999999"]].concat());
            let cases = [
                (from_client(BINARY | RSV1, b"\xFF\xFF"), 1007),
                (from_client(BINARY | RSV1, &hello[..3]), 1007),
                (from_client(TEXT | RSV1, &invalid), 1007),
                (from_client(BINARY | RSV1, &bomb), 1009),
                (from_client(PING | RSV1, b""), 1002),
                (
                    [from_client(TEXT - FIN, b""), from_client(CONTINUATION | RSV1, hello)]
                        .concat(),
                    1002,
                ),
            ];
            // All these share codecs with those that fail.
            let (mut other, _) = echo.open_with(SHARED);
            let mut other_codecs = codecs(15, false);
            for (sent, code) in cases {
                let (mut stream, _) = echo.open_with("permessage-deflate");
                stream.write_all(&sent).unwrap();
                assert_closed(&mut stream, code);
                echoed(&mut other, &mut other_codecs, &json(400));
            }
        }
        let echo = Echo::start(&["--deflate", "off"]);
        let (mut stream, _) = echo.open_with("permessage-deflate");
        stream.write_all(&from_client(TEXT | RSV1, hello)).unwrap();
        assert_closed(&mut stream, 1002);
    }
}

// Peers that break a rule.

#[test]
fn a_broken_rule_is_answered_and_ends_the_stream() {
    let echo = Echo::start(&["--max-message", "1000"]);
    let declared = from_client(BINARY, &[0; 1001]);
    let cases = [
        (from_server(TEXT, b"unmasked"), 1002),
        (from_client(BINARY + 1, b""), 1002),
        (from_client(CONTINUATION, b""), 1002),
        (from_client(CLOSE, b"\x03"), 1002),
        // At the invalid byte: the second of a payload that has a length of 100.
        ([b"\x81\xE4", &[0; 4][..], b"a\xFF"].concat(), 1007),
        (
            [from_client(TEXT - FIN, b"\xED"), from_client(CONTINUATION - FIN, b"\xA0")].concat(),
            1007,
        ),
        // A message that is too long, at its header.
        (declared[..8].to_vec(), 1009),
        (
            [from_client(BINARY - FIN, &[0; 600]), from_client(CONTINUATION, &[0; 401])].concat(),
            1009,
        ),
    ];
    let count = cases.len();
    for (sent, code) in cases {
        let mut stream = echo.open();
        let longest = sample(1000);
        assert_answer(&mut stream, &from_client(BINARY, &longest), &from_server(BINARY, &longest));
        stream.write_all(&sent).unwrap();
        assert_closed(&mut stream, code);
    }
    let log = echo.stop();
    assert_eq!(log.matches("failed 127.0.0.1:").count(), count, "{log}");
    assert!(log.contains("RFC 6455 section 8.1), at offset "), "{log}");
}

#[test]
fn a_stream_that_is_cut_is_logged_as_1006() {
    let echo = Echo::start(&[]);
    let mut stream = echo.open();
    assert_answer(&mut stream, &from_client(TEXT, b"a"), &from_server(TEXT, b"a"));
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_to_end(&mut stream), b"");
    assert!(echo.stop().contains(": 1006, 1 messages, 1 bytes, "));
}

// Peers that read slowly.

/// Reads `step` bytes, pauses, and so on, until the end of the stream, an error, or the limit.
fn read_slowly(stream: &mut TcpStream, step: usize, pause: Duration, limit: Duration) -> Vec<u8> {
    let (start, mut bytes) = (Instant::now(), Vec::new());
    while start.elapsed() < limit {
        match stream.take(step as u64).read_to_end(&mut bytes) {
            Ok(0) | Err(_) => break,
            Ok(_) => thread::sleep(pause),
        }
    }
    bytes
}

#[test]
fn a_peer_that_reads_slowly_gets_its_reply_and_the_close() {
    let echo = Echo::start(&["--close-timeout", "1"]);
    let mut stream = echo.open();
    let payload = sample(16 << 20);
    stream.write_all(&[from_client(BINARY, &payload), close(1000)].concat()).unwrap();
    // 16 MiB at 4 MiB/s, far longer than the time-out.
    let got = read_slowly(&mut stream, 1 << 18, Duration::from_millis(62), PATIENCE);
    let expected = [from_server(BINARY, &payload), from_server(CLOSE, b"\x03\xE8")].concat();
    assert!(got == expected, "{} bytes, not {}", got.len(), expected.len());
    let log = echo.stop();
    assert!(log.contains(": 1000, 1 messages, 16777216 bytes, "), "{log}");
    assert!(log.contains("closed 127.0.0.1:") && !log.contains("cut "), "{log}");
}

#[test]
fn a_peer_that_reads_too_slowly_is_logged_as_cut() {
    let echo = Echo::start(&["--close-timeout", "1", "--message-timeout", "3"]);
    let sent = [from_client(BINARY, &sample(16 << 20)), close(1000)].concat();
    let [mut silent, mut slow] = [echo.open(), echo.open()];
    for stream in [&mut silent, &mut slow] {
        stream.write_all(&sent).unwrap();
    }
    // One reads nothing. The other keeps reading, but would take 20 s for the whole reply.
    let (step, pause) = (1 << 16, Duration::from_millis(80));
    let mut got = read_slowly(&mut slow, step, pause, Duration::from_secs(5));
    got.extend(read_slowly(&mut slow, step, Duration::ZERO, PATIENCE));
    assert!(got.len() < sent.len() - 4, "{} bytes", got.len());
    let log = echo.stop();
    assert_eq!(log.matches("cut 127.0.0.1:").count(), 2, "{log}");
    assert_eq!(log.matches(" bytes not sent\n").count(), 2, "{log}");
    assert!(!log.contains("closed 127"), "{log}");
    assert!(log.contains("stopping: closing 0 connections"), "{log}");
}

// Memory.

/// Writes until the socket takes no more for a while, and returns the rest.
#[cfg(target_os = "linux")]
fn write_until_stuck<'a>(stream: &mut TcpStream, mut bytes: &'a [u8]) -> &'a [u8] {
    stream.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(len) => bytes = &bytes[len..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            // A signal interrupted the call.
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("{error}"),
        }
    }
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    bytes
}

#[test]
#[cfg(target_os = "linux")]
fn a_peer_that_does_not_read_costs_no_memory() {
    let echo = Echo::start(&[]);
    let mut stream = echo.open();
    let mut others = echo.open();
    let before = memory(echo.id(), "VmRSS:");
    // 48 MiB of messages and Pings, whose answers are not read. Fewer Pings than a server may receive in
    // one second.
    let message = sample(4000);
    let sent =
        [from_client(BINARY, &message).repeat(16), from_client(PING, &message[..100])].concat();
    let back =
        [from_server(BINARY, &message).repeat(16), from_server(PONG, &message[..100])].concat();
    let rounds = (48 << 20) / sent.len();
    let all = sent.repeat(rounds);
    let left = write_until_stuck(&mut stream, &all);
    assert!(!left.is_empty(), "the server has read everything");
    let more = memory(echo.id(), "VmRSS:").saturating_sub(before);
    assert!(more < 8 << 10, "{more} KiB");
    // Meanwhile other peers are served. Then every answer arrives.
    assert_answer(&mut others, &from_client(TEXT, b"a"), &from_server(TEXT, b"a"));
    let mut reading = stream.try_clone().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| stream.write_all(left).unwrap());
        for _ in 0..rounds {
            assert!(read(&mut reading, back.len()) == back);
        }
    });
    let more = memory(echo.id(), "VmRSS:").saturating_sub(before);
    assert!(more < 8 << 10, "{more} KiB");
}

#[test]
#[cfg(target_os = "linux")]
fn memory_grows_with_bytes_received_and_not_with_declared_lengths() {
    let echo = Echo::start(&[]);
    let before = memory(echo.id(), "VmRSS:");
    let mut streams: Vec<_> = (0..20).map(|_| echo.open()).collect();
    for stream in &mut streams {
        // 64 MiB are declared, but only 1000 bytes are sent.
        let header = [&[BINARY, 0xFF, 0, 0, 0, 0, 4, 0, 0, 0][..], &KEY].concat();
        stream.write_all(&[&header, &[0; 1000][..]].concat()).unwrap();
    }
    // The server answers this one after it has read from the others.
    let mut other = echo.open();
    assert_answer(&mut other, &from_client(PING, b""), &from_server(PONG, b""));
    let more = memory(echo.id(), "VmRSS:").saturating_sub(before);
    assert!(more < 8 << 10, "{more} KiB");
}

// Start and end.

#[test]
fn a_port_that_is_taken_is_an_error() {
    let echo = Echo::start(&[]);
    let address = echo.address.to_string();
    let second = command("echo").args(["--addr", &address]).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert_eq!(second.stdout, b"");
    let message = String::from_utf8(second.stderr).unwrap();
    assert!(message.starts_with(&format!("echo: cannot listen on {address}: ")), "{message}");
    assert!(message.contains("--addr") && message.lines().count() == 1, "{message}");
}

#[test]
fn the_command_line_is_checked() {
    let run = |arguments: &[&str]| command("echo").args(arguments).output().unwrap();
    let help = run(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(help.stdout.starts_with(b"Usage: echo "));
    let mut cases =
        vec![&["--port"][..], &["--max-message", "many"], &["--addr"], &["9999"], &["--deflate"]];
    cases.extend([&["--deflate", "all"][..], &["--window-bits", "8"], &["--window-bits", "16"]]);
    if cfg!(not(feature = "deflate")) {
        cases.push(&["--deflate", "shared"]);
    }
    for wrong in cases {
        let output = run(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert_eq!(output.stdout, b"");
        assert!(output.stderr.starts_with(b"echo: "), "{wrong:?}");
    }
}

#[test]
fn ctrl_c_closes_connections_with_1001() {
    let echo = Echo::start(&[]);
    // One peer has only connected, one has sent half a request, and three are open.
    let connected = echo.connect();
    let mut half = echo.connect();
    half.write_all(&REQUEST[..20]).unwrap();
    let mut open: Vec<_> = (0..3).map(|_| echo.open()).collect();
    echo.interrupt();
    for stream in &mut open {
        let start = read(stream, 2);
        assert_eq!(start[0], CLOSE);
        assert_eq!(read(stream, usize::from(start[1]))[..2], 1001_u16.to_be_bytes());
        stream.write_all(&close(1001)).unwrap();
        assert_eq!(read_to_end(stream), b"");
    }
    drop(open);
    let (status, log) = echo.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    assert_eq!(log.matches(": 1001, 0 messages, 0 bytes, ").count(), 3, "{log}");
    drop((connected, half));
}
