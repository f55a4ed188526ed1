//! Payloads that a server sends from where they are.

use crate::send::encoded::EncodedMessage;
use crate::send::encoder::Encoder;
use crate::send::error::SendError;
use crate::send::frame::OutgoingFrame;
use crate::send::keys::ServerKeys;
use crate::wire::header::Header;

impl<K: ServerKeys> Encoder<K> {
    /// Writes the part of a frame that precedes [`frame.payload()`](OutgoingFrame::payload), and
    /// returns the part of `buffer` that was written: the header, followed by the status code if
    /// the frame is a Close.
    ///
    /// Send it and then the payload, with one vectored write if possible. The payload is not
    /// copied. For an [`EncodedMessage`], it is the uncompressed one:
    /// [`send_encoded`](Self::send_encoded) returns the frame that suits the connection.
    ///
    /// The encoder of a client that was created by [`client`](Self::client) has no such function,
    /// because its payloads must be masked:
    ///
    /// ```compile_fail,E0599
    /// # use wsparse::{Encoder, Header, OutgoingFrame};
    /// let keys: fn() -> [u8; 4] = || [1, 2, 3, 4];
    /// let mut client = Encoder::client(keys);
    /// client.encode_header(OutgoingFrame::text("Hello"), &mut [0; Header::MAX_LEN]);
    /// ```
    ///
    /// An encoder for [either role](Self::new) returns an error if it is a client's.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`ExpectedContinuation`](SendError::ExpectedContinuation),
    /// [`UnexpectedContinuation`](SendError::UnexpectedContinuation),
    /// [`MustMask`](SendError::MustMask).
    #[inline]
    pub fn encode_header<'f, 'b>(
        &mut self,
        frame: impl Into<OutgoingFrame<'f>>,
        buffer: &'b mut [u8; Header::MAX_LEN],
    ) -> Result<&'b [u8], SendError> {
        let frame = frame.into();
        self.send_uncopied(&frame)?;
        Ok(frame.start(None, buffer).0)
    }

    /// Returns the bytes to send for a message that is already encoded. Nothing is copied.
    ///
    /// Send them after the frames that were encoded before, like any other frame.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`ExpectedContinuation`](SendError::ExpectedContinuation),
    /// [`MustMask`](SendError::MustMask).
    #[inline]
    pub fn send_encoded<'e, B: AsRef<[u8]>>(
        &mut self,
        message: &'e EncodedMessage<B>,
    ) -> Result<&'e [u8], SendError> {
        let frame = self.form(message);
        self.send_uncopied(&frame)?;
        Ok(message.encoded(&frame))
    }

    /// Advances past a frame whose payload is sent as it is.
    #[inline(always)]
    fn send_uncopied(&mut self, frame: &OutgoingFrame<'_>) -> Result<(), SendError> {
        let state = self.after(frame)?;
        if self.masks() {
            return Err(SendError::MustMask);
        }
        self.state = state;
        Ok(())
    }
}
