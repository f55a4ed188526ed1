use crate::payload::key::MaskingKey;
use crate::payload::simd::IS_SMALL;
use crate::receive::limits::Limits;
use crate::receive::order::Order;
use crate::receive::part::{Boundary, ControlPart, DataPart};
use crate::receive::partial_header::{Added, Broken, PartialHeader};
use crate::wire::error::{Error, Rule};
use crate::wire::frame;
#[cfg(feature = "deflate")]
use crate::wire::header::Rsv;
use crate::wire::header::{CommonHeader, Header, Opcode};
use core::mem;

/// The position in a stream of frames: cuts the input into parts of frames, whose headers it
/// checks.
///
/// The types that use it unmask the parts, validate text, and keep what was split.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    order: Order,
    /// The number of bytes that have been taken; after an error, its offset.
    offset: u64,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// No byte of the next header has arrived. Unless the target is small, a message may begin with
    /// it.
    Start,
    Header(PartialHeader),
    Data {
        left: u64,
        /// For the next byte.
        key: MaskingKey,
        fin: bool,
    },
    Control {
        opcode: Opcode,
        /// For the first byte of the payload.
        key: MaskingKey,
        len: u8,
        start: u8,
    },
    /// A rule was broken: see [`Error`].
    Failed {
        rule: Rule,
        value: u32,
    },
}

const NO_HEADER: State = State::Header(PartialHeader::EMPTY);

impl Stream {
    pub(crate) const fn new(masked: bool, limits: Limits) -> Self {
        Self { order: Order::new(masked, limits), offset: 0, state: NO_HEADER }
    }

    /// Returns whether the payloads are expected to be masked.
    pub(crate) const fn is_masked(&self) -> bool {
        self.order.masked
    }

    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the error that ended the stream.
    #[inline]
    pub(crate) const fn failed(&self) -> Option<Error> {
        match self.state {
            State::Failed { rule, value } => Some(Error::with_value(rule, self.offset, value)),
            _ => None,
        }
    }

    /// Returns whether a message or a frame has begun and not ended.
    pub(crate) const fn is_within(&self) -> bool {
        match self.state {
            State::Start => self.order.is_open(),
            State::Header(header) => !header.is_empty() || self.order.is_open(),
            State::Data { .. } | State::Control { .. } => true,
            State::Failed { .. } => false,
        }
    }

    pub(crate) const fn limits(&self) -> Limits {
        self.order.limits()
    }

    /// Accepts RSV1 from now on: compressed messages.
    #[cfg(feature = "deflate")]
    pub(crate) fn allow_compressed(&mut self) {
        self.order.allowed_rsv = self.order.allowed_rsv | Rsv::RSV1;
    }

    /// Returns whether the last message that began is compressed; if so, whether it is text.
    #[cfg(feature = "deflate")]
    pub(crate) const fn compressed(&self) -> Option<bool> {
        self.order.compressed()
    }

    /// Returns whether a control frame has begun and not ended.
    pub(crate) const fn is_within_control(&self) -> bool {
        matches!(self.state, State::Control { .. })
    }

    /// Limits the length of the message that begins next.
    #[inline(always)]
    pub(crate) fn limit_next(&mut self, max: u64) {
        self.order.limit_next(max);
    }

    /// Ends the stream with an error at this distance before the end of the bytes that were taken.
    #[inline(always)]
    fn fail(&mut self, rule: Rule, value: u32, distance: usize) -> Error {
        if !IS_SMALL {
            return self.fail_outlined(rule, value, distance);
        }
        // The error in registers: in memory, it takes more code and stack.
        self.set_failed(rule, value, distance);
        Error::with_value(rule, self.offset, value)
    }

    #[cold]
    #[inline(never)]
    fn fail_outlined(&mut self, rule: Rule, value: u32, distance: usize) -> Error {
        self.set_failed(rule, value, distance);
        Error::with_value(rule, self.offset, value)
    }

    #[cold]
    #[inline(never)]
    fn set_failed(&mut self, rule: Rule, value: u32, distance: usize) {
        self.state = State::Failed { rule, value };
        self.offset = self.offset.wrapping_sub(distance as u64);
    }

    /// Ends the stream: text is invalid at this offset of the part that was just taken.
    #[inline(always)]
    pub(crate) fn fail_text(&mut self, offset: usize, part_len: usize) -> Error {
        self.fail(Rule::InvalidUtf8, 0, part_len.saturating_sub(offset))
    }

    /// Ends the stream: the payload of the Close that was just taken is invalid.
    #[inline(always)]
    pub(crate) fn fail_close(&mut self, error: Error, payload_len: usize) -> Error {
        let offset = usize::try_from(error.offset()).unwrap_or(payload_len);
        self.fail(error.rule(), error.value(), payload_len.saturating_sub(offset))
    }

    /// Ends the stream after the bytes that were taken.
    #[inline(always)]
    pub(crate) fn fail_here(&mut self, rule: Rule) -> Error {
        self.fail(rule, 0, 0)
    }

    /// Reads the header at the start of the input if a message may begin and its header is a
    /// common and legal one, masked as stated.
    ///
    /// Ask for masked and for unmasked frames in turn: each call is compiled with its own
    /// constants.
    #[inline(always)]
    pub(crate) fn common(&self, input: &[u8], masked: bool) -> Option<CommonHeader> {
        if IS_SMALL || !matches!(self.state, State::Start) {
            rarely();
            return None;
        }
        if self.order.masked != masked {
            return None;
        }
        let header = CommonHeader::read(input, masked)?;
        if self.order.fits(header.payload_len as u64) { Some(header) } else { None }
    }

    /// Cuts off the whole message that has this header; also returns the rest of the input. Only
    /// the offset changes.
    #[inline(always)]
    pub(crate) fn cut_whole<'b>(
        &mut self,
        header: CommonHeader,
        input: &'b mut [u8],
    ) -> (DataPart<'b>, &'b mut [u8]) {
        let (_, bytes, rest) = frame::cut(input, header.len, header.payload_len);
        self.take_whole(header);
        (part(header, bytes, Boundary::Message), rest)
    }

    /// The whole message that has this header has been taken.
    #[inline(always)]
    pub(crate) const fn take_whole(&mut self, header: CommonHeader) {
        self.offset = self.offset.wrapping_add(header.frame_len() as u64);
        self.order.begin_uncompressed();
    }

    /// Takes all of the input: the beginning of the message that has this header.
    #[inline(always)]
    pub(crate) fn cut_part<'b>(
        &mut self,
        header: CommonHeader,
        input: &'b mut [u8],
    ) -> DataPart<'b> {
        self.offset = self.offset.wrapping_add(input.len() as u64);
        let (_, bytes) = input.split_at_mut_checked(header.len).unwrap_or_default();
        let left = header.payload_len.wrapping_sub(bytes.len()) as u64;
        let key = header.masking_key.unwrap_or(MaskingKey::NONE).at(bytes.len());
        self.state = State::Data { left, key, fin: true };
        self.order.begin_single(header.is_text);
        part(header, bytes, Boundary::None)
    }

    /// Takes the next header off the input, if one is expected and all of it has arrived.
    ///
    /// After it, and inside a frame, go on with [`take_data`](Self::take_data) or
    /// [`take_control`](Self::take_control).
    // Faster if it is inlined. On a device, the compiler chooses what is smaller.
    #[cfg_attr(target_os = "none", inline)]
    #[cfg_attr(not(target_os = "none"), inline(always))]
    pub(crate) fn take_header(&mut self, input: &mut &mut [u8]) -> Result<Option<Header>, Error> {
        match self.state {
            State::Start | State::Header(_) => {}
            State::Data { .. } | State::Control { .. } => return Ok(None),
            State::Failed { rule, value } => {
                return Err(Error::with_value(rule, self.offset, value));
            }
        }
        if input.is_empty() {
            return Ok(None);
        }
        let (len, added) = self.add_to_header(input);
        self.take(input, len);
        let header = match added {
            Ok(Some(header)) => header,
            Ok(None) => return Ok(None),
            // What follows the byte that breaks the rule is left.
            Err(Broken(rule, value)) => return Err(self.fail(rule, value, 1)),
        };
        let Header { fin, opcode, payload_len: left, masking_key, .. } = header;
        let key = MaskingKey::from_option(masking_key);
        if opcode.is_control() {
            // It was checked to be at most 125.
            let len = u8::try_from(left).unwrap_or_default();
            self.state = State::Control { opcode, key, len, start: 0 };
        } else {
            self.state = State::Data { left, key, fin };
            self.order.begin(&header);
        }
        Ok(Some(header))
    }

    /// Adds the bytes at the start of the input to the header, of which a part may have arrived.
    #[inline(always)]
    fn add_to_header(&mut self, input: &[u8]) -> (usize, Added) {
        if IS_SMALL {
            // In its place: a copy takes code.
            if matches!(self.state, State::Start) {
                self.state = NO_HEADER;
            }
            let State::Header(partial) = &mut self.state else { return (0, Ok(None)) };
            let had = partial.len();
            let added = partial.add_bytes(input, &self.order);
            return (partial.len().wrapping_sub(had), added);
        }
        // As a copy: it can be in registers.
        let mut partial = match self.state {
            State::Header(partial) => partial,
            _ => PartialHeader::EMPTY,
        };
        let added = partial.add(input, &self.order);
        if matches!(added.1, Ok(None)) {
            self.state = State::Header(partial);
        }
        added
    }

    /// Takes up to `max` bytes off the start of the input.
    #[inline(always)]
    fn take<'b>(&mut self, input: &mut &'b mut [u8], max: usize) -> &'b mut [u8] {
        let taken = split_off(input, max);
        self.offset = self.offset.wrapping_add(taken.len() as u64);
        taken
    }

    /// A frame has ended.
    #[inline(always)]
    const fn end_frame(&mut self) {
        // A constant in each arm: a state that is chosen first and stored later goes through memory
        // twice.
        if IS_SMALL || self.order.may_begin() {
            self.state = State::Start;
        } else {
            self.state = NO_HEADER;
        }
    }

    /// Takes what the input holds of the payload of the open data frame. That may be nothing only if
    /// its header was just taken.
    #[inline(always)]
    pub(crate) fn take_data<'b>(
        &mut self,
        is_first: bool,
        input: &mut &'b mut [u8],
    ) -> Option<DataPart<'b>> {
        let State::Data { left, key, fin } = &mut self.state else { return None };
        if !is_first && input.is_empty() {
            return None;
        }
        let (first_key, fin) = (*key, *fin);
        let bytes = split_off(input, usize::try_from(*left).unwrap_or(usize::MAX));
        self.offset = self.offset.wrapping_add(bytes.len() as u64);
        *left = left.wrapping_sub(bytes.len() as u64);
        let is_text = self.order.is_text();
        let boundary = if *left > 0 {
            *key = key.at(bytes.len());
            Boundary::None
        } else {
            if fin {
                self.order.end();
            }
            self.end_frame();
            if fin { Boundary::Message } else { Boundary::Frame }
        };
        let key = if first_key.is_none() { None } else { Some(first_key) };
        Some(DataPart { bytes, key, boundary, is_text })
    }

    /// Takes what the input holds of the payload of the open control frame.
    pub(crate) fn take_control<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<ControlPart<'b>> {
        let State::Control { opcode, key, len, start } = self.state else { return None };
        let bytes = self.take(input, usize::from(len.saturating_sub(start)));
        let end = u8::try_from(bytes.len()).map_or(len, |more| start.saturating_add(more));
        let is_last = end >= len;
        if is_last {
            self.end_frame();
        } else {
            self.state = State::Control { opcode, key, len, start: end };
        }
        let start = usize::from(start);
        Some(ControlPart { opcode, start, bytes, key: key.at(start), is_last })
    }
}

/// Splits up to `max` bytes off the start of the input.
#[inline(always)]
fn split_off<'b>(input: &mut &'b mut [u8], max: usize) -> &'b mut [u8] {
    let all = mem::take(input);
    let (first, rest) = all.split_at_mut_checked(max.min(all.len())).unwrap_or_default();
    *input = rest;
    first
}

#[inline(always)]
fn part(header: CommonHeader, bytes: &mut [u8], boundary: Boundary) -> DataPart<'_> {
    let CommonHeader { is_text, masking_key: key, .. } = header;
    DataPart { bytes, key, boundary, is_text }
}

/// Marks a path as rare, so that the compiler lays out the others in a straight line.
#[cold]
#[inline(always)]
pub(crate) const fn rarely() {}

#[cfg(test)]
mod tests {
    use super::Stream;

    #[test]
    fn state_is_small() {
        assert!(size_of::<Stream>() <= 64, "{}", size_of::<Stream>());
    }
}
