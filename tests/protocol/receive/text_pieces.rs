//! Text in pieces: each character is whole, and nothing is lost, however the text is split.

use crate::support::{KEY, write_frame};
use wsparse::{Chunk, Decoder, Event, Input, Limits, Role, Rsv, TextPieces};

const TEXTS: [&str; 6] =
    ["", "a", "Grüße", "aé€🌍\u{7FF}\u{800}\u{FFFF}\u{10000}z", "🌍🌍", "€€€é"];

/// The bytes in frames of these lengths, with an empty Ping after each.
fn frames(first: u8, parts: &[&[u8]], key: Option<[u8; 4]>) -> Vec<u8> {
    let last = parts.len() - 1;
    let frame = |(n, part): (usize, &&[u8])| {
        let opcode = if n == 0 { first & 0x7F } else { 0 };
        let fin = if n == last { 0x80 } else { 0 };
        [write_frame(fin | opcode, key, part), write_frame(0x89, key, b"")].concat()
    };
    parts.iter().enumerate().flat_map(frame).collect()
}

/// Passes the chunks of the stream, in reads of this size, to `take`.
fn each_chunk(
    role: Role,
    limits: Limits,
    stream: &[u8],
    size: usize,
    mut take: impl FnMut(&mut Chunk<'_>),
) {
    let mut decoder = Decoder::new(role, limits);
    for read in stream.to_vec().chunks_mut(size) {
        let mut input = Input::new(read);
        while let Some(event) = decoder.next(&mut input).unwrap() {
            if let Event::Data(mut chunk) = event {
                take(&mut chunk);
            }
        }
    }
}

fn assert_pieces(pieces: &mut TextPieces, role: Role, stream: &[u8], size: usize, text: &str) {
    let mut joined = String::new();
    let mut received = 0;
    each_chunk(role, Limits::DEFAULT, stream, size, |chunk| {
        assert!(chunk.is_text);
        received += chunk.payload.len();
        let [completed, whole] = pieces.push(chunk).expect("text");
        assert!(completed.chars().count() <= 1);
        joined += completed;
        joined += whole;
        // Nothing is held back but the beginning of one character.
        let next = text[joined.len()..].chars().next().map_or(1, char::len_utf8);
        assert!(received - joined.len() < next, "{text}");
    });
    assert_eq!(joined, text);
}

#[test]
fn text_is_whole_however_it_is_split() {
    // One for all: it begins anew with each message.
    let mut pieces = TextPieces::new();
    for text in TEXTS {
        for (a, b) in (0..=text.len()).flat_map(|b| (0..=b).map(move |a| (a, b))) {
            let bytes = text.as_bytes();
            let parts = [&bytes[..a], &bytes[a..b], &bytes[b..]];
            for (role, key) in [(Role::Client, None), (Role::Server, Some(KEY))] {
                let stream = frames(0x01, &parts, key);
                for size in [1, 2, 3, 7, stream.len()] {
                    assert_pieces(&mut pieces, role, &stream, size, text);
                }
            }
        }
    }
    assert_eq!(pieces, TextPieces::default());
}

/// A message whose end never arrives leaves nothing in the next.
#[test]
fn a_message_begins_anew() {
    let mut pieces = TextPieces::new();
    for _ in 0..2 {
        each_chunk(Role::Client, Limits::DEFAULT, b"\x01\x03a\xf0\x9f", 9, |chunk| {
            assert_eq!(pieces.push(chunk), Some(["", "a"]));
        });
    }
    assert_pieces(&mut pieces, Role::Client, b"\x81\x02\xc3\xbc", 4, "ü");
}

#[test]
fn what_is_not_text() {
    let compressed = Limits { allowed_rsv: Rsv::RSV1, ..Limits::DEFAULT };
    let table: [(&[u8], bool); 6] = [
        (b"\x82\x01a", false),
        (b"\x02\x01a\x00\x01a\x80\x01a", false),
        (b"\xc1\x01a", false), // compressed text
        (b"\x41\x01a\x80\x01a", false),
        (b"\x81\x01a", true),
        (b"\x01\x01a\x00\x01a\x80\x01a", true),
    ];
    for (stream, is_text) in table {
        for size in [1, stream.len()] {
            each_chunk(Role::Client, compressed, stream, size, |chunk| {
                assert_eq!(chunk.is_text, is_text);
                assert_eq!(TextPieces::new().push(chunk).is_some(), is_text);
            });
        }
    }
}

/// The caller can change a chunk. It is then validated as it is now.
#[test]
fn a_chunk_that_was_changed() {
    for changed in [b"\xff((((".as_slice(), b"\xed\xa0\x80", b"\xc3(", b"\x80\x80\x80\x80\x80"] {
        let mut pieces = TextPieces::new();
        let stream = write_frame(0x81, None, &vec![b'a'; changed.len()]);
        each_chunk(Role::Client, Limits::DEFAULT, &stream, 99, |chunk| {
            chunk.payload.copy_from_slice(changed);
            assert_eq!(pieces.push(chunk), None);
        });
    }
}

/// What precedes an invalid byte is returned as text.
#[test]
fn text_before_an_error() {
    let mut decoder = Decoder::new(Role::Client, Limits::DEFAULT);
    let mut read = *b"\x81\x04ab\xc3(";
    let mut input = Input::new(&mut read);
    let Ok(Some(Event::Data(chunk))) = decoder.next(&mut input) else { panic!("a chunk") };
    assert_eq!(TextPieces::new().push(&chunk), Some(["", "ab"]));
    assert!(decoder.next(&mut input).is_err());
}
