//! Each backend that this machine has, against the oracle.

extern crate std;

use super::arch::{self, Isa};
use super::backend::{Backend, FORCED};
use super::{
    FOUR_MAX, IS_SMALL, SHORT_MAX, TWO_MAX, Two, copy_over, copy_xor, rotate, short, small, words,
};
use core::mem::MaybeUninit;
#[cfg(all(target_arch = "x86_64", not(miri)))]
use std::is_x86_feature_detected;
use std::vec::Vec;
use std::{env, println, vec};

#[path = "../../../tests/oracle/mod.rs"]
mod oracle;

mod text;

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const GUARD: [u8; 64] = [0xA5; 64];

/// All lengths up to 300, and some that reach the unrolled loop. Under Miri, which is a thousand
/// times slower, the lengths at which the algorithm changes.
fn lengths() -> Vec<usize> {
    let long = [1023, 1088, 1152, 1153, 1217, 4096, 4097, 10_001];
    let turns = [31, 32, 33, 64, 65, 127, 128, 129, 130, 193, 1217];
    let short = [0, 1, 2, 3, 5, 8, 15, 16, 17];
    if cfg!(miri) { [&short[..], &turns].concat() } else { (0..=300).chain(long).collect() }
}

fn misalignments() -> Vec<usize> {
    if cfg!(miri) { vec![0, 63] } else { (0..64).collect() }
}

/// Calls `f(from, to, key)` at each length, misalignment and phase, and checks what it writes to
/// `to`. Both slices hold the payload.
fn check(mut f: impl FnMut(&[u8], &mut [u8], u32)) {
    let longest = *lengths().iter().max().unwrap();
    let bytes: Vec<u8> = (0..longest).map(|i| (i * 7 + i / 256) as u8).collect();
    let mut memory = vec![0; longest + 4 * GUARD.len()];
    let aligned = memory.as_ptr().align_offset(64);
    for phase in 0..4 {
        for length in lengths() {
            let payload = &bytes[..length];
            let mut expected = payload.to_vec();
            oracle::unmask_from(&mut expected, KEY, phase as u64);
            for misalignment in misalignments() {
                let area = &mut memory[aligned + misalignment..][..length + 2 * GUARD.len()];
                let (before, rest) = area.split_at_mut(GUARD.len());
                let (place, after) = rest.split_at_mut(length);
                before.copy_from_slice(&GUARD);
                after.copy_from_slice(&GUARD);
                place.copy_from_slice(payload);
                assert_eq!(place.as_ptr().addr() % 64, misalignment);
                f(payload, place, rotate(u32::from_ne_bytes(KEY), phase));
                assert_eq!(place, expected, "{length} bytes at {misalignment}, phase {phase}");
                assert_eq!(before, GUARD, "before {length} bytes at {misalignment}");
                assert_eq!(after, GUARD, "after {length} bytes at {misalignment}");
            }
        }
    }
}

/// The whole algorithm with the vectors of `backend`, for any length.
fn xor(backend: Backend, payload: &mut [u8], key: u32) {
    if payload.len() <= SHORT_MAX {
        short(payload, key);
    } else if payload.len() > TWO_MAX {
        backend.wide(payload, key);
    } else if backend.isa() == Isa::Portable {
        words::run::<Two, _>(payload, key);
    } else {
        arch::run_narrow::<Two, _>(payload, key);
    }
}

#[test]
fn every_backend_masks_like_the_oracle() {
    for isa in Isa::ALL {
        match Backend::of(*isa) {
            Some(backend) => {
                println!("backend {}: tested", isa.name());
                check(|_, place, key| xor(backend, place, key));
            }
            None => println!("backend {}: this CPU lacks it, NOT tested", isa.name()),
        }
    }
    println!("backend word: tested");
    check(|_, place, key| small::xor(place, key));
    check(|from, to, key| small::copy(from, key, to));
}

#[test]
fn the_chosen_backend_masks_like_the_oracle() {
    check(|_, place, key| super::xor(place, key));
}

/// Does what [`check`] does with uninitialised memory. `to` has the misalignment that [`check`]
/// asks for, and `from` another.
fn check_copy(f: impl for<'a> Fn(&[u8], &'a mut [MaybeUninit<u8>], u32) -> &'a mut [u8]) {
    let longest = *lengths().iter().max().unwrap();
    let mut source = vec![0; longest + 128];
    let source_start = source.as_ptr().align_offset(64);
    let mut target = vec![MaybeUninit::new(GUARD[0]); longest + 4 * GUARD.len()];
    let target_start = target.as_ptr().align_offset(64);
    check(|payload, place, key| {
        let misalignment = place.as_ptr().addr() % 64;
        let from = &mut source[source_start + (misalignment * 5 + 1) % 64..][..payload.len()];
        from.copy_from_slice(payload);
        let area = &mut target[target_start + misalignment..][..payload.len() + 2 * GUARD.len()];
        area.fill(MaybeUninit::new(GUARD[0]));
        let to = &mut area[GUARD.len()..][..payload.len()];
        to.fill(MaybeUninit::uninit());
        assert_eq!(to.as_ptr().addr() % 64, misalignment);
        place.copy_from_slice(f(from, to, key));
        for guard in [&area[..GUARD.len()], &area[GUARD.len() + payload.len()..]] {
            // SAFETY: the guards were written when the area was filled.
            assert!(guard.iter().all(|byte| unsafe { byte.assume_init() } == GUARD[0]));
        }
    });
}

#[test]
fn every_backend_copies_like_the_oracle() {
    for backend in Isa::ALL.iter().filter_map(|isa| Backend::of(*isa)) {
        check_copy(|from, to, key| {
            if from.len() <= FOUR_MAX {
                return copy_xor(from, key, to).unwrap();
            }
            backend.long((from, &mut *to), key);
            // SAFETY: `long` writes all bytes, which Miri checks.
            unsafe { to.assume_init_mut() }
        });
    }
}

#[test]
fn every_backend_copies_over_like_the_oracle() {
    for backend in Isa::ALL.iter().filter_map(|isa| Backend::of(*isa)) {
        check(|from, to, key| match from.len() {
            ..=FOUR_MAX => copy_over(from, Some(key), to),
            _ => backend.long((from, to), key),
        });
    }
}

#[test]
fn the_chosen_backend_copies_like_the_oracle() {
    check_copy(|from, to, key| copy_xor(from, key, to).unwrap());
    assert_eq!(copy_xor(&[1, 2], 0, &mut [MaybeUninit::uninit()]), None);
    assert_eq!(copy_xor(&[1], 0, &mut [MaybeUninit::uninit(); 2]), Some([1].as_mut_slice()));
    check(|from, to, key| copy_over(from, Some(key), to));
    let mut short = [3];
    copy_over(&[1, 2], None, &mut short);
    assert_eq!(short, [3]);
}

#[test]
fn the_backend_is_the_one_expected() {
    let found = if IS_SMALL { "word" } else { Backend::best().isa().name() };
    println!("best backend: {found}; all that this CPU has: {:?}", available());
    if let Ok(expected) = env::var("WSPARSE_EXPECT_BACKEND") {
        assert_eq!(found, expected);
    }
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    if FORCED.is_empty() && !IS_SMALL {
        let avx512 =
            is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vbmi2");
        let best = if avx512 {
            Isa::Avx512
        } else if is_x86_feature_detected!("avx2") {
            Isa::Avx2
        } else if is_x86_feature_detected!("ssse3") {
            Isa::Ssse3
        } else {
            Isa::Sse2
        };
        assert_eq!(found, best.name());
    }
    // If the forced backend is not used, its tests have tested another.
    if !FORCED.is_empty() {
        assert_eq!(found, FORCED);
    }
}

fn available() -> Vec<&'static str> {
    let there = Isa::ALL.iter().filter(|isa| Backend::of(**isa).is_some());
    there.map(|isa| isa.name()).collect()
}

#[test]
fn rotating_the_key_is_skipping_bytes() {
    for by in 0..9 {
        let expected: Vec<u8> = (0..4).map(|i| KEY[(by + i) % 4]).collect();
        assert_eq!(rotate(u32::from_ne_bytes(KEY), by).to_ne_bytes(), *expected, "{by}");
    }
}
