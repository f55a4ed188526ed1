//! Reading and writing headers alone, many at a time: a single one takes less than a call does.

use super::common::{Case, Meter, Role, Subject, Throughput, random, roster};
use rand::RngExt;
use std::hint::black_box;
use wsparse::{Header, HeaderView, Opcode, Status};

/// A header in a place that any header fits.
pub type Slot = [u8; Header::MAX_LEN];

/// Reads the headers and returns the sum of their payload lengths and masking keys.
pub type Parse = fn(&[Slot]) -> u64;

/// Writes the headers of binary frames and returns their length in bytes.
pub type Encode = fn(&[Head], &mut [Slot]) -> usize;

#[derive(Clone, Copy)]
pub struct Head {
    pub payload_len: u64,
    pub masking_key: Option<[u8; 4]>,
}

pub const HEADERS: usize = 1 << 10;

/// The payload lengths of each form, and all forms in an order that cannot be foreseen.
pub const FORMS: [(&str, &[u64]); 4] = [
    ("7 bits", &[100]),
    ("16 bits", &[1000]),
    ("64 bits", &[100_000]),
    ("mixed", &[100, 1000, 100_000]),
];

fn heads(lengths: &[u64], masked: bool) -> Vec<Head> {
    let mut random = random();
    let mut head = || Head {
        payload_len: lengths[random.random_range(0..lengths.len())],
        masking_key: masked.then(|| random.random()),
    };
    (0..HEADERS).map(|_| head()).collect()
}

pub fn parsers() -> Vec<Subject<Parse>> {
    vec![
        Subject::new("wsparse", Role::Ours, |headers| {
            headers.iter().map(|header| parse(header)).fold(0, u64::wrapping_add)
        }),
        Subject::new("naive", Role::Naive, |headers| {
            headers.iter().map(naive_parse).fold(0, u64::wrapping_add)
        }),
    ]
}

#[inline(always)]
fn parse(header: &[u8]) -> u64 {
    match HeaderView::parse(header) {
        Ok(Status::Complete(view)) => digest(view.payload_len(), view.masking_key()),
        other => panic!("{other:?}"),
    }
}

/// What is kept of a header that was read.
#[inline(always)]
pub fn digest(payload_len: u64, masking_key: Option<[u8; 4]>) -> u64 {
    payload_len.wrapping_add(masking_key.map_or(0, u32::from_be_bytes).into())
}

fn naive_parse(header: &Slot) -> u64 {
    let (first, second) = (header[0], header[1]);
    let opcode = first & 0x0F;
    assert!(first & 0x70 == 0 && matches!(opcode, 0x0..=0x2 | 0x8..=0xA));
    assert!(opcode < 8 || (first & 0x80 != 0 && second & 0x7F < 126));
    let (mut payload_len, len_bytes, shortest) = match second & 0x7F {
        126 => (0, 2, 126),
        127 => (0, 8, 1 << 16),
        len => (u64::from(len), 0, 0),
    };
    for byte in &header[2..2 + len_bytes] {
        payload_len = payload_len << 8 | u64::from(*byte);
    }
    assert!((shortest..1 << 63).contains(&payload_len));
    let at = 2 + len_bytes;
    let key = [header[at], header[at + 1], header[at + 2], header[at + 3]];
    digest(payload_len, (second & 0x80 != 0).then_some(key))
}

pub fn encoders() -> Vec<Subject<Encode>> {
    vec![
        Subject::new("wsparse", Role::Ours, |heads, slots| each(heads, slots, encode)),
        Subject::new("naive", Role::Naive, |heads, slots| each(heads, slots, naive_encode)),
    ]
}

/// Has each header written, and adds up their sizes.
#[inline(always)]
pub fn each(
    heads: &[Head],
    slots: &mut [Slot],
    write: impl Fn(&Head, &mut Slot) -> usize,
) -> usize {
    heads.iter().zip(slots).map(|(head, slot)| write(head, slot)).sum()
}

#[inline(always)]
fn encode(head: &Head, slot: &mut Slot) -> usize {
    let Ok(header) = Header::new(Opcode::Binary, head.payload_len) else {
        return 0;
    };
    let header = match head.masking_key {
        Some(key) => header.with_masking_key(key),
        None => header,
    };
    header.encode(slot).len()
}

fn naive_encode(head: &Head, slot: &mut Slot) -> usize {
    slot[0] = 0x82;
    let (form, len_bytes) = match head.payload_len {
        len @ 0..=125 => (len as u8, 0),
        126..=0xFFFF => (126, 2),
        _ => (127, 8),
    };
    slot[1] = form;
    let mut at = 2;
    for n in (0..len_bytes).rev() {
        slot[at] = (head.payload_len >> (8 * n)) as u8;
        at += 1;
    }
    if let Some(key) = head.masking_key {
        slot[1] |= 0x80;
        for byte in key {
            slot[at] = byte;
            at += 1;
        }
    }
    at
}

pub fn run(meter: &mut dyn Meter, parsers: &[Subject<Parse>], encoders: &[Subject<Encode>]) {
    for (name, lengths) in FORMS {
        measure_parsers(meter, name, &heads(lengths, true), parsers);
    }
    for (name, lengths) in FORMS {
        for (role, masked) in [("server", false), ("client", true)] {
            measure_encoders(meter, &format!("{name}, {role}"), &heads(lengths, masked), encoders);
        }
    }
}

fn measure_parsers(meter: &mut dyn Meter, name: &str, heads: &[Head], subjects: &[Subject<Parse>]) {
    const GROUP: &str = "header/parse";
    if !meter.wants(GROUP) {
        return;
    }
    let mut slots = vec![[0; Header::MAX_LEN]; heads.len()];
    each(heads, &mut slots, naive_encode);
    let sum = heads.iter().map(|head| digest(head.payload_len, head.masking_key));
    let sum = sum.fold(0, u64::wrapping_add);
    for subject in subjects {
        assert_eq!((subject.run)(&slots), sum, "{}", subject.name);
    }
    let case = Case {
        group: GROUP,
        name,
        throughput: Throughput::Elements(heads.len() as u64),
        unit: "header",
        subjects: &roster(subjects),
    };
    meter.measure(&case, &mut |n, turns| {
        let run = black_box(subjects[n].run);
        for _ in 0..turns {
            black_box(run(black_box(&slots)));
        }
    });
}

fn measure_encoders(
    meter: &mut dyn Meter,
    name: &str,
    heads: &[Head],
    subjects: &[Subject<Encode>],
) {
    const GROUP: &str = "header/write";
    if !meter.wants(GROUP) {
        return;
    }
    for subject in subjects {
        for head in heads {
            let (mut slot, mut expected) = ([0; Header::MAX_LEN], [0; Header::MAX_LEN]);
            let len = naive_encode(head, &mut expected);
            assert_eq!((subject.run)(&[*head], std::slice::from_mut(&mut slot)), len);
            assert_eq!(slot[..len], expected[..len], "{}", subject.name);
        }
    }
    let mut slots = vec![[0; Header::MAX_LEN]; heads.len()];
    let case = Case {
        group: GROUP,
        name,
        throughput: Throughput::Elements(heads.len() as u64),
        unit: "header",
        subjects: &roster(subjects),
    };
    meter.measure(&case, &mut |n, turns| {
        let run = black_box(subjects[n].run);
        for _ in 0..turns {
            black_box(run(black_box(heads), black_box(&mut slots)));
        }
    });
}
