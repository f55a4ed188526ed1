use crate::payload::buffer::Buffer;
use crate::payload::utf8::{self, Plain};
use crate::receive::assembler::{Assembler, Refused};
use crate::receive::input::Input;
use crate::receive::limits::Limits;
use crate::receive::part::DataPart;
use crate::receive::stream::Stream;
use crate::wire::close::Close;
use crate::wire::error::{Error, Rule};
use crate::wire::header::{CommonHeader, Opcode};
use crate::wire::message::Message;
use crate::wire::role::Role;

/// A message or a control frame that a peer sent.
///
/// It may borrow the assembler, so only one can be held at a time. To hold several, such as the
/// replies to one read for a single vectored write, use a [`Decoder`](crate::Decoder), whose
/// payloads borrow the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Received<'a> {
    /// A whole message.
    Message(Message<'a>),
    /// A Ping, which must be answered with a Pong of the same payload (§5.5.2): see
    /// [`Connection::pong`](crate::Connection::pong).
    Ping(&'a [u8]),
    /// A Pong: the answer to a Ping, or a heartbeat (§5.5.3).
    Pong(&'a [u8]),
    /// A Close (§5.5.1), after which a peer must not send data. [`Messages`] decodes whatever
    /// follows as usual; a [`Connection`](crate::Connection) discards it.
    Close(Close<'a>),
}

/// Decodes what one peer sends into whole messages.
///
/// A message that arrives in one frame and one read is unmasked in place and borrows the input.
/// Others are assembled in an [`Assembler`]: copied, unmasked and, if they are text, validated in
/// one pass over memory. The state takes at most 72 bytes.
///
/// It does not answer Pings or Closes. To have that done for you, use an
/// [`Endpoint`](crate::Endpoint).
///
/// If [RSV1 is allowed](Limits::allowed_rsv), [`next`](Self::next) returns compressed text, compressed
/// binary and plain binary messages all as [`Message::Binary`]. With the feature `deflate`,
/// `next_inflated` decompresses them. A [`Decoder`](crate::Decoder) returns the headers, which tell
/// them apart.
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
    /// The number of bytes of the open message that are in an assembler.
    assembled: usize,
}

impl Messages {
    /// Creates a decoder for the start of a stream, after the opening handshake.
    ///
    /// `role` is your own role, not the peer's: a [`Role::Server`] expects masked frames.
    #[must_use]
    pub const fn new(role: Role, limits: Limits) -> Self {
        let stream = Stream::new(matches!(role, Role::Server), limits);
        Self { stream, assembled: 0 }
    }

    /// Returns the number of bytes of the stream that have been taken, or the offset of the error
    /// after one has been returned.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.stream.offset()
    }

    pub(crate) const fn stream(&self) -> &Stream {
        &self.stream
    }

    pub(crate) const fn stream_mut(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// Takes the next message or control frame off the start of `input`, or returns `None` if all
    /// bytes have been taken and more are needed.
    ///
    /// Call it until it returns `None` or an error. Use one assembler for the whole of a message or
    /// control frame, and never use one for two peers at once.
    ///
    /// # Errors
    ///
    /// The errors of [`Decoder::next`](crate::Decoder::next), and these:
    ///
    /// - [`Rule::MessageTooBig`] for a message that is longer than
    ///   [`max_message`](Assembler::max_message), as soon as its header has arrived. This includes
    ///   messages that arrive in one read, so that what is accepted does not depend on how the
    ///   stream is split into reads. The same error is returned if memory runs out.
    /// - [`Rule::FrameTooBig`] for a control frame that arrives in pieces and does not fit into a
    ///   buffer of fewer than 125 bytes.
    /// - [`Rule::WrongAssembler`] if `assembler` does not hold the beginning of this message or
    ///   control frame, but nothing, or data of another length or type. The mistake goes unnoticed
    ///   if the length and the type happen to match. To avoid it, replace or share an assembler
    ///   only while it [is idle](Assembler::is_idle).
    ///
    /// For the last two, and if memory runs out, the offset is the end of the bytes that were taken.
    #[inline]
    pub fn next<'a, 'b: 'a, B: Buffer>(
        &mut self,
        input: &mut Input<'b>,
        assembler: &'a mut Assembler<B>,
    ) -> Result<Option<Received<'a>>, Error> {
        self.stream.limit_next(assembler.max_message() as u64);
        let all = input.take();
        if let Some(header) = self.common(all, true).or_else(|| self.common(all, false)) {
            let (part, rest) = self.stream.cut_whole(header, all);
            input.put_back(rest);
            return self.whole(part).map(Some);
        }
        if all.is_empty() {
            return self.stream.failed().map_or(Ok(None), Err);
        }
        let (received, rest) = self.next_any(all, assembler);
        input.put_back(rest);
        received
    }

    /// Reads the header at the start of the input, if it is that of a message that has arrived as a
    /// whole in one frame.
    #[inline(always)]
    fn common(&self, input: &[u8], masked: bool) -> Option<CommonHeader> {
        let header = self.stream.common(input, masked)?;
        (header.frame_len() <= input.len()).then_some(header)
    }

    /// `next` for everything else; also returns the rest of the input.
    #[inline(never)]
    fn next_any<'a, 'b: 'a, B: Buffer>(
        &mut self,
        mut input: &'b mut [u8],
        assembler: &'a mut Assembler<B>,
    ) -> (Result<Option<Received<'a>>, Error>, &'b mut [u8]) {
        let result = loop {
            let header = match self.stream.take_header(&mut input) {
                Ok(header) => header,
                Err(error) => break Err(error),
            };
            if let Some(part) = self.stream.take_data(header.is_some(), &mut input) {
                if header.is_some_and(|header| header.opcode != Opcode::Continuation) {
                    assembler.begin(part.is_text);
                    self.assembled = 0;
                } else if !assembler.has(self.assembled, part.is_text) {
                    break Err(self.stream.fail_here(Rule::WrongAssembler));
                }
                if part.is_last() && self.assembled == 0 {
                    assembler.clear();
                    break self.whole(part).map(Some);
                }
                if let Err(refused) = assembler.append(&part) {
                    break Err(self.refuse(refused, Rule::MessageTooBig, part.bytes.len()));
                }
                self.assembled = self.assembled.saturating_add(part.bytes.len());
                if part.is_last() {
                    break Ok(Some(received(assembler.message())));
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

    /// Returns the message that is this part, unmasked and validated in place.
    #[inline]
    fn whole<'b>(&mut self, part: DataPart<'b>) -> Result<Received<'b>, Error> {
        let DataPart { bytes, key, is_text, .. } = part;
        let len = bytes.len();
        match utf8::unmask_message(bytes, key, is_text) {
            Ok(message) => Ok(received(message)),
            Err(offset) => Err(self.stream.fail_text(offset, len)),
        }
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

#[inline(always)]
fn received(message: Plain<'_>) -> Received<'_> {
    Received::Message(match message {
        Plain::Text(text) => Message::Text(text),
        Plain::Binary(bytes) => Message::Binary(bytes),
    })
}

#[cfg(feature = "defmt")]
impl defmt::Format for Messages {
    fn format(&self, f: defmt::Formatter<'_>) {
        let failed = self.stream.failed();
        defmt::write!(f, "Messages {{ offset: {}, failed: {} }}", self.offset(), failed);
    }
}

#[cfg(test)]
mod tests {
    use super::Messages;

    #[test]
    fn state_is_small() {
        // 64 bytes for the stream.
        assert!(size_of::<Messages>() <= 72, "{}", size_of::<Messages>());
    }
}
