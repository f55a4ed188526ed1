//! DEFLATE (RFC 1951) and the end of a compressed message (RFC 7692 §7.2.1), bit by bit.

extern crate alloc;

use alloc::vec;
use alloc::vec::Vec;

/// What a compressed message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inflated {
    /// It ends with the header of an empty block, as it must.
    Whole(Vec<u8>),
    /// It ends elsewhere, after these bytes.
    Unfinished(Vec<u8>),
    /// It is not DEFLATE after these bytes.
    Invalid(Vec<u8>),
}

struct Bits<'b> {
    bytes: &'b [u8],
    position: usize,
}

/// Nothing more can be read: the end, or an error.
enum Stop {
    End,
    Invalid,
}

impl Bits<'_> {
    fn bit(&mut self) -> Result<usize, Stop> {
        let byte = self.bytes.get(self.position / 8).ok_or(Stop::End)?;
        let bit = byte >> (self.position % 8) & 1;
        self.position += 1;
        Ok(bit.into())
    }

    /// A number, its least significant bit first.
    fn number(&mut self, len: usize) -> Result<usize, Stop> {
        (0..len).try_fold(0, |number, place| Ok(number | self.bit()?.wrapping_shl(place as u32)))
    }

    fn align(&mut self) {
        self.position = self.position.next_multiple_of(8);
    }
}

/// The lengths of the codes of a Huffman code, by symbol (§3.2.2). 0 is a symbol without a code.
struct Huffman(Vec<usize>);

impl Huffman {
    /// Whether each sequence of bits has a meaning: `Some(true)`; or some have none, or two.
    fn is_complete(&self) -> Option<bool> {
        let left = (1..=15).try_fold(1_i64, |left, len| {
            let left = left * 2 - self.0.iter().filter(|l| **l == len).count() as i64;
            (left >= 0).then_some(left)
        })?;
        Some(left == 0)
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Result<usize, Stop> {
        let (mut code, mut first) = (0, 0);
        let longest = self.0.iter().copied().max().unwrap_or(0).max(1);
        for len in 1..=longest {
            code = code << 1 | bits.bit()?;
            let of_len = || self.0.iter().enumerate().filter(|(_, l)| **l == len);
            let count = of_len().count();
            if code - first < count {
                return Ok(of_len().nth(code - first).unwrap().0);
            }
            first = (first + count) << 1;
        }
        Err(Stop::Invalid)
    }
}

const LENGTHS: [usize; 29] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
];
const LENGTH_BITS: [usize; 29] =
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCES: [usize; 30] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537,
    2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
];

/// §3.2.6
fn fixed() -> (Huffman, Huffman) {
    let lens = [vec![8; 144], vec![9; 112], vec![7; 24], vec![8; 8]].concat();
    (Huffman(lens), Huffman(vec![5; 30]))
}

/// §3.2.7
fn dynamic(bits: &mut Bits<'_>) -> Result<(Huffman, Huffman), Stop> {
    const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    let (literals, distances, codes) =
        (bits.number(5)? + 257, bits.number(5)? + 1, bits.number(4)? + 4);
    if literals > 286 || distances > 30 {
        return Err(Stop::Invalid);
    }
    let mut lens = vec![0; 19];
    for place in &ORDER[..codes] {
        lens[*place] = bits.number(3)?;
    }
    let code = Huffman(lens);
    if code.0.iter().all(|len| *len == 0) {
        // There is no code at all. zlib notices after a bit for each length.
        bits.number(literals + distances)?;
        return Err(Stop::Invalid);
    }
    if code.is_complete() != Some(true) {
        return Err(Stop::Invalid);
    }
    let mut lens = Vec::new();
    while lens.len() < literals + distances {
        let (value, count) = match code.symbol(bits)? {
            16 => {
                let count = 3 + bits.number(2)?;
                (*lens.last().ok_or(Stop::Invalid)?, count)
            }
            17 => (0, 3 + bits.number(3)?),
            18 => (0, 11 + bits.number(7)?),
            len => (len, 1),
        };
        lens.extend(vec![value; count]);
    }
    if lens.len() > literals + distances || lens[256] == 0 {
        return Err(Stop::Invalid);
    }
    let distances = Huffman(lens.split_off(literals));
    let literals = Huffman(lens);
    // One code of one bit may stand alone (§3.2.7), and there may be no distances at all.
    let is_valid = |huffman: &Huffman| match huffman.is_complete() {
        Some(is_complete) => is_complete || huffman.0.iter().all(|len| *len <= 1),
        None => false,
    };
    if !is_valid(&literals) || !is_valid(&distances) {
        return Err(Stop::Invalid);
    }
    Ok((literals, distances))
}

/// What one peer has sent so far.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// All messages, to which the next may refer.
    window: Vec<u8>,
    /// Where the current stream began in it: after the last block with BFINAL.
    start: usize,
    /// The largest distance that was used.
    pub farthest: usize,
}

impl Stream {
    /// Reads one message.
    pub fn inflate(&mut self, payload: &[u8]) -> Inflated {
        let message = self.window.len();
        let result = self.blocks(&mut Bits { bytes: payload, position: 0 });
        let bytes = self.window[message..].to_vec();
        match result {
            Ok(()) => Inflated::Whole(bytes),
            Err(Stop::End) => Inflated::Unfinished(bytes),
            Err(Stop::Invalid) => Inflated::Invalid(bytes),
        }
    }

    fn blocks(&mut self, bits: &mut Bits<'_>) -> Result<(), Stop> {
        loop {
            let is_final = bits.bit()? == 1;
            match bits.number(2)? {
                0 => {
                    bits.align();
                    if bits.position == bits.bytes.len() * 8 {
                        // The empty block whose rest was removed.
                        if is_final {
                            self.start = self.window.len();
                        }
                        return Ok(());
                    }
                    let (len, check) = (bits.number(16)?, bits.number(16)?);
                    if len != check ^ 0xffff {
                        return Err(Stop::Invalid);
                    }
                    for _ in 0..len {
                        self.window.push(bits.number(8)? as u8);
                    }
                }
                1 => self.compressed(bits, &fixed())?,
                2 => {
                    let codes = dynamic(bits)?;
                    self.compressed(bits, &codes)?;
                }
                _ => return Err(Stop::Invalid),
            }
            if is_final {
                bits.align();
                self.start = self.window.len();
            }
        }
    }

    fn compressed(
        &mut self,
        bits: &mut Bits<'_>,
        (literals, distances): &(Huffman, Huffman),
    ) -> Result<(), Stop> {
        loop {
            match literals.symbol(bits)? {
                256 => return Ok(()),
                literal @ ..256 => self.window.push(literal as u8),
                symbol => {
                    let place = symbol - 257;
                    let extra = *LENGTH_BITS.get(place).ok_or(Stop::Invalid)?;
                    let len = LENGTHS[place] + bits.number(extra)?;
                    let place = distances.symbol(bits)?;
                    let base = *DISTANCES.get(place).ok_or(Stop::Invalid)?;
                    let distance = base + bits.number((place / 2).saturating_sub(1))?;
                    let from = self.window.len().checked_sub(distance).ok_or(Stop::Invalid)?;
                    if from < self.start {
                        return Err(Stop::Invalid);
                    }
                    self.farthest = self.farthest.max(distance);
                    for place in from..from + len {
                        self.window.push(self.window[place]);
                    }
                }
            }
        }
    }
}
