//! The stream of frames that one peer sends: any split of its bytes in, events out.

use crate::payload::utf8::{Utf8, unmask_text};
use crate::payload::{mask, utf8};
use crate::receive::input::Input;
use crate::receive::limits::Limits;
use crate::receive::stream::{Boundary, ControlPart, DataPart, Stream, key_of, rarely};
use crate::wire::close::Close;
use crate::wire::error::Error;
use crate::wire::header::{CONTROL_MAX, CommonHeader};
use crate::wire::header::{Header, Opcode};
use crate::wire::role::Role;

/// What a [`Decoder`] finds.
///
/// The payload of a message borrows the input (`'b`): any number of them may be held. That of a
/// control frame may lie in the decoder (`'d`), where it came in several reads.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'d, 'b> {
    /// A part of a message, or all of it.
    Data(Chunk<'b>),
    /// A whole Close, Ping or Pong with its unmasked payload; that of a Close is such that
    /// [`Close::parse`] accepts it.
    Control(Opcode, &'d mut [u8]),
}

/// A part of a data frame: as much of it as the input holds.
///
/// A frame that lies in one read is one part. Else its parts are in order: the first, possibly
/// without payload, as soon as the header is there; the last, and no other, with an end.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunk<'b> {
    /// Where a frame begins here: its header, with the length of the whole payload.
    pub header: Option<Header>,
    /// The bytes of its payload that have arrived, unmasked.
    pub payload: &'b mut [u8],
    /// Whether something ends behind them.
    pub boundary: Boundary,
}

/// Decodes what one peer sends, however its bytes are split over reads.
///
/// It takes all bytes that it is given, and keeps those of a header or of a control frame that
/// has not arrived as a whole; the caller never has to. All rules of RFC 6455 for frames are
/// checked, in headers and text at the first byte that can tell. An error is final: it is given
/// again for whatever follows (§7.1.7). Behind a Close nothing is to be read (§5.5.1); whoever goes
/// on is given what is there.
///
/// Its own state is at most 192 bytes, of which 125 are for a control frame that comes in pieces.
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
///         let Event::Data(data) = event else { continue };
///         text.extend_from_slice(data.payload);
///         assert_eq!(data.boundary, Boundary::Message);
///     }
/// }
/// assert_eq!(text, b"Hello");
/// # Ok::<(), wsparse::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    stream: Stream,
    /// The open text message; between two, nothing is unfinished.
    text: Utf8,
    /// The unmasked payload of a control frame, as far as it has arrived.
    control: [u8; CONTROL_MAX],
}

impl Decoder {
    /// At the start of a stream: behind the opening handshake.
    #[must_use]
    pub const fn new(role: Role, limits: Limits) -> Self {
        Self {
            stream: Stream::new(matches!(role, Role::Server), limits),
            text: Utf8::new(),
            control: [0; CONTROL_MAX],
        }
    }

    /// How many bytes of the stream have been taken; after an error, its offset.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.stream.offset()
    }

    /// Takes bytes off the start of `input` and gives what they are; `None` when all of them are
    /// taken and more are needed. To be called until it gives that, or an error: what is wrong
    /// behind good bytes is told by the call after theirs.
    ///
    /// # Errors
    ///
    /// All that [`Rule`] lists, the offset being that in the stream; of several at one byte, that
    /// of [`HeaderView::parse_with`] first, then [`Rule::ReservedBit`] on a frame that does not
    /// begin a message, the order of frames (§5.4), [`Rule::TooManyFragments`]. What came before
    /// it has been given.
    ///
    /// A Close is judged when all of it has arrived.
    ///
    /// [`HeaderView::parse_with`]: crate::HeaderView::parse_with
    /// [`Rule`]: crate::Rule
    /// [`Rule::ReservedBit`]: crate::Rule::ReservedBit
    /// [`Rule::TooManyFragments`]: crate::Rule::TooManyFragments
    #[inline(always)]
    pub fn next<'d, 'b: 'd>(
        &'d mut self,
        input: &mut Input<'b>,
    ) -> Result<Option<Event<'d, 'b>>, Error> {
        // The input is passed on by value: it stays in registers.
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
        if let Some(part) = self.stream.take_data(None, &mut all) {
            input.put_back(all);
            return self.data(part);
        }
        let (event, rest) = self.decode_any(all);
        input.put_back(rest);
        event
    }

    /// `decode` where a message has this header: gives it, or the part of it that is there.
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
            return self.data(part);
        }
        // Before it is cut, as there are registers for few things meanwhile.
        let bytes = all.get_mut(header.len..header.frame_len()).unwrap_or_default();
        let mut wrong = None;
        match (header.masking_key(), header.is_text) {
            (Some(key), false) => mask::unmask(bytes, key),
            (Some(key), true) => wrong = unmask_text(bytes, key).err(),
            (None, true) => wrong = utf8::text(bytes).err(),
            (None, false) => {}
        }
        let (part, behind) = self.stream.cut_whole(header, all);
        rest.put_back(behind);
        self.unmasked(part, wrong)
    }

    /// `decode` for all that is neither a message in one frame nor the middle of a frame; gives the
    /// rest of the input, too.
    #[inline(never)]
    fn decode_any<'d, 'b: 'd>(&'d mut self, mut input: &'b mut [u8]) -> Decoded<'d, 'b> {
        let begin = match self.stream.begin(&mut input) {
            Ok(begin) => begin,
            Err(error) => return (Err(error), input),
        };
        let event = if let Some(part) = self.stream.take_data(begin, &mut input) {
            self.data(part)
        } else if let Some(part) = self.stream.take_control(&mut input) {
            self.control(part)
        } else {
            Ok(None)
        };
        (event, input)
    }

    /// A part of a message, unmasked, as far as nothing is wrong in it.
    #[inline(always)]
    fn data<'d, 'b>(&mut self, part: DataPart<'b>) -> Result<Option<Event<'d, 'b>>, Error> {
        // As one number it is passed on in a register.
        let key = key_of(part.masking_key);
        let wrong = match (part.is_text, key) {
            (true, key) => self.unmask_text(part.bytes, key, part.end),
            (false, 0) => None,
            (false, key) => {
                unmask_opaque(part.bytes, key);
                None
            }
        };
        self.unmasked(part, wrong)
    }

    /// Gives the offset of what is wrong in a part of a text.
    #[inline(never)]
    fn unmask_text(&mut self, part: &mut [u8], key: u32, end: Boundary) -> Option<usize> {
        let checked = match key {
            0 => self.text.check(part),
            key => self.text.unmask(part, key.to_ne_bytes(), 0),
        };
        match checked {
            Err(offset) => Some(offset),
            // A code point is unfinished: what is wrong is that the text ends.
            Ok(()) => (end == Boundary::Message && !self.text.is_complete()).then_some(part.len()),
        }
    }

    /// A part that was unmasked, as far as nothing is wrong in it.
    #[inline(always)]
    fn unmasked<'d, 'b>(
        &mut self,
        part: DataPart<'b>,
        wrong: Option<usize>,
    ) -> Result<Option<Event<'d, 'b>>, Error> {
        let DataPart { begin: header, bytes: payload, end: boundary, .. } = part;
        let Some(offset) = wrong else {
            return Ok(Some(Event::Data(Chunk { header, payload, boundary })));
        };
        let error = self.stream.fail_text(offset, payload.len());
        // What is right before it is given first, if that is anything.
        let payload = payload.get_mut(..offset).unwrap_or_default();
        match (offset, header) {
            (0, None) => Err(error),
            _ => Ok(Some(Event::Data(Chunk { header, payload, boundary: Boundary::None }))),
        }
    }

    /// Unmasks a part of a control frame, and keeps it until the frame is whole.
    fn control<'d, 'b: 'd>(
        &'d mut self,
        part: ControlPart<'b>,
    ) -> Result<Option<Event<'d, 'b>>, Error> {
        let opcode = part.opcode;
        // There is room for each.
        let Ok(Some(payload)) = part.unmask_into(&mut self.control) else { return Ok(None) };
        if opcode == Opcode::Close
            && let Err(error) = Close::parse(payload)
        {
            return Err(self.stream.fail_close(error, payload.len()));
        }
        Ok(Some(Event::Control(opcode, payload)))
    }
}

/// Here, and not where it is called: code for it stands there already.
#[inline(never)]
fn unmask_opaque(part: &mut [u8], key: u32) {
    mask::unmask(part, key.to_ne_bytes());
}

/// What there is, and the rest of the input.
type Decoded<'d, 'b> = (Result<Option<Event<'d, 'b>>, Error>, &'b mut [u8]);

#[cfg(test)]
mod tests {
    use super::Decoder;

    #[test]
    fn state_is_small() {
        // 64 bytes for the stream, and text and control frames.
        assert!(size_of::<Decoder>() <= 192, "{}", size_of::<Decoder>());
    }
}
