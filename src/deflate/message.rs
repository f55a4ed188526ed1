use crate::deflate::inflater::Inflater;
use crate::deflate::progress::taken;
use crate::payload::assembly::Assembly;
use crate::payload::utf8::Plain;
use crate::wire::error::{Error, Rule};
use crate::wire::message::Message;
use alloc::vec::Vec;
use core::mem;

/// A whole message that was inflated.
pub(crate) type Inflated = Assembly<Vec<u8>>;

/// The least space for the codec to write to, and the most: what it writes is validated while it is in the
/// nearest caches.
const MIN_SPACE: usize = 512;
const MAX_SPACE: usize = 64 << 10;

impl Inflater {
    /// Inflates a whole message, whose payload has arrived in one piece. The message is lent until the
    /// next call.
    ///
    /// The memory for it is kept for later messages: see [`release`](Self::release).
    ///
    /// ```
    /// use wsparse::Message;
    /// use wsparse::deflate::{Agreed, Direction, Inflater};
    ///
    /// let alone = Direction::WITHOUT_CONTEXT;
    /// let mut inflater = Inflater::new(Agreed { outgoing: alone, incoming: alone });
    /// let hello = inflater.inflate_message(b"\xf2\x48\xcd\xc9\xc9\x07\x00", true, 1024)?;
    /// assert_eq!(hello, Message::Text("Hello"));
    /// # Ok::<(), wsparse::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`inflate`](Self::inflate), and [`Rule::MessageTooBig`] if no memory can be allocated.
    pub fn inflate_message(
        &mut self,
        payload: &[u8],
        is_text: bool,
        max_len: u64,
    ) -> Result<Message<'_>, Error> {
        let mut plain = self.take();
        let result = self.inflate_into(payload, is_text, max_len, &mut plain);
        self.plain = plain;
        result?;
        Ok(match self.plain.message() {
            Plain::Text(text) => Message::Text(text),
            Plain::Binary(bytes) => Message::Binary(bytes),
        })
    }

    /// Lends the memory for messages: see [`recycle`](Self::recycle).
    pub(crate) fn take(&mut self) -> Inflated {
        mem::replace(&mut self.plain, Inflated::new(Vec::new()))
    }

    /// Takes back memory that was lent. Of several, it keeps the largest.
    pub(crate) fn recycle(&mut self, mut plain: Inflated) {
        if plain.grow(0) > self.plain.grow(0) {
            self.plain = plain;
        }
    }

    pub(crate) fn inflate_into(
        &mut self,
        mut payload: &[u8],
        is_text: bool,
        max_len: u64,
        plain: &mut Inflated,
    ) -> Result<(), Error> {
        // Text is validated below.
        self.begin(false, max_len);
        plain.begin(is_text);
        loop {
            let (end, before) = (plain.end(), self.inflated());
            // Text often becomes four times as long.
            let more = payload.len().saturating_mul(4).clamp(MIN_SPACE, MAX_SPACE);
            if plain.after(end).len() < MIN_SPACE {
                plain.grow(end.saturating_add(more));
            }
            let space = plain.after(end);
            let len = space.len().min(MAX_SPACE);
            let space = space.get_mut(..len).unwrap_or_default();
            if space.is_empty() {
                return Err(Error::new(Rule::MessageTooBig, before));
            }
            let result = self.inflate(&mut payload, true, space);
            let written = match result {
                Ok(progress) => progress.written,
                Err(error) => taken(before, error.offset()).min(len),
            };
            let is_last = result.is_ok_and(|progress| progress.is_done);
            // What was inflated before an error is validated too: the first error in the message counts.
            plain.append_within(end, written, None, is_last).map_err(|offset| {
                Error::new(Rule::InvalidUtf8, before.saturating_add(offset as u64))
            })?;
            if result?.is_done {
                return Ok(());
            }
        }
    }
}
