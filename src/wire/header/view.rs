use super::{
    Header, Opcode, Rsv, field, header_len, is_legal_start, judge_extended_length, judge_start,
};
use crate::wire::error::Error;
use crate::wire::status::Status;

/// A frame header, read on demand from the bytes that it borrows.
///
/// The bytes are exactly the header's, and they obey every rule that can be judged from one
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
/// // The masking key has not arrived: four more bytes are needed.
/// assert_eq!(HeaderView::parse(&input[..2])?, Status::Incomplete { missing: 4 });
/// # Ok::<(), wsparse::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeaderView<'a> {
    pub(super) bytes: &'a [u8],
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

    /// Reads the header at the start of `input`; the RSV bits in `allowed` may be set, on whatever
    /// frame: which frames may carry them is for the extension to say.
    ///
    /// Reads no further than the header. [`Status::Incomplete`] says how many bytes are missing
    /// at least; the bytes present have been judged, so a header that cannot become legal is
    /// refused from the first byte that tells, not when the rest has arrived.
    ///
    /// # Errors
    ///
    /// [`ReservedBit`], [`ReservedOpcode`], [`NonMinimalLength`], [`LengthTopBit`] (§5.2),
    /// [`FragmentedControl`], [`ControlTooLong`] (§5.5); of several at the same byte the first in
    /// this order. The offset is the byte's within `input`.
    ///
    /// [`ReservedBit`]: crate::Rule::ReservedBit
    /// [`ReservedOpcode`]: crate::Rule::ReservedOpcode
    /// [`NonMinimalLength`]: crate::Rule::NonMinimalLength
    /// [`LengthTopBit`]: crate::Rule::LengthTopBit
    /// [`FragmentedControl`]: crate::Rule::FragmentedControl
    /// [`ControlTooLong`]: crate::Rule::ControlTooLong
    #[inline]
    pub const fn parse_with(input: &'a [u8], allowed: Rsv) -> Result<Status<Self>, Error> {
        if let Some(header_len) = Self::len_if_common(input, allowed)
            && let Some((bytes, _)) = input.split_at_checked(header_len)
        {
            return Ok(Status::Complete(Self { bytes }));
        }
        Self::judge(input, allowed)
    }

    /// The length of the header, where nothing is wrong and the payload length is not in its 64-bit
    /// form: nearly always. It may be that not all of the header is there.
    #[inline(always)]
    const fn len_if_common(input: &[u8], allowed: Rsv) -> Option<usize> {
        let [first, second, ..] = *input else { return None };
        if !is_legal_start(first, allowed) {
            return None;
        }
        let length = second & field::LENGTH;
        if length <= field::LENGTH_7_MAX {
            return Some(header_len(second));
        }
        // What `judge` says of a 16-bit length and of control frames; the tests of both against
        // the oracle hold the two together.
        match *input {
            [_, _, high, low, ..]
                if length == field::LENGTH_16
                    && first & field::CONTROL == 0
                    && (high != 0 || low > field::LENGTH_7_MAX) =>
            {
                Some(header_len(second))
            }
            _ => None,
        }
    }

    /// The header at the start of the input, if it is what most are: that of a whole message,
    /// without RSV bits, masked or not as this says, and without a 64-bit length.
    #[inline(always)]
    pub(crate) fn of_common_message(input: &[u8], masked: bool) -> Option<CommonHeader> {
        const TEXT: u8 = field::FIN | Opcode::Text.get();
        const BINARY: u8 = field::FIN | Opcode::Binary.get();
        let bytes: &[u8; CommonLengths::MAX] = input.first_chunk()?;
        let [first @ (TEXT | BINARY), ..] = *bytes else { return None };
        let CommonLengths { header: len, payload: payload_len, key } =
            CommonLengths::of(bytes, masked)?;
        let masking_key = if masked { Some(key) } else { None };
        Some(CommonHeader { is_text: first == TEXT, len, payload_len, masking_key })
    }

    /// What the header at the start of the input tells, if nothing is wrong in it, and it is masked
    /// or not as this says, and without a 64-bit length.
    #[inline(always)]
    pub(crate) fn common_lengths(
        input: &[u8],
        allowed: Rsv,
        masked: bool,
    ) -> Option<CommonLengths> {
        let bytes: &[u8; CommonLengths::MAX] = input.first_chunk()?;
        let [first, ..] = *bytes;
        if is_legal_start(first, allowed) { CommonLengths::of(bytes, masked) } else { None }
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

    /// The view over bytes that `parse_with` gave as a header, borrowed anew.
    #[inline]
    pub(crate) const fn of_judged_bytes(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The header's own bytes: 2 to 14.
    #[inline]
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// How many bytes the header has: 2 to 14.
    #[inline]
    #[must_use]
    pub const fn header_len(self) -> usize {
        self.bytes.len()
    }

    /// FIN: this is the last fragment of a message, or the only one.
    #[inline]
    #[must_use]
    pub const fn fin(self) -> bool {
        self.byte(0) & field::FIN != 0
    }

    /// The RSV bits that are set.
    #[inline]
    #[must_use]
    pub const fn rsv(self) -> Rsv {
        Rsv(self.byte(0) & field::RSV)
    }

    /// What the payload is.
    #[inline]
    #[must_use]
    pub const fn opcode(self) -> Opcode {
        match Opcode::new(self.byte(0) & field::OPCODE) {
            Some(opcode) => opcode,
            // `parse` refused the reserved ones.
            None => Opcode::Continuation,
        }
    }

    /// MASK: the payload is masked, and the header ends with the masking key.
    #[inline]
    #[must_use]
    pub const fn masked(self) -> bool {
        self.byte(1) & field::MASK != 0
    }

    /// How many bytes of payload follow the header: at most 2⁶³ − 1, in whichever of the three
    /// forms it is written.
    #[inline]
    #[must_use]
    pub const fn payload_len(self) -> u64 {
        match self.byte(1) & field::LENGTH {
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

    /// `parse` saw that both of the first two bytes are there.
    #[inline]
    const fn byte(self, index: usize) -> u8 {
        match (index, self.bytes) {
            (0, [byte, ..]) | (1, [_, byte, ..]) => *byte,
            _ => 0,
        }
    }
}

/// What [`HeaderView::of_common_message`] finds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommonHeader {
    pub(crate) is_text: bool,
    /// How many bytes the header has.
    pub(crate) len: usize,
    pub(crate) payload_len: usize,
    /// A number, as an array in an `Option` is taken to pieces on its way.
    masking_key: Option<u32>,
}

impl CommonHeader {
    /// How many bytes the frame has.
    #[inline(always)]
    pub(crate) fn frame_len(self) -> usize {
        self.len.saturating_add(self.payload_len)
    }

    #[inline(always)]
    pub(crate) fn masking_key(self) -> Option<[u8; 4]> {
        self.masking_key.map(u32::to_ne_bytes)
    }

    #[inline(always)]
    pub(crate) fn to_header(self) -> Header {
        Header {
            fin: true,
            rsv: Rsv::NONE,
            opcode: if self.is_text { Opcode::Text } else { Opcode::Binary },
            payload_len: self.payload_len as u64,
            masking_key: self.masking_key(),
        }
    }
}

/// The lengths of a header and its payload, and the key behind them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommonLengths {
    pub(crate) header: usize,
    pub(crate) payload: usize,
    /// Where the header is masked, else the bytes that are there.
    pub(crate) key: u32,
}

impl CommonLengths {
    /// The most bytes that a header without a 64-bit length has. Where fewer are there, it is not
    /// looked at: so all of it is there.
    const MAX: usize = field::AFTER_LENGTH_16 + field::KEY_SIZE;

    /// Those of a header with a legal first byte.
    ///
    /// Whoever looks for the next frame waits for all that is done to the lengths of this. So they
    /// are a byte of the header, and a constant: it must be told whether it is masked.
    #[inline(always)]
    fn of(bytes: &[u8; Self::MAX], masked: bool) -> Option<Self> {
        let [first, second, high, low, ..] = *bytes;
        let (mask, key_len) = if masked { (field::MASK, field::KEY_SIZE) } else { (0, 0) };
        // With the wrong MASK bit it is no length that there is.
        match second ^ mask {
            payload @ 0..=field::LENGTH_7_MAX => Some(Self {
                header: field::EXTENDED.wrapping_add(key_len),
                payload: payload as usize,
                key: key_at::<{ field::EXTENDED }>(bytes),
            }),
            field::LENGTH_16 if first & field::CONTROL == 0 => {
                let payload = u16::from_be_bytes([high, low]) as usize;
                (payload > field::LENGTH_7_MAX as usize).then_some(Self {
                    header: field::AFTER_LENGTH_16.wrapping_add(key_len),
                    payload,
                    key: key_at::<{ field::AFTER_LENGTH_16 }>(bytes),
                })
            }
            _ => None,
        }
    }
}

/// The bytes from this on, which is known: it costs no question whether they are there.
#[inline(always)]
fn key_at<const AT: usize>(bytes: &[u8; CommonLengths::MAX]) -> u32 {
    let key = bytes.get(AT..).and_then(|bytes| bytes.first_chunk());
    key.map_or(0, |key| u32::from_ne_bytes(*key))
}
