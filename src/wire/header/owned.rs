use super::length::{LengthForm, header_len};
use super::{Opcode, Rsv, field};
use crate::wire::error::{Error, Rule};

/// An owned frame header, which can be written.
///
/// [`new`](Self::new) creates legal headers only. The fields are public so that tests and fuzzers
/// can build illegal ones by hand. To send the frames of a connection, use an
/// [`Encoder`](crate::Encoder), which also checks their order.
///
/// ```
/// use wsparse::{Header, HeaderView, Opcode, Status};
///
/// let header = Header::new(Opcode::Binary, 300)?.with_masking_key([1, 2, 3, 4]);
/// let mut buffer = [0; Header::MAX_LEN];
/// let written = header.encode(&mut buffer);
/// assert_eq!(written, [0x82, 0xfe, 0x01, 0x2c, 1, 2, 3, 4]);
///
/// let Status::Complete(view) = HeaderView::parse(written)? else { panic!("incomplete") };
/// assert_eq!(view.to_header(), header);
/// # Ok::<(), wsparse::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Header {
    /// FIN: this is the last fragment of a message, or the only one.
    pub fin: bool,
    /// The RSV bits; none without an extension.
    pub rsv: Rsv,
    /// The type of the frame.
    pub opcode: Opcode,
    /// The length of the payload, in bytes: at most 2⁶³ − 1, for control frames at most 125.
    pub payload_len: u64,
    /// The masking key: a client's frames have one, a server's do not (§5.1).
    pub masking_key: Option<[u8; 4]>,
}

impl Header {
    /// The length of the longest header, in bytes.
    pub const MAX_LEN: usize = 14;

    /// Creates the header of an unmasked, unfragmented frame.
    ///
    /// # Errors
    ///
    /// - [`Rule::ControlTooLong`] for a control frame of more than 125 bytes (§5.5)
    /// - [`Rule::LengthTopBit`] for 2⁶³ bytes and more (§5.2)
    pub const fn new(opcode: Opcode, payload_len: u64) -> Result<Self, Error> {
        if opcode.is_control() && payload_len > field::LENGTH_7_MAX_WIDE {
            return Err(Error::new(Rule::ControlTooLong, 1));
        }
        if payload_len > field::LENGTH_64_MAX {
            return Err(Error::new(Rule::LengthTopBit, 2));
        }
        Ok(Self { fin: true, rsv: Rsv::NONE, opcode, payload_len, masking_key: None })
    }

    /// Returns the same header with FIN 0: more fragments of the message follow (§5.4).
    ///
    /// # Errors
    ///
    /// [`Rule::FragmentedControl`] for a control frame (§5.5).
    pub const fn not_final(self) -> Result<Self, Error> {
        if self.opcode.is_control() {
            return Err(Error::new(Rule::FragmentedControl, 0));
        }
        Ok(Self { fin: false, ..self })
    }

    /// Returns the same header with a masking key, as all frames of a client have (§5.3).
    ///
    /// The key must be fresh for each frame and unpredictable (§10.3).
    #[must_use]
    pub const fn with_masking_key(self, masking_key: [u8; 4]) -> Self {
        Self { masking_key: Some(masking_key), ..self }
    }

    /// Returns the number of bytes that [`encode`](Self::encode) writes: 2 to 14.
    #[inline]
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        header_len(self.payload_len, self.masking_key.is_some())
    }

    /// Writes the header, with the length in its shortest form, and returns the part of `buffer`
    /// that it occupies.
    ///
    /// The contents of the rest of `buffer` are unspecified.
    #[inline]
    pub const fn encode<'b>(&self, buffer: &'b mut [u8; Self::MAX_LEN]) -> &'b [u8] {
        let fin = if self.fin { field::FIN } else { 0 };
        let first = fin | self.rsv.0 | self.opcode.get();
        let masked = self.masking_key.is_some();
        let mask = if masked { field::MASK } else { 0 };
        let [k, l, m, n] = match self.masking_key {
            Some(key) => key,
            None => [0; 4],
        };
        let [a, b, c, d, e, f, g, h] = self.payload_len.to_be_bytes();
        let len = match LengthForm::of_len(self.payload_len) {
            LengthForm::Short => {
                let [to @ .., _, _, _, _, _, _, _, _] = &mut *buffer;
                *to = [first, mask | h, k, l, m, n];
                LengthForm::Short.header_len(masked)
            }
            LengthForm::Bits16 => {
                let [to @ .., _, _, _, _, _, _] = &mut *buffer;
                *to = [first, mask | field::LENGTH_16, g, h, k, l, m, n];
                LengthForm::Bits16.header_len(masked)
            }
            LengthForm::Bits64 => {
                let second = mask | field::LENGTH_64;
                *buffer = [first, second, a, b, c, d, e, f, g, h, k, l, m, n];
                LengthForm::Bits64.header_len(masked)
            }
        };
        match buffer.split_at_checked(len) {
            Some((written, _)) => written,
            None => buffer,
        }
    }

    /// Writes the header to the start of `frame`, which is as long as the frame; returns the length
    /// of the header.
    #[inline(always)]
    pub(crate) fn encode_over(&self, frame: &mut [u8]) -> usize {
        if let Some(place) = frame.first_chunk_mut() {
            return self.encode(place).len();
        }
        // The header of such a short frame has one of two lengths. Copying a constant number of
        // bytes takes no call.
        let mut buffer = [0; Self::MAX_LEN];
        let header = self.encode(&mut buffer);
        set_first::<{ field::EXTENDED + field::KEY_SIZE }>(header, frame);
        set_first::<{ field::EXTENDED }>(header, frame);
        header.len()
    }
}

/// Copies the first `N` bytes, if both slices are long enough.
#[inline(always)]
fn set_first<const N: usize>(from: &[u8], to: &mut [u8]) {
    if let (Some(from), Some(to)) = (from.first_chunk::<N>(), to.first_chunk_mut()) {
        *to = *from;
    }
}
