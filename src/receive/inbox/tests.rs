extern crate std;

use super::{Inbox, Item};
use crate::payload::buffer::Buffer;
use crate::payload::utf8::Plain;
use crate::receive::limits::Limits;
use crate::wire::error::Rule;
use crate::wire::header::Opcode;
use std::vec::Vec;

/// "é" in two fragments, one byte of it in each, with a Ping between them. The keys are different.
const DIVIDED: &[u8] =
    b"\x01\x81\x01\x02\x03\x04\xc2\x89\x82\x05\x06\x07\x08ul\x80\x81\x09\0\0\0\xa0";

fn inbox<B: Buffer>(buffer: B) -> Inbox<B> {
    Inbox::new(true, Limits::DEFAULT, buffer, 0, 0)
}

fn fill<B: Buffer>(inbox: &mut Inbox<B>, bytes: &[u8]) {
    inbox.space()[..bytes.len()].copy_from_slice(bytes);
    inbox.filled(bytes.len());
}

/// What there is, one byte at a time.
fn read_bytes<B: Buffer>(inbox: &mut Inbox<B>, bytes: &[u8]) -> Vec<(Item, Vec<u8>)> {
    let mut items = Vec::new();
    for byte in bytes {
        while let Some(item) = inbox.advance().unwrap() {
            items.push((item, lent(inbox, item)));
        }
        assert!(inbox.make_room());
        fill(inbox, &[*byte]);
    }
    while let Some(item) = inbox.advance().unwrap() {
        items.push((item, lent(inbox, item)));
    }
    items
}

fn lent<B: Buffer>(inbox: &Inbox<B>, item: Item) -> Vec<u8> {
    match (item, inbox.message()) {
        (Item::Control(_), _) => inbox.control().to_vec(),
        (_, Plain::Text(text)) => text.as_bytes().to_vec(),
        (_, Plain::Binary(bytes)) => bytes.to_vec(),
    }
}

#[test]
fn a_code_point_in_two_fragments() {
    let expected =
        [(Item::Control(Opcode::Ping), b"pj".to_vec()), (Item::Message, "é".as_bytes().to_vec())];
    assert_eq!(read_bytes(&mut inbox([0xEE; 127]), DIVIDED), expected);
    assert_eq!(read_bytes(&mut inbox(&mut [0xEE; 127][..]), DIVIDED), expected);
    #[cfg(feature = "alloc")]
    assert_eq!(read_bytes(&mut inbox(Vec::new()), DIVIDED), expected);

    let mut whole = inbox([0xEE; 200]);
    fill(&mut whole, DIVIDED);
    for expected in expected {
        let item = whole.advance().unwrap().unwrap();
        assert_eq!((item, lent(&whole, item)), expected);
        assert!(matches!(whole.message(), Plain::Text(_)) || item != Item::Message);
    }
    assert!(whole.is_idle());
    assert_eq!(whole.counts(), (1, 3));
}

/// Bytes that follow a message which is lent can be read before it is released.
#[test]
fn reads_while_a_message_is_lent() {
    let mut inbox = inbox([0; 200]);
    fill(&mut inbox, b"\x81\x82\0\0\0\0ab\x82\x81");
    assert_eq!(inbox.advance(), Ok(Some(Item::Message)));
    fill(&mut inbox, b"\0\0\0\0c");
    assert!(matches!(inbox.message(), Plain::Text("ab")));
    assert!(!inbox.is_idle());
    assert_eq!(inbox.advance(), Ok(Some(Item::Message)));
    assert!(matches!(inbox.message(), Plain::Binary(b"c")));
    assert_eq!(inbox.advance(), Ok(None));
    assert!(inbox.make_room());
    assert_eq!(inbox.space().len(), 200);
}

/// The message and a part of a control frame are moved when little space is left.
#[test]
fn moves_what_is_needed() {
    let mut inbox = inbox([0; 165]);
    let mut part = [b'x'; 46];
    part[..6].copy_from_slice(b"\x01\xa8\0\0\0\0");
    fill(&mut inbox, &part);
    fill(&mut inbox, b"\x8a\xfd\0\0\0\0");
    fill(&mut inbox, &[b'p'; 100]);
    assert_eq!(inbox.advance(), Ok(None));
    assert!(inbox.make_room());
    assert_eq!(inbox.space().len(), 25);
    fill(&mut inbox, &[b'q'; 25]);
    assert_eq!(inbox.advance(), Ok(Some(Item::Control(Opcode::Pong))));
    assert_eq!(inbox.control(), [&[b'p'; 100][..], &[b'q'; 25]].concat());
    assert!(inbox.make_room());
    fill(&mut inbox, b"\x80\x80\0\0\0\0");
    assert_eq!(inbox.advance(), Ok(Some(Item::Message)));
    assert!(matches!(inbox.message(), Plain::Text(text) if text.as_bytes() == [b'x'; 40]));
}

#[test]
fn the_first_bytes_may_be_in_the_buffer() {
    let mut inbox = Inbox::new(true, Limits::DEFAULT, *b"HTTP/1.1\x81\x81\0\0\0\0a", 8, 15);
    assert_eq!(inbox.advance().map_err(|error| error.rule()), Err(Rule::MessageTooBig));
    let mut bytes = [0; 200];
    bytes[..15].copy_from_slice(b"HTTP/1.1\x81\x81\0\0\0\0a");
    let mut inbox = Inbox::new(true, Limits::DEFAULT, bytes, 8, 15);
    assert_eq!(inbox.advance(), Ok(Some(Item::Message)));
    assert!(matches!(inbox.message(), Plain::Text("a")));
}

/// A read that fills the buffer is followed by a larger one, up to a limit, whatever the messages are.
#[cfg(feature = "alloc")]
#[test]
fn the_buffer_grows_while_reads_fill_it() {
    let mut inbox = inbox(Vec::new());
    let (mut lengths, mut received) = (Vec::new(), 0);
    for _ in 0..7 {
        while inbox.advance().unwrap().is_some() {}
        assert!(inbox.make_room());
        let len = inbox.space().len();
        assert!(len <= (2 * received).max(4096), "{lengths:?}");
        received += len;
        lengths.push(len);
        // Whole frames of 8 bytes each.
        fill(&mut inbox, &b"\x82\x82\0\0\0\0ab".repeat(len / 8));
    }
    assert_eq!(lengths, [4096, 8192, 16384, 32768, 65536, 65536, 65536]);

    // A short read leaves it as it is.
    while inbox.advance().unwrap().is_some() {}
    for _ in 0..3 {
        assert!(inbox.make_room());
        fill(&mut inbox, b"\x82\x80\0\0\0\0");
        while inbox.advance().unwrap().is_some() {}
    }
    assert!(inbox.is_idle());
    assert_eq!(inbox.replace_buffer(Vec::new()).len(), 65536);
}
