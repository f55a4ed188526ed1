//! The oracle: RFC 6455 §5.2 and §5.3 read once more, from the text and byte by byte.
//!
//! It calls nothing of the library and needs only `alloc`, so that integration tests, unit tests
//! and fuzz targets can all include it by `#[path]`. It is meant to be obviously right, not fast.
//!
//! A header that is still arriving is a string of bits of which some are unknown. Each field has a
//! least value (all unknown bits are 0) and a greatest (all are 1). A rule is broken as soon as no
//! value in between obeys it.
#![allow(dead_code, reason = "each crate that includes the oracle uses a part of it")]

pub mod deflate;
pub mod stream;
pub mod utf8;

use core::ops::{Range, RangeInclusive};

/// What one header can break, in the order of precedence at the same byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    ReservedBit,
    ReservedOpcode,
    NonMinimalLength,
    LengthTopBit,
    FragmentedControl,
    ControlTooLong,
}

const RULES: [Rule; 6] = [
    Rule::ReservedBit,
    Rule::ReservedOpcode,
    Rule::NonMinimalLength,
    Rule::LengthTopBit,
    Rule::FragmentedControl,
    Rule::ControlTooLong,
];

/// The fields of a header that is all there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
    pub fin: bool,
    pub rsv1: bool,
    pub rsv2: bool,
    pub rsv3: bool,
    pub opcode: u8,
    pub masked: bool,
    pub payload_len: u64,
    pub masking_key: Option<[u8; 4]>,
    pub header_len: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Complete(Fields),
    /// No legal header is complete with fewer than `missing` more bytes.
    Incomplete {
        missing: u64,
    },
    /// With the byte at `offset` no continuation is legal any more; without it some were.
    Broken {
        rule: Rule,
        offset: usize,
    },
}

/// Reads the header at the start of `input`; `allowed_rsv` has bit 2 for RSV1, 1 for RSV2, 0 for
/// RSV3, as they stand in the figure.
pub fn read(input: &[u8], allowed_rsv: u8) -> Verdict {
    let mut reader = Reader::new(allowed_rsv);
    for byte in input {
        reader.push(*byte);
    }
    reader.verdict()
}

/// Takes a header one byte at a time, with a verdict after each.
pub struct Reader {
    bytes: [u8; 14],
    arrived: usize,
    allowed_rsv: u8,
    verdict: Verdict,
}

impl Reader {
    pub fn new(allowed_rsv: u8) -> Self {
        let verdict = Verdict::Incomplete { missing: 2 };
        Self { bytes: [0; 14], arrived: 0, allowed_rsv, verdict }
    }

    /// Bytes after the header or after a broken rule change nothing.
    pub fn push(&mut self, byte: u8) {
        if let Verdict::Incomplete { .. } = self.verdict {
            self.bytes[self.arrived] = byte;
            self.arrived += 1;
            self.verdict = decide(Bits(&self.bytes[..self.arrived]), self.allowed_rsv);
        }
    }

    pub fn verdict(&self) -> Verdict {
        self.verdict
    }
}

fn decide(bits: Bits<'_>, allowed_rsv: u8) -> Verdict {
    for rule in RULES {
        if !can_obey(rule, bits, allowed_rsv) {
            let offset = bits.0.len() - 1;
            return Verdict::Broken { rule, offset };
        }
    }
    match least_header_len(bits) - bits.0.len() {
        0 => Verdict::Complete(fields(bits)),
        missing => Verdict::Incomplete { missing: missing as u64 },
    }
}

// The figure of §5.2, by the numbers of its bits.
const FIN: Range<usize> = 0..1;
const RSV: Range<usize> = 1..4;
const OPCODE: Range<usize> = 4..8;
const MASK: Range<usize> = 8..9;
const PAYLOAD_LEN: Range<usize> = 9..16;
const EXTENDED_16: Range<usize> = 16..32;
const EXTENDED_64: Range<usize> = 16..80;

/// The bits that have arrived.
#[derive(Clone, Copy)]
struct Bits<'a>(&'a [u8]);

impl Bits<'_> {
    fn bit(self, number: usize) -> Option<u64> {
        let byte = self.0.get(number / 8)?;
        Some(u64::from(byte >> (7 - number % 8) & 1))
    }

    /// "Expressed in network byte order", the most significant bit leftmost.
    fn number(self, field: Range<usize>, unknown: u64) -> u64 {
        field.fold(0, |n, bit| n << 1 | self.bit(bit).unwrap_or(unknown))
    }

    fn least(self, field: Range<usize>) -> u64 {
        self.number(field, 0)
    }

    fn greatest(self, field: Range<usize>) -> u64 {
        self.number(field, 1)
    }

    fn known(self, field: Range<usize>) -> Option<u64> {
        self.bit(field.end - 1).map(|_| self.number(field, 0))
    }
}

/// "If 0-125, that is the payload length. If 126, the following 2 bytes … If 127, the following 8
/// bytes …": where the length stands, and which lengths may stand there, because "the minimal
/// number of bytes MUST be used" and "the most significant bit MUST be 0".
fn length_form(bits: Bits<'_>) -> Option<(Range<usize>, RangeInclusive<u64>)> {
    Some(match bits.known(PAYLOAD_LEN)? {
        126 => (EXTENDED_16, 126..=0xFFFF),
        127 => (EXTENDED_64, 0x1_0000..=0x7FFF_FFFF_FFFF_FFFF),
        _ => (PAYLOAD_LEN, 0..=125),
    })
}

/// Whether a header that begins with these bits may still obey the rule.
fn can_obey(rule: Rule, bits: Bits<'_>, allowed_rsv: u8) -> bool {
    let control = bits.least(OPCODE) >= 8;
    let form = length_form(bits);
    match rule {
        Rule::ReservedBit => bits.least(RSV) & !u64::from(allowed_rsv) == 0,
        Rule::ReservedOpcode => !matches!(bits.known(OPCODE), Some(0x3..=0x7) | Some(0xB..=0xF)),
        Rule::NonMinimalLength => {
            form.is_none_or(|(field, legal)| bits.greatest(field) >= *legal.start())
        }
        Rule::LengthTopBit => form.is_none_or(|(field, legal)| bits.least(field) <= *legal.end()),
        Rule::FragmentedControl => !control || bits.greatest(FIN) == 1,
        // §5.5. The longer forms hold nothing below 126: the form alone tells.
        Rule::ControlTooLong => !control || form.is_none_or(|(_, legal)| *legal.start() <= 125),
    }
}

/// How many bytes the header has at least: unknown bits might say "no key, no extended length".
fn least_header_len(bits: Bits<'_>) -> usize {
    let (field, _) = length_form(bits).unwrap_or((PAYLOAD_LEN, 0..=125));
    let key = if bits.least(MASK) == 1 { 4 } else { 0 };
    field.end / 8 + key
}

fn fields(bits: Bits<'_>) -> Fields {
    let flag = |number| bits.bit(number) == Some(1);
    let (length, _) = length_form(bits).expect("a complete header has a length");
    let key = length.end / 8;
    let masked = bits.least(MASK) == 1;
    Fields {
        fin: flag(0),
        rsv1: flag(1),
        rsv2: flag(2),
        rsv3: flag(3),
        opcode: bits.least(OPCODE) as u8,
        masked,
        payload_len: bits.least(length),
        masking_key: masked.then(|| [0, 1, 2, 3].map(|i| bits.0[key + i])),
        header_len: bits.0.len(),
    }
}

/// §5.3: "transformed-octet-i = original-octet-i XOR masking-key-octet-j" with "j = i MOD 4", where
/// the first byte of `payload` is number `offset`.
pub fn unmask_from(payload: &mut [u8], masking_key: [u8; 4], offset: u64) {
    let mut i = offset;
    for byte in payload {
        *byte ^= masking_key[(i % 4) as usize];
        i = i.wrapping_add(1);
    }
}

/// A whole frame within a stream.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The stream offset of the header.
    pub start: usize,
    pub fields: Fields,
    pub header: &'a [u8],
    /// As it was received: still masked.
    pub payload: &'a [u8],
}

/// How a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The stream offset after the last whole frame.
    pub consumed: usize,
    /// How many bytes of the frame there are missing: of its header, and of its payload if the
    /// length has arrived. 0 if it breaks a rule.
    pub missing: u64,
    /// The rule that the frame there breaks, and the stream offset of the byte that shows it.
    pub broken: Option<(Rule, usize)>,
}

/// Calls `on_frame` with each whole frame of `stream`, and returns how the stream ends.
pub fn split<'a>(stream: &'a [u8], allowed_rsv: u8, mut on_frame: impl FnMut(Frame<'a>)) -> End {
    let mut consumed = 0;
    loop {
        let here = &stream[consumed..];
        let (missing, broken) = match read(here, allowed_rsv) {
            Verdict::Complete(fields) => {
                let (header, behind) = here.split_at(fields.header_len);
                if fields.payload_len <= behind.len() as u64 {
                    let payload = &behind[..fields.payload_len as usize];
                    on_frame(Frame { start: consumed, fields, header, payload });
                    consumed += header.len() + payload.len();
                    continue;
                }
                (fields.payload_len - behind.len() as u64, None)
            }
            Verdict::Incomplete { missing } => (missing + announced(here), None),
            Verdict::Broken { rule, offset } => (0, Some((rule, consumed + offset))),
        };
        return End { consumed, missing, broken };
    }
}

/// The payload length in the start of a header, 0 while its bytes are not all there.
fn announced(start: &[u8]) -> u64 {
    let Some(second) = start.get(1) else { return 0 };
    let bytes = match second % 128 {
        126 => start.get(2..4),
        127 => start.get(2..10),
        length => return u64::from(length),
    };
    bytes.unwrap_or_default().iter().fold(0, |value, byte| value * 256 + u64::from(*byte))
}
