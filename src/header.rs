//! The frame header (RFC 6455 §5.2): the only file that knows its bits and offsets.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-------+-+-------------+-------------------------------+
//! |F|R|R|R| opcode|M| Payload len |    Extended payload length    |
//! |I|S|S|S|  (4)  |A|     (7)     |  16 bits where Payload len is |
//! |N|V|V|V|       |S|             |  126, 64 bits where it is 127 |
//! | |1|2|3|       |K|             |                               |
//! +-+-+-+-+-------+-+-------------+-------------------------------+
//! | Masking-key, if MASK is set to 1 (32 bits): always the last   |
//! +---------------------------------------------------------------+
//! ```

use crate::{Error, Rule, Status};
use core::fmt;
use core::ops::BitOr;

mod field {
    pub(super) const FIN: u8 = 0x80;
    pub(super) const RSV: u8 = 0x70;
    pub(super) const OPCODE: u8 = 0x0F;
    /// The opcode's top bit: §5.5 reserves 8–F for control frames.
    pub(super) const CONTROL: u8 = 0x08;

    pub(super) const MASK: u8 = 0x80;
    pub(super) const LENGTH: u8 = 0x7F;
    /// Up to here the seven bits are the payload length itself; also a control frame's limit.
    pub(super) const LENGTH_7_MAX: u8 = 125;
    pub(super) const LENGTH_7_MAX_WIDE: u64 = LENGTH_7_MAX as u64;
    pub(super) const LENGTH_16: u8 = 126;
    pub(super) const LENGTH_16_MIN: u64 = LENGTH_7_MAX_WIDE + 1;
    pub(super) const LENGTH_16_MAX: u64 = 0xFFFF;
    pub(super) const LENGTH_64: u8 = 127;
    pub(super) const LENGTH_64_MAX: u64 = u64::MAX >> 1;

    /// Where the extended length starts, and what follows it where it has 0, 2 or 8 octets.
    pub(super) const EXTENDED: usize = 2;
    pub(super) const AFTER_LENGTH_16: usize = 4;
    pub(super) const AFTER_LENGTH_64: usize = 10;
    pub(super) const KEY_SIZE: usize = 4;
}

/// What a frame carries (§5.2, §11.8): the six opcodes that are defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Opcode {
    /// The next fragment of a message that an earlier frame began (§5.4).
    Continuation = 0x0,
    /// A text message, or its first fragment (§5.6).
    Text = 0x1,
    /// A binary message, or its first fragment (§5.6).
    Binary = 0x2,
    /// The closing handshake (§5.5.1).
    Close = 0x8,
    /// A question whether the peer is there (§5.5.2).
    Ping = 0x9,
    /// The answer to a Ping, or an unasked sign of life (§5.5.3).
    Pong = 0xA,
}

impl Opcode {
    /// The opcode of this number; `None` where it is reserved (3–7, B–F) or has more than 4 bits.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        match number {
            0x0 => Some(Self::Continuation),
            0x1 => Some(Self::Text),
            0x2 => Some(Self::Binary),
            0x8 => Some(Self::Close),
            0x9 => Some(Self::Ping),
            0xA => Some(Self::Pong),
            _ => None,
        }
    }

    /// The four bits that stand for it in a header.
    #[must_use]
    pub const fn get(self) -> u8 {
        self as u8
    }

    /// Whether it is Close, Ping or Pong: never fragmented, at most 125 octets (§5.5).
    #[must_use]
    pub const fn is_control(self) -> bool {
        self.get() & field::CONTROL != 0
    }

    /// Whether it carries a part of a message: Text, Binary or Continuation (§5.6).
    #[must_use]
    pub const fn is_data(self) -> bool {
        !self.is_control()
    }
}

impl fmt::Display for Opcode {
    /// Its name in lower case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Continuation => "continuation",
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Close => "close",
            Self::Ping => "ping",
            Self::Pong => "pong",
        })
    }
}

/// A set of the bits RSV1, RSV2 and RSV3, which are 0 unless an extension uses them (§5.2).
///
/// ```
/// use wsparse::Rsv;
///
/// let allowed = Rsv::RSV1 | Rsv::RSV3;
/// assert!(allowed.contains(Rsv::RSV1));
/// assert!(!allowed.contains(Rsv::RSV1 | Rsv::RSV2));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rsv(u8);

impl Rsv {
    /// None of the three, which is what a connection without extensions allows.
    pub const NONE: Self = Self(0);
    /// RSV1: with permessage-deflate, "this message is compressed" (RFC 7692 §6).
    pub const RSV1: Self = Self(0x40);
    /// RSV2.
    pub const RSV2: Self = Self(0x20);
    /// RSV3.
    pub const RSV3: Self = Self(0x10);

    /// The bits of both sets (`|` outside of `const`).
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all bits of `other` are in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }
}

impl BitOr for Rsv {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

/// A frame header, read on demand from the octets that it borrows.
///
/// The octets are exactly the header's, and they obey every rule that can be judged from one
/// header. Whether the frame may stand where it stands (its mask against the peer's role, its
/// opcode against an open message, its length against a limit) is for whoever knows more.
///
/// ```
/// use wsparse::{HeaderView, Opcode, Status};
///
/// // The masked "Hello" of RFC 6455 §5.7.
/// let input = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
/// let Status::Complete(header) = HeaderView::parse(input)? else { panic!("all there") };
/// assert!(header.fin());
/// assert_eq!(header.opcode(), Opcode::Text);
/// assert_eq!(header.payload_len(), 5);
/// assert_eq!(header.masking_key(), Some([0x37, 0xfa, 0x21, 0x3d]));
/// assert_eq!(header.as_bytes(), &input[..6]);
///
/// // The masking key has not arrived: four more octets are needed.
/// assert_eq!(HeaderView::parse(&input[..2])?, Status::Incomplete { missing: 4 });
/// # Ok::<(), wsparse::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeaderView<'a> {
    bytes: &'a [u8],
}

impl<'a> HeaderView<'a> {
    /// Reads the header at the start of `input`, in which no RSV bit is allowed.
    ///
    /// # Errors
    ///
    /// As [`parse_with`](Self::parse_with).
    #[inline]
    pub const fn parse(input: &'a [u8]) -> Result<Status<Self>, Error> {
        Self::parse_with(input, Rsv::NONE)
    }

    /// Reads the header at the start of `input`; the RSV bits in `allowed` may be set.
    ///
    /// Reads no further than the header. [`Status::Incomplete`] says how many octets are missing
    /// at least; the octets present have been judged, so a header that cannot become legal is
    /// refused from the first octet that tells, not when the rest has arrived.
    ///
    /// # Errors
    ///
    /// [`Rule::ReservedBit`], [`Rule::ReservedOpcode`], [`Rule::NonMinimalLength`],
    /// [`Rule::LengthTopBit`] (§5.2), [`Rule::FragmentedControl`], [`Rule::ControlTooLong`]
    /// (§5.5); of several at the same octet the first in this order. The offset is the octet's
    /// within `input`.
    #[inline]
    pub const fn parse_with(input: &'a [u8], allowed: Rsv) -> Result<Status<Self>, Error> {
        if let Some((header_len, _)) = Self::parse_common(input, allowed)
            && let Some((bytes, _)) = input.split_at_checked(header_len)
        {
            return Ok(Status::Complete(Self { bytes }));
        }
        Self::judge(input, allowed)
    }

    /// The lengths of the header and of the payload, where nothing is wrong and the payload length
    /// is not in its 64-bit form: nearly always. It may be that not all of the header is there.
    #[inline(always)]
    pub(crate) const fn parse_common(input: &[u8], allowed: Rsv) -> Option<(usize, usize)> {
        let [first, second, ..] = *input else { return None };
        if !is_legal_start(first, allowed) {
            return None;
        }
        let key_len = if second & field::MASK != 0 { field::KEY_SIZE } else { 0 };
        let length = second & field::LENGTH;
        if length <= field::LENGTH_7_MAX {
            return Some((field::EXTENDED.wrapping_add(key_len), length as usize));
        }
        match *input {
            [_, _, high, low, ..]
                if length == field::LENGTH_16
                    && first & field::CONTROL == 0
                    && (high != 0 || low > field::LENGTH_7_MAX) =>
            {
                let length = u16::from_be_bytes([high, low]);
                Some((field::AFTER_LENGTH_16.wrapping_add(key_len), length as usize))
            }
            _ => None,
        }
    }

    /// `parse_with` for all headers.
    #[inline(never)]
    const fn judge(input: &'a [u8], allowed: Rsv) -> Result<Status<Self>, Error> {
        if let Some(error) = judge_start(input, allowed) {
            return Err(error);
        }
        if let Some(error) = judge_extended_length(input) {
            return Err(error);
        }
        let needed = match *input {
            [_, second, ..] => header_len(second),
            _ => field::EXTENDED,
        };
        match input.split_at_checked(needed) {
            Some((bytes, _)) => Ok(Status::Complete(Self { bytes })),
            None => Ok(Status::Incomplete { missing: needed.saturating_sub(input.len()) as u64 }),
        }
    }

    /// The view over octets that `parse_with` gave as a header, borrowed anew.
    #[inline]
    pub(crate) const fn of_parsed(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The header's own octets: 2 to 14.
    #[inline]
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// FIN: this is the last fragment of a message, or the only one.
    #[inline]
    #[must_use]
    pub const fn fin(self) -> bool {
        self.octet(0) & field::FIN != 0
    }

    /// The RSV bits that are set.
    #[inline]
    #[must_use]
    pub const fn rsv(self) -> Rsv {
        Rsv(self.octet(0) & field::RSV)
    }

    /// What the payload is.
    #[inline]
    #[must_use]
    pub const fn opcode(self) -> Opcode {
        match Opcode::new(self.octet(0) & field::OPCODE) {
            Some(opcode) => opcode,
            // `parse` refused the reserved ones.
            None => Opcode::Continuation,
        }
    }

    /// MASK: the payload is masked, and the header ends with the masking key.
    #[inline]
    #[must_use]
    pub const fn masked(self) -> bool {
        self.octet(1) & field::MASK != 0
    }

    /// How many octets of payload follow the header: at most 2⁶³ − 1, in whichever of the three
    /// forms it is written.
    #[inline]
    #[must_use]
    pub const fn payload_len(self) -> u64 {
        match self.octet(1) & field::LENGTH {
            field::LENGTH_16 => match self.bytes {
                [_, _, a, b, ..] => u16::from_be_bytes([*a, *b]) as u64,
                _ => 0,
            },
            field::LENGTH_64 => match self.bytes {
                [_, _, rest @ ..] => match rest.first_chunk() {
                    Some(length) => u64::from_be_bytes(*length),
                    None => 0,
                },
                _ => 0,
            },
            length => length as u64,
        }
    }

    /// The key that the payload is masked with (§5.3), if it is masked.
    #[inline]
    #[must_use]
    pub const fn masking_key(self) -> Option<[u8; 4]> {
        match (self.masked(), self.bytes.last_chunk()) {
            (true, Some(key)) => Some(*key),
            _ => None,
        }
    }

    /// The same header as an owned value.
    #[must_use]
    pub const fn to_header(self) -> Header {
        Header {
            fin: self.fin(),
            rsv: self.rsv(),
            opcode: self.opcode(),
            payload_len: self.payload_len(),
            masking_key: self.masking_key(),
        }
    }

    /// `parse` saw that both of the first two octets are there.
    #[inline]
    const fn octet(self, index: usize) -> u8 {
        match (index, self.bytes) {
            (0, [octet, ..]) | (1, [_, octet, ..]) => *octet,
            _ => 0,
        }
    }
}

/// The payload length in a header of which perhaps only the start is there, if that holds it.
pub(crate) const fn payload_len(start: &[u8]) -> Option<u64> {
    match *start {
        [_, second, ..] if start.len() >= header_len(second & field::LENGTH) => {
            Some(HeaderView { bytes: start }.payload_len())
        }
        _ => None,
    }
}

/// What [`judge_start`] says of each first octet, in one look for the many that are right.
#[expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "an octet has 256 values, and the table as many; and a constant cannot go wrong later"
)]
const IS_LEGAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut first = 0;
    while first < table.len() {
        table[first] = judge_start(&[first as u8], Rsv::NONE).is_none();
        first += 1;
    }
    table
};

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "an octet has 256 values, and the table as many")]
const fn is_legal_start(first: u8, allowed: Rsv) -> bool {
    IS_LEGAL[(first & !allowed.0) as usize]
}

/// Judges the first two octets, or as many of them as are there.
const fn judge_start(input: &[u8], allowed: Rsv) -> Option<Error> {
    let (first, second) = match *input {
        [] => return None,
        [first] => (first, 0),
        [first, second, ..] => (first, second),
    };
    if !allowed.contains(Rsv(first & field::RSV)) {
        return Some(Error::new(Rule::ReservedBit, 0));
    }
    let Some(opcode) = Opcode::new(first & field::OPCODE) else {
        return Some(Error::new(Rule::ReservedOpcode, 0));
    };
    if opcode.is_control() && first & field::FIN == 0 {
        return Some(Error::new(Rule::FragmentedControl, 0));
    }
    if opcode.is_control() && second & field::LENGTH > field::LENGTH_7_MAX {
        return Some(Error::new(Rule::ControlTooLong, 1));
    }
    None
}

/// Judges the 16- or 64-bit length of a header with a legal start, or as much of it as is there.
const fn judge_extended_length(header: &[u8]) -> Option<Error> {
    match *header {
        // The value is below 126: the last of the two octets tells.
        [_, second, 0, low, ..]
            if second & field::LENGTH == field::LENGTH_16 && low <= field::LENGTH_7_MAX =>
        {
            Some(Error::new(Rule::NonMinimalLength, 3))
        }
        [_, second, high, ..] if second & field::LENGTH == field::LENGTH_64 && high > 0x7F => {
            Some(Error::new(Rule::LengthTopBit, 2))
        }
        // The value is below 2¹⁶: the sixth of the eight octets tells.
        [_, second, 0, 0, 0, 0, 0, 0, ..] if second & field::LENGTH == field::LENGTH_64 => {
            Some(Error::new(Rule::NonMinimalLength, 7))
        }
        _ => None,
    }
}

/// How many octets a header has whose second octet is this.
#[inline]
const fn header_len(second: u8) -> usize {
    let key = if second & field::MASK != 0 { field::KEY_SIZE } else { 0 };
    match second & field::LENGTH {
        field::LENGTH_16 => field::AFTER_LENGTH_16.wrapping_add(key),
        field::LENGTH_64 => field::AFTER_LENGTH_64.wrapping_add(key),
        _ => field::EXTENDED.wrapping_add(key),
    }
}

/// A frame header as a value, to be written.
///
/// [`new`](Self::new) gives only legal ones. The fields are public so that tests and fuzzers can
/// build illegal ones by hand; whoever does answers for it.
///
/// ```
/// use wsparse::{Header, HeaderView, Opcode, Status};
///
/// let header = Header::new(Opcode::Binary, 300)?.with_masking_key([1, 2, 3, 4]);
/// let mut buffer = [0; Header::MAX_LEN];
/// let written = header.encode(&mut buffer);
/// assert_eq!(written, [0x82, 0xfe, 0x01, 0x2c, 1, 2, 3, 4]);
///
/// let Status::Complete(view) = HeaderView::parse(written)? else { panic!("all there") };
/// assert_eq!(view.to_header(), header);
/// # Ok::<(), wsparse::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// FIN: this is the last fragment of a message, or the only one.
    pub fin: bool,
    /// The RSV bits; without an extension, none.
    pub rsv: Rsv,
    /// What the payload is.
    pub opcode: Opcode,
    /// How many octets of payload follow: at most 2⁶³ − 1, for control frames at most 125.
    pub payload_len: u64,
    /// What the payload is masked with: always something from a client, never from a server.
    pub masking_key: Option<[u8; 4]>,
}

impl Header {
    /// The most octets that a header has.
    pub const MAX_LEN: usize = 14;

    /// The header of an unmasked, unfragmented frame.
    ///
    /// # Errors
    ///
    /// [`Rule::ControlTooLong`] for a control frame of more than 125 octets (§5.5),
    /// [`Rule::LengthTopBit`] for 2⁶³ octets and more (§5.2).
    pub const fn new(opcode: Opcode, payload_len: u64) -> Result<Self, Error> {
        if opcode.is_control() && payload_len > field::LENGTH_7_MAX_WIDE {
            return Err(Error::new(Rule::ControlTooLong, 1));
        }
        if payload_len > field::LENGTH_64_MAX {
            return Err(Error::new(Rule::LengthTopBit, 2));
        }
        Ok(Self { fin: true, rsv: Rsv::NONE, opcode, payload_len, masking_key: None })
    }

    /// The same frame as a fragment that others follow: FIN is 0 (§5.4).
    ///
    /// # Errors
    ///
    /// [`Rule::FragmentedControl`] for a control frame (§5.5).
    pub const fn unfinished(self) -> Result<Self, Error> {
        if self.opcode.is_control() {
            return Err(Error::new(Rule::FragmentedControl, 0));
        }
        Ok(Self { fin: false, ..self })
    }

    /// The same frame, masked, as all frames of a client are (§5.3).
    ///
    /// The key must be fresh for each frame and unpredictable (§10.3).
    #[must_use]
    pub const fn with_masking_key(self, masking_key: [u8; 4]) -> Self {
        Self { masking_key: Some(masking_key), ..self }
    }

    /// How many octets [`encode`](Self::encode) writes: 2 to 14.
    #[inline]
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        let key_len = if self.masking_key.is_some() { field::KEY_SIZE } else { 0 };
        let before_key = match self.payload_len {
            0..=field::LENGTH_7_MAX_WIDE => field::EXTENDED,
            field::LENGTH_16_MIN..=field::LENGTH_16_MAX => field::AFTER_LENGTH_16,
            _ => field::AFTER_LENGTH_64,
        };
        before_key.wrapping_add(key_len)
    }

    /// Writes the header, with the length in its shortest form, and gives the part that it takes.
    ///
    /// What the rest of `buffer` holds afterwards is not specified.
    #[inline]
    pub const fn encode<'b>(&self, buffer: &'b mut [u8; Self::MAX_LEN]) -> &'b [u8] {
        let fin = if self.fin { field::FIN } else { 0 };
        let first = fin | self.rsv.0 | self.opcode.get();
        let mask = if self.masking_key.is_some() { field::MASK } else { 0 };
        let [k, l, m, n] = match self.masking_key {
            Some(key) => key,
            None => [0; 4],
        };
        let [a, b, c, d, e, f, g, h] = self.payload_len.to_be_bytes();
        match self.payload_len {
            0..=field::LENGTH_7_MAX_WIDE => {
                let [to @ .., _, _, _, _, _, _, _, _] = &mut *buffer;
                *to = [first, mask | h, k, l, m, n];
            }
            field::LENGTH_16_MIN..=field::LENGTH_16_MAX => {
                let [to @ .., _, _, _, _, _, _] = &mut *buffer;
                *to = [first, mask | field::LENGTH_16, g, h, k, l, m, n];
            }
            _ => {
                let second = mask | field::LENGTH_64;
                *buffer = [first, second, a, b, c, d, e, f, g, h, k, l, m, n];
            }
        }
        match buffer.split_at_checked(self.encoded_len()) {
            Some((written, _)) => written,
            None => buffer,
        }
    }
}
