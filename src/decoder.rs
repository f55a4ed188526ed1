//! The stream of frames that one peer sends: any split of its octets in, events out.

use crate::header::HeaderStart;
use crate::{Close, Error, Header, HeaderView, Opcode, Rsv, Rule, Status, Utf8, mask};
use core::mem;

/// Which end of the connection this endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It accepted the connection: what it receives is masked, what it sends is not (§5.1).
    Server,
    /// It opened the connection: what it sends is masked, what it receives is not (§5.1).
    Client,
}

/// What a [`Decoder`] accepts.
///
/// ```
/// use wsparse::{Config, Role};
///
/// let config = Config { max_message: 1024, ..Config::new(Role::Server) };
/// assert_eq!(config.max_frame, 16 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The end that decodes: a server accepts masked frames only, a client unmasked ones only.
    pub role: Role,
    /// The RSV bits that an extension was negotiated for; without one, none (§5.2).
    ///
    /// RSV1 is taken for that of permessage-deflate: allowed on the first frame of a message only,
    /// whose text is then not judged, as it is compressed (RFC 7692 §6).
    pub allowed_rsv: Rsv,
    /// The most octets of payload in one Text, Binary or Continuation frame.
    pub max_frame: u64,
    /// The most octets of payload in all frames of one message.
    pub max_message: u64,
    /// The most frames of one message.
    pub max_fragments: u32,
}

impl Config {
    /// No extension; frames of 16 MiB, messages of 64 MiB in 16 Ki fragments at most.
    #[must_use]
    pub const fn new(role: Role) -> Self {
        Self {
            role,
            allowed_rsv: Rsv::NONE,
            max_frame: 16 << 20,
            max_message: 64 << 20,
            max_fragments: 16 << 10,
        }
    }
}

/// What a [`Decoder`] finds.
///
/// The payload of a message borrows the input (`'b`): any number of them may be held. That of a
/// control frame may lie in the decoder (`'d`), where it came in several reads.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'d, 'b> {
    /// A part of a message, or all of it.
    Data(Data<'b>),
    /// A whole Close, Ping or Pong with its unmasked payload; that of a Close is such that
    /// [`Close::parse`] accepts it.
    Control(Opcode, &'d mut [u8]),
}

/// A part of a data frame: as much of it as the input holds.
///
/// A frame that lies in one read is one part. Else its parts are in order: the first, possibly
/// without payload, as soon as the header is there; the last, and no other, with an end.
#[derive(Debug, PartialEq, Eq)]
pub struct Data<'b> {
    /// Where a frame begins here: its header, with the length of the whole payload.
    pub begin: Option<Header>,
    /// The octets of its payload that have arrived, unmasked.
    pub payload: &'b mut [u8],
    /// Whether something ends behind them.
    pub end: End,
}

/// What ends behind a part of a data frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// Nothing: more of the frame is to come.
    Nothing,
    /// The frame; the message goes on in another (§5.4).
    Frame,
    /// The frame, and the message with it.
    Message,
}

/// Decodes what one peer sends, however its octets are split over reads.
///
/// It takes all octets that it is given, and keeps those of a header or of a control frame that
/// has not arrived as a whole; the caller never has to. All rules of RFC 6455 for frames are
/// checked, in headers and text at the first octet that can tell. An error is final: it is given again for whatever
/// follows (§7.1.7).
///
/// ```
/// use wsparse::{Config, Decoder, End, Event, Opcode, Role};
///
/// let mut decoder = Decoder::new(Config::new(Role::Server));
/// // The masked "Hello" of RFC 6455 §5.7, in two reads.
/// let mut reads = [b"\x81\x85\x37".to_vec(), b"\xfa\x21\x3d\x7f\x9f\x4d\x51\x58".to_vec()];
/// let mut text = Vec::new();
/// for read in &mut reads {
///     let mut input = read.as_mut_slice();
///     while let Some(event) = decoder.decode(&mut input)? {
///         let Event::Data(data) = event else { continue };
///         text.extend_from_slice(data.payload);
///         assert_eq!(data.end, End::Message);
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
    control: [u8; 125],
}

/// All but what text and control frames need.
#[derive(Clone, Debug)]
struct Stream {
    config: Config,
    /// How many octets have been taken; after an error, where it is.
    offset: u64,
    state: State,
    message: Message,
    /// What the open message may still have.
    message_left: u64,
    fragments_left: u32,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Header { octets: [u8; Header::MAX_LEN], have: u8 },
    Data { left: u64, masking_key: Option<[u8; 4]>, phase: u8, fin: bool },
    Control { opcode: Opcode, masking_key: Option<[u8; 4]>, len: u8, have: u8 },
    Failed(Rule),
}

/// The message that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Message {
    None,
    Text,
    /// Binary, or compressed.
    Opaque,
}

const NO_HEADER: State = State::Header { octets: [0; Header::MAX_LEN], have: 0 };

impl Decoder {
    /// At the start of a stream: behind the opening handshake.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        let stream = Stream {
            config,
            offset: 0,
            state: NO_HEADER,
            message: Message::None,
            message_left: 0,
            fragments_left: 0,
        };
        Self { stream, text: Utf8::new(), control: [0; 125] }
    }

    /// How many octets of the stream have been taken; after an error, its offset.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.stream.offset
    }

    /// Takes octets off the start of `input` and gives what they are; `None` when all of them are
    /// taken and more are needed. To be called until it gives that, or an error: what is wrong
    /// behind good octets is told by the call after theirs.
    ///
    /// # Errors
    ///
    /// All that [`Rule`] lists, the offset being that in the stream; of several at one octet, that
    /// of [`HeaderView::parse_with`] first, then [`Rule::ReservedBit`] on a frame that does not
    /// begin a message, the order of frames (§5.4), [`Rule::TooManyFragments`]. What came before
    /// it has been given.
    ///
    /// A Close is judged when all of it has arrived.
    #[inline]
    pub fn decode<'d, 'b: 'd>(
        &'d mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Event<'d, 'b>>, Error> {
        if let Some(data) = self.stream.whole_message(input) {
            return Ok(Some(Event::Data(data)));
        }
        self.decode_any(input)
    }

    /// `decode` for all that is not a whole message in one frame.
    #[inline(never)]
    fn decode_any<'d, 'b: 'd>(
        &'d mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Event<'d, 'b>>, Error> {
        match self.stream.state {
            State::Header { .. } => {
                let Some(header) = self.stream.header(input)? else { return Ok(None) };
                if header.opcode.is_control() {
                    self.stream.begin_control(&header);
                    return self.control(input);
                }
                self.stream.begin_data(&header);
                self.data(Some(header), input).map(Some)
            }
            State::Data { .. } if input.is_empty() => Ok(None),
            State::Data { .. } => self.data(None, input).map(Some),
            State::Control { .. } => self.control(input),
            State::Failed(rule) => Err(Error::new(rule, self.stream.offset)),
        }
    }

    /// The next part of the data frame that is open, which may be empty only where it begins.
    fn data<'d, 'b: 'd>(
        &'d mut self,
        begin: Option<Header>,
        input: &mut &'b mut [u8],
    ) -> Result<Event<'d, 'b>, Error> {
        let start = self.stream.offset;
        let (payload, mut end) = self.stream.take_data(input);
        let is_text = self.stream.message == Message::Text;
        if end == End::Message {
            self.stream.message = Message::None;
        }
        let mut valid = payload.len();
        if is_text {
            let wrong = match self.text.check(payload) {
                Err(offset) => Some(offset),
                // A code point is unfinished: what is wrong is that the text ends.
                Ok(()) => (end == End::Message && !self.text.is_complete()).then_some(valid),
            };
            if let Some(offset) = wrong {
                let error = Error::new(Rule::InvalidUtf8, offset as u64).after(start);
                self.stream.fail(error);
                if offset == 0 && begin.is_none() {
                    return Err(error);
                }
                (valid, end) = (offset, End::Nothing);
            }
        }
        let payload = payload.get_mut(..valid).unwrap_or_default();
        Ok(Event::Data(Data { begin, payload, end }))
    }

    /// The control frame that is open, if it is all there.
    fn control<'d, 'b: 'd>(
        &'d mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Event<'d, 'b>>, Error> {
        let State::Control { opcode, masking_key, len, have } = self.stream.state else {
            return Ok(None);
        };
        let lacks = usize::from(len.saturating_sub(have));
        let part = self.stream.take(input, lacks);
        if let Some(key) = masking_key {
            mask::unmask_from(part, key, u64::from(have));
        }
        let payload = if have == 0 && part.len() == lacks {
            part
        } else {
            let places = self.control.get_mut(usize::from(have)..).unwrap_or_default();
            places.iter_mut().zip(&*part).for_each(|(place, octet)| *place = *octet);
            if part.len() < lacks {
                let have = u8::try_from(part.len()).map_or(len, |more| have.saturating_add(more));
                self.stream.state = State::Control { opcode, masking_key, len, have };
                return Ok(None);
            }
            self.control.get_mut(..usize::from(len)).unwrap_or_default()
        };
        self.stream.state = NO_HEADER;
        if opcode == Opcode::Close
            && let Err(error) = Close::parse(payload)
        {
            let error = error.after(self.stream.offset.saturating_sub(u64::from(len)));
            return Err(self.stream.fail(error));
        }
        Ok(Some(Event::Control(opcode, payload)))
    }
}

impl Stream {
    fn fail(&mut self, error: Error) -> Error {
        self.state = State::Failed(error.rule());
        self.offset = error.offset();
        error
    }

    /// The message at the start of the input, if it is one frame, there as a whole, and right: what
    /// most are. Leaves no trace in the state but the offset.
    #[inline(always)]
    fn whole_message<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Data<'b>> {
        let State::Header { have: 0, .. } = self.state else { return None };
        let (header_len, payload_len) =
            HeaderView::lengths_if_common(input, self.config.allowed_rsv)?;
        let end = header_len.saturating_add(payload_len);
        let octets = input.get(..header_len)?;
        let header = HeaderView::of_judged_octets(octets).to_header();
        let is_whole = header.fin && end <= input.len() && self.judge(octets).is_none();
        if !is_whole || !matches!(header.opcode, Opcode::Text | Opcode::Binary) {
            return None;
        }
        let payload = input.get_mut(header_len..end)?;
        if let Some(key) = header.masking_key {
            mask::unmask(payload, key);
        }
        if header.opcode == Opcode::Text
            && !header.rsv.contains(Rsv::RSV1)
            && str::from_utf8(payload).is_err()
        {
            // As it was, for those who find out what is wrong where.
            if let Some(key) = header.masking_key {
                mask::unmask(payload, key);
            }
            return None;
        }
        let frame = self.take(input, end);
        let payload = frame.get_mut(header_len..).unwrap_or_default();
        Some(Data { begin: Some(header), payload, end: End::Message })
    }

    /// Up to `most` octets off the start of the input.
    #[inline(always)]
    fn take<'b>(&mut self, input: &mut &'b mut [u8], most: usize) -> &'b mut [u8] {
        let all = mem::take(input);
        let (part, rest) = all.split_at_mut_checked(most.min(all.len())).unwrap_or_default();
        *input = rest;
        self.offset = self.offset.wrapping_add(part.len() as u64);
        part
    }

    /// The next header, if it is all there; keeps what is there of it.
    #[inline]
    fn header(&mut self, input: &mut &mut [u8]) -> Result<Option<Header>, Error> {
        let State::Header { have, .. } = self.state else { return Ok(None) };
        if have == 0
            && let Ok(Status::Complete(view)) =
                HeaderView::parse_with(input, self.config.allowed_rsv)
            && self.judge(view.as_bytes()).is_none()
        {
            let header = view.to_header();
            let len = view.as_bytes().len();
            self.take(input, len);
            return Ok(Some(header));
        }
        self.header_by_octets(input)
    }

    /// `header` where it is split, or wrong: the first octet that cannot be right is found by
    /// judging after each.
    #[inline(never)]
    fn header_by_octets(&mut self, input: &mut &mut [u8]) -> Result<Option<Header>, Error> {
        let State::Header { mut octets, have } = self.state else { return Ok(None) };
        let mut have = usize::from(have);
        while let [octet] = *self.take(input, 1) {
            if let Some(place) = octets.get_mut(have) {
                *place = octet;
            }
            have = have.saturating_add(1);
            let start = octets.get(..have).unwrap_or(&octets);
            let at = self.offset.saturating_sub(1);
            let parsed = HeaderView::parse_with(start, self.config.allowed_rsv)
                .map_err(|error| self.fail(Error::new(error.rule(), at)))?;
            if let Some(rule) = self.judge(start) {
                return Err(self.fail(Error::new(rule, at)));
            }
            if let Status::Complete(view) = parsed {
                return Ok(Some(view.to_header()));
            }
        }
        let have = u8::try_from(have).unwrap_or(u8::MAX);
        self.state = State::Header { octets, have };
        Ok(None)
    }

    /// The rule that this header breaks, or its start, given what came before it and who sent it.
    #[inline(always)]
    fn judge(&self, header: &[u8]) -> Option<Rule> {
        let start = HeaderStart::of(header)?;
        let Config { role, max_frame, max_message, max_fragments, .. } = self.config;
        // RFC 7692 §6.1: RSV1 stands on the first frame of a message.
        if start.rsv.contains(Rsv::RSV1) && !matches!(start.opcode, Opcode::Text | Opcode::Binary) {
            return Some(Rule::ReservedBit);
        }
        let (message_left, fragments_left) = match (start.opcode, self.message) {
            (Opcode::Close | Opcode::Ping | Opcode::Pong, _) => (u64::MAX, u32::MAX),
            (Opcode::Continuation, Message::None) => return Some(Rule::UnexpectedContinuation),
            (Opcode::Continuation, _) => (self.message_left, self.fragments_left),
            (_, Message::None) => (max_message, max_fragments),
            _ => return Some(Rule::ExpectedContinuation),
        };
        if fragments_left == 0 {
            return Some(Rule::TooManyFragments);
        }
        match (role, start.masked?) {
            (Role::Server, false) => return Some(Rule::Unmasked),
            (Role::Client, true) => return Some(Rule::Masked),
            _ => {}
        }
        let payload_len = start.payload_len?;
        if start.opcode.is_data() && payload_len > max_frame {
            Some(Rule::FrameTooBig)
        } else if payload_len > message_left {
            Some(Rule::MessageTooBig)
        } else {
            None
        }
    }

    fn begin_control(&mut self, header: &Header) {
        let Header { opcode, masking_key, payload_len, .. } = *header;
        let len = u8::try_from(payload_len).unwrap_or(125);
        self.state = State::Control { opcode, masking_key, len, have: 0 };
    }

    fn begin_data(&mut self, header: &Header) {
        let Header { fin, rsv, opcode, payload_len: left, masking_key } = *header;
        self.state = State::Data { left, masking_key, phase: 0, fin };
        if opcode != Opcode::Continuation {
            let is_text = opcode == Opcode::Text && !rsv.contains(Rsv::RSV1);
            self.message = if is_text { Message::Text } else { Message::Opaque };
            self.message_left = self.config.max_message;
            self.fragments_left = self.config.max_fragments;
        }
        self.message_left = self.message_left.saturating_sub(left);
        self.fragments_left = self.fragments_left.saturating_sub(1);
    }

    /// What the input holds of the payload of the data frame that is open, unmasked.
    fn take_data<'b>(&mut self, input: &mut &'b mut [u8]) -> (&'b mut [u8], End) {
        let State::Data { left, masking_key, phase, fin } = self.state else {
            return (Default::default(), End::Nothing);
        };
        let payload = self.take(input, usize::try_from(left).unwrap_or(usize::MAX));
        if let Some(key) = masking_key {
            mask::unmask_from(payload, key, u64::from(phase));
        }
        let left = left.saturating_sub(payload.len() as u64);
        if left == 0 {
            self.state = NO_HEADER;
            return (payload, if fin { End::Message } else { End::Frame });
        }
        let [more, ..] = payload.len().to_le_bytes();
        let phase = phase.wrapping_add(more) % 4;
        self.state = State::Data { left, masking_key, phase, fin };
        (payload, End::Nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoder, Stream};

    #[test]
    fn state_is_small() {
        assert!(size_of::<Stream>() <= 64, "{}", size_of::<Stream>());
        // With text and control frames.
        assert!(size_of::<Decoder>() <= 192, "{}", size_of::<Decoder>());
    }
}
