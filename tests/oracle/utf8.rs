//! UTF-8 by the productions of RFC 3629 §4, one byte at a time.

use core::ops::RangeInclusive;

const TAIL: RangeInclusive<u8> = 0x80..=0xBF;

/// What may follow each other in a character.
const PRODUCTIONS: [&[RangeInclusive<u8>]; 9] = [
    // UTF8-1 = %x00-7F
    &[0x00..=0x7F],
    // UTF8-2 = %xC2-DF UTF8-tail
    &[0xC2..=0xDF, TAIL],
    // UTF8-3 = %xE0 %xA0-BF UTF8-tail / %xE1-EC 2( UTF8-tail ) /
    //          %xED %x80-9F UTF8-tail / %xEE-EF 2( UTF8-tail )
    &[0xE0..=0xE0, 0xA0..=0xBF, TAIL],
    &[0xE1..=0xEC, TAIL, TAIL],
    &[0xED..=0xED, 0x80..=0x9F, TAIL],
    &[0xEE..=0xEF, TAIL, TAIL],
    // UTF8-4 = %xF0 %x90-BF 2( UTF8-tail ) / %xF1-F3 3( UTF8-tail ) /
    //          %xF4 %x80-8F 2( UTF8-tail )
    &[0xF0..=0xF0, 0x90..=0xBF, TAIL, TAIL],
    &[0xF1..=0xF3, TAIL, TAIL, TAIL],
    &[0xF4..=0xF4, 0x80..=0x8F, TAIL, TAIL],
];

/// The bytes of the character that has not ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Automaton {
    bytes: [u8; 4],
    arrived: usize,
}

impl Automaton {
    /// Whether text can go on with this byte.
    pub fn push(&mut self, byte: u8) -> bool {
        // UTF8-1, first, as most bytes of most texts are ASCII.
        if self.arrived == 0 && byte <= 0x7F {
            return true;
        }
        self.bytes[self.arrived] = byte;
        self.arrived += 1;
        let character = &self.bytes[..self.arrived];
        let Some(production) = PRODUCTIONS.iter().find(|production| begins(production, character))
        else {
            return false;
        };
        if production.len() == self.arrived {
            self.arrived = 0;
        }
        true
    }

    /// Whether text may end here.
    pub fn is_complete(&self) -> bool {
        self.arrived == 0
    }
}

fn begins(production: &[RangeInclusive<u8>], character: &[u8]) -> bool {
    character.len() <= production.len()
        && character.iter().zip(production).all(|(byte, range)| range.contains(byte))
}

/// What is to be said of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    Complete,
    /// It ends within a character.
    Unfinished,
    /// With the byte at `offset` no continuation is UTF-8 any more; without it some were.
    Broken {
        offset: usize,
    },
}

pub fn read(text: impl IntoIterator<Item = u8>) -> Text {
    let mut automaton = Automaton::default();
    for (offset, byte) in text.into_iter().enumerate() {
        if !automaton.push(byte) {
            return Text::Broken { offset };
        }
    }
    if automaton.is_complete() { Text::Complete } else { Text::Unfinished }
}
