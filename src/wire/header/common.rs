//! The headers that nearly all frames have, read fast: whole, legal, and without a 64-bit length.
//!
//! What is refused here may still be legal; [`HeaderView::parse_with`](super::HeaderView::parse_with)
//! decides. The tests at the end compare the two.

use super::length::LengthForm;
use super::{Header, Opcode, Rsv, check, field};
use crate::payload::key::MaskingKey;

/// The header of a whole message in one frame, without RSV bits and without a 64-bit length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommonHeader {
    pub(crate) is_text: bool,
    /// The length of the header, in bytes.
    pub(crate) len: usize,
    pub(crate) payload_len: usize,
    pub(crate) masking_key: Option<MaskingKey>,
}

impl CommonHeader {
    /// Reads the header at the start of `input`, if it is such a header, and masked as stated.
    #[inline(always)]
    pub(crate) fn read(input: &[u8], masked: bool) -> Option<Self> {
        const TEXT: u8 = field::FIN | Opcode::Text.get();
        const BINARY: u8 = field::FIN | Opcode::Binary.get();
        let bytes: &[u8; CommonLengths::MAX] = input.first_chunk()?;
        let [first @ (TEXT | BINARY), ..] = *bytes else { return None };
        let CommonLengths { header, payload, key } = CommonLengths::of(bytes, masked)?;
        let masking_key = if masked { Some(key) } else { None };
        Some(Self { is_text: first == TEXT, len: header, payload_len: payload, masking_key })
    }

    /// Returns the length of the frame, in bytes.
    #[inline(always)]
    pub(crate) const fn frame_len(self) -> usize {
        self.len.saturating_add(self.payload_len)
    }

    #[inline(always)]
    pub(crate) fn to_header(self) -> Header {
        Header {
            fin: true,
            rsv: Rsv::NONE,
            opcode: if self.is_text { Opcode::Text } else { Opcode::Binary },
            payload_len: self.payload_len as u64,
            masking_key: self.masking_key.map(MaskingKey::to_bytes),
        }
    }
}

/// The lengths of a header and its payload, and the masking key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommonLengths {
    pub(crate) header: usize,
    pub(crate) payload: usize,
    /// Meaningless if the header has no key.
    pub(crate) key: MaskingKey,
}

impl CommonLengths {
    /// The length of the longest header without a 64-bit length. A shorter input is not examined,
    /// so that the whole header has arrived.
    const MAX: usize = field::AFTER_LENGTH_16 + field::KEY_SIZE;

    /// Reads the header at the start of `input`, if it is legal, masked as stated, and without a
    /// 64-bit length.
    #[inline(always)]
    pub(crate) fn read(input: &[u8], allowed: Rsv, masked: bool) -> Option<Self> {
        let bytes: &[u8; Self::MAX] = input.first_chunk()?;
        let [first, ..] = *bytes;
        if check::is_legal_first(first, allowed) { Self::of(bytes, masked) } else { None }
    }

    /// Reads the lengths of a header whose first byte is legal.
    ///
    /// The search for the next frame waits for these lengths. That is why the header's length is a
    /// constant in each arm, and why the caller states whether the header is masked.
    #[inline(always)]
    fn of(bytes: &[u8; Self::MAX], masked: bool) -> Option<Self> {
        let [first, second, high, low, ..] = *bytes;
        let mask = if masked { field::MASK } else { 0 };
        // With the wrong MASK bit, the result is none of these lengths.
        match second ^ mask {
            payload @ 0..=field::LENGTH_7_MAX => Some(Self {
                header: LengthForm::Short.header_len(masked),
                payload: payload as usize,
                key: key_at::<{ field::EXTENDED }>(bytes),
            }),
            field::LENGTH_16 if check::may_be_extended(first) => {
                let payload = u16::from_be_bytes([high, low]);
                (payload > field::LENGTH_7_MAX.into()).then_some(Self {
                    header: LengthForm::Bits16.header_len(masked),
                    payload: payload.into(),
                    key: key_at::<{ field::AFTER_LENGTH_16 }>(bytes),
                })
            }
            _ => None,
        }
    }
}

/// Returns the four bytes at this offset, which is a constant: it costs no check.
#[inline(always)]
fn key_at<const AT: usize>(bytes: &[u8; CommonLengths::MAX]) -> MaskingKey {
    let key = bytes.get(AT..).and_then(|bytes| bytes.first_chunk());
    key.map_or(MaskingKey::NONE, |key| MaskingKey::new(*key))
}

#[cfg(test)]
mod tests {
    use super::super::HeaderView;
    use super::{CommonHeader, CommonLengths};
    use crate::wire::header::{Opcode, Rsv};
    use crate::wire::status::Status;

    /// All headers that the fast readers can tell apart: each first and second byte, and lengths
    /// on both sides of each bound.
    #[test]
    fn the_fast_readers_agree_with_parse() {
        let lengths: [[u8; 2]; 7] =
            [[0, 0], [0, 125], [0, 126], [0, 127], [1, 0], [0x7F, 0xFF], [0xFF, 0xFF]];
        let allowed = [Rsv::NONE, Rsv::RSV1, Rsv::RSV1 | Rsv::RSV2 | Rsv::RSV3];
        let firsts = (0..=u8::MAX).step_by(if cfg!(miri) { 5 } else { 1 });
        for (first, allowed) in firsts.flat_map(|first| allowed.map(|allowed| (first, allowed))) {
            for second in (0..=u8::MAX).step_by(if cfg!(miri) { 9 } else { 1 }) {
                for [high, low] in lengths {
                    let input = [first, second, high, low, 11, 22, 33, 44, 55, 66, 77, 88, 99, 0];
                    assert_agree(&input, allowed);
                }
            }
        }
    }

    fn assert_agree(input: &[u8], allowed: Rsv) {
        let parsed = match HeaderView::parse_with(input, allowed) {
            Ok(Status::Complete(view)) => Some(view.to_header()),
            _ => None,
        };
        let is_common = |masked| {
            let header = parsed.as_ref()?;
            let fits = header.masking_key.is_some() == masked && header.payload_len <= 0xFFFF;
            fits.then_some(header)
        };
        for masked in [true, false] {
            let lengths = CommonLengths::read(input, allowed, masked).map(|lengths| {
                let key = if masked { Some(lengths.key.to_bytes()) } else { None };
                (lengths.header, lengths.payload as u64, key)
            });
            let expected = is_common(masked)
                .map(|header| (header.encoded_len(), header.payload_len, header.masking_key));
            assert_eq!(lengths, expected, "{input:02x?} {allowed:?}");

            let found = CommonHeader::read(input, masked).map(CommonHeader::to_header);
            let expected = is_common(masked).copied().filter(|header| {
                header.fin
                    && header.rsv == Rsv::NONE
                    && matches!(header.opcode, Opcode::Text | Opcode::Binary)
            });
            assert_eq!(found, expected, "{input:02x?}");
        }
    }
}
