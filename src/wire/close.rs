use crate::payload::utf8;
use crate::wire::close_code::CloseCode;
use crate::wire::error::{Error, Rule};

/// What the payload of a Close frame says (RFC 6455 §5.5.1).
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
pub struct Close<'a> {
    /// Why the peer closes; `None` where it does not say (§7.1.5 calls that 1005).
    pub code: Option<CloseCode>,
    /// An explanation, not necessarily for people; empty without a code.
    pub reason: &'a str,
}

impl<'a> Close<'a> {
    /// Reads the whole, unmasked payload of a Close frame.
    ///
    /// # Errors
    ///
    /// [`Rule::HalfCloseCode`] for a single byte (§5.5.1), [`Rule::ReservedCloseCode`] for a code
    /// that may not be sent (§7.4), [`Rule::InvalidUtf8`] for a reason that is not UTF-8 (§8.1);
    /// the offset is that within the payload.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Error> {
        let Some((code, reason)) = payload.split_first_chunk() else {
            return match payload {
                [] => Ok(Self { code: None, reason: "" }),
                _ => Err(Error::new(Rule::HalfCloseCode, 1)),
            };
        };
        let Some(code) = CloseCode::new(u16::from_be_bytes(*code)) else {
            return Err(Error::new(Rule::ReservedCloseCode, 0));
        };
        match utf8::text(reason) {
            Ok(reason) => Ok(Self { code: Some(code), reason }),
            Err(offset) => Err(Error::new(Rule::InvalidUtf8, offset as u64).offset_by(2)),
        }
    }
}
