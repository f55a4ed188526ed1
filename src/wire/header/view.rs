use super::check::Broken;
use super::length::LengthForm;
use super::{Header, Opcode, Rsv, check, field};
use crate::payload::simd::IS_SMALL;
use crate::wire::error::Error;
use crate::wire::status::Status;

/// A borrowed view of a frame header, whose fields are read on demand.
///
/// It borrows the bytes of the header and nothing else. They break no rule for a single header. The
/// rules that need more context are left to you, or to a [`Decoder`](crate::Decoder). Whether the
/// frame must be masked depends on the peer's role. Whether its opcode is allowed depends on the
/// frames before it. Whether it is too long depends on your limits.
///
/// ```
/// use wsparse::{HeaderView, Opcode, Status};
///
/// // The masked "Hello" of RFC 6455 §5.7.
/// let input = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
/// let Status::Complete(header) = HeaderView::parse(input)? else { panic!("incomplete") };
/// assert!(header.fin());
/// assert_eq!(header.opcode(), Opcode::Text);
/// assert_eq!(header.payload_len(), 5);
/// assert_eq!(header.masking_key(), Some([0x37, 0xfa, 0x21, 0x3d]));
/// assert_eq!(header.as_bytes(), &input[..6]);
///
/// // The masking key has not arrived: four more bytes are needed.
/// assert_eq!(HeaderView::parse(&input[..2])?, Status::Incomplete { missing: 4 });
/// # Ok::<(), wsparse::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HeaderView<'a> {
    pub(super) bytes: &'a [u8],
}

impl<'a> HeaderView<'a> {
    /// Parses the header at the start of `input`.
    ///
    /// No RSV bit may be set: see [`parse_with`](Self::parse_with).
    ///
    /// # Errors
    ///
    /// The errors of [`parse_with`](Self::parse_with).
    #[inline]
    pub const fn parse(input: &'a [u8]) -> Result<Status<Self>, Error> {
        Self::parse_with(input, Rsv::NONE)
    }

    /// Parses the header at the start of `input`, and accepts the RSV bits in `allowed` on any
    /// frame. Which frames may carry them depends on the extension.
    ///
    /// Nothing after the header is read. A header is refused at the first byte that breaks a rule,
    /// before the rest has arrived. [`Status::Incomplete`] returns the least number of bytes that
    /// are missing from the header, and means that those that have arrived break no rule.
    ///
    /// # Errors
    ///
    /// [`ReservedBit`], [`ReservedOpcode`], [`NonMinimalLength`], [`LengthTopBit`] (§5.2),
    /// [`FragmentedControl`], [`ControlTooLong`] (§5.5). If one byte breaks several rules, the
    /// error is the first of them in this order. The offset is counted from the start of `input`.
    ///
    /// [`ReservedBit`]: crate::Rule::ReservedBit
    /// [`ReservedOpcode`]: crate::Rule::ReservedOpcode
    /// [`NonMinimalLength`]: crate::Rule::NonMinimalLength
    /// [`LengthTopBit`]: crate::Rule::LengthTopBit
    /// [`FragmentedControl`]: crate::Rule::FragmentedControl
    /// [`ControlTooLong`]: crate::Rule::ControlTooLong
    #[inline]
    pub const fn parse_with(input: &'a [u8], allowed: Rsv) -> Result<Status<Self>, Error> {
        if !IS_SMALL
            && let Some(header_len) = Self::len_if_legal(input, allowed)
            && let Some((bytes, _)) = input.split_at_checked(header_len)
        {
            return Ok(Status::Complete(Self { bytes }));
        }
        Self::check(input, allowed)
    }

    /// Returns the length of the header if it is legal. Its end may be missing.
    #[inline(always)]
    const fn len_if_legal(input: &[u8], allowed: Rsv) -> Option<usize> {
        let [first, second, rest @ ..] = input else { return None };
        if !check::is_legal_first(*first, allowed) {
            return None;
        }
        let masked = *second & field::MASK != 0;
        match (LengthForm::of_second(*second), rest) {
            // A constant in each arm: the caller's reads of the fields wait for this length.
            (LengthForm::Short, _) => Some(LengthForm::Short.header_len(masked)),
            (LengthForm::Bits16, [high, low, ..])
                if check::may_be_extended(*first) && check::is_shortest_16_bit(*high, *low) =>
            {
                Some(LengthForm::Bits16.header_len(masked))
            }
            (LengthForm::Bits64, [high, ..])
                if check::may_be_extended(*first)
                    && !check::has_top_bit(*high)
                    && !check::is_needlessly_64_bit(input) =>
            {
                Some(LengthForm::Bits64.header_len(masked))
            }
            _ => None,
        }
    }

    /// `parse_with` for all headers, also illegal and incomplete ones.
    #[inline(never)]
    const fn check(input: &'a [u8], allowed: Rsv) -> Result<Status<Self>, Error> {
        let needed = match check::header_len(input, allowed) {
            Ok(needed) => needed,
            Err(Broken { rule, offset, value }) => {
                return Err(Error::with_value(rule, offset as u64, value as u32));
            }
        };
        match input.split_at_checked(needed) {
            Some((bytes, _)) => Ok(Status::Complete(Self { bytes })),
            None => Ok(Status::Incomplete { missing: needed.saturating_sub(input.len()) as u64 }),
        }
    }

    /// Creates a view of bytes that `parse_with` has accepted as a header.
    #[inline]
    pub(crate) const fn of_checked_bytes(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Returns the bytes of the header: 2 to 14.
    #[inline]
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the length of the header, in bytes: 2 to 14.
    #[inline]
    #[must_use]
    pub const fn header_len(self) -> usize {
        self.bytes.len()
    }

    /// Returns FIN: whether this is the last fragment of a message, or the only one.
    #[inline]
    #[must_use]
    pub const fn fin(self) -> bool {
        self.byte(0) & field::FIN != 0
    }

    /// Returns the RSV bits that are set.
    #[inline]
    #[must_use]
    pub const fn rsv(self) -> Rsv {
        Rsv(self.byte(0) & field::RSV)
    }

    /// Returns the opcode.
    #[inline]
    #[must_use]
    pub const fn opcode(self) -> Opcode {
        match Opcode::new(self.byte(0) & field::OPCODE) {
            Some(opcode) => opcode,
            // `parse_with` refuses the reserved ones.
            None => Opcode::Continuation,
        }
    }

    /// Returns MASK: whether the payload is masked, and the header ends with the masking key.
    #[inline]
    #[must_use]
    pub const fn masked(self) -> bool {
        self.byte(1) & field::MASK != 0
    }

    /// Returns the length of the payload that follows the header, in bytes: at most 2⁶³ − 1.
    #[inline]
    #[must_use]
    pub const fn payload_len(self) -> u64 {
        let second = self.byte(1);
        match second & field::LENGTH {
            field::LENGTH_16 => match self.bytes {
                [_, _, a, b, ..] => u16::from_be_bytes([*a, *b]) as u64,
                _ => 0,
            },
            field::LENGTH_64 => match self.bytes {
                [_, _, length @ ..] => match length.first_chunk() {
                    Some(length) => u64::from_be_bytes(*length),
                    None => 0,
                },
                _ => 0,
            },
            length => length as u64,
        }
    }

    /// Returns the masking key, if the payload is masked (§5.3).
    #[inline]
    #[must_use]
    pub const fn masking_key(self) -> Option<[u8; 4]> {
        match (self.masked(), self.bytes.last_chunk()) {
            (true, Some(key)) => Some(*key),
            _ => None,
        }
    }

    /// Returns the header as an owned value.
    #[inline]
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

    /// Returns the first or the second byte; every header has both.
    #[inline]
    const fn byte(self, index: usize) -> u8 {
        match (index, self.bytes) {
            (0, [byte, ..]) | (1, [_, byte, ..]) => *byte,
            _ => 0,
        }
    }
}
