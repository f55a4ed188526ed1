use crate::payload::utf8;
use crate::wire::close_code::CloseCode;
use crate::wire::error::{Error, Rule};

/// The payload of a Close frame (RFC 6455 §5.5.1).
///
/// ```
/// use wsparse::{Close, CloseCode};
///
/// let close = Close::parse(b"\x03\xe8done")?;
/// assert_eq!(close.code, Some(CloseCode::NORMAL));
/// assert_eq!(close.reason, "done");
/// assert_eq!(Close::parse(b"")?, Close { code: None, reason: "" });
/// # Ok::<(), wsparse::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Close<'a> {
    /// Why the connection is being closed, or `None` if the payload is empty. §7.1.5 reports that
    /// as 1005.
    pub code: Option<CloseCode>,
    /// An explanation, such as for a log, of at most 123 bytes. It is empty if there is no code.
    pub reason: &'a str,
}

/// The length of the status code, in bytes.
const CODE_LEN: usize = 2;

impl<'a> Close<'a> {
    /// Parses the whole, unmasked payload of a Close frame.
    ///
    /// # Errors
    ///
    /// - [`Rule::HalfCloseCode`] for a single byte (§5.5.1)
    /// - [`Rule::ReservedCloseCode`] for a code that must not be sent (§7.4)
    /// - [`Rule::InvalidUtf8`] for a reason that is not UTF-8 (§8.1)
    ///
    /// The offset is relative to the start of the payload.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Error> {
        let Some((code, reason)) = payload.split_first_chunk::<CODE_LEN>() else {
            return match payload {
                [] => Ok(Self { code: None, reason: "" }),
                _ => Err(Error::new(Rule::HalfCloseCode, 1)),
            };
        };
        let number = u16::from_be_bytes(*code);
        let Some(code) = CloseCode::new(number) else {
            return Err(Error::with_value(Rule::ReservedCloseCode, 0, number.into()));
        };
        match utf8::text(reason) {
            Ok(reason) => Ok(Self { code: Some(code), reason }),
            Err(offset) => {
                Err(Error::new(Rule::InvalidUtf8, offset as u64).offset_by(CODE_LEN as u64))
            }
        }
    }
}

/// Returns the length of a Close payload, in bytes; of any other payload, if there is no code.
#[inline(always)]
pub(crate) const fn encoded_len(code: Option<CloseCode>, reason_len: usize) -> u64 {
    let code_len = if code.is_some() { CODE_LEN } else { 0 };
    // No slice is longer than 2⁶³ − 1 bytes, and a reason is at most 123.
    (reason_len as u64).wrapping_add(code_len as u64)
}

/// Writes a Close payload to the start of `to`, as far as there is space, and returns its length.
#[inline(always)]
pub(crate) fn encode(code: CloseCode, reason: &[u8], to: &mut [u8]) -> usize {
    if let Some((to_code, to_reason)) = to.split_first_chunk_mut() {
        *to_code = code.get().to_be_bytes();
        to_reason.iter_mut().zip(reason).for_each(|(to, byte)| *to = *byte);
    }
    CODE_LEN.saturating_add(reason.len())
}
