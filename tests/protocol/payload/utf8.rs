//! `Utf8` against `core`, and against the productions of RFC 3629.

use crate::oracle;
use crate::oracle::utf8::{Automaton, Text, read};
use proptest::prelude::*;
use wsparse::{Utf8, unmask_text};

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Each is the first or the last of a range in RFC 3629 §4, or beside one.
const LEADS: [u8; 20] = [
    0x00, 0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1,
    0xF3, 0xF4, 0xF5, 0xFF,
];
/// Miri takes those in the middle.
const FOLLOWERS: &[u8] = match cfg!(miri) {
    false => &[0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0],
    true => &[0x8F, 0x90],
};

/// All sequences of one to four bytes: a lead, then followers.
fn sequences() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = LEADS.iter().map(|lead| vec![*lead]).collect();
    let mut from = 0;
    for _ in 1..4 {
        let to = all.len();
        for index in from..to {
            for follower in FOLLOWERS {
                all.push([&all[index][..], &[*follower]].concat());
            }
        }
        from = to;
    }
    assert!(cfg!(miri) || all.len() == 20 * (1 + 8 + 64 + 512));
    all
}

/// The first byte with which `core` finds an error that no further byte can mend.
fn read_by_core(text: &[u8]) -> Text {
    let is_broken = |end: &usize| {
        std::str::from_utf8(&text[..*end]).is_err_and(|error| error.error_len().is_some())
    };
    match ((1..=text.len()).find(is_broken), std::str::from_utf8(text)) {
        (Some(end), _) => Text::Broken { offset: end - 1 },
        (None, Ok(_)) => Text::Complete,
        (None, Err(_)) => Text::Unfinished,
    }
}

/// Calls `f` with each part in turn and its offset, and returns the result for the whole text.
fn in_parts(
    parts: &[&[u8]],
    mut f: impl FnMut(&mut Utf8, &[u8], usize) -> Result<(), usize>,
) -> Text {
    let mut utf8 = Utf8::new();
    let mut before = 0;
    for part in parts {
        if let Err(offset) = f(&mut utf8, part, before) {
            return Text::Broken { offset: before + offset };
        }
        before += part.len();
    }
    if utf8.is_complete() { Text::Complete } else { Text::Unfinished }
}

/// What all entries say of text in two parts.
fn check(parts: [&[u8]; 2]) -> Text {
    let checked = in_parts(&parts, |utf8, part, _| utf8.check(part));
    let unmasked = in_parts(&parts, |utf8, part, before| {
        let mut bytes = part.to_vec();
        oracle::unmask_from(&mut bytes, KEY, before as u64);
        let result = utf8.unmask(&mut bytes, KEY, before as u64);
        assert_eq!(bytes, part, "all is unmasked, whatever the result");
        result
    });
    assert_eq!(unmasked, checked);
    checked
}

/// A whole text at once.
fn assert_whole(text: &[u8], expected: Text) {
    let mut bytes = text.to_vec();
    oracle::unmask_from(&mut bytes, KEY, 0);
    let result = unmask_text(&mut bytes, KEY).map(|text| text.as_bytes().to_vec());
    match expected {
        Text::Complete => assert_eq!(result.as_deref(), Ok(text)),
        Text::Unfinished => assert_eq!(result, Err(text.len()), "{text:02x?}"),
        Text::Broken { offset } => assert_eq!(result, Err(offset), "{text:02x?}"),
    }
    assert_eq!(bytes, text, "all is unmasked, whatever the result");
}

fn assert_any_cut(text: &[u8], expected: Text) {
    assert_whole(text, expected);
    for cut in 0..=text.len() {
        let (first, second) = text.split_at(cut);
        assert_eq!(check([first, second]), expected, "{text:02x?} cut at {cut}");
    }
}

fn moved(text: Text, by: usize) -> Text {
    match text {
        Text::Broken { offset } => Text::Broken { offset: offset + by },
        other => other,
    }
}

#[test]
fn boundary_sequences_anywhere_in_ascii_in_any_two_parts() {
    let stride = if cfg!(miri) { 37 } else { 1 };
    for sequence in sequences().into_iter().step_by(stride) {
        for behind in [&b""[..], b"behind"] {
            let text = [&sequence[..], behind].concat();
            let expected = read(text.iter().copied());
            assert_eq!(read_by_core(&text), expected, "{text:02x?}");
            for position in
                [0, 1, 2, 3, 7, 14, 15, 16].into_iter().step_by(if cfg!(miri) { 4 } else { 1 })
            {
                let text = [&b"twenty bytes before "[..position], &text].concat();
                // All cuts at some positions, at the others those at the sequence's bytes.
                if position % 7 == 0 {
                    assert_any_cut(&text, moved(expected, position));
                    continue;
                }
                for cut in position..=position + sequence.len() {
                    let (first, second) = text.split_at(cut);
                    let found = check([first, second]);
                    assert_eq!(found, moved(expected, position), "{text:02x?} cut at {cut}");
                }
            }
        }
    }
}

/// The same where vectors meet.
#[test]
fn boundary_sequences_in_long_text_in_any_two_parts() {
    let text = [b'-'; 300];
    let stride = if cfg!(miri) { 1_999 } else { 7 };
    for (number, sequence) in sequences().into_iter().step_by(stride).enumerate() {
        let position = number * 13 % 140;
        let behind = [0, 1, 150][number % 3];
        let text = [&text[..position], &sequence, &text[..behind]].concat();
        let expected = read(text.iter().copied());
        assert_whole(&text, expected);
        for cut in
            (0..=text.len()).step_by(1 + number % 17).chain(position..=position + sequence.len())
        {
            let (first, second) = text.split_at(cut);
            assert_eq!(check([first, second]), expected, "{text:02x?} cut at {cut}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 512 }))]

    /// Characters of all lengths, here and there a byte that is none, in any parts.
    #[test]
    fn any_text_in_any_parts(
        pieces in prop::collection::vec(
            prop_oneof![
                4 => "[ -~]{0,40}".prop_map(String::into_bytes),
                4 => "\\PC{0,20}".prop_map(String::into_bytes),
                1 => prop::collection::vec(any::<u8>(), 1..3),
            ],
            0..12,
        ),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
        key in any::<[u8; 4]>(),
        skipped in any::<u32>(),
    ) {
        let text = pieces.concat();
        let expected = read(text.iter().copied());
        prop_assert_eq!(read_by_core(&text), expected);
        assert_whole(&text, expected);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let parts: Vec<_> = cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect();
        prop_assert_eq!(in_parts(&parts, |utf8, part, _| utf8.check(part)), expected);
        let unmasked = in_parts(&parts, |utf8, part, before| {
            let offset = u64::from(skipped) + before as u64;
            let mut bytes = part.to_vec();
            oracle::unmask_from(&mut bytes, key, offset);
            let result = utf8.unmask(&mut bytes, key, offset);
            assert_eq!(bytes, part);
            result
        });
        prop_assert_eq!(unmasked, expected);
    }
}

/// One sequence after another, including where no character can begin.
#[test]
fn two_boundary_sequences_behind_each_other() {
    let short: Vec<_> = sequences().into_iter().filter(|sequence| sequence.len() <= 2).collect();
    let legal = ["\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{10000}", "\u{10FFFF}"];
    let before = short.iter().map(Vec::as_slice).chain(legal.iter().map(|text| text.as_bytes()));
    let stride = if cfg!(miri) { 11 } else { 1 };
    for first in before.step_by(stride) {
        for second in short.iter().step_by(stride) {
            let text = [first, second].concat();
            let expected = read(text.iter().copied());
            assert_eq!(read_by_core(&text), expected, "{text:02x?}");
            assert_any_cut(&text, expected);
        }
    }
}

#[test]
fn each_character_byte_by_byte() {
    let stride = if cfg!(miri) { 40_009 } else { 7 };
    let edges = ['\0', '\u{7F}', '\u{80}', '\u{7FF}', '\u{800}', '\u{D7FF}', '\u{E000}'];
    let all = ('\0'..=char::MAX).step_by(stride).chain(edges).chain(['\u{10000}', char::MAX]);
    for character in all {
        let mut utf8 = Utf8::new();
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).as_bytes();
        for (index, byte) in bytes.iter().enumerate() {
            assert_eq!(utf8.check(&[*byte]), Ok(()), "{character:?}");
            assert_eq!(utf8.is_complete(), index + 1 == bytes.len(), "{character:?}");
        }
        assert_eq!(utf8, Utf8::new(), "nothing is left of {character:?}");
    }
}

/// After each start that is right, each of the 256 bytes.
#[test]
fn any_byte_after_any_start() {
    let starts: Vec<_> =
        sequences().into_iter().filter(|start| read_by_core(start) == Text::Unfinished).collect();
    assert!(cfg!(miri) || starts.len() > 50);
    for start in starts.iter().map(Vec::as_slice).chain([&b""[..]]) {
        for byte in (0..=255).step_by(if cfg!(miri) { 85 } else { 1 }) {
            let (mut utf8, mut automaton) = (Utf8::new(), Automaton::default());
            assert_eq!(utf8.check(start), Ok(()));
            assert!(start.iter().all(|byte| automaton.push(*byte)));
            let right = automaton.push(byte);
            assert_eq!(utf8.check(&[byte]), if right { Ok(()) } else { Err(0) });
            if right {
                assert_eq!(utf8.is_complete(), automaton.is_complete());
            }
            assert_eq!(check([start, &[byte]]), read_by_core(&[start, &[byte]].concat()));
        }
    }
}

#[test]
fn nothing_changes_nothing() {
    for start in [&b""[..], b"a", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x8c"] {
        let mut utf8 = Utf8::new();
        utf8.check(start).unwrap();
        let before = utf8;
        assert_eq!(utf8.check(b""), Ok(()));
        assert_eq!(utf8, before);
    }
    assert_eq!(Utf8::default(), Utf8::new());
    assert!(Utf8::new().is_complete());
}

/// Long text, with one byte overwritten here and there.
#[test]
fn long_text_with_one_wrong_byte() {
    let text = "ASCII, é, €, 🌍; ".repeat(if cfg!(miri) { 4 } else { 40 }).into_bytes();
    assert_any_cut(&text, Text::Complete);
    let places = (0..text.len()).step_by(if cfg!(miri) { 11 } else { 1 });
    for (place, wrong) in places.flat_map(|place| [0x41, 0x80, 0xE1, 0xFF].map(|w| (place, w))) {
        let mut text = text.clone();
        text[place] = wrong;
        let expected = read(text.iter().copied());
        for cut in [0, place / 2, place.saturating_sub(1), place, place + 1] {
            let (first, second) = text.split_at(cut);
            assert_eq!(check([first, second]), expected, "{wrong:02x} at {place}, cut at {cut}");
        }
    }
}
