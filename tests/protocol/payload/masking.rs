//! Masking (RFC 6455 §5.3): the public functions against one byte at a time.

use crate::oracle;
use crate::support::{KEY, sample};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::mem::MaybeUninit;
use wsparse::{copy_masked, unmask, unmask_from};

const KEYS: [[u8; 4]; 3] = [KEY, [0x80, 0, 0, 0x01], [0xFF; 4]];

/// Every phase of the key, on either side of where 32 and 64 bits end.
const OFFSETS: [u64; 16] = [
    0,
    1,
    2,
    3,
    4,
    65_535,
    u32::MAX as u64 - 1,
    u32::MAX as u64,
    u32::MAX as u64 + 1,
    u32::MAX as u64 + 2,
    u32::MAX as u64 + 3,
    u64::MAX / 2,
    u64::MAX - 3,
    u64::MAX - 2,
    u64::MAX - 1,
    u64::MAX,
];

fn lengths() -> impl Iterator<Item = usize> {
    let all = (0..=300).step_by(if cfg!(miri) { 29 } else { 1 });
    let large = if cfg!(miri) { &[1_025][..] } else { &[1_023, 4_096, 65_539, 1 << 20][..] };
    all.chain(large.iter().copied())
}

fn masked(payload: &[u8], masking_key: [u8; 4], offset: u64) -> Vec<u8> {
    let mut masked = payload.to_vec();
    oracle::unmask_from(&mut masked, masking_key, offset);
    masked
}

/// Bytes on both sides of the payload, which must stay.
const GUARD: usize = 64;

#[test]
fn unmask_agrees_with_the_oracle_and_stays_within_the_payload() {
    for len in lengths() {
        let bytes = sample(len + 2 * GUARD);
        for masking_key in KEYS {
            for start in [GUARD, GUARD - 1, GUARD - 2, GUARD - 3] {
                let (before, rest) = bytes.split_at(start);
                let (payload, behind) = rest.split_at(len);
                let expected = [before, &masked(payload, masking_key, 0), behind].concat();
                let mut found = bytes.clone();
                unmask(&mut found[start..][..len], masking_key);
                assert!(found == expected, "{len} bytes from {start}");
            }
        }
    }
}

#[test]
fn unmask_from_agrees_at_every_offset() {
    for len in lengths() {
        let bytes = sample(len + 2 * GUARD);
        let (before, rest) = bytes.split_at(GUARD);
        let (payload, behind) = rest.split_at(len);
        for offset in OFFSETS {
            let expected = [before, &masked(payload, KEY, offset), behind].concat();
            let mut found = bytes.clone();
            unmask_from(&mut found[GUARD..][..len], KEY, offset);
            assert!(found == expected, "{len} bytes at offset {offset}");
        }
    }
}

/// Whatever the chunks, and wherever in memory each starts.
#[test]
fn chunks_make_the_same_as_the_whole() {
    let mut rng = StdRng::seed_from_u64(6455);
    for _ in 0..if cfg!(miri) { 5 } else { 2_000 } {
        let payload = sample(rng.random_range(0..1_000));
        let masking_key: [u8; 4] = rng.random();
        let start: u64 = rng.random();
        let expected = masked(&payload, masking_key, start);

        let mut found = payload;
        let (mut rest, mut offset) = (found.as_mut_slice(), start);
        while !rest.is_empty() {
            let len = rng.random_range(0..=rest.len().min(150));
            let (chunk, behind) = rest.split_at_mut(len);
            unmask_from(chunk, masking_key, offset);
            offset = offset.wrapping_add(len as u64);
            rest = behind;
        }
        assert_eq!(found, expected);
    }
}

#[test]
fn masking_twice_is_the_identity() {
    for len in lengths() {
        let payload = sample(len);
        for offset in OFFSETS {
            let mut twice = payload.clone();
            unmask_from(&mut twice, KEY, offset);
            unmask_from(&mut twice, KEY, offset);
            assert!(twice == payload, "{len} bytes at offset {offset}");
        }
    }
}

const UNTOUCHED: u8 = 0xEE;

fn output(len: usize) -> Vec<MaybeUninit<u8>> {
    vec![MaybeUninit::new(UNTOUCHED); len]
}

/// The whole of an [`output`], including the part that `copy_masked` did not return.
#[allow(unsafe_code, reason = "there is no safe way to see what was not written")]
fn all_bytes(output: &[MaybeUninit<u8>]) -> Vec<u8> {
    // SAFETY: `output` made each byte initialised, and safe code cannot undo it without writing
    // `MaybeUninit::uninit()`, which `copy_masked` has no reason to; Miri would tell.
    output.iter().map(|byte| unsafe { byte.assume_init() }).collect()
}

#[test]
fn copy_masked_writes_the_payload_s_length_and_no_more() {
    for len in lengths() {
        let bytes = sample(len + 3);
        let offsets = if len > 300 || cfg!(miri) { &OFFSETS[..4] } else { &OFFSETS };
        for offset in offsets {
            for (start, longer) in [(0, 0), (1, 1), (2, 7), (3, GUARD)] {
                let payload = &bytes[start..][..len];
                let expected = masked(payload, KEY, *offset);
                let mut output = output(len + longer);
                let place = output.as_ptr().cast::<u8>();
                let given = copy_masked(payload, KEY, *offset, &mut output).unwrap();
                assert!(given == expected, "{len} bytes at offset {offset}");
                assert_eq!(given.as_ptr(), place);

                let found = all_bytes(&output);
                assert!(found[..len] == expected);
                assert!(found[len..].iter().all(|byte| *byte == UNTOUCHED));
            }
        }
    }
}

#[test]
fn copy_masked_into_a_shorter_output_writes_nothing() {
    for len in lengths().filter(|len| *len > 0) {
        let payload = sample(len);
        for short in [0, len / 2, len - 1] {
            let mut output = output(short);
            assert_eq!(copy_masked(&payload, KEY, 0, &mut output), None);
            assert!(all_bytes(&output).iter().all(|byte| *byte == UNTOUCHED));
        }
    }
}

/// The returned bytes are initialised: Miri reads them. No other test in this file starts with
/// memory that is really uninitialised.
#[test]
fn copy_masked_initialises_what_it_gives() {
    let mut output = [MaybeUninit::uninit(); 512];
    for len in lengths().filter(|len| *len <= 512) {
        let payload = sample(len);
        let given = copy_masked(&payload, KEY, 1, &mut output).unwrap();
        assert_eq!(given, masked(&payload, KEY, 1));
        // It is the caller's to write to.
        unmask_from(given, KEY, 1);
        assert_eq!(given, payload);
        output.fill(MaybeUninit::uninit());
    }
}
