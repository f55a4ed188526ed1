//! Heads written into the caller's buffer.

use super::HandshakeError;
use super::list::is_token;
use core::fmt;

/// Writes as long as there is room, and counts how much is needed.
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

    /// The headers that an application adds.
    pub(super) fn put_extra(&mut self, headers: &[(&str, &str)]) -> Result<(), HandshakeError> {
        for (name, value) in headers {
            // A control character would be refused, a line break begin another header.
            if !is_token(name.as_bytes())
                || value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t')
            {
                return Err(HandshakeError::ExtraHeader);
            }
            if is_own(name) {
                return Err(HandshakeError::OwnHeader);
            }
            [*name, ": ", *value, "\r\n"].into_iter().for_each(|part| self.put(part));
        }
        Ok(())
    }

    /// What has been written, if there was room.
    pub(super) fn finish(self) -> Result<&'o [u8], HandshakeError> {
        self.out.get(..self.len).ok_or(HandshakeError::NoRoom { needed: self.len })
    }
}

impl fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text);
        Ok(())
    }
}

/// Whether the handshake writes this header, or it says where the head's message ends.
fn is_own(name: &str) -> bool {
    const OWN: [&str; 5] = ["Host", "Upgrade", "Connection", "Content-Length", "Transfer-Encoding"];
    const PREFIX: &str = "Sec-WebSocket-";
    OWN.iter().any(|own| own.eq_ignore_ascii_case(name))
        || name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}
