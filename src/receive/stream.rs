//! What a decoder remembers of a stream of frames: where it stopped, and what may come next.
//!
//! It judges headers and cuts payloads off the input as they were received. Unmasking them,
//! checking text, and keeping what was split is for the rooms above.

use crate::payload::{mask, simd};
use crate::receive::limits::Limits;
use crate::wire::error::{Error, Rule};
use crate::wire::header::{CommonHeader, HeaderStart};
use crate::wire::header::{Header, HeaderView, Opcode, Rsv};
use crate::wire::status::Status;
use core::mem;

/// What ends behind a part of a data frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Boundary {
    /// Nothing: more of the frame is to come.
    None,
    /// The frame; the message goes on in another (§5.4).
    Frame,
    /// The frame, and the message with it.
    Message,
}

#[derive(Clone, Debug)]
pub(crate) struct Stream {
    limits: Limits,
    /// Whether the payloads of the peer's frames must be masked.
    masked: bool,
    /// How many bytes have been taken; after an error, where it is.
    offset: u64,
    state: State,
    message: Message,
    /// What the open message may still have.
    message_left: u64,
    fragments_left: u32,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Between two messages, with nothing of the next header; and one may come.
    Start,
    Header {
        bytes: [u8; Header::MAX_LEN],
        have: u8,
    },
    /// The key is what the next byte meets.
    Data {
        left: u64,
        key: Key,
        fin: bool,
    },
    Control {
        opcode: Opcode,
        key: Key,
        len: u8,
        have: u8,
    },
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

impl Message {
    const fn of(is_text: bool) -> Self {
        if is_text { Self::Text } else { Self::Opaque }
    }
}

/// A masking key; 0, which changes nothing, where there is none. A plain number, because a load
/// waits for stores that do not have its size.
type Key = u32;

const NO_HEADER: State = State::Header { bytes: [0; Header::MAX_LEN], have: 0 };

/// A part of a data frame, not yet unmasked.
#[derive(Debug)]
pub(crate) struct DataPart<'b> {
    pub(crate) begin: Option<Header>,
    pub(crate) bytes: &'b mut [u8],
    /// What the first byte meets.
    pub(crate) masking_key: Option<[u8; 4]>,
    pub(crate) end: Boundary,
    /// Whether the message is text that is to be judged.
    pub(crate) is_text: bool,
}

/// A part of a control frame, not yet unmasked.
#[derive(Debug)]
pub(crate) struct ControlPart<'b> {
    pub(crate) opcode: Opcode,
    /// How many bytes of the payload came before.
    pub(crate) have: usize,
    pub(crate) bytes: &'b mut [u8],
    /// What the first byte meets.
    pub(crate) masking_key: Option<[u8; 4]>,
    /// The length of the payload, if this is the last part.
    pub(crate) whole: Option<usize>,
}

impl Stream {
    pub(crate) const fn new(masked: bool, limits: Limits) -> Self {
        let mut stream = Self {
            limits,
            masked,
            offset: 0,
            state: NO_HEADER,
            message: Message::None,
            message_left: 0,
            fragments_left: 0,
        };
        stream.end_frame();
        stream
    }

    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// The error that was found.
    #[inline]
    pub(crate) const fn failed(&self) -> Option<Error> {
        match self.state {
            State::Failed(rule) => Some(Error::new(rule, self.offset)),
            _ => None,
        }
    }

    /// From now on no message may begin that is longer than this.
    pub(crate) fn limit_messages(&mut self, most: u64) {
        self.limits.max_message = most;
    }

    /// Nothing is decoded any more; the error is that of a byte which was taken.
    #[cold]
    fn fail(&mut self, rule: Rule, offset: u64) -> Error {
        self.state = State::Failed(rule);
        self.offset = offset;
        Error::new(rule, offset)
    }

    /// The text of a message is wrong at this offset of the part just taken, which had so many
    /// bytes.
    #[cold]
    pub(crate) fn fail_text(&mut self, offset: usize, part_len: usize) -> Error {
        let behind = part_len.saturating_sub(offset) as u64;
        self.fail(Rule::InvalidUtf8, self.offset.saturating_sub(behind))
    }

    /// The payload of the Close that was just taken, of so many bytes, is wrong.
    #[cold]
    pub(crate) fn fail_close(&mut self, error: Error, payload_len: usize) -> Error {
        let error = error.offset_by(self.offset.saturating_sub(payload_len as u64));
        self.fail(error.rule(), error.offset())
    }

    /// What was taken last is too much.
    #[cold]
    pub(crate) fn fail_here(&mut self, rule: Rule) -> Error {
        self.fail(rule, self.offset)
    }

    /// The header at the start of the input, if a message may begin, and this is the header that
    /// most have, and right. To be asked for masked ones and for others: so each has constants.
    #[inline(always)]
    pub(crate) fn common(&self, input: &[u8], masked: bool) -> Option<CommonHeader> {
        if !matches!(self.state, State::Start) {
            rarely();
            return None;
        }
        if self.masked != masked {
            return None;
        }
        let header = HeaderView::of_common_message(input, masked)?;
        let payload_len = header.payload_len as u64;
        let fits = payload_len <= self.limits.max_frame && payload_len <= self.limits.max_message;
        fits.then_some(header)
    }

    #[inline(always)]
    fn any_common(&self, input: &[u8]) -> Option<CommonHeader> {
        self.common(input, true).or_else(|| self.common(input, false))
    }

    /// The message at the start of the input, if it is one frame, there as a whole, and its header
    /// right: what most are. Gives the rest of the input, too, or all of it.
    #[inline(always)]
    pub(crate) fn whole_message<'b>(
        &mut self,
        input: &'b mut [u8],
    ) -> Result<(DataPart<'b>, &'b mut [u8]), &'b mut [u8]> {
        match self.any_common(input) {
            Some(header) if header.frame_len() <= input.len() => Ok(self.cut_whole(header, input)),
            _ => Err(input),
        }
    }

    /// The message that has this header, and is all there. Leaves no trace but the offset.
    #[inline(always)]
    pub(crate) fn cut_whole<'b>(
        &mut self,
        header: CommonHeader,
        input: &'b mut [u8],
    ) -> (DataPart<'b>, &'b mut [u8]) {
        let (frame, rest) = input.split_at_mut_checked(header.frame_len()).unwrap_or_default();
        let (_, bytes) = frame.split_at_mut_checked(header.len).unwrap_or_default();
        self.offset = self.offset.wrapping_add(header.frame_len() as u64);
        let (begin, masking_key) = (Some(header.to_header()), header.masking_key());
        let is_text = header.is_text;
        (DataPart { begin, bytes, masking_key, end: Boundary::Message, is_text }, rest)
    }

    /// The part that is there of the message that has this header: all of the input.
    #[inline(always)]
    pub(crate) fn cut_part<'b>(
        &mut self,
        header: CommonHeader,
        input: &'b mut [u8],
    ) -> DataPart<'b> {
        self.offset = self.offset.wrapping_add(input.len() as u64);
        let (_, bytes) = input.split_at_mut_checked(header.len).unwrap_or_default();
        let (begin, masking_key) = (Some(header.to_header()), header.masking_key());
        let is_text = header.is_text;
        let left = header.payload_len.wrapping_sub(bytes.len()) as u64;
        let key = simd::rotate(key_of(masking_key), bytes.len());
        self.state = State::Data { left, key, fin: true };
        // What it may still have is of no interest, as no other frame follows.
        self.message = Message::of(is_text);
        DataPart { begin, bytes, masking_key, end: Boundary::None, is_text }
    }

    /// Takes the next header off the input, where one is to come. Then, and inside of a frame,
    /// [`take_data`](Self::take_data) or [`take_control`](Self::take_control) go on.
    #[inline]
    pub(crate) fn begin(&mut self, input: &mut &mut [u8]) -> Result<Option<Header>, Error> {
        match self.state {
            State::Start | State::Header { .. } if input.is_empty() => return Ok(None),
            State::Start | State::Header { .. } => {}
            State::Data { .. } | State::Control { .. } => return Ok(None),
            State::Failed(rule) => return Err(Error::new(rule, self.offset)),
        }
        let begin = self.header(input)?;
        if let Some(header) = &begin {
            if header.opcode.is_control() {
                self.begin_control(header);
            } else {
                self.begin_data(header);
            }
        }
        Ok(begin)
    }

    /// Up to `most` bytes off the start of the input.
    #[inline(always)]
    fn take<'b>(&mut self, input: &mut &'b mut [u8], most: usize) -> &'b mut [u8] {
        let all = mem::take(input);
        let (part, rest) = all.split_at_mut_checked(most.min(all.len())).unwrap_or_default();
        *input = rest;
        self.offset = self.offset.wrapping_add(part.len() as u64);
        part
    }

    /// What was kept of the next header.
    fn kept(&self) -> ([u8; Header::MAX_LEN], usize) {
        match self.state {
            State::Header { bytes, have } => (bytes, usize::from(have)),
            _ => ([0; Header::MAX_LEN], 0),
        }
    }

    /// Behind a frame.
    #[inline(always)]
    const fn end_frame(&mut self) {
        // A constant each: what is chosen first, and written then, goes through memory twice.
        match self.message {
            Message::None if self.limits.max_fragments > 0 => self.state = State::Start,
            _ => self.state = NO_HEADER,
        }
    }

    /// The next header, if it is all there; keeps what is there of it.
    #[inline(always)]
    fn header(&mut self, input: &mut &mut [u8]) -> Result<Option<Header>, Error> {
        if let Some(header) = self.any_common(input) {
            self.take(input, header.len);
            return Ok(Some(header.to_header()));
        }
        self.any_header(input)
    }

    /// `header` for all.
    #[inline(never)]
    fn any_header(&mut self, input: &mut &mut [u8]) -> Result<Option<Header>, Error> {
        let (mut bytes, had) = self.kept();
        let places = bytes.get_mut(had..).unwrap_or_default();
        let more = places.len().min(input.len());
        places.iter_mut().zip(&**input).for_each(|(place, byte)| *place = *byte);
        let there = match had {
            0 => &**input,
            _ => bytes.get(..had.wrapping_add(more)).unwrap_or(&bytes),
        };
        let Ok(parsed) = HeaderView::parse_with(there, self.limits.allowed_rsv) else {
            return self.header_by_bytes(input);
        };
        let (start, header) = match parsed {
            Status::Complete(view) => (view.as_bytes(), Some(view.to_header())),
            Status::Incomplete { .. } => (there, None),
        };
        if self.judge(start).is_some() {
            return self.header_by_bytes(input);
        }
        let taken = start.len().wrapping_sub(had);
        if header.is_none() {
            let have = u8::try_from(start.len()).unwrap_or(u8::MAX);
            self.state = State::Header { bytes, have };
        }
        self.take(input, taken);
        Ok(header)
    }

    /// `header` where it is wrong: the first byte that cannot be right is found by judging after
    /// each.
    #[cold]
    #[inline(never)]
    fn header_by_bytes(&mut self, input: &mut &mut [u8]) -> Result<Option<Header>, Error> {
        let (mut bytes, mut have) = self.kept();
        while let [byte] = *self.take(input, 1) {
            if let Some(place) = bytes.get_mut(have) {
                *place = byte;
            }
            have = have.saturating_add(1);
            let start = bytes.get(..have).unwrap_or(&bytes);
            let at = self.offset.saturating_sub(1);
            let rule = match HeaderView::parse_with(start, self.limits.allowed_rsv) {
                Err(error) => Some(error.rule()),
                Ok(_) => self.judge(start),
            };
            if let Some(rule) = rule {
                return Err(self.fail(rule, at));
            }
        }
        Ok(None)
    }

    /// The rule that this header breaks, or its start, given what came before it and who sent it.
    #[inline(always)]
    fn judge(&self, header: &[u8]) -> Option<Rule> {
        let start = HeaderStart::of(header)?;
        let Limits { max_frame, max_message, max_fragments, .. } = self.limits;
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
        match (self.masked, start.masked?) {
            (true, false) => return Some(Rule::UnmaskedByClient),
            (false, true) => return Some(Rule::MaskedByServer),
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
        // It was judged to be at most 125.
        let len = u8::try_from(payload_len).unwrap_or_default();
        self.state = State::Control { opcode, key: key_of(masking_key), len, have: 0 };
    }

    fn begin_data(&mut self, header: &Header) {
        let Header { fin, rsv, opcode, payload_len: left, masking_key } = *header;
        self.state = State::Data { left, key: key_of(masking_key), fin };
        if opcode != Opcode::Continuation {
            self.message = Message::of(opcode == Opcode::Text && !rsv.contains(Rsv::RSV1));
            self.message_left = self.limits.max_message;
            self.fragments_left = self.limits.max_fragments;
        }
        self.message_left = self.message_left.saturating_sub(left);
        self.fragments_left = self.fragments_left.saturating_sub(1);
    }

    /// What the input holds of the payload of the data frame that is open, if one is; where no
    /// frame begins, if it is anything.
    #[inline(always)]
    pub(crate) fn take_data<'b>(
        &mut self,
        begin: Option<Header>,
        input: &mut &'b mut [u8],
    ) -> Option<DataPart<'b>> {
        let State::Data { left, key, fin } = &mut self.state else { return None };
        if begin.is_none() && input.is_empty() {
            return None;
        }
        let (before, masking_key, fin) = (*left, option_of(*key), *fin);
        let most = usize::try_from(before).unwrap_or(usize::MAX);
        let all = mem::take(input);
        let (bytes, rest) = all.split_at_mut_checked(most.min(all.len())).unwrap_or_default();
        *input = rest;
        self.offset = self.offset.wrapping_add(bytes.len() as u64);
        *left = before.wrapping_sub(bytes.len() as u64);
        let is_text = self.message == Message::Text;
        let end = if *left > 0 {
            *key = simd::rotate(*key, bytes.len());
            Boundary::None
        } else {
            if fin {
                self.message = Message::None;
            }
            self.end_frame();
            if fin { Boundary::Message } else { Boundary::Frame }
        };
        Some(DataPart { begin, bytes, masking_key, end, is_text })
    }

    /// What the input holds of the payload of the control frame that is open, if one is.
    pub(crate) fn take_control<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<ControlPart<'b>> {
        let State::Control { opcode, key, len, have } = self.state else { return None };
        let bytes = self.take(input, usize::from(len.saturating_sub(have)));
        let now = u8::try_from(bytes.len()).map_or(len, |more| have.saturating_add(more));
        let whole = (now >= len).then_some(usize::from(len));
        match whole {
            Some(_) => self.end_frame(),
            None => self.state = State::Control { opcode, key, len, have: now },
        }
        let have = usize::from(have);
        let masking_key = option_of(simd::rotate(key, have));
        Some(ControlPart { opcode, have, bytes, masking_key, whole })
    }
}

impl<'b> ControlPart<'b> {
    /// Unmasks this part; gives the whole payload if this is the last, else keeps it in `storage`,
    /// if that has room for it.
    pub(crate) fn unmask_into<'a>(
        self,
        storage: &'a mut [u8],
    ) -> Result<Option<&'a mut [u8]>, NoRoom>
    where
        'b: 'a,
    {
        if let Some(key) = self.masking_key {
            mask::unmask(self.bytes, key);
        }
        if self.have == 0 && self.whole.is_some() {
            return Ok(Some(self.bytes));
        }
        let end = self.have.saturating_add(self.bytes.len());
        let places = storage.get_mut(self.have..end).ok_or(NoRoom)?;
        places.iter_mut().zip(self.bytes).for_each(|(place, byte)| *place = *byte);
        Ok(self.whole.and_then(|len| storage.get_mut(..len)))
    }
}

/// To be called where the way leads rarely: the compiler lays the others straight.
#[cold]
#[inline(always)]
pub(crate) const fn rarely() {}

/// There is less memory than is needed.
#[derive(Debug)]
pub(crate) struct NoRoom;

#[inline(always)]
pub(crate) fn key_of(masking_key: Option<[u8; 4]>) -> Key {
    masking_key.map_or(0, u32::from_ne_bytes)
}

#[inline(always)]
fn option_of(key: Key) -> Option<[u8; 4]> {
    if key == 0 { None } else { Some(key.to_ne_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::Stream;

    #[test]
    fn state_is_small() {
        assert!(size_of::<Stream>() <= 64, "{}", size_of::<Stream>());
    }
}
