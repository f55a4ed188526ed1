//! A stream of frames, as one side of a connection sent them.

use crate::compression::{Negotiated, Responses};
use crate::fault::{Fault, FaultKind, Part};
use crate::input::Input;
use crate::report::Counts;
use std::io::Read;
use std::mem;
use wsparse::{Header, HeaderView, Opcode, Rsv, Rule, Status};

/// The longest HTTP head that is accepted.
pub(crate) const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How much of each payload is kept for its preview. A control frame's fits (§5.5).
const KEPT_BYTES: usize = 125;

const HEAD_END: &[u8] = b"\r\n\r\n";

/// Who sent a frame.
#[derive(Clone, Copy)]
pub(crate) enum Sender {
    Client,
    Server,
}

impl Sender {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// How to read the content of a frame.
#[derive(Clone, Copy)]
pub(crate) enum Content {
    Text,
    Binary,
    /// Compressed, and it is not known how.
    Compressed,
    Close,
    /// A Ping, a Pong, or a continuation of a message that began before the stream.
    Any,
}

/// A complete frame.
pub(crate) struct SeenFrame<'a> {
    /// The stream offset of its first byte.
    pub(crate) offset: u64,
    pub(crate) sender: Sender,
    pub(crate) header: Header,
    pub(crate) content: Content,
    /// The first bytes of the content: of the payload, unmasked, or of what was inflated.
    pub(crate) start: &'a [u8],
    /// The length of the whole content.
    pub(crate) len: u64,
    /// If this frame ends a compressed message: the sizes of that message.
    pub(crate) sizes: Option<Sizes>,
}

/// The length of a compressed message in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) compressed: u64,
    /// `None` if it was not inflated.
    pub(crate) inflated: Option<u64>,
}

/// The message that has begun and not ended.
struct Open {
    content: Content,
    /// `None` if it is not compressed.
    sizes: Option<Sizes>,
}

impl Open {
    /// There is none, or it began before the stream.
    const UNKNOWN: Self = Self { content: Content::Any, sizes: None };
}

pub(crate) struct Stream<R> {
    input: Input<R>,
    /// The sender, if an HTTP head shows who it is.
    sender: Option<Sender>,
    negotiated: Negotiated,
    message: Open,
    /// What is kept of the current frame's content, and the length of all of it.
    start: Vec<u8>,
    len: u64,
    counts: Counts,
}

impl<R: Read> Stream<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            input: Input::new(reader),
            sender: None,
            negotiated: Negotiated::Unknown,
            message: Open::UNKNOWN,
            start: Vec::with_capacity(KEPT_BYTES),
            len: 0,
            counts: Counts::default(),
        }
    }

    /// Returns how many bytes have been consumed.
    pub(crate) fn position(&self) -> u64 {
        self.input.position()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    pub(crate) fn negotiated(&self) -> &Negotiated {
        &self.negotiated
    }

    /// Skips an HTTP head, if the stream starts with one, and returns its sender.
    ///
    /// No valid frame looks like one: `G` is a reserved opcode, and `H` a fragmented Close.
    pub(crate) fn skip_head(&mut self, responses: &Responses) -> Result<Option<Sender>, Fault> {
        while self.input.unread().len() < b"HTTP/".len() && self.fill()? {}
        let start = self.input.unread();
        let sender = if start.starts_with(b"GET ") {
            Sender::Client
        } else if start.starts_with(b"HTTP/") {
            Sender::Server
        } else {
            return Ok(None);
        };
        self.sender = Some(sender);
        let mut searched: usize = 0;
        loop {
            let unread = self.input.unread();
            let head = unread.get(..MAX_HEAD_BYTES).unwrap_or(unread);
            // The blank line may be split between two reads.
            let from = searched.saturating_sub(HEAD_END.len());
            let mut windows = head.windows(HEAD_END.len()).skip(from);
            if let Some(index) = windows.position(|window| window == HEAD_END) {
                let head_len = from.saturating_add(index).saturating_add(HEAD_END.len());
                let head = head.get(..head_len).unwrap_or_default();
                self.negotiated = responses.negotiated(head, sender);
                self.input.consume(head_len);
                return Ok(self.sender);
            }
            searched = head.len();
            if searched == MAX_HEAD_BYTES {
                return Err(Fault { offset: MAX_HEAD_BYTES as u64, kind: FaultKind::EndlessHead });
            }
            if !self.fill()? {
                return Err(self.truncated(Part::Head, 1));
            }
        }
    }

    /// Returns the next frame; `None` if the stream ends after the last one.
    pub(crate) fn next_frame(&mut self) -> Result<Option<SeenFrame<'_>>, Fault> {
        let offset = self.input.position();
        let Some(header) = self.read_header()? else {
            return Ok(None);
        };
        let content = self.begin_frame(&header);
        self.read_payload(offset, &header)?;
        let sizes = self.end_frame(&header);
        Ok(Some(SeenFrame {
            offset,
            sender: self.sender.unwrap_or(match header.masking_key {
                Some(_) => Sender::Client,
                None => Sender::Server,
            }),
            header,
            content,
            start: &self.start,
            len: self.len,
            sizes,
        }))
    }

    fn read_header(&mut self) -> Result<Option<Header>, Fault> {
        loop {
            let start = self.input.position();
            // RSV1 marks a compressed message if permessage-deflate was negotiated.
            let allowed = match self.negotiated {
                Negotiated::Nothing => Rsv::NONE,
                Negotiated::Unknown | Negotiated::Deflate(_) => Rsv::RSV1,
            };
            match HeaderView::parse_with(self.input.unread(), allowed) {
                Ok(Status::Complete(view)) => {
                    let header = view.to_header();
                    if self.negotiated.codec().is_some()
                        && is_marked(&header)
                        && !begins_message(&header)
                    {
                        let kind = FaultKind::Broken(Rule::ReservedBit);
                        return Err(Fault { offset: start, kind });
                    }
                    let header_len = view.as_bytes().len();
                    self.input.consume(header_len);
                    return Ok(Some(header));
                }
                Ok(Status::Incomplete { missing }) => {
                    if self.fill()? {
                        continue;
                    }
                    return match self.input.unread() {
                        [] => Ok(None),
                        _ => Err(self.truncated(Part::Header { frame: start }, missing)),
                    };
                }
                Err(error) => {
                    return Err(Fault {
                        offset: error.offset_by(start).offset(),
                        kind: FaultKind::Broken(error.rule()),
                    });
                }
            }
        }
    }

    /// Unmasks the payload chunk by chunk, inflates it if that is possible, and keeps the start.
    fn read_payload(&mut self, frame: u64, header: &Header) -> Result<(), Fault> {
        self.start.clear();
        self.len = 0;
        let mut codec = match self.message.sizes {
            Some(Sizes { inflated: Some(_), .. }) if header.opcode.is_data() => {
                self.negotiated.codec()
            }
            _ => None,
        };
        let broken = |rule| Fault { offset: frame, kind: FaultKind::Broken(rule) };
        let mut keep = |bytes: &[u8]| {
            let kept = KEPT_BYTES.saturating_sub(self.start.len());
            self.start.extend(bytes.iter().take(kept));
            self.len = self.len.saturating_add(bytes.len() as u64);
        };
        let mut done: u64 = 0;
        while let missing @ 1.. = header.payload_len.saturating_sub(done) {
            let position = self.input.position();
            let chunk =
                self.input.take(missing).map_err(|error| Fault::unreadable(position, error))?;
            if chunk.is_empty() {
                let opcode = header.opcode;
                return Err(self.truncated(Part::Payload { frame, opcode }, missing));
            }
            if let Some(key) = header.masking_key {
                wsparse::unmask_from(chunk, key, done);
            }
            match &mut codec {
                Some(codec) => codec.inflate(chunk, false, &mut keep).map_err(broken)?,
                None => keep(chunk),
            }
            done = done.saturating_add(chunk.len() as u64);
        }
        if let Some(codec) = codec.filter(|_| header.fin) {
            codec.inflate(&[], true, keep).map_err(broken)?;
        }
        Ok(())
    }

    /// Returns the content of a frame. Continuations have that of the message's first frame.
    fn begin_frame(&mut self, header: &Header) -> Content {
        if begins_message(header) {
            self.message = self.begin_message(header);
        } else if is_marked(header) {
            return Content::Compressed;
        }
        // §5.4: control frames may arrive between the fragments of a message.
        match header.opcode {
            Opcode::Text | Opcode::Binary | Opcode::Continuation => self.message.content,
            Opcode::Close => Content::Close,
            Opcode::Ping | Opcode::Pong => Content::Any,
        }
    }

    fn begin_message(&mut self, header: &Header) -> Open {
        let content = match header.opcode {
            Opcode::Text => Content::Text,
            _ => Content::Binary,
        };
        if !is_marked(header) {
            return Open { content, sizes: None };
        }
        match self.negotiated.codec() {
            Some(codec) => {
                codec.begin();
                Open { content, sizes: Some(Sizes { compressed: 0, inflated: Some(0) }) }
            }
            None => {
                let sizes = Sizes { compressed: 0, inflated: None };
                Open { content: Content::Compressed, sizes: Some(sizes) }
            }
        }
    }

    /// Counts a frame. Returns the sizes of the message if it is compressed and ends here.
    fn end_frame(&mut self, header: &Header) -> Option<Sizes> {
        self.counts.frame(header.payload_len);
        if !header.opcode.is_data() {
            return None;
        }
        if let Some(sizes) = &mut self.message.sizes {
            sizes.compressed = sizes.compressed.saturating_add(header.payload_len);
            sizes.inflated = sizes.inflated.map(|len| len.saturating_add(self.len));
        }
        if !header.fin {
            return None;
        }
        let ended = mem::replace(&mut self.message, Open::UNKNOWN);
        self.counts.message(ended.sizes);
        ended.sizes
    }

    fn fill(&mut self) -> Result<bool, Fault> {
        let position = self.input.position();
        let filled = self.input.fill();
        filled.map_err(|error| Fault::unreadable(position, error))
    }

    /// Returns the fault of an input that ends here.
    fn truncated(&self, part: Part, missing: u64) -> Fault {
        let unread = self.input.unread().len() as u64;
        Fault {
            offset: self.input.position().saturating_add(unread),
            kind: FaultKind::Truncated { part, missing },
        }
    }
}

/// Returns whether the frame is the first of a message.
fn begins_message(header: &Header) -> bool {
    matches!(header.opcode, Opcode::Text | Opcode::Binary)
}

/// Returns whether the bit is set that marks the first frame of a compressed message (RFC 7692 §6).
fn is_marked(header: &Header) -> bool {
    header.rsv.contains(Rsv::RSV1)
}
