//! Whole messages out of fragments that come in reads of 16 KiB.
//!
//! A read is a copy out of the stream, as it is from a socket, for all subjects: what a subject
//! unmasks in place is new each time.

use super::common::{
    Case, Meter, Role, Subject, Throughput, naive as unmask_naively, random, roster, short,
};
use rand::RngExt;
use std::hint::black_box;
use wsparse::{
    Assembler, Header, Input, Limits, Message, Messages, Opcode, Received, Role as Peer,
};

/// Reads a stream of one message, and returns its length and whether it was valid text.
pub type Reader = Box<dyn FnMut(&Stream) -> (usize, bool)>;

pub type NewReader = fn(&Stream) -> Reader;

pub const READ: usize = 16 << 10;

/// What a client sends: one message, in fragments of about the same length.
pub struct Stream {
    pub bytes: Vec<u8>,
    message_len: usize,
    is_text: bool,
    /// The start and length of each payload, and its key.
    payloads: Vec<(usize, usize, [u8; 4])>,
}

impl Stream {
    fn new(message_len: usize, fragments: usize, is_text: bool) -> Self {
        let mut random = random();
        let text = br#"{"id":4711,"name":"Ann","tags":["a","b"],"ok":true},"#;
        let message: Vec<u8> = match is_text {
            true => text.iter().copied().cycle().take(message_len).collect(),
            false => (0..message_len).map(|_| random.random()).collect(),
        };
        let (mut bytes, mut payloads) = (Vec::new(), Vec::new());
        let count = message.chunks(message_len.div_ceil(fragments)).count();
        for (n, part) in message.chunks(message_len.div_ceil(fragments)).enumerate() {
            let opcode = match (n, is_text) {
                (0, true) => Opcode::Text,
                (0, false) => Opcode::Binary,
                _ => Opcode::Continuation,
            };
            let key = random.random();
            let header = Header::new(opcode, part.len() as u64).expect("a legal length");
            let header = Header { fin: n + 1 == count, ..header.with_masking_key(key) };
            bytes.extend_from_slice(header.encode(&mut [0; Header::MAX_LEN]));
            payloads.push((bytes.len(), part.len(), key));
            let start = bytes.len();
            bytes.extend_from_slice(part);
            unmask_naively(&mut bytes[start..], key);
        }
        Self { bytes, message_len, is_text, payloads }
    }
}

pub fn subjects() -> Vec<Subject<NewReader>> {
    vec![
        Subject::new("wsparse", Role::Ours, |stream| wsparse(stream.message_len)),
        Subject::new("naive", Role::Naive, |_| Box::new(naive)),
        Subject::new("copy_masked alone", Role::Limit, |stream| copy_masked(stream.message_len)),
    ]
}

fn wsparse(message_len: usize) -> Reader {
    let limits = Limits { max_frame: 1 << 30, max_message: 1 << 30, ..Limits::DEFAULT };
    let mut messages = Messages::new(Peer::Server, limits);
    let mut storage = Assembler::new(vec![0; message_len + 125].leak());
    let mut read = vec![0; READ];
    Box::new(move |stream| {
        let mut found = (0, false);
        for bytes in stream.bytes.chunks(READ) {
            read[..bytes.len()].copy_from_slice(bytes);
            let mut input = Input::new(&mut read[..bytes.len()]);
            while let Some(received) = messages.next(&mut input, &mut storage).expect("right") {
                if let Received::Message(message) = received {
                    found = (message.as_bytes().len(), matches!(message, Message::Text(_)));
                }
            }
        }
        found
    })
}

/// What cannot be left out: the reads, and one pass over the payloads, which are known to be where
/// they are.
fn copy_masked(message_len: usize) -> Reader {
    let mut read = vec![0; READ];
    let mut message = vec![std::mem::MaybeUninit::uninit(); message_len];
    Box::new(move |stream| {
        let mut at = 0;
        let mut payloads = stream.payloads.iter().copied();
        let (mut start, mut len, mut key) = payloads.next().expect("a payload");
        let mut done = 0;
        for (n, bytes) in stream.bytes.chunks(READ).enumerate() {
            read[..bytes.len()].copy_from_slice(bytes);
            let end = n * READ + bytes.len();
            while start + done < end {
                let from = start + done - n * READ;
                let part = &read[from..bytes.len().min(from + len - done)];
                wsparse::copy_masked(part, key, done as u64, &mut message[at..]);
                (at, done) = (at + part.len(), done + part.len());
                if done == len {
                    done = 0;
                    match payloads.next() {
                        Some(next) => (start, len, key) = next,
                        None => break,
                    }
                }
            }
        }
        black_box(&mut message);
        (at, stream.is_text)
    })
}

/// Byte by byte, into a `Vec`, then validated as a whole.
fn naive(stream: &Stream) -> (usize, bool) {
    let mut message = Vec::new();
    for &(start, len, key) in &stream.payloads {
        let masked = &stream.bytes[start..][..len];
        message.extend(masked.iter().enumerate().map(|(i, byte)| byte ^ key[i % 4]));
    }
    let is_text = stream.is_text && std::str::from_utf8(&message).is_ok();
    (black_box(message).len(), is_text)
}

pub fn run(meter: &mut dyn Meter, subjects: &[Subject<NewReader>]) {
    for (group, is_text) in [("assemble/binary", false), ("assemble/text", true)] {
        if !meter.wants(group) {
            continue;
        }
        for len in [16 << 10, 1 << 20] {
            for fragments in [1, 4, 64] {
                let stream = Stream::new(len, fragments, is_text);
                let mut readers: Vec<_> = subjects.iter().map(|s| (s.run)(&stream)).collect();
                for reader in &mut readers {
                    assert_eq!(reader(&stream), (len, is_text));
                }
                let case = Case {
                    group,
                    name: &format!("{} in {fragments}", short(len)),
                    throughput: Throughput::Bytes(len as u64),
                    unit: "message",
                    subjects: &roster(subjects),
                };
                meter.measure(&case, &mut |n, turns| {
                    for _ in 0..turns {
                        black_box(readers[n](black_box(&stream)));
                    }
                });
            }
        }
    }
}
