//! What an endpoint sends: headers beside their payloads, and whole frames in one buffer.

use super::common::{Buffer, Case, Meter, Role, Subject, Throughput, naive, random, roster, short};
use super::header::{FORMS, HEADERS, Slot};
use rand::RngExt;
use std::hint::black_box;
use wsparse::{Encoder, Header, Opcode, OutgoingFrame};

/// Writes the binary frame of this payload, masked with the key if there is one, to the start of
/// the output; returns its length in bytes.
pub type Encode = fn(&[u8], Option<[u8; 4]>, &mut [u8]) -> usize;

/// Writes a server's headers for these payloads; returns their length in bytes.
type Heads = fn(&[&[u8]], &mut [Slot]) -> usize;

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

pub fn subjects() -> Vec<Subject<Encode>> {
    vec![
        Subject::new("wsparse", Role::Ours, encode),
        Subject::new("naive", Role::Naive, |payload, key, output| {
            with_header(payload, key, output, naive)
        }),
        Subject::new("copy", Role::Limit, |payload, _, output| {
            output[..payload.len()].copy_from_slice(payload);
            payload.len()
        }),
        Subject::new("copy, then mask", Role::Peer, |payload, key, output| {
            with_header(payload, key, output, wsparse::unmask)
        }),
    ]
}

#[inline(always)]
fn encode(payload: &[u8], key: Option<[u8; 4]>, output: &mut [u8]) -> usize {
    let frame = OutgoingFrame::binary(payload);
    let sent = match key {
        Some(key) => Encoder::client(|| key).encode(frame, output),
        None => Encoder::server().encode(frame, output),
    };
    sent.expect("there is room").len()
}

/// Header, copy, mask.
#[inline(always)]
fn with_header(
    payload: &[u8],
    masking_key: Option<[u8; 4]>,
    output: &mut [u8],
    mask: impl Fn(&mut [u8], [u8; 4]),
) -> usize {
    let header = Header::new(Opcode::Binary, payload.len() as u64).expect("a legal length");
    let mut buffer = [0; Header::MAX_LEN];
    let header = Header { masking_key, ..header }.encode(&mut buffer);
    let (start, rest) = output.split_at_mut(header.len());
    start.copy_from_slice(header);
    let place = &mut rest[..payload.len()];
    place.copy_from_slice(payload);
    if let Some(key) = masking_key {
        mask(place, key);
    }
    header.len() + payload.len()
}

pub fn run(meter: &mut dyn Meter, subjects: &[Subject<Encode>]) {
    const SIZES: [usize; 6] = [8, 125, 1 << 10, 16 << 10, 1 << 20, 16 << 20];
    for (name, lengths) in FORMS {
        measure_headers(meter, name, lengths);
    }
    check(subjects);
    for len in SIZES {
        if len < 1 << 20 {
            measure(meter, "encode/server", len, None, subjects);
        }
    }
    for len in SIZES {
        measure(meter, "encode/client", len, Some(KEY), subjects);
    }
}

fn measure(
    meter: &mut dyn Meter,
    group: &'static str,
    len: usize,
    key: Option<[u8; 4]>,
    subjects: &[Subject<Encode>],
) {
    if !meter.wants(group) {
        return;
    }
    let mut payload = Buffer::random(len);
    let mut output = Buffer::random(Header::MAX_LEN + len);
    let case = Case {
        group,
        name: &short(len),
        throughput: Throughput::Bytes(len as u64),
        unit: "call",
        subjects: &roster(subjects),
    };
    meter.measure(&case, &mut |n, turns| {
        let run = black_box(subjects[n].run);
        let (payload, output) = (payload.all(), output.all());
        for _ in 0..turns {
            black_box(run(black_box(payload), black_box(key), black_box(&mut *output)));
        }
    });
}

fn check(subjects: &[Subject<Encode>]) {
    let mut input = Buffer::random(512);
    for subject in subjects.iter().filter(|subject| subject.role != Role::Limit) {
        for len in 0..=512 {
            for key in [None, Some(KEY)] {
                let payload = input.at(0, len);
                let (mut output, mut expected) = ([0; 526], [0; 526]);
                let expected_len = with_header(payload, key, &mut expected, naive);
                let len = (subject.run)(payload, key, &mut output);
                assert!(
                    output[..len] == expected[..expected_len],
                    "{}: {len} bytes, key: {key:?}",
                    subject.name
                );
            }
        }
    }
}

fn heads() -> [Subject<Heads>; 2] {
    [
        Subject::new("wsparse", Role::Ours, |payloads, slots| {
            let mut server = Encoder::server();
            let mut write = |payload, slot| {
                server.encode_header(OutgoingFrame::binary(payload), slot).map_or(0, <[u8]>::len)
            };
            payloads.iter().zip(slots).map(|(payload, slot)| write(payload, slot)).sum()
        }),
        // Without an opinion on the order of frames.
        Subject::new("Header alone", Role::Limit, |payloads, slots| {
            let write = |payload: &[u8], slot| {
                let header = Header::new(Opcode::Binary, payload.len() as u64);
                header.map_or(0, |header| header.encode(slot).len())
            };
            payloads.iter().zip(slots).map(|(payload, slot)| write(payload, slot)).sum()
        }),
    ]
}

fn measure_headers(meter: &mut dyn Meter, name: &str, lengths: &[u64]) {
    const GROUP: &str = "encode/header";
    if !meter.wants(GROUP) {
        return;
    }
    let bytes = vec![0; 100_000];
    let mut random = random();
    let mut payload = || &bytes[..lengths[random.random_range(0..lengths.len())] as usize];
    let payloads: Vec<_> = (0..HEADERS).map(|_| payload()).collect();
    let mut slots = vec![Slot::default(); HEADERS];
    let subjects = heads();
    let case = Case {
        group: GROUP,
        name,
        throughput: Throughput::Elements(HEADERS as u64),
        unit: "header",
        subjects: &roster(&subjects),
    };
    meter.measure(&case, &mut |n, turns| {
        let run = black_box(subjects[n].run);
        for _ in 0..turns {
            black_box(run(black_box(&payloads), black_box(&mut slots)));
        }
    });
}
