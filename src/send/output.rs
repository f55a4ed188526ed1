//! Output that grows, and output that is not initialised.

use crate::payload::mask;
use crate::send::encoder::Encoder;
use crate::send::error::SendError;
use crate::send::frame::OutgoingFrame;
use crate::send::keys::KeySource;
use crate::wire::header::Header;
use core::mem::MaybeUninit;

/// The number of bytes that a client copies and then masks. They stay in the nearest cache
/// meanwhile. A multiple of 4, so that each piece begins with the same byte of the key.
#[cfg(feature = "alloc")]
const PIECE: usize = 8 << 10;

impl<K: KeySource> Encoder<K> {
    /// Writes a whole frame to the start of `output`, like [`encode`](Self::encode), but `output`
    /// need not be initialised.
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// use wsparse::{Encoder, Message};
    ///
    /// let mut output = [MaybeUninit::uninit(); 64];
    /// let sent = Encoder::server().encode_uninit(Message::Text("Hello"), &mut output)?;
    /// assert_eq!(sent, b"\x81\x05Hello");
    /// # Ok::<(), wsparse::SendError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`encode`](Self::encode).
    pub fn encode_uninit<'f, 'o>(
        &mut self,
        frame: impl Into<OutgoingFrame<'f>>,
        output: &'o mut [MaybeUninit<u8>],
    ) -> Result<&'o mut [u8], SendError> {
        let frame = self.form(frame);
        let state = self.after(&frame)?;
        let needed = self.frame_len(&frame);
        let Some(output) = output.get_mut(..needed) else {
            return Err(SendError::NoRoom { needed });
        };
        let mut buffer = [0; Header::MAX_LEN];
        let (start, key) = frame.start(self.keys.next(), &mut buffer);
        let sent = mask::copy_after(start, frame.payload(), key, output)
            .ok_or(SendError::NoRoom { needed })?;
        self.state = state;
        Ok(sent)
    }

    /// Appends a whole frame to `output`, which grows as needed. A client masks the payload.
    ///
    /// ```
    /// use wsparse::{Encoder, Message};
    ///
    /// let mut server = Encoder::server();
    /// let mut output = Vec::new();
    /// server.append(Message::Text("Hello"), &mut output)?;
    /// server.append(Message::Binary(&[1, 2]), &mut output)?;
    /// assert_eq!(output, b"\x81\x05Hello\x82\x02\x01\x02");
    /// # Ok::<(), wsparse::SendError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`ExpectedContinuation`](SendError::ExpectedContinuation),
    /// [`UnexpectedContinuation`](SendError::UnexpectedContinuation), and
    /// [`NoRoom`](SendError::NoRoom) if no memory can be allocated.
    #[cfg(feature = "alloc")]
    pub fn append<'f>(
        &mut self,
        frame: impl Into<OutgoingFrame<'f>>,
        output: &mut alloc::vec::Vec<u8>,
    ) -> Result<(), SendError> {
        let frame = self.form(frame);
        let state = self.after(&frame)?;
        let needed = self.frame_len(&frame);
        output.try_reserve(needed).map_err(|_| SendError::NoRoom { needed })?;
        let mut buffer = [0; Header::MAX_LEN];
        let (start, key) = frame.start(self.keys.next(), &mut buffer);
        output.extend_from_slice(start);
        match key {
            None => output.extend_from_slice(frame.payload()),
            Some(key) => {
                for piece in frame.payload().chunks(PIECE) {
                    let begin = output.len();
                    output.extend_from_slice(piece);
                    key.apply(output.get_mut(begin..).unwrap_or_default());
                }
            }
        }
        self.state = state;
        Ok(())
    }
}
