use crate::payload::key::MaskingKey;
use crate::payload::simd::IS_SMALL;
use crate::payload::utf8::{self, Utf8};
use crate::receive::input::Input;
use crate::receive::limits::Limits;
use crate::receive::part::{Boundary, ControlPart, DataPart};
use crate::receive::stream::{Stream, rarely};
use crate::wire::close::Close;
use crate::wire::error::Error;
use crate::wire::header::{CONTROL_MAX, CommonHeader, Header, Opcode};
use crate::wire::role::Role;

/// What a [`Decoder`] returns: a chunk of a message, or a whole control frame.
///
/// A chunk borrows only the input (`'b`), so that any number of chunks may be held at once. The
/// payload of a control frame may borrow the decoder (`'d`), because it may have arrived in several
/// reads.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Event<'d, 'b> {
    /// A part of a message, or all of it.
    Data(Chunk<'b>),
    /// A whole Close, Ping or Pong with its unmasked payload. Read that of a Close with
    /// [`Close::parse`], which cannot fail here: the decoder has checked it.
    Control(Opcode, &'d mut [u8]),
}

/// A part of a Text, Binary or Continuation frame: as much of it as the input holds.
///
/// A frame that arrives in one read is one chunk. Otherwise, the first chunk is returned as soon as
/// the header is complete, possibly with an empty payload. Only the last chunk has a boundary other
/// than [`Boundary::None`].
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Chunk<'b> {
    /// The header of the frame, in its first chunk. Its `payload_len` is that of the whole frame.
    pub header: Option<Header>,
    /// The part of the payload that is in the input, unmasked.
    pub payload: &'b mut [u8],
    /// What ends with this chunk.
    pub boundary: Boundary,
    /// The message is text. The payload is valid so far, but may end inside a character: see
    /// [`TextPieces`](crate::TextPieces).
    ///
    /// It is false for text that is [compressed](Limits::allowed_rsv).
    pub is_text: bool,
}

/// Decodes the frames that one peer sends, however its bytes are split into reads.
///
/// It takes all bytes of each read, and stores an incomplete header or control frame, so that you
/// never have to keep bytes for the next read. It checks every rule of RFC 6455 for frames. Headers
/// and text are refused at the first byte that breaks a rule, a Close when it is complete.
///
/// An error is final: every later call returns it again (§7.1.7). A peer must not send data after
/// its Close (§5.5.1), but if you keep reading, whatever arrives is decoded as usual. Pings and
/// Closes are yours to answer.
///
/// The state takes at most 192 bytes, 125 of them for a control frame that arrives in pieces.
///
/// ```
/// use wsparse::{Boundary, Decoder, Event, Input, Limits, Role};
///
/// let mut decoder = Decoder::new(Role::Server, Limits::DEFAULT);
/// // The masked "Hello" of RFC 6455 §5.7, in two reads.
/// let mut reads = [b"\x81\x85\x37".to_vec(), b"\xfa\x21\x3d\x7f\x9f\x4d\x51\x58".to_vec()];
/// let mut text = Vec::new();
/// for read in &mut reads {
///     let mut input = Input::new(read);
///     while let Some(event) = decoder.next(&mut input)? {
///         let Event::Data(chunk) = event else { continue };
///         text.extend_from_slice(chunk.payload);
///         assert_eq!(chunk.boundary, Boundary::Message);
///     }
/// }
/// assert_eq!(text, b"Hello");
/// # Ok::<(), wsparse::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    stream: Stream,
    /// The open text message; complete between two messages.
    text: Utf8,
    /// The unmasked payload of a control frame, as far as it has arrived.
    control: [u8; CONTROL_MAX],
}

impl Decoder {
    /// Creates a decoder for the start of a stream, after the opening handshake.
    ///
    /// `role` is your own role, not the peer's: a [`Role::Server`] expects masked frames.
    #[must_use]
    pub const fn new(role: Role, limits: Limits) -> Self {
        let stream = Stream::new(matches!(role, Role::Server), limits);
        Self { stream, text: Utf8::new(), control: [0; CONTROL_MAX] }
    }

    /// Returns the number of bytes of the stream that have been taken, or the offset of the error
    /// after one has been returned.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.stream.offset()
    }

    /// Takes the next event off the start of `input`, or returns `None` if all bytes have been
    /// taken and more are needed.
    ///
    /// Call it until it returns `None` or an error. The payload before an invalid byte is returned
    /// before the error.
    ///
    /// # Errors
    ///
    /// Any [`Rule`](crate::Rule) except [`WrongAssembler`](crate::Rule::WrongAssembler). The offset
    /// is counted from the start of the stream. If one byte breaks several rules, the error is the
    /// first of these that applies:
    ///
    /// 1. those of [`HeaderView::parse_with`](crate::HeaderView::parse_with)
    /// 2. [`ReservedBit`](crate::Rule::ReservedBit) for RSV1 on a frame that does not begin a
    ///    message
    /// 3. the order of frames: [`UnexpectedContinuation`](crate::Rule::UnexpectedContinuation) or
    ///    [`ExpectedContinuation`](crate::Rule::ExpectedContinuation)
    /// 4. [`TooManyFragments`](crate::Rule::TooManyFragments)
    /// 5. [`UnmaskedByClient`](crate::Rule::UnmaskedByClient) or
    ///    [`MaskedByServer`](crate::Rule::MaskedByServer)
    /// 6. [`FrameTooBig`](crate::Rule::FrameTooBig)
    /// 7. [`MessageTooBig`](crate::Rule::MessageTooBig)
    #[inline(always)]
    pub fn next<'d, 'b: 'd>(
        &'d mut self,
        input: &mut Input<'b>,
    ) -> Result<Option<Event<'d, 'b>>, Error> {
        if IS_SMALL {
            return self.next_outlined(input.bytes_mut());
        }
        // Passed on by value, the input stays in registers.
        let mut all = input.take();
        if let Some(header) = self.stream.common(all, true) {
            return self.message(header, all, input);
        }
        if let Some(header) = self.stream.common(all, false) {
            return self.message(header, all, input);
        }
        if all.is_empty() {
            return self.stream.failed().map_or(Ok(None), Err);
        }
        if let Some(part) = self.stream.take_data(false, &mut all) {
            input.put_back(all);
            return self.data(None, part);
        }
        let (event, rest) = self.next_any(all);
        input.put_back(rest);
        event
    }

    /// `next` at the header of a message in one frame: the message, or the part that has arrived.
    #[inline(always)]
    fn message<'d, 'b: 'd>(
        &mut self,
        header: CommonHeader,
        all: &'b mut [u8],
        rest: &mut Input<'b>,
    ) -> Result<Option<Event<'d, 'b>>, Error> {
        if header.frame_len() > all.len() {
            rarely();
            let part = self.stream.cut_part(header, all);
            return self.data(Some(header.to_header()), part);
        }
        // Before the message is cut off, because there are registers for few things meanwhile.
        let payload = all.get_mut(header.len..header.frame_len()).unwrap_or_default();
        let checked = utf8::unmask_message(payload, header.masking_key, header.is_text).err();
        let (part, after) = self.stream.cut_whole(header, all);
        rest.put_back(after);
        self.chunk(Some(header.to_header()), part, checked)
    }

    /// `next` for everything but a message in one frame and the inside of a frame; also returns the
    /// rest of the input.
    #[inline(never)]
    fn next_any<'d, 'b: 'd>(
        &'d mut self,
        mut input: &'b mut [u8],
    ) -> (Result<Option<Event<'d, 'b>>, Error>, &'b mut [u8]) {
        (self.next_event(&mut input), input)
    }

    /// `next` for everything, where size matters more than speed.
    #[inline(never)]
    fn next_outlined<'d, 'b: 'd>(
        &'d mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Event<'d, 'b>>, Error> {
        self.next_event(input)
    }

    #[inline(always)]
    fn next_event<'d, 'b: 'd>(
        &'d mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Event<'d, 'b>>, Error> {
        let header = self.stream.take_header(input)?;
        if let Some(part) = self.stream.take_data(header.is_some(), input) {
            self.data(header, part)
        } else if let Some(part) = self.stream.take_control(input) {
            self.control(part)
        } else {
            Ok(None)
        }
    }

    /// Unmasks a part of a message, and validates it if it is text.
    #[inline(always)]
    fn data<'d, 'b>(
        &mut self,
        header: Option<Header>,
        part: DataPart<'b>,
    ) -> Result<Option<Event<'d, 'b>>, Error> {
        // As one number the key is passed in a register.
        let key = part.key.unwrap_or(MaskingKey::NONE);
        let mut invalid = None;
        if part.is_text {
            invalid = self.text.unmask_part(part.bytes, key, part.is_last()).err();
        } else if !key.is_none() {
            unmask_opaque(part.bytes, key);
        }
        self.chunk(header, part, invalid)
    }

    /// Returns a part that was unmasked, as far as it is valid.
    #[inline(always)]
    fn chunk<'d, 'b>(
        &mut self,
        header: Option<Header>,
        part: DataPart<'b>,
        invalid: Option<usize>,
    ) -> Result<Option<Event<'d, 'b>>, Error> {
        let DataPart { bytes: payload, boundary, is_text, .. } = part;
        let Some(offset) = invalid else {
            return Ok(Some(Event::Data(Chunk { header, payload, boundary, is_text })));
        };
        let error = self.stream.fail_text(offset, payload.len());
        // What precedes the invalid byte is returned first, if that is anything.
        let payload = payload.get_mut(..offset).unwrap_or_default();
        match (offset, header) {
            (0, None) => Err(error),
            _ => {
                let boundary = Boundary::None;
                Ok(Some(Event::Data(Chunk { header, payload, boundary, is_text })))
            }
        }
    }

    /// Unmasks a part of a control frame, and keeps it until the frame is complete.
    fn control<'d, 'b: 'd>(
        &'d mut self,
        part: ControlPart<'b>,
    ) -> Result<Option<Event<'d, 'b>>, Error> {
        let opcode = part.opcode;
        let payload = if part.is_whole() {
            part.unmask()
        } else if let Ok(Some(payload)) = part.unmask_into(&mut self.control) {
            payload
        } else {
            // There is space for any control frame: this one is not complete.
            return Ok(None);
        };
        if opcode == Opcode::Close
            && let Err(error) = Close::parse(payload)
        {
            return Err(self.stream.fail_close(error, payload.len()));
        }
        Ok(Some(Event::Control(opcode, payload)))
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Decoder {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "Decoder {{ offset: {}, failed: {} }}",
            self.offset(),
            self.stream.failed()
        );
    }
}

/// Not inlined, because its caller is inlined several times.
#[inline(never)]
fn unmask_opaque(part: &mut [u8], key: MaskingKey) {
    key.apply(part);
}

#[cfg(test)]
mod tests {
    use super::Decoder;

    #[test]
    fn state_is_small() {
        // 64 bytes for the stream, and text and control frames.
        assert!(size_of::<Decoder>() <= 192, "{}", size_of::<Decoder>());
    }
}
