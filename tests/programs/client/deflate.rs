//! Compressed messages.

use super::*;
use wsparse::Message;
use wsparse::deflate::{Agreed, Inflater};

const ACCEPTED: &str = "Sec-WebSocket-Extensions: permessage-deflate; \
    server_no_context_takeover; client_no_context_takeover\r\n";
/// "Hello" (RFC 7692 §7.2.3.1).
const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";

fn close(stream: &mut TcpStream) {
    stream.write_all(&write_frame(0x88, None, b"\x03\xE8")).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    read_to_end(stream);
}

#[test]
fn messages_are_compressed_in_both_directions() {
    let long = "ten bytes.".repeat(50);
    let serve = |mut stream: TcpStream| {
        // Whole, in fragments, and not compressed.
        let (start, end) = HELLO.split_at(3);
        for frame in [
            write_frame(0xC1, None, HELLO),
            write_frame(0x41, None, start),
            write_frame(0x80, None, end),
            write_frame(0x81, None, b"plain"),
        ] {
            stream.write_all(&frame).unwrap();
        }
        let mut inflater = Inflater::new(Agreed::WITHOUT_CONTEXT);
        // Each message stands alone.
        for _ in 0..2 {
            let (first, _, payload) = read_frame(&mut stream);
            assert_eq!(first, 0xC1);
            assert!(payload.len() < 40);
            let message = inflater.inflate_message(&payload, true, 1000);
            assert_eq!(message, Ok(Message::Text(&long)));
        }
        let (first, _, payload) = read_frame(&mut stream);
        assert_eq!((first, payload.as_slice()), (0x81, b"short".as_slice()));
        assert_eq!(read_frame(&mut stream).0, 0x88);
        close(&mut stream);
    };
    let stdin = format!("{long}\n{long}\nshort\n");
    let output = against_open_with(ACCEPTED, serve, Some(stdin.as_bytes()));
    assert_eq!(problems(&output), "");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "Hello\nHello\nplain\n");
    let negotiated = "client: compression: sends with window bits 15, without context takeover; \
        receives with window bits 15, without context takeover\n";
    assert_eq!(text(&output.stderr), negotiated);
}

/// A line that does not fit into the buffer for output at first.
#[test]
fn a_long_line_is_compressed() {
    let long = "ten bytes.".repeat(50_000);
    let serve = |mut stream: TcpStream| {
        let head = read(&mut stream, 8);
        assert_eq!(head[..2], [0xC1, 0xFE], "RSV1, and fewer than 64 KiB");
        let mut payload = read(&mut stream, u16::from_be_bytes([head[2], head[3]]).into());
        oracle::unmask_from(&mut payload, [head[4], head[5], head[6], head[7]], 0);
        let mut inflater = Inflater::new(Agreed::WITHOUT_CONTEXT);
        let message = inflater.inflate_message(&payload, true, 1 << 20);
        assert_eq!(message, Ok(Message::Text(&long)));
        assert_eq!(read_frame(&mut stream).0, 0x88);
        close(&mut stream);
    };
    let output = against_open_with(ACCEPTED, serve, Some(format!("{long}\n").as_bytes()));
    assert_eq!(problems(&output), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn smaller_windows_and_no_compression_are_negotiated() {
    let smaller = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
        server_max_window_bits=10; client_max_window_bits=9\r\n";
    for (headers, described) in [
        (
            smaller,
            "sends with window bits 9, without context takeover; receives with window bits 10,",
        ),
        ("", "client: the server does not compress\n"),
    ] {
        let serve = |mut stream: TcpStream| {
            assert_eq!(read_frame(&mut stream).0, 0x88);
            close(&mut stream);
        };
        let output = against_open_with(headers, serve, Some(b""));
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stderr).contains(described), "{}", text(&output.stderr));
    }
}

#[test]
fn a_wrong_answer_to_the_offer_ends_it() {
    for headers in [
        // §7.1.1.1: the client asked for it, so it must be in the answer.
        "Sec-WebSocket-Extensions: permessage-deflate\r\n",
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; unknown\r\n",
    ] {
        let output = against_open_with(headers, |_| {}, Some(b"a\n"));
        assert_fails(&output, 1, "permessage-deflate");
        assert_eq!(output.stdout, b"");
    }
}

#[test]
fn broken_compression_is_answered() {
    for (headers, first, payload, code, message) in [
        (ACCEPTED, 0xC1, b"\xff\xff".as_slice(), 1007, "cannot be inflated"),
        (ACCEPTED, 0xC1, &HELLO[..4], 1007, "does not end"),
        // The bit in a Ping.
        (ACCEPTED, 0xC9, b"", 1002, "broke a rule"),
        ("", 0xC1, HELLO, 1002, "broke a rule"),
    ] {
        let serve = |mut stream: TcpStream| {
            stream.write_all(&write_frame(first, None, payload)).unwrap();
            let (first, _, payload) = read_frame(&mut stream);
            assert_eq!(first, 0x88);
            assert_eq!(payload.first_chunk(), Some(&u16::to_be_bytes(code)));
        };
        let output = against_open_with(headers, serve, None);
        assert_fails(&output, 1, message);
        assert_eq!(output.stdout, b"");
    }
}
