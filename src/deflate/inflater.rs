use crate::deflate::message::Inflated;
use crate::deflate::policy::Agreed;
use crate::deflate::progress::{Progress, grown, taken};
use crate::payload::utf8::Utf8;
use crate::wire::error::{Error, Rule};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use zlib_rs::{Inflate, InflateFlush, Status};

/// All window sizes take the same memory, and the largest accepts what any compressor produces.
const WINDOW_BITS: u8 = 15;

/// In a part of at most this many bytes, the codec stops at the end of each block. That usually saves a call
/// in [`end`], but each stop costs time.
const SHORT: usize = 256;

/// What a compressor removes from the end of each message (§7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// The tail, and an empty block after it.
const TAIL_AND_BLOCK: [u8; 9] = [0x00, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0xff, 0xff];

/// Decompresses the messages that one endpoint receives (§7.2.2).
///
/// Call [`begin`](Self::begin) for each message whose first frame has RSV1. Then pass the payloads of its
/// frames, unmasked, in parts of any size. Text is validated as it is inflated, and a message that becomes
/// longer than its limit is refused when it reaches the limit.
///
/// Memory is allocated for the first compressed message: 48 KB, whatever the window. If each message
/// stands alone ([`context_takeover`](crate::deflate::Direction::context_takeover) is false), the inflater
/// may serve other connections between two messages, and [`release`](Self::release) frees the memory.
///
/// If the peer ends a stream inside a message (a block with BFINAL, §7.2.3.4), the blocks that follow cannot
/// refer to the bytes before it. No known compressor does so, because its window is empty too when it
/// begins a new stream.
///
/// ```
/// use wsparse::deflate::{Agreed, Direction, Inflater};
///
/// let agreed = Agreed { outgoing: Direction::WITH_CONTEXT, incoming: Direction::WITH_CONTEXT };
/// let mut inflater = Inflater::new(agreed);
/// let mut text = Vec::new();
/// // "Hello" twice: the second message refers to the first (RFC 7692 §7.2.3.2).
/// for payload in [b"\xf2\x48\xcd\xc9\xc9\x07\x00".as_slice(), b"\xf2\x00\x11\x00\x00"] {
///     inflater.begin(true, 1024);
///     inflater.inflate_to_vec(payload, true, &mut text)?;
/// }
/// assert_eq!(text, b"HelloHello");
/// # Ok::<(), wsparse::Error>(())
/// ```
pub struct Inflater {
    codec: Option<Box<Inflate>>,
    context_takeover: bool,
    expansion: Expansion,
    message: State,
    /// Memory for a whole message, which an endpoint takes while it lends one.
    pub(super) plain: Inflated,
}

/// How far the current message is.
enum State {
    /// There is none. The window is right for the next one.
    Between,
    Inside(Message),
    /// Nothing more is inflated until a message begins.
    Failed(Error),
}

struct Message {
    /// If it is text: its end so far.
    text: Option<Utf8>,
    max_len: u64,
    /// The number of bytes in the output.
    len: u64,
    /// The byte after them, which did not fit into the output.
    next: Option<u8>,
    /// The last call of the codec wrote something, and did not begin another block after it; or it took one
    /// byte more.
    is_in_data: bool,
}

impl Inflater {
    /// Creates an inflater for what the peer sends. It allocates nothing yet.
    #[must_use]
    pub const fn new(agreed: Agreed) -> Self {
        let context_takeover = agreed.incoming.context_takeover;
        Self {
            codec: None,
            context_takeover,
            expansion: Expansion::FIRST,
            message: State::Between,
            plain: Inflated::new(Vec::new()),
        }
    }

    /// Begins a message, which must not become longer than `max_len` bytes.
    ///
    /// A message that has begun and not ended is dropped.
    pub fn begin(&mut self, is_text: bool, max_len: u64) {
        let is_dirty = !self.context_takeover || !matches!(self.message, State::Between);
        if let Some(codec) = self.codec.as_mut().filter(|codec| is_dirty && codec.total_in() > 0) {
            codec.reset(false);
        }
        let text = is_text.then(Utf8::new);
        self.message =
            State::Inside(Message { text, max_len, len: 0, next: None, is_in_data: false });
    }

    /// Returns whether no message has begun that has not ended.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        matches!(self.message, State::Between)
    }

    /// Frees the memory, unless a message is open. What a next message may refer to is kept.
    pub fn release(&mut self) {
        self.plain = Inflated::new(Vec::new());
        if !self.context_takeover && self.is_idle() {
            self.codec = None;
        }
    }

    /// Inflates the next part of the message into `output`, from its start. Takes what it inflates off
    /// the start of `part`.
    ///
    /// `is_last` states whether the message ends after this part.
    ///
    /// If the progress is not [done](Progress::is_done), `output` is full: call this again with the
    /// rest of the part. If it is done, `part` is empty.
    ///
    /// # Errors
    ///
    /// The first of these that applies to the inflated message. The offset is counted in inflated
    /// bytes, from the start of the message, and does not depend on how input and output are split. After
    /// an error, this returns the same one until [`begin`](Self::begin) is called. Fail the connection.
    ///
    /// - [`Rule::InvalidUtf8`] if text is not UTF-8
    /// - [`Rule::InvalidDeflate`] if the data cannot be inflated
    /// - [`Rule::MessageTooBig`] if the message is longer than its limit
    /// - [`Rule::UnfinishedDeflate`] if the message ends inside a block
    pub fn inflate(
        &mut self,
        part: &mut &[u8],
        is_last: bool,
        output: &mut [u8],
    ) -> Result<Progress, Error> {
        let message = match &mut self.message {
            State::Inside(message) => message,
            State::Failed(error) => return Err(*error),
            State::Between => return Ok(Progress { written: 0, is_done: true }),
        };
        let codec = self.codec.get_or_insert_with(|| Box::new(Inflate::new(false, WINDOW_BITS)));
        let result = message.inflate(codec, part, is_last, output);
        match result {
            Ok(Progress { is_done: true, .. }) if is_last => self.message = State::Between,
            Ok(_) => {}
            Err(error) => self.message = State::Failed(error),
        }
        result
    }

    /// Inflates the next part of the message, and appends it to `output`.
    ///
    /// The `Vec` grows with what is inflated.
    ///
    /// # Errors
    ///
    /// Those of [`inflate`](Self::inflate). What was inflated before an error is in `output`.
    pub fn inflate_to_vec(
        &mut self,
        mut part: &[u8],
        is_last: bool,
        output: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let (start, received) = (output.len(), part.len());
        let mut expansion = self.expansion;
        loop {
            let len = output.len();
            let space = grown(output, expansion.of(part.len()));
            let before = self.inflated();
            let result = self.inflate(&mut part, is_last, space);
            let written = match result {
                Ok(progress) => progress.written,
                Err(error) => taken(before, error.offset()).min(space.len()),
            };
            output.truncate(len.saturating_add(written));
            if result?.is_done {
                self.expansion.learn(received, output.len().saturating_sub(start));
                return Ok(());
            }
            expansion = expansion.doubled();
        }
    }

    /// The number of bytes that have been inflated of the open message.
    pub(super) const fn inflated(&self) -> u64 {
        match &self.message {
            State::Inside(message) => message.len,
            State::Between | State::Failed(_) => 0,
        }
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater")
            .field("context_takeover", &self.context_takeover)
            .finish_non_exhaustive()
    }
}

impl Message {
    fn inflate(
        &mut self,
        codec: &mut Inflate,
        part: &mut &[u8],
        is_last: bool,
        output: &mut [u8],
    ) -> Result<Progress, Error> {
        let room = usize::try_from(self.max_len.saturating_sub(self.len)).unwrap_or(usize::MAX);
        let len = room.min(output.len());
        let output = output.get_mut(..len).unwrap_or_default();
        let mut written = 0;
        // What is written is validated, whatever the result: the first error in the message counts.
        let result = self.fill(codec, part, is_last, output, &mut written);
        let fresh = output.get(..written).unwrap_or_default();
        if let Some(text) = &mut self.text
            && let Err(offset) = text.check(fresh)
        {
            return Err(Error::new(Rule::InvalidUtf8, self.len.saturating_add(offset as u64)));
        }
        self.len = self.len.saturating_add(written as u64);
        match result {
            Err(Corrupt { .. }) => return Err(Error::new(Rule::InvalidDeflate, self.len)),
            Ok(false) if self.len == self.max_len => {
                return Err(Error::new(Rule::MessageTooBig, self.len));
            }
            Ok(false) => return Ok(Progress { written, is_done: false }),
            Ok(true) => {}
        }
        if is_last {
            end(codec, self.is_in_data).map_err(|rule| Error::new(rule, self.len))?;
            if self.text.is_some_and(|text| !text.is_complete()) {
                return Err(Error::new(Rule::InvalidUtf8, self.len));
            }
        }
        Ok(Progress { written, is_done: true })
    }

    /// Inflates until `part` is empty and nothing more comes out of it, and returns true. If `output`
    /// is full before, returns false.
    fn fill(
        &mut self,
        codec: &mut Inflate,
        part: &mut &[u8],
        is_last: bool,
        output: &mut [u8],
        written: &mut usize,
    ) -> Result<bool, Corrupt> {
        let is_short = is_last && part.len() <= SHORT;
        let flush = if is_short { InflateFlush::Block } else { InflateFlush::NoFlush };
        // Whether more may come out of what the codec has taken.
        let mut has_more = false;
        if let Some(next) = self.next {
            let Some(first) = output.first_mut() else { return Ok(false) };
            *first = next;
            (self.next, *written, has_more) = (None, 1, true);
        }
        while has_more || !part.is_empty() {
            let space = output.get_mut(*written..).unwrap_or_default();
            if space.is_empty() {
                // Only the codec knows whether this is all.
                let mut next = [0];
                self.is_in_data = false;
                let written = match step(codec, part, &mut next, flush) {
                    Ok(step) => step.written,
                    // The codec reports the error again.
                    Err(Corrupt { written: 1, .. }) => 1,
                    Err(corrupt) => return Err(corrupt),
                };
                if written > 0 {
                    let [next] = next;
                    self.next = Some(next);
                    return Ok(false);
                }
                has_more = false;
            } else {
                let step = step(codec, part, space, flush).inspect_err(|corrupt| {
                    *written = written.saturating_add(corrupt.written);
                })?;
                self.is_in_data =
                    is_short && (step.written > 0 || self.is_in_data && step.read <= 1);
                has_more = step.written == space.len();
                *written = written.saturating_add(step.written);
            }
        }
        Ok(true)
    }
}

/// How many times as long as its input the output is expected to be, in eighths.
///
/// A message that is inflated in two calls of the codec takes longer: the codec copies its window, and the
/// second call looks up references in the copy. An output that is much too long costs time as well, because it
/// is filled with zeros first.
#[derive(Clone, Copy)]
struct Expansion(usize);

impl Expansion {
    /// Text often becomes four times as long.
    const FIRST: Self = Self(4 * 8);

    /// Limits the memory that is reserved for each byte received.
    const MAX: usize = 16 * 8;

    /// The codec is faster as long as the longest match fits into the output.
    const fn of(self, received: usize) -> usize {
        (received.saturating_mul(self.0) / 8).saturating_add(260)
    }

    fn doubled(self) -> Self {
        Self(self.0.saturating_mul(2))
    }

    /// Follows a longer output at once, with an eighth to spare, and a shorter one slowly.
    fn learn(&mut self, received: usize, inflated: usize) {
        if let Some(found) = inflated.saturating_mul(9).checked_div(received) {
            let slow = (self.0.saturating_mul(7).saturating_add(found)) / 8;
            self.0 = found.saturating_add(1).max(slow).min(Self::MAX);
        }
    }
}

/// The data cannot be inflated after these bytes.
struct Corrupt {
    read: usize,
    written: usize,
}

struct Step {
    read: usize,
    written: usize,
    /// A block with BFINAL has ended.
    is_stream_end: bool,
}

/// Takes what it can off the start of `input`. Starts again after a block with BFINAL.
fn step(
    codec: &mut Inflate,
    input: &mut &[u8],
    output: &mut [u8],
    flush: InflateFlush,
) -> Result<Step, Corrupt> {
    let (total_in, total_out) = (codec.total_in(), codec.total_out());
    let result = codec.decompress(input, output, flush);
    let read = taken(total_in, codec.total_in());
    let written = taken(total_out, codec.total_out());
    let status = result.map_err(|_| Corrupt { read, written })?;
    *input = input.get(read..).unwrap_or_default();
    let is_stream_end = status == Status::StreamEnd;
    if is_stream_end {
        codec.reset(false);
    } else if read == 0 && written == 0 && !input.is_empty() && !output.is_empty() {
        // Does not happen. It would be an endless loop.
        return Err(Corrupt { read, written });
    }
    Ok(Step { read, written, is_stream_end })
}

/// Appends the tail (§7.2.2), and checks that it has completed an empty block.
///
/// The codec stops at the end of a block. It does so at the end of the tail, with no output, if the message
/// ended in the header of an empty block, as it must (§7.2.1). A block with dynamic codes whose header is
/// completed by the tail may do so too, and end inside a byte. The block after it shows that.
///
/// That cannot happen if the codec `is_in_data`. In a block, no code is longer than 15 bits, so that one of
/// the 16 zeros completes what has begun, and the ones that follow begin something new. In a header of which
/// at most 15 bits come before the tail, the codes would have 4 bits or more, and be at most seven, which
/// does not make a complete set.
fn end(codec: &mut Inflate, is_in_data: bool) -> Result<(), Rule> {
    let mut rest = TAIL_AND_BLOCK.as_slice();
    let mut output = [0; 16];
    let tail = step(codec, &mut rest, &mut output, InflateFlush::Block).map_err(|corrupt| {
        // The codec stopped before the header of a block that the message contains.
        if corrupt.read == 0 { Rule::InvalidDeflate } else { Rule::UnfinishedDeflate }
    })?;
    if tail.read != TAIL.len() || tail.written != 0 {
        return Err(Rule::UnfinishedDeflate);
    }
    if tail.is_stream_end || is_in_data {
        return Ok(());
    }
    let is_end = step(codec, &mut rest, &mut output, InflateFlush::Block).is_ok_and(|block| {
        block.written == 0 && if block.is_stream_end { block.read == 0 } else { rest.is_empty() }
    });
    if is_end { Ok(()) } else { Err(Rule::UnfinishedDeflate) }
}
