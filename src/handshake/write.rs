//! Writing a head into the caller's buffer.

use super::error::HandshakeError;
use super::list::is_token;
use core::fmt;

/// Writes while there is space, and counts how much is needed.
pub(super) struct Writer<'o> {
    out: &'o mut [u8],
    len: usize,
}

impl<'o> Writer<'o> {
    pub(super) const fn new(out: &'o mut [u8]) -> Self {
        Self { out, len: 0 }
    }

    #[inline]
    pub(super) fn put(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        if let Some(place) =
            self.out.get_mut(self.len..).and_then(|rest| rest.get_mut(..bytes.len()))
        {
            place.copy_from_slice(bytes);
        }
        self.len = self.len.saturating_add(bytes.len());
    }

    /// Writes one header.
    pub(super) fn header(&mut self, name: &str, value: &str) {
        [name, ": ", value, "\r\n"].into_iter().for_each(|part| self.put(part));
    }

    /// Ends the head, and returns it.
    pub(super) fn finish(self) -> Result<&'o [u8], HandshakeError> {
        self.finish_with(&[])
    }

    /// Ends the head, and returns it together with the body.
    pub(super) fn finish_with(mut self, body: &[u8]) -> Result<&'o [u8], HandshakeError> {
        self.put("\r\n");
        self.put(body);
        self.out.get(..self.len).ok_or(HandshakeError::NoRoom { needed: self.len })
    }
}

/// Checks additional headers.
pub(super) fn check_extra(headers: &[(&str, &str)]) -> Result<(), HandshakeError> {
    for (name, value) in headers {
        // A line break in a value would start another header.
        if !is_token(name.as_bytes()) || !is_text(value.as_bytes()) {
            return Err(HandshakeError::ExtraHeader);
        }
        if is_own(name) {
            return Err(HandshakeError::OwnHeader);
        }
    }
    Ok(())
}

impl fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text);
        Ok(())
    }
}

/// Whether the handshake writes this header itself, or the header announces a body.
fn is_own(name: &str) -> bool {
    const OWN: [&str; 5] = ["Host", "Upgrade", "Connection", "Content-Length", "Transfer-Encoding"];
    const PREFIX: &str = "Sec-WebSocket-";
    OWN.iter().any(|own| own.eq_ignore_ascii_case(name))
        || name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// Whether the value of a header or a reason phrase may consist of these bytes: no control
/// characters except tabs (RFC 9110 §5.5, RFC 9112 §4).
pub(super) fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| !byte.is_ascii_control() || *byte == b'\t')
}
