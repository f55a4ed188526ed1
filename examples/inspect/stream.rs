//! A stream of frames, as one side of a connection sent them.

use crate::fault::{Fault, FaultKind, Part};
use crate::input::Input;
use std::io::Read;
use wsparse::{Header, HeaderView, Opcode, Rsv, Status};

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

/// How to read the payload of a frame.
#[derive(Clone, Copy)]
pub(crate) enum Content {
    Text,
    Binary,
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
    /// The first bytes of the payload, unmasked.
    pub(crate) payload_start: &'a [u8],
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) frames: u64,
    pub(crate) messages: u64,
    pub(crate) payload_bytes: u64,
}

pub(crate) struct Stream<R> {
    input: Input<R>,
    /// The sender, if an HTTP head shows who it is.
    sender: Option<Sender>,
    /// The content of the message that has begun.
    message: Content,
    payload_start: Vec<u8>,
    counts: Counts,
}

impl<R: Read> Stream<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            input: Input::new(reader),
            sender: None,
            message: Content::Any,
            payload_start: Vec::with_capacity(KEPT_BYTES),
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

    /// Skips an HTTP head, if the stream starts with one, and returns its sender.
    ///
    /// No valid frame looks like one: `G` is a reserved opcode, and `H` a fragmented Close.
    pub(crate) fn skip_head(&mut self) -> Result<Option<Sender>, Fault> {
        while self.input.unread().len() < b"HTTP/".len() && self.fill()? {}
        let start = self.input.unread();
        self.sender = if start.starts_with(b"GET ") {
            Some(Sender::Client)
        } else if start.starts_with(b"HTTP/") {
            Some(Sender::Server)
        } else {
            return Ok(None);
        };
        let mut searched: usize = 0;
        loop {
            let unread = self.input.unread();
            let head = unread.get(..MAX_HEAD_BYTES).unwrap_or(unread);
            // The blank line may be split between two reads.
            let from = searched.saturating_sub(HEAD_END.len());
            let mut windows = head.windows(HEAD_END.len()).skip(from);
            if let Some(index) = windows.position(|window| window == HEAD_END) {
                let head_len = from.saturating_add(index).saturating_add(HEAD_END.len());
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
        self.read_payload(offset, &header)?;
        self.counts.frames = self.counts.frames.saturating_add(1);
        if header.opcode.is_data() && header.fin {
            self.counts.messages = self.counts.messages.saturating_add(1);
        }
        Ok(Some(SeenFrame {
            offset,
            sender: self.sender.unwrap_or(match header.masking_key {
                Some(_) => Sender::Client,
                None => Sender::Server,
            }),
            content: self.content(&header),
            header,
            payload_start: &self.payload_start,
        }))
    }

    fn read_header(&mut self) -> Result<Option<Header>, Fault> {
        loop {
            let start = self.input.position();
            // RSV1 marks a compressed message if permessage-deflate was negotiated.
            match HeaderView::parse_with(self.input.unread(), Rsv::RSV1) {
                Ok(Status::Complete(view)) => {
                    let header = view.to_header();
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

    /// Unmasks the payload chunk by chunk, and keeps its start.
    fn read_payload(&mut self, frame: u64, header: &Header) -> Result<(), Fault> {
        self.payload_start.clear();
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
            let kept = KEPT_BYTES.saturating_sub(self.payload_start.len());
            self.payload_start.extend(chunk.iter().take(kept));
            done = done.saturating_add(chunk.len() as u64);
        }
        self.counts.payload_bytes = self.counts.payload_bytes.saturating_add(done);
        Ok(())
    }

    /// Returns the content of the frame. Continuations have that of the message's first frame.
    fn content(&mut self, header: &Header) -> Content {
        let own = match header.opcode {
            _ if header.rsv.contains(Rsv::RSV1) => Content::Compressed,
            Opcode::Continuation => self.message,
            Opcode::Text => Content::Text,
            Opcode::Binary => Content::Binary,
            Opcode::Close => Content::Close,
            Opcode::Ping | Opcode::Pong => Content::Any,
        };
        // §5.4: control frames may arrive between the fragments of a message.
        if header.opcode.is_data() {
            self.message = if header.fin { Content::Any } else { own };
        }
        own
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
