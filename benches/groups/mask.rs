//! Unmasking: fixed sizes, unpredictable sizes, payloads that are read at once.

use super::common::{
    Buffer, Case, Meter, Role, Scope, Subject, Throughput, naive, random, roster, short,
};
use super::limit::limit;
use rand::RngExt;
use std::hint::black_box;
use std::ops::RangeInclusive;

pub type Unmask = fn(&mut [u8], [u8; 4]);

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// The size of the memory that holds the payloads of a list of calls.
const AREA: usize = 64 << 10;

/// The crate's own kernel and what it is always measured beside.
pub fn subjects() -> Vec<Subject<Unmask>> {
    vec![
        Subject::new("wsparse", Role::Ours, wsparse::unmask),
        Subject::new("naive", Role::Naive, naive),
        Subject::new("limit", Role::Limit, limit().1),
    ]
}

pub fn run(meter: &mut dyn Meter, subjects: &[Subject<Unmask>]) {
    check(subjects);
    fixed(meter, subjects);
    fresh(meter, subjects);
    misaligned(meter, subjects);
    unpredictable(meter, subjects);
    read_after(meter, subjects);
}

/// A figure for wrong results would be none.
fn check(subjects: &[Subject<Unmask>]) {
    let mut input = Buffer::random(1 << 11);
    for subject in subjects {
        for (offset, len) in (0..64).flat_map(|offset| (0..=320).map(move |len| (offset, len))) {
            // The limit takes whole aligned vectors only.
            if subject.role == Role::Limit && (offset != 0 || len % 64 != 0) {
                continue;
            }
            let mut expected = input.all().to_vec();
            naive(&mut expected[offset..][..len], KEY);
            let mut output = Buffer::of(input.all());
            (subject.run)(output.at(offset, len), KEY);
            assert!(output.all() == expected, "{}: {len} bytes at {offset}", subject.name);
        }
    }
}

fn sizes(scope: Scope) -> Vec<usize> {
    const LARGE: [usize; 11] =
        [200, 256, 500, 1 << 10, 1400, 4 << 10, 16 << 10, 64 << 10, 1 << 20, 16 << 20, 64 << 20];
    match scope {
        Scope::Short => {
            vec![0, 1, 3, 7, 16, 31, 64, 100, 125, 500, 1400, 4 << 10, 16 << 10, 64 << 10, 1 << 20]
        }
        Scope::Compare | Scope::Full => (0..=128).chain(LARGE).collect(),
    }
}

/// The same payload again and again, where a header of 6, 8 or 14 bytes puts it.
fn fixed(meter: &mut dyn Meter, subjects: &[Subject<Unmask>]) {
    const GROUP: &str = "unmask/fixed";
    let sizes = sizes(meter.scope());
    let cases = sizes.iter().flat_map(|&len| [6, 8, 14].map(|offset| (len, offset)));
    let scope = meter.scope();
    let worth = |&(len, offset): &(usize, usize)| match scope {
        Scope::Short => offset == 6,
        Scope::Compare => offset == 6 || len >= 4 << 10,
        Scope::Full => true,
    };
    same_payload(meter, GROUP, subjects, &cases.filter(worth).collect::<Vec<_>>());
}

/// The same payload again and again, at all 64 places that a cache line has.
fn misaligned(meter: &mut dyn Meter, subjects: &[Subject<Unmask>]) {
    const GROUP: &str = "unmask/misaligned";
    let step = match meter.scope() {
        Scope::Short => 31,
        Scope::Compare => 7,
        Scope::Full => 1,
    };
    let offsets = (0..64).step_by(step);
    let cases = [64, 1400, 16 << 10]
        .into_iter()
        .flat_map(|len| offsets.clone().map(move |offset| (len, offset)));
    same_payload(meter, GROUP, subjects, &cases.collect::<Vec<_>>());
}

fn same_payload(
    meter: &mut dyn Meter,
    group: &'static str,
    subjects: &[Subject<Unmask>],
    cases: &[(usize, usize)],
) {
    if !meter.wants(group) {
        return;
    }
    let end = cases.iter().map(|(len, offset)| len + offset).max().unwrap_or_default();
    let mut buffer = Buffer::random(end);
    for &(len, offset) in cases {
        let case = Case {
            group,
            name: &format!("{}+{offset}", short(len)),
            throughput: Throughput::Bytes(len as u64),
            unit: "call",
            subjects: &roster(subjects),
        };
        meter.measure(&case, &mut |n, turns| {
            let Subject { role, run, .. } = black_box(subjects[n]);
            // The limit is as many bytes of the same buffer, aligned.
            let payload = buffer.at(if role == Role::Limit { 0 } else { offset }, len);
            for _ in 0..turns {
                run(black_box(&mut *payload), black_box(KEY));
            }
        });
    }
}

/// Payloads of one size, each of them once per turn.
///
/// The same payload again is met in the store buffer, in the pieces in which the call before
/// stored it; a payload from a socket is not. For short ones that makes a difference.
fn fresh(meter: &mut dyn Meter, subjects: &[Subject<Unmask>]) {
    const LONGEST: usize = 1400;
    let sizes = sizes(meter.scope()).into_iter().filter(|&len| len > 0 && len <= LONGEST);
    for len in sizes {
        // Less than the first cache holds, more than the store buffer does.
        let stride = (6 + len).next_multiple_of(64);
        let calls: Vec<_> = (0..(16 << 10) / stride).map(|n| (n * stride + 6, len)).collect();
        each_of::<false>(meter, "unmask/fresh", &short(len), subjects, &calls);
    }
}

/// Sizes and places that no branch predictor can learn.
fn unpredictable(meter: &mut dyn Meter, subjects: &[Subject<Unmask>]) {
    for (name, sizes) in MIXES {
        each_of::<false>(meter, "unmask/unpredictable", name, subjects, &mixed(sizes));
    }
}

/// The consumer reads a payload as soon as it is unmasked.
fn read_after(meter: &mut dyn Meter, subjects: &[Subject<Unmask>]) {
    const GROUP: &str = "unmask/read after";
    for len in [16, 64, 125, 1 << 10, 4 << 10] {
        each_of::<true>(meter, GROUP, &short(len), subjects, &mixed(len..=len));
    }
    for (name, sizes) in MIXES {
        each_of::<true>(meter, GROUP, name, subjects, &mixed(sizes));
    }
}

const MIXES: [(&str, RangeInclusive<usize>); 4] =
    [("1-16", 1..=16), ("1-64", 1..=64), ("1-125", 1..=125), ("1-1024", 1..=1024)];

/// Calls with payloads of random sizes at random places in the area.
fn mixed(sizes: RangeInclusive<usize>) -> Vec<(usize, usize)> {
    let mut random = random();
    let mut call = || {
        let len = random.random_range(sizes.clone());
        (random.random_range(0..=AREA - len), len)
    };
    (0..1 << 17).map(|_| call()).collect()
}

fn each_of<const READ: bool>(
    meter: &mut dyn Meter,
    group: &'static str,
    name: &str,
    subjects: &[Subject<Unmask>],
    calls: &[(usize, usize)],
) {
    if !meter.wants(group) {
        return;
    }
    let mut area = Buffer::random(AREA);
    let area = area.all();
    // `u16` halves the size of the pairs: they share the caches with the payloads.
    let calls: Vec<(u16, u16)> =
        calls.iter().map(|&(start, len)| (start as u16, len as u16)).collect();
    let case = Case {
        group,
        name,
        throughput: Throughput::Elements(calls.len() as u64),
        unit: "call",
        subjects: &roster(subjects),
    };
    meter.measure(&case, &mut |n, turns| {
        let run = black_box(subjects[n].run);
        let mut sum = 0_u64;
        for _ in 0..turns {
            for &(start, len) in &calls {
                let payload = &mut area[start.into()..][..len.into()];
                run(&mut *payload, black_box(KEY));
                if READ {
                    sum += u64::from(payload[0]) + u64::from(payload[payload.len() - 1]);
                }
            }
        }
        black_box(sum);
    });
}
