//! Text in which few characters are not ASCII: unmasking and checking it in one pass, against two.
//!
//! No branch predictor can learn where those characters are: each call takes a text that starts at
//! another place of the same memory. That fits into the second-level cache, but not into the first:
//! a predictor can learn as many branches as that much text has.

use super::common::{Buffer, Case, Meter, Scope, Subject, Throughput, random, roster, short};
use super::text::UnmaskText;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IteratorRandom;
use std::hint::black_box;

const GROUP: &str = "text/sparse";

/// Unmasking with it changes nothing, which no subject can know.
const KEY: [u8; 4] = [0; 4];

/// The size of the memory that holds the texts.
const AREA: usize = 256 << 10;

const ASCII: &str =
    "Most of what is written is ASCII, and so are <b>markup</b> and {\"numbers\": 1234567890}. ";
const NOT_ASCII: &str = "éäöüßñçøåλжя–“”€…你好日本語한국🌍🎉😀";
const WORDS: [&str; 6] = ["Straße", "привет", "naïve", "καλημέρα", "天気", "🎉🎉"];
const NAMES: [&str; 6] = ["Zoë", "José", "Müller", "Łukasz", "Søren", "Đặng"];

/// Where the characters that are not ASCII are.
#[derive(Clone, Copy)]
enum Place {
    /// This many of 1000 characters, anywhere.
    Anywhere(u32),
    /// A word in each line of about 70 bytes.
    WordPerLine,
    /// A letter of a name, about every 200 bytes.
    Names,
    /// One at the end of each text.
    End,
}

const PLACES: [(&str, Place); 10] = [
    ("0.1 %", Place::Anywhere(1)),
    ("0.3 %", Place::Anywhere(3)),
    ("1 %", Place::Anywhere(10)),
    ("3 %", Place::Anywhere(30)),
    ("10 %", Place::Anywhere(100)),
    ("30 %", Place::Anywhere(300)),
    ("100 %", Place::Anywhere(1000)),
    ("word per line", Place::WordPerLine),
    ("names", Place::Names),
    ("emoji at end", Place::End),
];

pub fn run(meter: &mut dyn Meter, subjects: &[Subject<UnmaskText>]) {
    if !meter.wants(GROUP) {
        return;
    }
    for (name, place) in PLACES {
        for len in [125, 1 << 10, 16 << 10] {
            if meter.scope() == Scope::Short && len != 1 << 10 {
                continue;
            }
            measure(meter, subjects, &format!("{name}, {}", short(len)), place, len);
        }
    }
}

fn measure(
    meter: &mut dyn Meter,
    subjects: &[Subject<UnmaskText>],
    name: &str,
    place: Place,
    len: usize,
) {
    let mut random = random();
    let text = text(&mut random, place, len);
    let count = (512 << 10) / len;
    let calls: Vec<_> = (0..count).map(|_| call(&mut random, &text, place, len)).collect();
    let mut area = Buffer::of(text.as_bytes());
    let area = area.all();
    let case = Case {
        group: GROUP,
        name,
        throughput: Throughput::Elements(count as u64),
        unit: "call",
        subjects: &roster(subjects),
    };
    meter.measure(&case, &mut |n, turns| {
        let run = black_box(subjects[n].run);
        for _ in 0..turns {
            for &(start, end) in &calls {
                assert!(run(&mut area[start..end], black_box(KEY)));
            }
        }
    });
}

/// The text of which each call takes a part.
fn text(random: &mut StdRng, place: Place, len: usize) -> String {
    let mut characters = ASCII.chars().cycle();
    let mut ascii = |len| characters.by_ref().take(len).collect::<String>();
    let mut text = String::new();
    while text.len() < AREA {
        text += &match place {
            Place::Anywhere(share) if random.random_range(0..1000) < share => {
                NOT_ASCII.chars().choose(random).into_iter().collect()
            }
            Place::Anywhere(_) => ascii(1),
            Place::WordPerLine => {
                let before = random.random_range(0..60);
                let word = WORDS[random.random_range(0..WORDS.len())];
                format!("{}{word}{}\n", ascii(before), ascii(60 - before))
            }
            Place::Names => {
                let before = random.random_range(20..380);
                ascii(before) + NAMES[random.random_range(0..NAMES.len())]
            }
            Place::End => ascii(len - 4) + "🎉",
        };
    }
    text
}

/// The start and the end of a part of the text.
fn call(random: &mut StdRng, text: &str, place: Place, len: usize) -> (usize, usize) {
    if let Place::End = place {
        let start = random.random_range(0..text.len() / len) * len;
        return (start, start + len);
    }
    let start = text.ceil_char_boundary(random.random_range(0..text.len() - len));
    (start, text.floor_char_boundary(start + len))
}
