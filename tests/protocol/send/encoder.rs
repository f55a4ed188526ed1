//! The sending side: RFC 6455 §5.1–§5.7, byte for byte, and what it refuses.

use crate::oracle;
use crate::oracle::stream::{End, Ended, Item, close_fault};
use crate::support::stream::{assert_reads, config};
use crate::support::{KEY, sample, write_frame};
use core::num::NonZeroUsize;
use std::cell::Cell;
use std::collections::HashSet;
use wsparse::{
    Close, CloseCode, Encoder, Fragments, Header, KeySource, Message, Opcode, OutgoingFrame,
    SendError,
};

/// The bytes that `encode` writes. It must not change the rest of the output.
pub(super) fn encode<'f, K: KeySource>(
    encoder: &mut Encoder<K>,
    frame: impl Into<OutgoingFrame<'f>>,
) -> Result<Vec<u8>, SendError> {
    let frame = frame.into();
    let len = encoder.encoded_len(frame);
    let mut output = vec![0xEE; len + 20];
    let result = encoder.encode(frame, &mut output).map(<[u8]>::to_vec);
    let untouched = if result.is_ok() { &output[len..] } else { &output };
    assert!(untouched.iter().all(|byte| *byte == 0xEE), "{frame:?}");
    if let Ok(sent) = &result {
        assert_eq!(sent.len(), len);
        assert_eq!(sent[..], output[..len]);
    }
    result
}

/// The encoded header, followed by the payload.
fn header<'f>(
    encoder: &mut Encoder,
    frame: impl Into<OutgoingFrame<'f>>,
) -> Result<Vec<u8>, SendError> {
    let frame = frame.into();
    let mut buffer = [0xEE; Header::MAX_LEN];
    Ok([encoder.encode_header(frame, &mut buffer)?, frame.payload()].concat())
}

/// Masks the message in place, and returns the header followed by the payload.
fn in_place<K: KeySource>(
    encoder: &mut Encoder<K>,
    message: Message<'_>,
) -> Result<Vec<u8>, SendError> {
    let mut payload = message.as_bytes().to_vec();
    let mut buffer = [0xEE; Header::MAX_LEN];
    let header = match message {
        Message::Text(_) => encoder.mask_text_in_place(&mut payload, &mut buffer),
        Message::Binary(_) => encoder.mask_binary_in_place(&mut payload, &mut buffer),
    };
    match header {
        Ok(header) => Ok([header, &payload].concat()),
        Err(error) => {
            assert_eq!(payload, message.as_bytes(), "left alone");
            Err(error)
        }
    }
}

pub(super) fn fragments(message: Message<'_>, size: usize) -> Fragments<'_> {
    message.fragments(NonZeroUsize::new(size).unwrap())
}

pub(super) fn close(code: u16, reason: &str) -> OutgoingFrame<'_> {
    OutgoingFrame::close(Close { code: CloseCode::new(code), reason }).unwrap()
}

/// §5.7: what is sent, by whom, and its bytes.
#[test]
fn examples_of_the_rfc() {
    let hello = Message::Text("Hello");
    let [hel, lo] = fragments(hello, 3).collect::<Vec<_>>()[..] else { panic!("two fragments") };
    let ping = OutgoingFrame::ping(b"Hello").unwrap();
    let pong = OutgoingFrame::pong(b"Hello").unwrap();
    let (short, long) = (sample(256), sample(65_536));
    let (short_frame, long_frame) = (
        [&b"\x82\x7E\x01\x00"[..], &short].concat(),
        [&b"\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"[..], &long].concat(),
    );
    let by_server: [(OutgoingFrame<'_>, &[u8]); 6] = [
        (hello.into(), b"\x81\x05\x48\x65\x6c\x6c\x6f"),
        (hel, b"\x01\x03\x48\x65\x6c"),
        (lo, b"\x80\x02\x6c\x6f"),
        (ping, b"\x89\x05\x48\x65\x6c\x6c\x6f"),
        (OutgoingFrame::binary(&short), &short_frame),
        (OutgoingFrame::binary(&long), &long_frame),
    ];
    let (mut server, mut beside) = (Encoder::server(), Encoder::server());
    for (frame, expected) in by_server {
        assert_eq!(encode(&mut server, frame).unwrap(), expected);
        assert_eq!(header(&mut beside, frame).unwrap(), expected);
    }
    let by_client: [(OutgoingFrame<'_>, &[u8]); 2] = [
        (hello.into(), b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
        (pong, b"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
    ];
    let mut client = Encoder::client(|| KEY);
    for (frame, expected) in by_client {
        assert_eq!(encode(&mut client, frame).unwrap(), expected);
    }
    assert_eq!(in_place(&mut client, hello).unwrap(), by_client[0].1);
    assert_eq!(in_place(&mut server, hello).unwrap(), by_server[0].1);
}

#[test]
fn closes() {
    let table: [(OutgoingFrame<'_>, &[u8], &[u8]); 3] = [
        (
            OutgoingFrame::close(Close { code: None, reason: "" }).unwrap(),
            b"\x88\x00",
            b"\x88\x80\x37\xfa\x21\x3d",
        ),
        (close(1000, ""), b"\x88\x02\x03\xe8", b"\x88\x82\x37\xfa\x21\x3d\x34\x12"),
        (
            close(4001, "bye"),
            b"\x88\x05\x0f\xa1bye",
            b"\x88\x85\x37\xfa\x21\x3d\x38\x5b\x43\x44\x52",
        ),
    ];
    for (frame, unmasked, masked) in table {
        assert_eq!(encode(&mut Encoder::server(), frame).unwrap(), unmasked);
        assert_eq!(header(&mut Encoder::server(), frame).unwrap(), unmasked);
        assert_eq!(encode(&mut Encoder::client(|| KEY), frame).unwrap(), masked);
    }
}

/// Lengths at which a form of the length, a kernel or a piece ends, and those around.
pub(super) fn lengths() -> impl Iterator<Item = usize> {
    let few = 0..=140;
    let ends = [256, 16_384, 32_768, 65_535, 65_536, 70_000];
    few.chain(ends.into_iter().flat_map(|len| len - 1..=len + 1))
}

#[test]
fn messages_of_all_lengths() {
    let bytes = sample(70_001);
    let text = "0123456789".repeat(7_001);
    for len in lengths() {
        for message in [Message::Binary(&bytes[..len]), Message::Text(&text[..len])] {
            let first = if matches!(message, Message::Text(_)) { 0x81 } else { 0x82 };
            let expected = write_frame(first, None, message.as_bytes());
            let mut server = Encoder::server();
            assert!(encode(&mut server, message).unwrap() == expected, "{len}");
            assert!(header(&mut server, message).unwrap() == expected, "{len}");
            assert!(in_place(&mut server, message).unwrap() == expected, "{len}");

            let expected = write_frame(first, Some(KEY), message.as_bytes());
            let mut client = Encoder::client(|| KEY);
            assert!(encode(&mut client, message).unwrap() == expected, "{len}");
            assert!(in_place(&mut client, message).unwrap() == expected, "{len}");
        }
    }
}

/// At each length that is too short nothing happens; at the right one all of it is used.
#[test]
fn no_room() {
    let bytes = sample(300);
    let frames = [
        OutgoingFrame::binary(&[]),
        OutgoingFrame::binary(&bytes[..8]),
        OutgoingFrame::binary(&bytes[..125]),
        OutgoingFrame::binary(&bytes),
        OutgoingFrame::ping(&bytes[..3]).unwrap(),
        close(1000, ""),
        close(1000, "done"),
    ];
    for frame in frames {
        let drawn = Cell::new(0);
        let client = || {
            Encoder::client(|| {
                drawn.set(drawn.get() + 1);
                KEY
            })
        };
        assert_no_room(Encoder::server, frame);
        assert_no_room(client, frame);
        assert_eq!(drawn.get(), 1, "a key for the frame that had room");
    }
}

fn assert_no_room<K: KeySource>(new: impl Fn() -> Encoder<K>, frame: OutgoingFrame<'_>) {
    let mut encoder = new();
    let needed = encoder.encoded_len(frame);
    for len in 0..needed {
        let mut output = vec![0xEE; len];
        assert_eq!(encoder.encode(frame, &mut output), Err(SendError::NoRoom { needed }));
        assert!(output.iter().all(|byte| *byte == 0xEE));
    }
    assert!(!encoder.is_closed());
    assert_eq!(encoder.encode(frame, &mut vec![0; needed]).unwrap().len(), needed);
    assert_eq!(encoder.is_closed(), frame.opcode() == Opcode::Close);
}

#[test]
fn a_control_frame_has_at_most_125_bytes() {
    let bytes = sample(126);
    for len in 0..=126 {
        let payload = &bytes[..len];
        for (result, first) in
            [(OutgoingFrame::ping(payload), 0x89), (OutgoingFrame::pong(payload), 0x8A)]
        {
            if len > 125 {
                assert_eq!(result, Err(SendError::ControlTooLong));
                continue;
            }
            let frame = result.unwrap();
            let expected = write_frame(first, None, payload);
            assert_eq!(encode(&mut Encoder::server(), frame).unwrap(), expected);
            assert_eq!(header(&mut Encoder::server(), frame).unwrap(), expected);
            let expected = write_frame(first, Some(KEY), payload);
            assert_eq!(encode(&mut Encoder::client(|| KEY), frame).unwrap(), expected);
        }
    }
}

#[test]
fn the_reason_of_a_close_has_at_most_123_bytes() {
    let reason = "r".repeat(1_000);
    for len in (0..=125).chain([126, 255, 256, 1_000]) {
        let reason = &reason[..len];
        let with = |code| OutgoingFrame::close(Close { code, reason });
        match with(Some(CloseCode::GOING_AWAY)) {
            Ok(frame) => {
                assert!(len <= 123);
                let payload = [b"\x03\xe9", reason.as_bytes()].concat();
                let expected = write_frame(0x88, None, &payload);
                assert_eq!(encode(&mut Encoder::server(), frame).unwrap(), expected);
                assert_eq!(header(&mut Encoder::server(), frame).unwrap(), expected);
                let expected = write_frame(0x88, Some(KEY), &payload);
                assert_eq!(encode(&mut Encoder::client(|| KEY), frame).unwrap(), expected);
            }
            Err(error) => {
                assert!(len > 123);
                assert_eq!(error, SendError::ControlTooLong);
            }
        }
        let without = if len == 0 { None } else { Some(SendError::ReasonWithoutCode) };
        assert_eq!(with(None).err(), without);
    }
}

/// Each code that can be expressed may be sent, and comes back.
#[test]
fn all_close_codes() {
    let mut sent = 0;
    for code in (0..=u16::MAX).filter_map(CloseCode::new) {
        for reason in ["", "Grüße"] {
            let close = Close { code: Some(code), reason };
            let frame = OutgoingFrame::close(close).unwrap();
            let bytes = encode(&mut Encoder::server(), frame).unwrap();
            assert_eq!(header(&mut Encoder::server(), frame).unwrap(), bytes);
            assert_eq!(close_fault(&bytes[2..]), None);
            assert_eq!(Close::parse(&bytes[2..]), Ok(close));
        }
        sent += 1;
    }
    // 1000–1003, 1007–1014, 3000–4999.
    assert_eq!(sent, 4 + 8 + 2_000);
}

/// §5.3: a key for each frame, none for what was refused, and the key that was drawn.
#[test]
fn keys_are_used_as_drawn() {
    let drawn = Cell::new(0_u8);
    let mut client = Encoder::client(|| {
        let n = drawn.get();
        drawn.set(n + 1);
        [n, 0xA0 ^ n, 0x5F, 0xFF ^ n]
    });
    let key = |n: u8| Some([n, 0xA0 ^ n, 0x5F, 0xFF ^ n]);
    let payload = sample(40);
    assert_eq!(
        encode(&mut client, OutgoingFrame::binary(&payload)).unwrap(),
        write_frame(0x82, key(0), &payload)
    );
    for (n, fragment) in (1..).zip(fragments(Message::Binary(&payload), 16)) {
        let first = [0x02, 0x00, 0x80][usize::from(n) - 1];
        let expected = write_frame(first, key(n), fragment.payload());
        assert_eq!(encode(&mut client, fragment).unwrap(), expected);
    }
    assert_eq!(
        in_place(&mut client, Message::Binary(&payload)).unwrap(),
        write_frame(0x82, key(4), &payload)
    );
    assert!(client.mask_text_in_place(&mut [0xFF], &mut [0; Header::MAX_LEN]).is_err());
    assert!(client.encode(Message::Text("no room"), &mut [0; 12]).is_err());
    assert_eq!(drawn.get(), 5);
    assert_eq!(encode(&mut client, close(1000, "")).unwrap(), {
        write_frame(0x88, key(5), b"\x03\xe8")
    });
    assert!(encode(&mut client, Message::Text("")).is_err());
    assert_eq!(drawn.get(), 6);
}

const TEXTS: [&str; 8] =
    ["", "a", "é", "€", "🌍", "Hello, world", "Grüße", "aé€🌍\u{7FF}\u{800}\u{FFFF}\u{10000}z"];

#[test]
fn fragments_of_all_sizes_are_the_message() {
    for text in TEXTS {
        for size in 1..=text.len() + 2 {
            let parts = assert_fragments(Message::Text(text), size);
            let mut rest = text;
            for part in parts {
                let part = String::from_utf8(part).expect("each fragment is UTF-8");
                rest = rest.strip_prefix(part.as_str()).unwrap();
                // One character if it is too long, otherwise as many as fit.
                let next = rest.chars().next().map_or(usize::MAX, char::len_utf8);
                let room = size.checked_sub(part.len());
                assert!(room.map_or(part.chars().count() == 1, |room| next > room), "{part}");
            }
            assert!(rest.is_empty());
        }
    }
    let bytes = sample(40);
    for len in 0..=bytes.len() {
        for size in (1..=len + 2).chain([usize::MAX]) {
            let parts = assert_fragments(Message::Binary(&bytes[..len]), size);
            assert_eq!(parts.len(), len.div_ceil(size).max(1));
            assert!(parts[..parts.len() - 1].iter().all(|part| part.len() == size));
            assert!(parts.concat() == bytes[..len]);
        }
    }
}

/// The first is Text or Binary, the others are Continuations, the last has FIN; both ends read
/// them. Returns their payloads.
fn assert_fragments(message: Message<'_>, size: usize) -> Vec<Vec<u8>> {
    let opcode = if matches!(message, Message::Text(_)) { 1 } else { 2 };
    let ping = OutgoingFrame::ping(b"between").unwrap();
    let (mut server, mut client) = (Encoder::server(), Encoder::client(|| KEY));
    let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
    for fragment in fragments(message, size) {
        for frame in [fragment, ping] {
            to_client.extend(encode(&mut server, frame).unwrap());
            to_server.extend(encode(&mut client, frame).unwrap());
        }
    }
    let mut payloads = Vec::new();
    for (stream, is_to_server) in [(to_client, false), (to_server, true)] {
        let reading = assert_reads(&stream, config(is_to_server));
        assert_eq!(reading.end, End::Clean { pending: 0 });
        payloads.clear();
        let mut ends = Vec::new();
        for item in reading.items {
            let Item::Data { fields, payload, ended } = item else { continue };
            assert_eq!(fields.opcode, if payloads.is_empty() { opcode } else { 0 });
            payloads.push(payload);
            ends.push(ended);
        }
        assert_eq!(ends.pop(), Some(Ended::Message));
        assert!(ends.iter().all(|ended| *ended == Ended::Frame));
    }
    payloads
}

/// Of any length, none included: a server's bytes for each, and a client's.
#[test]
fn fragments_of_a_message_whose_end_is_not_known() {
    const FIRST: OutgoingFrame<'_> = Message::Text("é").first_fragment();
    let bytes = sample(126);
    let table = [
        (FIRST, 0x01, "é".as_bytes()),
        (Message::Text("").next_fragment(), 0x00, b""),
        (Message::Text("aé€🌍").next_fragment(), 0x00, "aé€🌍".as_bytes()),
        (Message::Text("z").last_fragment(), 0x80, b"z"),
        (Message::Binary(b"").first_fragment(), 0x02, b""),
        (Message::Binary(&bytes).next_fragment(), 0x00, &bytes),
        (Message::Binary(b"").last_fragment(), 0x80, b""),
        (Message::Text("").first_fragment(), 0x01, b""),
        (Message::Text("").last_fragment(), 0x80, b""),
    ];
    let (mut server, mut beside) = (Encoder::server(), Encoder::server());
    let mut client = Encoder::client(|| KEY);
    for (frame, first, payload) in table {
        assert_eq!((frame.fin(), frame.payload()), (first & 0x80 != 0, payload));
        assert_eq!(frame.opcode().get(), first & 0xF);
        let expected = write_frame(first, None, payload);
        assert_eq!(encode(&mut server, frame).unwrap(), expected);
        assert_eq!(header(&mut beside, frame).unwrap(), expected);
        let expected = write_frame(first, Some(KEY), payload);
        assert_eq!(encode(&mut client, frame).unwrap(), expected);
    }
}

#[test]
fn fragments_end() {
    let mut fragments = fragments(Message::Text("ab"), 1);
    assert_eq!(fragments.by_ref().count(), 2);
    assert_eq!((fragments.next(), fragments.next()), (None, None));
}

/// What was sent last, as far as it matters (§5.4, §5.5.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sent {
    Whole,
    Text,
    Binary,
    Close,
}

use SendError::{Closed, ExpectedContinuation as Expected, UnexpectedContinuation as Unexpected};

pub(super) const SENT: [Sent; 4] = [Sent::Whole, Sent::Text, Sent::Binary, Sent::Close];

/// A row for each frame, a column for what was sent before it: what follows, or the refusal.
type Row<'a> = (OutgoingFrame<'a>, [Result<Sent, SendError>; 4]);

fn table() -> Vec<Row<'static>> {
    use Sent::*;
    let (text, binary) = (Message::Text("a"), Message::Binary(b"\xFF"));
    let new = |after| [Ok(after), Err(Expected), Err(Expected), Err(Closed)];
    let ping = [Ok(Whole), Ok(Text), Ok(Binary), Err(Closed)];
    // §5.5.2: after a Close, too, until the peer's arrives.
    let pong = [Ok(Whole), Ok(Text), Ok(Binary), Ok(Close)];
    let of_text = |after| [Err(Unexpected), Ok(after), Err(Unexpected), Err(Closed)];
    let of_binary = |after| [Err(Unexpected), Err(Unexpected), Ok(after), Err(Closed)];
    vec![
        (OutgoingFrame::text("whole"), new(Whole)),
        (OutgoingFrame::binary(b"whole"), new(Whole)),
        (text.first_fragment(), new(Text)),
        (binary.first_fragment(), new(Binary)),
        (text.next_fragment(), of_text(Text)),
        (text.last_fragment(), of_text(Whole)),
        (binary.next_fragment(), of_binary(Binary)),
        (binary.last_fragment(), of_binary(Whole)),
        (OutgoingFrame::ping(b"").unwrap(), ping),
        (OutgoingFrame::pong(b"!").unwrap(), pong),
        (close(1000, "done"), [Ok(Close), Ok(Close), Ok(Close), Err(Closed)]),
    ]
}

pub(super) fn brought_to<K: KeySource>(mut encoder: Encoder<K>, sent: Sent) -> Encoder<K> {
    let first = |message| fragments(message, 1).next().unwrap();
    let frame = match sent {
        Sent::Whole => OutgoingFrame::text("whole"),
        Sent::Text => first(Message::Text("ab")),
        Sent::Binary => first(Message::Binary(b"ab")),
        Sent::Close => close(1001, ""),
    };
    encode(&mut encoder, frame).unwrap();
    encoder
}

#[test]
fn order_of_frames() {
    assert_order(Encoder::server, encode);
    assert_order(Encoder::server, header);
    assert_order(|| Encoder::client(|| KEY), encode);
}

pub(super) fn assert_order<K: KeySource>(
    new: impl Fn() -> Encoder<K>,
    send: impl Fn(&mut Encoder<K>, OutgoingFrame<'static>) -> Result<Vec<u8>, SendError>,
) {
    let table = table();
    for (column, sent) in SENT.into_iter().enumerate() {
        for (frame, row) in &table {
            let mut encoder = brought_to(new(), sent);
            assert_eq!(send(&mut encoder, *frame).err(), row[column].err(), "{sent:?}: {frame:?}");
            // What it is then shows in what it refuses; after an error, nothing has changed.
            let after = row[column].unwrap_or(sent);
            let column = SENT.iter().position(|sent| *sent == after).unwrap();
            assert_eq!(encoder.is_closed(), after == Sent::Close);
            for (probe, row) in &table {
                let mut encoder = brought_to(new(), sent);
                _ = send(&mut encoder, *frame);
                let result = send(&mut encoder, *probe);
                assert_eq!(result.err(), row[column].err(), "{sent:?}: {frame:?}, {probe:?}");
            }
        }
    }
}

#[test]
fn order_of_messages_in_place() {
    assert_order_in_place(Encoder::server);
    assert_order_in_place(|| Encoder::client(|| KEY));
}

fn assert_order_in_place<K: KeySource>(new: impl Fn() -> Encoder<K>) {
    for message in [Message::Text("abc"), Message::Binary(b"abc")] {
        let results = SENT.map(|sent| in_place(&mut brought_to(new(), sent), message).err());
        assert_eq!(results, [None, Some(Expected), Some(Expected), Some(Closed)]);
    }
}

/// §8.1: refused at the byte where the oracle refuses it, and left alone.
#[test]
fn text_in_place_is_utf_8() {
    let rows: [&[u8]; 10] = [
        b"\x80",
        b"ok\xff",
        b"\xc0\x80",
        b"\xe0\x80\x80",
        b"ok\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82!",
        b"unfinished \xc3",
        b"\xf0\x9f\x8c",
        &[&[b'a'; 300][..], b"\xff"].concat(),
    ];
    for row in rows {
        let offset = match oracle::utf8::read(row.iter().copied()) {
            oracle::utf8::Text::Broken { offset } => offset,
            _ => row.len(),
        };
        let mut client = Encoder::client(|| panic!("no key is drawn"));
        let (mut payload, mut header) = (row.to_vec(), [0xEE; Header::MAX_LEN]);
        let result = client.mask_text_in_place(&mut payload, &mut header);
        assert_eq!(result, Err(SendError::InvalidUtf8 { offset }), "{row:02x?}");
        assert_eq!((payload, header), (row.to_vec(), [0xEE; Header::MAX_LEN]));
        let result = Encoder::server().mask_text_in_place(&mut row.to_vec(), &mut header).err();
        assert_eq!(result, Some(SendError::InvalidUtf8 { offset }), "{row:02x?}");
    }
    for text in TEXTS {
        let expected = write_frame(0x81, Some(KEY), text.as_bytes());
        assert_eq!(in_place(&mut Encoder::client(|| KEY), Message::Text(text)).unwrap(), expected);
    }
}

#[test]
fn encoders_are_small_and_made_at_compile_time() {
    const SERVER: Encoder = Encoder::server();
    const CLIENT: Encoder<fn() -> [u8; 4]> = Encoder::client(|| KEY);
    const TEXT: OutgoingFrame<'_> = OutgoingFrame::text("Hello");
    const CLOSE: OutgoingFrame<'_> =
        match OutgoingFrame::close(Close { code: Some(CloseCode::NORMAL), reason: "" }) {
            Ok(close) => close,
            Err(_) => panic!("it may be sent"),
        };
    assert!(size_of::<Encoder>() <= 4);
    let mut server = SERVER;
    assert_eq!(encode(&mut server, TEXT).unwrap(), b"\x81\x05Hello");
    let mut client = CLIENT;
    assert_eq!(encode(&mut client, CLOSE).unwrap(), write_frame(0x88, Some(KEY), b"\x03\xe8"));
    assert!(client.is_closed() && !server.is_closed());
    // The source may show keys to come.
    assert_eq!(format!("{client:?}"), "Encoder { state: Closed, .. }");
}

#[test]
fn errors_name_their_section() {
    fn is_plain<T: Copy + Eq + std::hash::Hash + Send + Sync + core::error::Error + 'static>() {}
    is_plain::<SendError>();
    assert!(size_of::<SendError>() <= 16);
    let table = [
        (SendError::NoRoom { needed: 77 }, "77 bytes"),
        (SendError::Closed, "(RFC 6455 section 7.1)"),
        (SendError::ExpectedContinuation, "(RFC 6455 section 5.4)"),
        (SendError::UnexpectedContinuation, "(RFC 6455 section 5.4)"),
        (SendError::ControlTooLong, "(RFC 6455 section 5.5)"),
        (SendError::MustMask, "(RFC 6455 section 5.1)"),
        (SendError::ReasonWithoutCode, "(RFC 6455 section 5.5.1)"),
        (SendError::InvalidUtf8 { offset: 7 }, "(RFC 6455 section 8.1), at offset 7"),
    ];
    let mut messages = HashSet::new();
    for (error, end) in table {
        assert!(error.to_string().ends_with(end), "{error}");
        assert!(messages.insert(error.to_string()));
    }
}

#[cfg(feature = "std")]
#[test]
fn errors_of_std() {
    use std::io::{self, ErrorKind};

    let table = [
        (SendError::NoRoom { needed: 77 }, ErrorKind::WriteZero),
        (SendError::Closed, ErrorKind::BrokenPipe),
        (SendError::ExpectedContinuation, ErrorKind::InvalidInput),
        (SendError::UnexpectedContinuation, ErrorKind::InvalidInput),
        (SendError::ControlTooLong, ErrorKind::InvalidInput),
        (SendError::MustMask, ErrorKind::InvalidInput),
        (SendError::ReasonWithoutCode, ErrorKind::InvalidInput),
        (SendError::InvalidUtf8 { offset: 7 }, ErrorKind::InvalidInput),
    ];
    for (error, kind) in table {
        let converted = io::Error::from(error);
        assert_eq!((converted.kind(), converted.to_string()), (kind, error.to_string()));
        assert_eq!(converted.downcast::<SendError>().unwrap(), error);
    }
}
