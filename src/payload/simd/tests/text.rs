//! Checks of text by each backend, against the productions of RFC 3629.

extern crate std;

use super::oracle::utf8::{Automaton, Text as Expected, read};
use super::{GUARD, KEY, oracle};
use crate::payload::simd::arch::Isa;
use crate::payload::simd::backend::Backend;
use crate::payload::simd::bytes::Bytes;
use crate::payload::simd::text::Text;
use crate::payload::simd::{rotate, small};
use crate::payload::utf8::Utf8;
use std::string::String;
use std::time::Instant;
use std::vec::Vec;
use std::{println, thread, vec};

/// The first and the last byte of each range in RFC 3629 §4, and the bytes next to them.
const LEADS: [u8; 20] = [
    0x00, 0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1,
    0xF3, 0xF4, 0xF5, 0xFF,
];
const SECONDS: [u8; 8] = [0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0];
/// All later bytes have the same range.
const LATER: [u8; 4] = [0x7F, 0x80, 0xBF, 0xC0];

/// Sequences that are as long as their lead says, and those that end earlier.
fn sequences() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for lead in LEADS {
        let mut with_lead = vec![vec![lead]];
        let whole = match lead {
            0x00..0xC0 => 1,
            0xC0..0xE0 => 2,
            0xE0..0xF0 => 3,
            0xF0..=0xFF => 4,
        };
        for len in 1..whole {
            let followers = if len == 1 { &SECONDS[..] } else { &LATER };
            let longer: Vec<Vec<u8>> = with_lead
                .iter()
                .filter(|start| start.len() == len)
                .flat_map(|start| followers.iter().map(|byte| [&start[..], &[*byte]].concat()))
                .collect();
            with_lead.extend(longer);
        }
        all.extend(with_lead);
    }
    all
}

fn is_right(found: Text, text: &[u8]) -> bool {
    match read(text.iter().copied()) {
        Expected::Complete => found == Text::Complete,
        Expected::Unfinished => found == Text::Unfinished,
        // That the last byte cannot start a code point is left to the caller.
        Expected::Broken { offset } => {
            found == Text::Wrong || found == Text::Unfinished && offset + 1 == text.len()
        }
    }
}

/// A backend whose check of text is tested; `None` is `word`.
type Tested = Option<Backend>;

fn checkers() -> impl Iterator<Item = Tested> {
    Isa::ALL.iter().filter_map(|isa| Backend::of(*isa)).map(Some).chain([None])
}

fn name(checker: Tested) -> &'static str {
    checker.map_or("word", |backend| backend.isa().name())
}

fn check(checker: Tested, bytes: impl Bytes<Place = u8>, key: u32) -> Text {
    match checker {
        Some(backend) => backend.text(bytes, key),
        None => small::check(bytes, key),
    }
}

/// Memory for a text at any misalignment, with guards around it.
struct Area {
    memory: Vec<u8>,
    aligned: usize,
}

impl Area {
    fn new(longest: usize) -> Self {
        let memory = vec![0; longest + 4 * GUARD.len()];
        let aligned = memory.as_ptr().align_offset(64);
        Self { memory, aligned }
    }

    fn with<R>(&mut self, text: &[u8], misalignment: usize, f: impl FnOnce(&mut [u8]) -> R) -> R {
        let area = &mut self.memory[self.aligned + misalignment..][..text.len() + 128];
        let (before, rest) = area.split_at_mut(64);
        let (place, after) = rest.split_at_mut(text.len());
        before.copy_from_slice(&GUARD);
        after.copy_from_slice(&GUARD);
        place.copy_from_slice(text);
        let result = f(place);
        assert_eq!(before, GUARD, "before {} bytes at {misalignment}", text.len());
        assert_eq!(after, GUARD, "after {} bytes at {misalignment}", text.len());
        result
    }
}

/// Asserts that the backend checks text correctly from each kind of source, and unmasks all of it.
fn assert_checks(
    checker: Tested,
    text: &[u8],
    phase: usize,
    misalignment: usize,
    [area, other]: &mut [Area; 2],
) {
    let assert_right = |found, how| {
        let name = name(checker);
        assert!(is_right(found, text), "{name}, {how} at {misalignment}: {found:?} {text:02x?}");
    };
    assert_right(area.with(text, misalignment, |text| check(checker, &*text, 0)), "unmasked");

    let mut masked = text.to_vec();
    oracle::unmask_from(&mut masked, KEY, phase as u64);
    let key = rotate(u32::from_ne_bytes(KEY), phase);
    area.with(&masked, misalignment, |payload| {
        other.with(&masked, (misalignment * 5 + 1) % 64, |to| {
            assert_right(check(checker, (&*payload, &mut *to), key), "copied");
            assert_eq!(to, text, "{}, copied at {misalignment}", name(checker));
        });
        assert_right(check(checker, &mut *payload, key), "in place");
        assert_eq!(payload, text, "{}, in place at {misalignment}", name(checker));
    });
}

#[test]
fn every_backend_checks_boundary_sequences_at_any_position() {
    let mut areas = [Area::new(300), Area::new(300)];
    let sequences = sequences();
    let (stride, positions) = match cfg!(miri) {
        true => (sequences.len() / 7, vec![0, 14, 30, 62, 126]),
        false => (1, (0..=130).collect()),
    };
    for checker in checkers() {
        for (number, sequence) in sequences.iter().enumerate().step_by(stride) {
            for position in &positions {
                // It is followed by nothing, by a few bytes, or by more than a vector.
                let after = [0, 1, 2, 5, 70][(number + position) % 5];
                let text = [&[b'.'; 130][..*position], sequence, &[b'.'; 70][..after]].concat();
                if (number + position).is_multiple_of(41) {
                    assert_checks(checker, &text, number % 4, (number * 7) % 64, &mut areas);
                } else {
                    let found = check(checker, &text[..], 0);
                    assert!(is_right(found, &text), "{}: {text:02x?}", name(checker));
                }
            }
        }
    }
}

/// A sequence at each place of a group, in ASCII and in text that is dense before it, after it or
/// both.
#[test]
fn every_backend_checks_sequences_in_groups() {
    let sequences = sequences();
    let dense = "é".repeat(300).into_bytes();
    let ascii = vec![b'.'; 600];
    let step = if cfg!(miri) { 300 } else { 1 };
    for position in (256..=520).step_by(step) {
        for (number, (before, after)) in
            [(&ascii, &ascii), (&ascii, &dense), (&dense, &ascii), (&dense, &dense)]
                .into_iter()
                .enumerate()
                .step_by(if cfg!(miri) { 3 } else { 1 })
        {
            // Starts with ASCII if a character of the dense text would otherwise be cut in two.
            let before = [&b"."[..position % 2], &before[..position / 2 * 2]].concat();
            for turn in 0..if cfg!(miri) { 1 } else { 8 } {
                let sequence =
                    &sequences[(position * 37 + number * 11 + turn * 101) % sequences.len()];
                let text = [&before[..], sequence, &after[..]].concat();
                for checker in checkers() {
                    let found = check(checker, &text[..], 0);
                    assert!(is_right(found, &text), "{}, {position}: {text:02x?}", name(checker));
                }
            }
        }
    }
}

/// A code point with ASCII inside it, which a backend may skip.
#[test]
fn every_backend_finds_code_points_that_ascii_divides() {
    let starts = ["é".repeat(300).into_bytes(), vec![b'.'; 600]];
    let step = if cfg!(miri) { 97 } else { 1 };
    for position in (0..=600).step_by(step) {
        for start in &starts {
            let start = [&b"."[..position % 2], &start[..position / 2 * 2]].concat();
            for gap in [1, 15, 16, 17, 32, 64, 128, 256] {
                let text = [&start[..], b"\xC3", &vec![b'.'; gap], b"\xA9", &[b'.'; 300]].concat();
                for checker in checkers() {
                    let found = check(checker, &text[..], 0);
                    assert_eq!(found, Text::Wrong, "{}, {position}, {gap}", name(checker));
                }
            }
        }
    }
}

/// The only wrong byte, at each place of a text of each length.
#[test]
fn every_backend_finds_each_wrong_byte() {
    let step = if cfg!(miri) { 31 } else { 1 };
    for len in (2..=300).step_by(step) {
        let mut text = vec![b'.'; len];
        for place in (0..len - 1).step_by(step) {
            text[place] = 0xFF;
            for checker in checkers() {
                let found = check(checker, &text[..], 0);
                assert_eq!(found, Text::Wrong, "{}, {place} of {len}", name(checker));
            }
            text[place] = b'.';
        }
    }
}

/// A sequence across each place at which `bytewise` divides a long text.
#[test]
#[cfg_attr(miri, ignore = "tens of thousands of bytes, which other tests check in fewer")]
fn every_backend_checks_sequences_between_pieces() {
    let sequences = sequences();
    let mut areas = [Area::new(36 << 10), Area::new(36 << 10)];
    for (number, sequence) in sequences.iter().enumerate().step_by(5) {
        let end = (16 << 10) * (1 + number % 2);
        let after = vec![b'.'; [0, 300, 100][number % 3]];
        for position in end - 4..=end {
            let text = [&vec![b'.'; position], &sequence[..], &after].concat();
            for checker in checkers() {
                if position == end - number % 5 {
                    assert_checks(checker, &text, number % 4, number % 64, &mut areas);
                } else {
                    let found = check(checker, &text[..], 0);
                    assert!(is_right(found, &text), "{}, {position}", name(checker));
                }
            }
        }
    }
}

/// Text of all kinds of characters: complete, cut off anywhere, or with a wrong byte anywhere.
#[test]
fn every_backend_checks_any_text() {
    let alphabet: Vec<char> = "aZ 0é߿ࠀ€\u{D7FF}\u{E000}好🌍\u{10000}\u{10FFFF}".chars().collect();
    let longest = *super::lengths().iter().max().unwrap();
    let mut areas = [Area::new(longest), Area::new(longest)];
    let mut random = 6455_u32;
    let mut random = |below: usize| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 8) as usize % below
    };
    for checker in checkers() {
        for length in super::lengths().into_iter().step_by(if cfg!(miri) { 3 } else { 1 }) {
            for kind in (0..6).step_by(if cfg!(miri) { 4 } else { 1 }) {
                let mut text = String::new();
                while text.len() < length {
                    // ASCII runs as well.
                    let run = if random(4) == 0 { random(1 + length / 2) } else { 0 };
                    text.extend((0..run).map(|_| 'x'));
                    text.push(alphabet[random(alphabet.len())]);
                }
                let mut text = text.into_bytes();
                text.truncate(length);
                if kind > 2 && length > 0 {
                    text[random(length)] = [0x80, 0xC3, 0xFF, b'a'][random(4)];
                }
                assert_checks(checker, &text, kind % 4, random(64), &mut areas);
            }
        }
    }
}

/// Includes short ASCII, for which no backend is called.
#[test]
fn the_chosen_backend_checks_text() {
    let sequences = sequences();
    let stride = if cfg!(miri) { sequences.len() / 7 } else { 1 };
    for (number, sequence) in sequences.iter().enumerate().step_by(stride) {
        for position in 0..=16 {
            let after = [0, 1, 4][(number + position) % 3];
            let text = [&[b'.'; 16][..position], sequence, &[b'.'; 4][..after]].concat();
            assert_chosen_checks(&text, number % 4);
        }
    }
    for len in super::lengths() {
        assert_chosen_checks(&vec![b'~'; len], len % 4);
    }
}

fn assert_chosen_checks(text: &[u8], phase: usize) {
    let is_whole = read(text.iter().copied()) == Expected::Complete;
    assert!(is_right(crate::payload::simd::text(text), text), "{text:02x?}");
    assert_eq!(crate::payload::simd::str(text, |_| 0).is_ok(), is_whole, "{text:02x?}");
    let mut masked = text.to_vec();
    oracle::unmask_from(&mut masked, KEY, phase as u64);
    let key = rotate(u32::from_ne_bytes(KEY), phase);
    let mut copy = vec![0; text.len()];
    assert!(
        is_right(crate::payload::simd::copy_xor_text(&masked, key, &mut copy), text),
        "{text:02x?}"
    );
    assert_eq!(copy, text);
    let mut in_place = masked.clone();
    assert!(is_right(crate::payload::simd::xor_text(&mut in_place, key), text), "{text:02x?}");
    assert_eq!(in_place, text);
    assert_eq!(
        crate::payload::simd::xor_str(&mut masked, key, |_| 0).is_ok(),
        is_whole,
        "{text:02x?}"
    );
    assert_eq!(masked, text);
}

/// Calls `f` with each first byte, on all cores.
fn for_each_first(f: impl Fn(u8) + Sync) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let f = &f;
    // WebAssembly has no threads.
    if cores == 1 {
        return (0..=255).for_each(f);
    }
    thread::scope(|scope| {
        for core in 0..cores {
            scope.spawn(move || (0..=255).skip(core).step_by(cores).for_each(f));
        }
    });
}

/// Calls `f(sequence, expected)` with all sequences of four bytes that begin with `first`. After
/// complete characters, what the fourth byte is does not depend on them.
fn for_each_four(first: u8, mut f: impl FnMut([u8; 4], Expected)) {
    let alone: Vec<_> = (0..=255).map(|byte| read([byte])).collect();
    for start in 0..=0xFFFF_u16 {
        let [second, third] = start.to_be_bytes();
        let mut automaton = Automaton::default();
        let broken = [first, second, third].iter().position(|byte| !automaton.push(*byte));
        for fourth in 0..=255_u8 {
            let expected = match (broken, alone[usize::from(fourth)]) {
                (Some(offset), _) => Expected::Broken { offset },
                (None, _) if !automaton.is_complete() => read([first, second, third, fourth]),
                (None, Expected::Broken { .. }) => Expected::Broken { offset: 3 },
                (None, expected) => expected,
            };
            f([first, second, third, fourth], expected);
        }
    }
}

/// Checks all 2^32 sequences with each backend, each in a text of its own. The position, and the
/// number of bytes before and after, vary with the sequence.
///
/// `cargo test --release --lib every_four_bytes -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes, in release mode"]
fn every_four_bytes() {
    for checker in checkers() {
        let began = Instant::now();
        for_each_first(|first| {
            let mut bytes = [b'.'; 192];
            for_each_four(first, |four, expected| {
                let [_, b, c, d] = four.map(usize::from);
                let position = (b * 7 + c * 3 + d) % 160;
                let start = if b & 1 == 0 { 0 } else { position.saturating_sub(c >> 3) };
                let is_end = c & 1 == 0;
                let after = if is_end { 0 } else { 1 + (b >> 4) };
                bytes[position..position + 4].copy_from_slice(&four);
                let found = check(checker, &bytes[start..position + 4 + after], 0);
                bytes[position..position + 4].fill(b'.');
                let right = match expected {
                    Expected::Complete => found == Text::Complete,
                    Expected::Unfinished if is_end => found == Text::Unfinished,
                    Expected::Broken { offset: 3 } if is_end => found != Text::Complete,
                    _ => found == Text::Wrong,
                };
                assert!(right, "{}: {four:02x?} at {position}: {found:?}", name(checker));
            });
        });
        println!("{}: all four bytes in {:.1?}", name(checker), began.elapsed());
    }
}

/// Compares the exact offset for all 2^32 sequences. The code is the same for each backend.
#[test]
#[ignore = "takes minutes, in release mode"]
fn every_four_bytes_are_wrong_where_the_oracle_says() {
    let began = Instant::now();
    for_each_first(|first| {
        for_each_four(first, |four, expected| {
            let mut utf8 = Utf8::new();
            let found = match utf8.check(&four) {
                Err(offset) => Expected::Broken { offset },
                Ok(()) if utf8.is_complete() => Expected::Complete,
                Ok(()) => Expected::Unfinished,
            };
            assert_eq!(found, expected, "{four:02x?}");
        });
    });
    println!("the offsets of all four bytes in {:.1?}", began.elapsed());
}
