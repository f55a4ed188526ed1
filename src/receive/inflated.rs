//! Messages that arrive compressed (RFC 7692 §6.2).

use crate::deflate::Inflater;
use crate::payload::buffer::Buffer;
use crate::receive::assembler::Assembler;
use crate::receive::input::Input;
use crate::receive::messages::{Messages, Received};
use crate::wire::error::Error;

impl Messages {
    /// Takes the next message or control frame off the start of `input`, like [`next`](Self::next),
    /// and inflates the message if it is compressed.
    ///
    /// Set [`Limits::allowed_rsv`](crate::Limits::allowed_rsv) to [`Rsv::RSV1`](crate::Rsv::RSV1) if the
    /// extension was negotiated. A compressed message is assembled first, and inflated when it is
    /// complete, so that connections without context takeover can share `inflater`. The inflated
    /// message borrows the inflater.
    ///
    /// [`Limits::max_message`](crate::Limits::max_message) limits both the compressed and the inflated
    /// message. This method needs the feature `deflate`.
    ///
    /// ```
    /// use wsparse::deflate::{Agreed, Inflater};
    /// use wsparse::{Assembler, Input, Limits, Message, Messages, Received, Role, Rsv};
    ///
    /// let mut inflater = Inflater::new(Agreed::WITHOUT_CONTEXT);
    /// let limits = Limits { allowed_rsv: Rsv::RSV1, ..Limits::DEFAULT };
    /// let mut messages = Messages::new(Role::Client, limits);
    /// let mut assembler = Assembler::new(Vec::new());
    /// // "Hello" (RFC 7692 §7.2.3.1).
    /// let mut read = *b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00";
    /// let received =
    ///     messages.next_inflated(&mut Input::new(&mut read), &mut assembler, &mut inflater)?;
    /// assert_eq!(received, Some(Received::Message(Message::Text("Hello"))));
    /// # Ok::<(), wsparse::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of `next` and those of [`Inflater::inflate_message`]. The offset of the latter is the end
    /// of the message in the stream.
    pub fn next_inflated<'a, 'b: 'a, B: Buffer>(
        &mut self,
        input: &mut Input<'b>,
        assembler: &'a mut Assembler<B>,
        inflater: &'a mut Inflater,
    ) -> Result<Option<Received<'a>>, Error> {
        let received = self.next(input, assembler)?;
        let (Some(Received::Message(message)), Some(is_text)) =
            (received, self.stream().compressed())
        else {
            return Ok(received);
        };
        let max_len = self.stream().limits().max_message;
        match inflater.inflate_message(message.as_bytes(), is_text, max_len) {
            Ok(message) => Ok(Some(Received::Message(message))),
            Err(error) => Err(self.stream_mut().fail_here(error.rule())),
        }
    }
}
