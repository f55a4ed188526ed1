use crate::receive::limits::Limits;
use crate::wire::error::Rule;
use crate::wire::header::{Header, HeaderStart, Opcode, Rsv};

/// Which frames may come next: their order (§5.4), their masks (§5.1), and the limits (§10.4).
#[derive(Clone, Debug)]
pub(super) struct Order {
    // The fields of `Limits`, without its padding: the state of a stream is small.
    max_frame: u64,
    max_message: u64,
    max_fragments: u32,
    max_control_rate: u32,
    pub(super) allowed_rsv: Rsv,
    /// Payloads must be masked.
    pub(super) masked: bool,
    message: OpenMessage,
    /// Whether the last message that began is compressed; if so, whether it is text.
    #[cfg(feature = "deflate")]
    compressed: Option<bool>,
    /// The number of bytes that the open message may still have; between messages, the next one.
    bytes_left: u64,
    /// The number of fragments that the open message may still have.
    fragments_left: u32,
}

/// The message that has begun and not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OpenMessage {
    None,
    Text,
    /// Binary, or compressed.
    Opaque,
}

impl OpenMessage {
    const fn new(is_text: bool) -> Self {
        if is_text { Self::Text } else { Self::Opaque }
    }
}

impl Order {
    pub(super) const fn new(masked: bool, limits: Limits) -> Self {
        let Limits { allowed_rsv, max_frame, max_message, max_fragments, max_control_rate } =
            limits;
        Self {
            max_frame,
            max_message,
            max_fragments,
            max_control_rate,
            allowed_rsv,
            masked,
            message: OpenMessage::None,
            #[cfg(feature = "deflate")]
            compressed: None,
            bytes_left: max_message,
            fragments_left: 0,
        }
    }

    pub(super) const fn limits(&self) -> Limits {
        let Self { allowed_rsv, max_frame, max_message, max_fragments, max_control_rate, .. } =
            *self;
        Limits { allowed_rsv, max_frame, max_message, max_fragments, max_control_rate }
    }

    /// `check`, never inlined, for where size matters more than speed.
    #[inline(never)]
    pub(super) fn check_outlined(&self, header: &[u8]) -> Option<(Rule, u32)> {
        self.check(header)
    }

    /// Returns the rule that this header breaks, or its start, given the frames before it; also the
    /// value for [`Error::found`](crate::Error::found).
    ///
    /// The header on its own breaks none.
    #[inline(always)]
    pub(super) fn check(&self, header: &[u8]) -> Option<(Rule, u32)> {
        let start = HeaderStart::new(header)?;
        // RFC 7692 §6.1: RSV1 is set on the first frame of a message only.
        if start.has_rsv1() && !start.begins_message() {
            return Some((Rule::ReservedBit, start.rsv()));
        }
        if !start.is_control() {
            let fragments_left = match (start.begins_message(), self.is_open()) {
                (true, true) => return Some((Rule::ExpectedContinuation, start.opcode())),
                (true, false) => self.max_fragments,
                (false, true) => self.fragments_left,
                (false, false) => return Some((Rule::UnexpectedContinuation, 0)),
            };
            if fragments_left == 0 {
                return Some((Rule::TooManyFragments, 0));
            }
        }
        match (self.masked, start.masked()?) {
            (true, false) => return Some((Rule::UnmaskedByClient, 0)),
            (false, true) => return Some((Rule::MaskedByServer, 0)),
            _ => {}
        }
        let payload_len = start.payload_len()?;
        let rule = if start.is_control() {
            return None;
        } else if payload_len > self.max_frame {
            Rule::FrameTooBig
        } else if payload_len > self.bytes_left {
            Rule::MessageTooBig
        } else {
            return None;
        };
        Some((rule, u32::try_from(payload_len).unwrap_or(u32::MAX)))
    }

    /// Limits the length of the message that begins next.
    #[inline(always)]
    pub(super) fn limit_next(&mut self, max: u64) {
        if !self.is_open() {
            self.bytes_left = self.max_message.min(max);
        }
    }

    /// Returns whether a message of this length may come in one frame, between two messages.
    #[inline(always)]
    pub(super) const fn fits(&self, payload_len: u64) -> bool {
        payload_len <= self.max_frame && payload_len <= self.bytes_left
    }

    /// A data frame begins.
    pub(super) fn begin(&mut self, header: &Header) {
        if header.opcode != Opcode::Continuation {
            let is_compressed = header.rsv.contains(Rsv::RSV1);
            let is_text = header.opcode == Opcode::Text;
            self.message = OpenMessage::new(is_text && !is_compressed);
            #[cfg(feature = "deflate")]
            {
                self.compressed = is_compressed.then_some(is_text);
            }
            self.fragments_left = self.max_fragments;
        }
        self.bytes_left = self.bytes_left.saturating_sub(header.payload_len);
        self.fragments_left = self.fragments_left.saturating_sub(1);
    }

    /// A message begins that ends in the same frame, so the rest of its limits need not be counted.
    #[inline(always)]
    pub(super) const fn begin_single(&mut self, is_text: bool) {
        self.message = OpenMessage::new(is_text);
        self.begin_uncompressed();
    }

    /// A message begins without RSV1.
    #[inline(always)]
    pub(super) const fn begin_uncompressed(&mut self) {
        #[cfg(feature = "deflate")]
        {
            self.compressed = None;
        }
    }

    /// Returns whether the last message that began is compressed; if so, whether it is text.
    #[cfg(feature = "deflate")]
    pub(super) const fn compressed(&self) -> Option<bool> {
        self.compressed
    }

    /// The open message ends.
    #[inline(always)]
    pub(super) const fn end(&mut self) {
        self.message = OpenMessage::None;
        self.bytes_left = self.max_message;
    }

    #[inline(always)]
    pub(super) fn is_text(&self) -> bool {
        self.message == OpenMessage::Text
    }

    /// Returns whether a message has begun and not ended.
    #[inline(always)]
    pub(super) const fn is_open(&self) -> bool {
        !matches!(self.message, OpenMessage::None)
    }

    /// Returns whether a message may begin.
    #[inline(always)]
    pub(super) const fn may_begin(&self) -> bool {
        !self.is_open() && self.max_fragments > 0
    }
}
