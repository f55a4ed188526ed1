//! Text: unmasking and checking it in one pass, against two.
//!
//! The masking key is zero, which no subject can know. So the text stays the same in each turn.

use super::common::{
    Buffer, Case, Meter, Role, Scope, Subject, Throughput, naive, random, roster, short,
};
use super::sparse;
use rand::RngExt;
use std::hint::black_box;

/// Unmasks a whole text in place, and says whether it is UTF-8.
pub type UnmaskText = fn(&mut [u8], [u8; 4]) -> bool;

const KEY: [u8; 4] = [0; 4];

/// The size of the memory that holds the texts of a list of calls.
const AREA: usize = 64 << 10;

/// The alphabets; a text is its alphabet's, again and again.
const ALPHABETS: [(&str, &str); 6] = [
    ("ASCII", r#"{"type":"message","id":4711,"user":"alice","text":"See you there, ok?"},"#),
    ("2 bytes", "Γειά σου κόσμε, πώς είσαι σήμερα; Привет, как твои дела сегодня? "),
    ("3 bytes", "今日は良い天気ですね。散歩に行きませんか？我们明天早上见面吧，"),
    ("4 bytes", "🌍🚀🎉😀🤖👾🦀🔥💡🧭🎻🍉🏔🌊⛵🛰"),
    ("mixed", "Zoë said “naïve” – 5 € for 🍉, c'est déjà trop; 好的，明天见! Ok: "),
    (
        "rarely not ASCII",
        "Most of what is written in English is ASCII, and so are markup and numbers, 1234567890; but now and then there is a name such as Zoë, a price of 5 €, or a dash – between words. After it a lot of plain text follows again, until the end of the paragraph is reached at last.\n",
    ),
];

pub fn subjects() -> Vec<Subject<UnmaskText>> {
    vec![
        Subject::new("wsparse", Role::Ours, |payload, key| {
            wsparse::unmask_text(payload, key).is_ok()
        }),
        Subject::new("naive", Role::Naive, |payload, key| {
            naive(payload, key);
            is_text(payload)
        }),
        Subject::new("unmask alone", Role::Limit, |payload, key| {
            wsparse::unmask(payload, key);
            true
        }),
        Subject::new("unmask, core", Role::Peer, |payload, key| {
            wsparse::unmask(payload, key);
            std::str::from_utf8(payload).is_ok()
        }),
    ]
}

/// RFC 3629 §4, byte by byte.
fn is_text(bytes: &[u8]) -> bool {
    // The number of bytes that the character still needs, and the range of the next one.
    let mut state = (0, 0x80, 0xBF);
    for byte in bytes {
        state = match (state, byte) {
            ((0, ..), 0x00..=0x7F) => (0, 0x80, 0xBF),
            ((0, ..), 0xC2..=0xDF) => (1, 0x80, 0xBF),
            ((0, ..), 0xE0) => (2, 0xA0, 0xBF),
            ((0, ..), 0xED) => (2, 0x80, 0x9F),
            ((0, ..), 0xE1..=0xEF) => (2, 0x80, 0xBF),
            ((0, ..), 0xF0) => (3, 0x90, 0xBF),
            ((0, ..), 0xF1..=0xF3) => (3, 0x80, 0xBF),
            ((0, ..), 0xF4) => (3, 0x80, 0x8F),
            ((1.., least, most), _) if (least..=most).contains(byte) => (state.0 - 1, 0x80, 0xBF),
            _ => return false,
        }
    }
    state.0 == 0
}

pub fn run(meter: &mut dyn Meter, subjects: &[Subject<UnmaskText>]) {
    check(subjects);
    long(meter, subjects);
    brief(meter, subjects);
    sparse::run(meter, subjects);
}

/// The longest prefix of an alphabet's text that has at most this number of bytes.
fn text(alphabet: &str, start: usize, len: usize) -> String {
    let mut text = String::new();
    let start = start % alphabet.chars().count();
    for character in alphabet.chars().cycle().skip(start) {
        if text.len() + character.len_utf8() > len {
            break;
        }
        text.push(character);
    }
    text
}

fn check(subjects: &[Subject<UnmaskText>]) {
    let key = [0x37, 0xfa, 0x21, 0x3d];
    for (name, alphabet) in ALPHABETS {
        for len in (0..300).chain([1000, 5000]) {
            let text = text(alphabet, len, len);
            let mut payload = text.clone().into_bytes();
            naive(&mut payload, key);
            for subject in subjects {
                // Some work on unmasked text only.
                let (mut bytes, key) = match subject.role {
                    Role::Limit | Role::Unequal => (text.clone().into_bytes(), [0; 4]),
                    _ => (payload.clone(), key),
                };
                assert!((subject.run)(&mut bytes, key), "{}: {len} of {name}", subject.name);
                assert!(bytes == text.as_bytes(), "{}: {len} of {name}", subject.name);
                if let (Role::Ours | Role::Naive | Role::Peer, Some(last)) =
                    (subject.role, bytes.last_mut())
                {
                    *last = 0xFF;
                    assert!(!(subject.run)(&mut bytes, [0; 4]), "{}", subject.name);
                }
            }
        }
    }
}

fn long(meter: &mut dyn Meter, subjects: &[Subject<UnmaskText>]) {
    const GROUP: &str = "text/long";
    if !meter.wants(GROUP) {
        return;
    }
    for (name, alphabet) in ALPHABETS {
        for len in [256, 1 << 10, 16 << 10, 64 << 10, 1 << 20] {
            if meter.scope() == Scope::Short && len != 1 << 10 {
                continue;
            }
            let text = text(alphabet, 0, len);
            let header_len = if len < 1 << 16 { 8 } else { 14 };
            let mut frame = Buffer::of(&[&[0; 16][..header_len], text.as_bytes()].concat());
            let case = Case {
                group: GROUP,
                name: &format!("{name}, {}", short(len)),
                throughput: Throughput::Bytes(text.len() as u64),
                unit: "call",
                subjects: &roster(subjects),
            };
            meter.measure(&case, &mut |n, turns| {
                let run = black_box(subjects[n].run);
                let payload = frame.at(header_len, text.len());
                for _ in 0..turns {
                    assert!(run(black_box(&mut *payload), black_box(KEY)));
                }
            });
        }
    }
}

/// Sizes and places that no branch predictor can learn; `any` has the alphabets in turn.
fn brief(meter: &mut dyn Meter, subjects: &[Subject<UnmaskText>]) {
    const GROUP: &str = "text/16-125";
    if !meter.wants(GROUP) {
        return;
    }
    let all = ALPHABETS.iter().map(|(name, alphabet)| (*name, vec![*alphabet]));
    let any = ("any", ALPHABETS.iter().map(|(_, alphabet)| *alphabet).collect());
    for (name, alphabets) in all.chain([any]) {
        let mut random = random();
        let (mut bytes, mut calls) = (Vec::new(), Vec::new());
        loop {
            let alphabet = alphabets[random.random_range(0..alphabets.len())];
            let len = random.random_range(16..=125_usize);
            let text = text(alphabet, random.random_range(0..1000), len);
            bytes.resize(bytes.len() + random.random_range(4..16), 0);
            if bytes.len() + text.len() > AREA {
                break;
            }
            if text.len() >= 16 {
                calls.push((bytes.len() as u16, text.len() as u16));
                bytes.extend_from_slice(text.as_bytes());
            }
        }
        // Several times, in orders that are not learnt.
        let order: Vec<_> =
            (0..1 << 16).map(|_| calls[random.random_range(0..calls.len())]).collect();
        let mut area = Buffer::of(&bytes);
        let area = area.all();
        let case = Case {
            group: GROUP,
            name,
            throughput: Throughput::Elements(order.len() as u64),
            unit: "call",
            subjects: &roster(subjects),
        };
        meter.measure(&case, &mut |n, turns| {
            let run = black_box(subjects[n].run);
            for _ in 0..turns {
                for &(start, len) in &order {
                    assert!(run(&mut area[start.into()..][..len.into()], black_box(KEY)));
                }
            }
        });
    }
}
