//! Decoding all whole masked frames of one read.
//!
//! Payloads are unmasked in place, so a decoder leaves headers as they were and turns masked
//! payloads into unmasked ones and back: the same read can be decoded again and again.

use super::common::{
    Buffer, Case, Meter, Role, Subject, Throughput, naive as unmask_naively, random, roster,
};
use rand::RngExt;
use std::hint::black_box;
use wsparse::{Frames, Header, Opcode};

/// Decodes all frames of a read and returns the [`Sum`] of their payloads.
pub type Decoder = Box<dyn FnMut(&mut [u8]) -> Sum>;

/// Makes a decoder for one read, that may keep what its library wants to be given.
pub type NewDecoder = fn(&Read) -> Decoder;

/// What a consumer sees of the frames, and so the decoder cannot leave out: their number, their
/// lengths, their first and last bytes. One number, which a decoder keeps in a register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum(u64);

impl Sum {
    #[inline(always)]
    pub fn add(&mut self, payload: &[u8]) {
        let mut seen = (1 << 48) + ((payload.len() as u64) << 24);
        if let (Some(first), Some(last)) = (payload.first(), payload.last()) {
            seen += (u64::from(*first) << 8) + u64::from(*last);
        }
        self.0 = self.0.wrapping_add(seen);
    }
}

/// What one read from a socket brought: whole frames.
pub struct Read {
    pub bytes: Vec<u8>,
    payloads: Vec<Payload>,
    unmasked: Sum,
    masked: Sum,
}

/// The position of a payload, and its key.
#[derive(Clone, Copy)]
struct Payload {
    start: usize,
    len: usize,
    key: [u8; 4],
}

impl Read {
    fn new(opcode: Opcode, sizes: impl Iterator<Item = usize>) -> Self {
        let mut random = random();
        let (mut bytes, mut payloads) = (Vec::new(), Vec::new());
        let (mut unmasked, mut masked) = (Sum::default(), Sum::default());
        for len in sizes {
            let mut key = random.random();
            let mut payload = vec![0; len];
            random.fill(&mut payload);
            if opcode == Opcode::Text {
                // The decoder cannot know that the key is zero. So the text stays the same in each turn.
                key = [0; 4];
                payload.iter_mut().for_each(|byte| *byte = b' ' + *byte % 64);
            }
            let header = Header::new(opcode, len as u64).expect("a legal length");
            let mut buffer = [0; Header::MAX_LEN];
            bytes.extend_from_slice(header.with_masking_key(key).encode(&mut buffer));
            unmasked.add(&payload);
            unmask_naively(&mut payload, key);
            masked.add(&payload);
            payloads.push(Payload { start: bytes.len(), len, key });
            bytes.extend(payload);
        }
        Self { bytes, payloads, unmasked, masked }
    }

    /// As many frames with payloads of this size as fit into a read of 64 KiB.
    pub fn filled_with(len: usize) -> Self {
        let header_len = if len < 126 { 6 } else { 8 };
        Self::of_frames(len, (64 << 10) / (header_len + len))
    }

    pub fn of_frames(len: usize, frames: usize) -> Self {
        Self::new(Opcode::Binary, std::iter::repeat_n(len, frames))
    }

    pub fn frames(&self) -> usize {
        self.payloads.len()
    }

    pub fn mixed(frames: usize) -> Self {
        let mut random = random();
        Self::new(Opcode::Binary, (0..frames).map(move |_| random.random_range(1..=125)))
    }

    /// The same lengths with text in them, all ASCII.
    pub fn text(&self) -> Self {
        Self::new(Opcode::Text, self.payloads.iter().map(|payload| payload.len))
    }
}

pub fn subjects() -> Vec<Subject<NewDecoder>> {
    vec![
        Subject::new("wsparse", Role::Ours, |_| Box::new(wsparse)),
        Subject::new("naive", Role::Naive, |_| Box::new(naive)),
        Subject::new("unmask alone", Role::Limit, |read| unmask_alone(read.payloads.clone())),
    ]
}

fn wsparse(read: &mut [u8]) -> Sum {
    let mut sum = Sum::default();
    for frame in Frames::new(read) {
        match frame {
            Ok(frame) => sum.add(frame.payload),
            Err(error) => panic!("{error}"),
        }
    }
    sum
}

/// The same payloads in places that need not be found.
fn unmask_alone(payloads: Vec<Payload>) -> Decoder {
    Box::new(move |read| {
        let mut sum = Sum::default();
        for &Payload { start, len, key } in &payloads {
            let payload = &mut read[start..][..len];
            wsparse::unmask(payload, key);
            sum.add(payload);
        }
        sum
    })
}

/// RFC 6455 §5.2, byte by byte.
fn naive(read: &mut [u8]) -> Sum {
    let mut sum = Sum::default();
    let mut at = 0;
    while at < read.len() {
        let (first, second) = (read[at], read[at + 1]);
        at += 2;
        assert!(first & 0x70 == 0, "a reserved bit");
        let opcode = first & 0x0F;
        assert!(matches!(opcode, 0x0..=0x2 | 0x8..=0xA), "a reserved opcode");
        assert!(second & 0x80 != 0, "no masking key");
        let form = second & 0x7F;
        assert!(opcode < 8 || (first & 0x80 != 0 && form < 126), "an illegal control frame");
        let (len, len_bytes) = match form {
            126 => (0, 2),
            127 => (0, 8),
            len => (usize::from(len), 0),
        };
        let len =
            read[at..][..len_bytes].iter().fold(len, |len, &byte| len << 8 | usize::from(byte));
        at += len_bytes;
        let shortest = match len_bytes {
            2 => 126,
            8 => 1 << 16,
            _ => 0,
        };
        assert!((shortest..1 << 63).contains(&len), "an illegal length");
        let key = [read[at], read[at + 1], read[at + 2], read[at + 3]];
        at += 4;
        let payload = &mut read[at..][..len];
        unmask_naively(payload, key);
        sum.add(payload);
        at += len;
    }
    sum
}

pub fn run(meter: &mut dyn Meter, subjects: &[Subject<NewDecoder>]) {
    const GROUP: &str = "decode";
    if !meter.wants(GROUP) {
        return;
    }
    let cases = [
        ("8", Read::filled_with(8)),
        ("32", Read::filled_with(32)),
        ("1-125, 1000 frames", Read::mixed(1000)),
        ("1-125, 60000 frames", Read::mixed(60_000)),
        ("1Ki", Read::filled_with(1 << 10)),
        // A little more than 64 KiB: four whole frames.
        ("16Ki", Read::of_frames(16 << 10, 4)),
        ("1Mi", Read::of_frames(1 << 20, 1)),
    ];
    for (name, read) in cases {
        check(subjects, &read);
        let mut decoders: Vec<_> = subjects.iter().map(|subject| (subject.run)(&read)).collect();
        let mut bytes = Buffer::of(&read.bytes);
        let case = Case {
            group: GROUP,
            name,
            throughput: Throughput::Elements(read.payloads.len() as u64),
            unit: "frame",
            subjects: &roster(subjects),
        };
        meter.measure(&case, &mut |n, turns| {
            for _ in 0..turns {
                black_box(decoders[n](black_box(bytes.all())));
            }
        });
    }
}

/// All must find the same, the second time as the first.
fn check(subjects: &[Subject<NewDecoder>], read: &Read) {
    for subject in subjects {
        let mut decoder = (subject.run)(read);
        let mut bytes = read.bytes.clone();
        assert_eq!(decoder(&mut bytes), read.unmasked, "{}", subject.name);
        assert_eq!(decoder(&mut bytes), read.masked, "{}, again", subject.name);
    }
}
