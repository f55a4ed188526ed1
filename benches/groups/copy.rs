//! Masking a payload on its way into the frame: one pass against two.

use super::common::{Buffer, Case, Meter, Role, Subject, Throughput, roster, short};
use std::hint::black_box;
use std::mem::MaybeUninit;

/// Payload, masking key, and where the masked payload goes.
pub type Copy = fn(&[u8], [u8; 4], &mut [u8]);

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

pub fn subjects() -> Vec<Subject<Copy>> {
    vec![
        Subject::new("wsparse", Role::Ours, copy_masked),
        Subject::new("naive", Role::Naive, naive),
        Subject::new("copy", Role::Limit, |payload, _, output| output.copy_from_slice(payload)),
        Subject::new("copy, then mask", Role::Peer, |payload, key, output| {
            output.copy_from_slice(payload);
            wsparse::unmask(output, key);
        }),
    ]
}

fn copy_masked(payload: &[u8], key: [u8; 4], output: &mut [u8]) {
    // SAFETY: of the same layout, and `copy_masked` writes nothing that is not initialised.
    let output = unsafe { &mut *(output as *mut [u8] as *mut [MaybeUninit<u8>]) };
    black_box(wsparse::copy_masked(payload, key, 0, output));
}

fn naive(payload: &[u8], key: [u8; 4], output: &mut [u8]) {
    for (i, (byte, place)) in payload.iter().zip(output).enumerate() {
        *place = byte ^ key[i % 4];
    }
}

pub fn run(meter: &mut dyn Meter, subjects: &[Subject<Copy>]) {
    const GROUP: &str = "copy and mask";
    const SIZES: [usize; 4] = [1 << 10, 16 << 10, 1 << 20, 16 << 20];
    if !meter.wants(GROUP) {
        return;
    }
    check(subjects);
    for len in SIZES {
        let mut payload = Buffer::random(len);
        let header_len = if len < 1 << 16 { 8 } else { 14 };
        let mut frame = Buffer::random(header_len + len);
        let case = Case {
            group: GROUP,
            name: &short(len),
            throughput: Throughput::Bytes(len as u64),
            unit: "call",
            subjects: &roster(subjects),
        };
        meter.measure(&case, &mut |n, turns| {
            let run = black_box(subjects[n].run);
            let (payload, output) = (payload.all(), frame.at(header_len, len));
            for _ in 0..turns {
                run(black_box(payload), black_box(KEY), black_box(&mut *output));
            }
        });
    }
}

fn check(subjects: &[Subject<Copy>]) {
    let mut input = Buffer::random(512);
    for subject in subjects.iter().filter(|subject| subject.role != Role::Limit) {
        for len in 0..=512 {
            let payload = input.at(0, len);
            let mut expected = vec![0; len];
            naive(payload, KEY, &mut expected);
            let mut output = vec![0; len];
            (subject.run)(payload, KEY, &mut output);
            assert!(output == expected, "{}: {len} bytes", subject.name);
        }
    }
}
