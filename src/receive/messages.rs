use crate::payload::{mask, utf8};
use crate::receive::assembler::Assembler;
use crate::receive::assembler::Refused;
use crate::receive::buffer::Buffer;
use crate::receive::input::Input;
use crate::receive::limits::Limits;
use crate::receive::stream::Boundary;
use crate::receive::stream::{DataPart, Stream};
use crate::wire::close::Close;
use crate::wire::error::{Error, Rule};
use crate::wire::header::Opcode;
use crate::wire::message::Message;
use crate::wire::role::Role;

/// What a peer sent.
///
/// It may lie in the assembler, so there is one at a time: the next comes when it is done with.
/// Whoever wants to hold several, such as the replies to one read for one vectored write, takes a
/// [`Decoder`](crate::Decoder), whose payloads stay where they were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received<'a> {
    /// A whole message.
    Message(Message<'a>),
    /// A Ping, to be answered with a Pong of the same payload (§5.5.2).
    Ping(&'a [u8]),
    /// A Pong (§5.5.3).
    Pong(&'a [u8]),
    /// A Close (§5.5.1). Behind it nothing is to be read; whoever goes on is given what is there.
    Close(Close<'a>),
}

/// Decodes what one peer sends into whole messages.
///
/// A message that lies in one frame and one read is given where it lies. Others are put together
/// in an [`Assembler`]: copied, unmasked and, if they are text, checked in one pass; where that has
/// a [`Buffer`] of yours, the text is checked once more at its end. Its own state is at most 80
/// bytes.
///
/// Where [RSV1 is allowed](Limits::allowed_rsv), compressed text, compressed bytes and plain
/// bytes all come as [`Message::Binary`]. Whoever negotiated an extension has to tell them apart:
/// take a [`Decoder`](crate::Decoder), which shows the header.
///
/// ```
/// use wsparse::{Assembler, Input, Limits, Message, Messages, Received, Role};
///
/// let mut messages = Messages::new(Role::Client, Limits::DEFAULT);
/// let mut assembler = Assembler::new([0; 256]);
/// // "Hello" in two fragments (RFC 6455 §5.7) with a Ping between them.
/// let mut read = *b"\x01\x03Hel\x89\x00\x80\x02lo";
/// let mut input = Input::new(&mut read);
/// let ping = messages.next(&mut input, &mut assembler)?;
/// assert_eq!(ping, Some(Received::Ping(b"")));
/// let hello = messages.next(&mut input, &mut assembler)?;
/// assert_eq!(hello, Some(Received::Message(Message::Text("Hello"))));
/// assert_eq!(messages.next(&mut input, &mut assembler)?, None);
/// # Ok::<(), wsparse::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Messages {
    stream: Stream,
    max_message: u64,
    /// How many bytes of the open message were put into an assembler.
    assembled: usize,
}

impl Messages {
    /// At the start of a stream: behind the opening handshake.
    #[must_use]
    pub const fn new(role: Role, limits: Limits) -> Self {
        Self {
            stream: Stream::new(matches!(role, Role::Server), limits),
            max_message: limits.max_message,
            assembled: 0,
        }
    }

    /// How many bytes of the stream have been taken; after an error, its offset.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.stream.offset()
    }

    /// Takes bytes off the start of `input` and gives what they are; `None` when all of them are
    /// taken and more are needed. To be called until it gives that, or an error, with the same
    /// `assembler` from the first byte of a message or of a control frame to its last, and until
    /// then with no other peer's bytes.
    ///
    /// # Errors
    ///
    /// As [`Decoder::decode`](crate::Decoder::decode). A message that is longer than
    /// [`max_message`](Assembler::max_message) is [`Rule::MessageTooBig`] from its header on, also
    /// if it lies in one piece: what is accepted does not depend on how reads fall. The same for
    /// one that memory lacks for, when it does; [`Rule::FrameTooBig`] for a control frame in pieces
    /// that a buffer of fewer than 125 bytes has no room for. The offset of these two is behind
    /// the bytes that had no room.
    ///
    /// [`Rule::WrongAssembler`], with the offset behind the bytes that were taken, where those
    /// before them are not in this `assembler`: no message is open in it, or one with another
    /// number of bytes, or one of the other kind; or it has another number of bytes of a control
    /// frame. What it cannot know is whether as many bytes of the same kind are those of another
    /// message: that does not happen to an assembler which changes hands only when it
    /// [is idle](Assembler::is_idle).
    #[inline]
    pub fn next<'a, 'b: 'a, B: Buffer>(
        &mut self,
        input: &mut Input<'b>,
        assembler: &'a mut Assembler<B>,
    ) -> Result<Option<Received<'a>>, Error> {
        self.stream.limit_messages(self.max_message.min(assembler.max_message() as u64));
        let all = match self.stream.whole_message(input.take()) {
            Ok((part, rest)) => {
                input.put_back(rest);
                return self.in_place(part).map(|message| Some(Received::Message(message)));
            }
            Err(all) => all,
        };
        if all.is_empty() {
            return self.stream.failed().map_or(Ok(None), Err);
        }
        let (received, rest) = self.next_any(all, assembler);
        input.put_back(rest);
        received
    }

    /// `next` for all that is not a whole message in one frame; gives the rest of the input, too.
    #[inline(never)]
    fn next_any<'a, 'b: 'a, B: Buffer>(
        &mut self,
        mut input: &'b mut [u8],
        assembler: &'a mut Assembler<B>,
    ) -> (Result<Option<Received<'a>>, Error>, &'b mut [u8]) {
        let result = loop {
            let begin = match self.stream.begin(&mut input) {
                Ok(begin) => begin,
                Err(error) => break Err(error),
            };
            if let Some(part) = self.stream.take_data(begin, &mut input) {
                if begin.is_some_and(|header| header.opcode != Opcode::Continuation) {
                    assembler.begin(part.is_text);
                    self.assembled = 0;
                } else if !assembler.has(self.assembled, part.is_text) {
                    break Err(self.stream.fail_here(Rule::WrongAssembler));
                }
                let end = part.end;
                if end == Boundary::Message && self.assembled == 0 {
                    assembler.clear();
                    break self.in_place(part).map(|message| Some(Received::Message(message)));
                }
                if let Err(error) = self.append(&part, assembler) {
                    break Err(error);
                }
                if end == Boundary::Message {
                    break Ok(Some(Received::Message(assembler.message())));
                }
            } else if let Some(part) = self.stream.take_control(&mut input) {
                let opcode = part.opcode;
                break match assembler.control(part) {
                    Ok(None) => Ok(None),
                    Ok(Some(payload)) => self.control(opcode, payload).map(Some),
                    Err(refused) => Err(self.refuse(refused, Rule::FrameTooBig, 0)),
                };
            } else {
                break Ok(None);
            }
        };
        (result, input)
    }

    /// The message that a part is all of, where it lies.
    #[inline(always)]
    fn in_place<'b>(&mut self, part: DataPart<'b>) -> Result<Message<'b>, Error> {
        let DataPart { bytes, masking_key, is_text, .. } = part;
        if !is_text {
            if let Some(key) = masking_key {
                mask::unmask(bytes, key);
            }
            return Ok(Message::Binary(bytes));
        }
        let len = bytes.len();
        let text = match masking_key {
            Some(key) => utf8::unmask_text(bytes, key).map(|text| &*text),
            None => utf8::text(bytes),
        };
        text.map(Message::Text).map_err(|offset| self.stream.fail_text(offset, len))
    }

    fn append<B: Buffer>(
        &mut self,
        part: &DataPart<'_>,
        assembler: &mut Assembler<B>,
    ) -> Result<(), Error> {
        let appended = assembler.append(part, part.end == Boundary::Message);
        self.assembled = self.assembled.saturating_add(part.bytes.len());
        appended.map_err(|refused| self.refuse(refused, Rule::MessageTooBig, part.bytes.len()))
    }

    #[cold]
    fn refuse(&mut self, refused: Refused, too_big: Rule, part_len: usize) -> Error {
        match refused {
            Refused::NoRoom => self.stream.fail_here(too_big),
            Refused::WrongAssembler => self.stream.fail_here(Rule::WrongAssembler),
            Refused::InvalidUtf8(offset) => self.stream.fail_text(offset, part_len),
        }
    }

    fn control<'a>(&mut self, opcode: Opcode, payload: &'a [u8]) -> Result<Received<'a>, Error> {
        match opcode {
            Opcode::Ping => Ok(Received::Ping(payload)),
            Opcode::Pong => Ok(Received::Pong(payload)),
            _ => match Close::parse(payload) {
                Ok(close) => Ok(Received::Close(close)),
                Err(error) => Err(self.stream.fail_close(error, payload.len())),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Messages;

    #[test]
    fn state_is_small() {
        // 64 bytes for the stream.
        assert!(size_of::<Messages>() <= 80, "{}", size_of::<Messages>());
    }
}
