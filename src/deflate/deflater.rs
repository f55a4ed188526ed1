use crate::deflate::policy::{Agreed, Direction, Policy};
use crate::deflate::progress::{Progress, grown, taken};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

/// The number of bytes that are removed from the end of each message: `00 00 ff ff` (§7.2.1).
const TAIL_LEN: usize = 4;

/// An empty message (§7.2.3.6).
const EMPTY: u8 = 0x00;

/// If the output of a message cannot be longer than this, one call of the codec compresses it.
const SMALL: usize = 32 << 10;

/// The largest step by which a `Vec` grows. A larger one is not faster.
const SPACE: usize = 64 << 10;

/// Compresses the messages that one endpoint sends (§7.2.1).
///
/// Set RSV1 in the first frame of a message that was compressed. If a method says that a message was not
/// compressed, send it as it is: it is short, or became no shorter. You may send any other message
/// uncompressed as well, without calling this.
///
/// Memory is allocated for the first message that is compressed. [`release`](Self::release) frees it; the
/// next message is then compressed with an empty window, which every receiver accepts. If each message
/// stands alone ([`context_takeover`](crate::deflate::Direction::context_takeover) is false), the compressor
/// may serve other connections between two messages, if these have agreed on the same window or a larger
/// one.
///
/// ```
/// use wsparse::deflate::{Agreed, Deflater, Direction, Policy};
///
/// let agreed = Agreed { outgoing: Direction::WITH_CONTEXT, incoming: Direction::WITH_CONTEXT };
/// let mut deflater = Deflater::new(&Policy { threshold: 0, ..Policy::DEFAULT }, agreed);
/// let mut output = Vec::new();
/// assert!(deflater.compress_to_vec(b"Hello", &mut output));
/// assert_eq!(output, b"\xf2\x48\xcd\xc9\xc9\x07\x00");
/// output.clear();
/// // It refers to the first message.
/// assert!(deflater.compress_to_vec(b"Hello", &mut output));
/// assert!(output.len() < 5);
/// ```
pub struct Deflater {
    codec: Option<Box<Deflate>>,
    context_takeover: bool,
    level: u8,
    memory_level: u8,
    window_bits: u8,
    threshold: usize,
    message: State,
}

/// How far the current message is.
#[derive(Clone, Copy)]
enum State {
    /// There is none, and the window has what the peer has received.
    Between,
    /// Nothing of it has been compressed yet.
    Begun,
    Inside,
    /// Everything has been compressed.
    Ended(End),
    /// There is none, but the window has what the peer does not receive.
    Dropped,
}

/// The last bytes of a message, which have not been written yet.
#[derive(Clone, Copy)]
struct End {
    bytes: [u8; 16],
    start: usize,
    end: usize,
}

impl Deflater {
    /// Creates a compressor for what this endpoint sends. It allocates nothing yet.
    #[must_use]
    pub const fn new(policy: &Policy, agreed: Agreed) -> Self {
        let outgoing = agreed.outgoing;
        Self {
            codec: None,
            context_takeover: outgoing.context_takeover,
            level: match policy.level {
                // Blocks that are only stored refer to nothing, so they keep to every window.
                _ if outgoing.window_bits < 9 => 0,
                level @ ..9 => level,
                _ => 9,
            },
            memory_level: match policy.memory_level {
                0 => 1,
                level @ 1..9 => level,
                _ => 9,
            },
            window_bits: outgoing.max_window_bits(),
            threshold: policy.threshold,
            message: State::Between,
        }
    }

    /// Returns how it compresses.
    pub(crate) const fn direction(&self) -> Direction {
        Direction { window_bits: self.window_bits, context_takeover: self.context_takeover }
    }

    /// Returns a number of bytes that always suffices for the output of a message of this length.
    #[must_use]
    pub const fn max_len(message_len: usize) -> usize {
        // zlib's bound for all windows and memory levels, and the flush at the end.
        message_len
            .saturating_add(message_len / 8)
            .saturating_add(message_len / 64)
            .saturating_add(24)
    }

    /// Returns whether a message of this length should be compressed: it is not below the
    /// [threshold](Policy::threshold), and neither the policy nor the window forbids it.
    #[must_use]
    pub const fn should_compress(&self, message_len: usize) -> bool {
        self.level > 0 && message_len >= self.threshold
    }

    /// Returns whether no message has begun that has not ended.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        matches!(self.message, State::Between | State::Dropped)
    }

    /// Frees the memory, unless a message is open.
    pub fn release(&mut self) {
        if self.is_idle() {
            self.codec = None;
        }
    }

    /// Compresses a whole message, and appends it to `output`.
    ///
    /// Returns false, and appends nothing, if the message is to be sent uncompressed: it should [not be
    /// compressed](Self::should_compress), or became no shorter. With context takeover, a message is also
    /// compressed if it becomes longer, by some bytes, because later messages may refer to it.
    pub fn compress_to_vec(&mut self, message: &[u8], output: &mut Vec<u8>) -> bool {
        if !self.should_compress(message.len()) {
            return false;
        }
        let start = output.len();
        let max_len = Self::max_len(message.len());
        if max_len > SMALL {
            self.begin();
            self.compress_part_to_vec(message, true, output);
        } else {
            output.resize(start.saturating_add(max_len), 0);
            let space = output.get_mut(start..).unwrap_or_default();
            let written = self.compress_at_once(message, space).unwrap_or_default();
            output.truncate(start.saturating_add(written));
        }
        let len = output.len().saturating_sub(start);
        let is_compressed = len > 0 && (self.context_takeover || len < message.len());
        if !is_compressed {
            output.truncate(start);
        }
        is_compressed
    }

    /// Compresses a whole message into the start of `output`, and returns the number of bytes.
    ///
    /// Returns `None` if the message is to be sent uncompressed: see
    /// [`compress_to_vec`](Self::compress_to_vec).
    ///
    /// # Errors
    ///
    /// [`NoRoom`] if `output` is too short. It needs 5 bytes more than the result;
    /// [`max_len`](Self::max_len) always suffices. Try again, or send the message uncompressed. In both
    /// cases, the next message that is compressed refers to none before it.
    pub fn compress(&mut self, message: &[u8], output: &mut [u8]) -> Result<Option<usize>, NoRoom> {
        if !self.should_compress(message.len()) {
            return Ok(None);
        }
        // Without context, a result that is no shorter than the message is not used.
        let longest = if self.context_takeover { usize::MAX } else { message.len() };
        let needed = Self::max_len(message.len());
        let is_short = output.len() < needed.min(longest.saturating_add(TAIL_LEN));
        match self.compress_at_once(message, output) {
            Some(written) if written < longest => Ok(Some(written)),
            None if is_short => Err(NoRoom { needed }),
            _ => Ok(None),
        }
    }

    /// Begins a message that is compressed in parts.
    ///
    /// A message that has begun and not ended is dropped.
    pub fn begin(&mut self) {
        let is_stale = matches!(self.message, State::Inside | State::Ended(_) | State::Dropped);
        if is_stale && self.codec.is_some() {
            self.drop_message();
        }
        self.message = State::Begun;
    }

    /// Compresses the next part of the message into `output`, from its start. Takes what it compresses
    /// off the start of `part`.
    ///
    /// `is_last` states whether the message ends after this part. Before that, the compressor keeps most of
    /// what it takes, so nothing may be written.
    ///
    /// If the progress is not [done](Progress::is_done), `output` is full: call this again with the
    /// rest of the part. If it is done, `part` is empty.
    ///
    /// Without a call of [`begin`](Self::begin), nothing is compressed.
    pub fn compress_part(
        &mut self,
        part: &mut &[u8],
        is_last: bool,
        output: &mut [u8],
    ) -> Progress {
        let mut written = 0;
        match self.message {
            State::Between | State::Dropped => return Progress { written, is_done: true },
            State::Begun if part.is_empty() => {}
            State::Begun | State::Inside => {
                self.message = State::Inside;
                // Unlike the flush at the end, this one can be repeated without an effect.
                let flush = if is_last { DeflateFlush::Block } else { DeflateFlush::NoFlush };
                written = self.step(part, output, flush);
                if !part.is_empty() || is_last && written == output.len() {
                    return Progress { written, is_done: false };
                }
            }
            State::Ended(_) => {}
        }
        if !is_last {
            return Progress { written, is_done: true };
        }
        let mut end = match self.message {
            State::Ended(end) => end,
            State::Inside => self.end(),
            _ => End { bytes: [EMPTY; 16], start: 0, end: 1 },
        };
        let space = output.get_mut(written..).unwrap_or_default();
        let bytes = end.bytes.get(end.start..end.end).unwrap_or_default();
        let len = bytes.len().min(space.len());
        space.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        end.start = end.start.saturating_add(len);
        let is_done = end.start == end.end;
        self.message = if is_done { State::Between } else { State::Ended(end) };
        Progress { written: written.saturating_add(len), is_done }
    }

    /// Compresses the next part of the message, and appends it to `output`.
    pub fn compress_part_to_vec(&mut self, mut part: &[u8], is_last: bool, output: &mut Vec<u8>) {
        loop {
            let len = output.len();
            let space = grown(output, part.len().min(SPACE));
            let progress = self.compress_part(&mut part, is_last, space);
            output.truncate(len.saturating_add(progress.written));
            if progress.is_done {
                return;
            }
        }
    }

    /// Compresses a message with one call of the codec. Returns `None` if it does not fit with its
    /// tail.
    fn compress_at_once(&mut self, mut message: &[u8], output: &mut [u8]) -> Option<usize> {
        self.begin();
        if message.is_empty() {
            self.message = State::Between;
            *output.first_mut()? = EMPTY;
            return Some(1);
        }
        let written = self.step(&mut message, output, self.last_flush());
        // If the output is full, the end of the message may be missing.
        if written == output.len() || !message.is_empty() {
            self.message = State::Dropped;
            return None;
        }
        self.message = State::Between;
        written.checked_sub(TAIL_LEN)
    }

    /// Flushes what is left: some bits, and an empty block without its tail.
    fn end(&mut self) -> End {
        let mut bytes = [0; 16];
        let written = self.step(&mut [].as_slice(), &mut bytes, self.last_flush());
        End { bytes, start: 0, end: written.saturating_sub(TAIL_LEN) }
    }

    /// Ends the message in the codec, without its output, and empties the window.
    ///
    /// The codec's `reset` does not suffice: with level 1, zlib-rs 0.6.8 would take the block of this message
    /// for one of the next.
    fn drop_message(&mut self) {
        let mut output = [0; 512];
        while self.step(&mut [].as_slice(), &mut output, DeflateFlush::FullFlush) == output.len() {}
    }

    /// Returns the flush that ends a message. Without context takeover it empties the window, which is faster
    /// than resetting the codec before the next message.
    const fn last_flush(&self) -> DeflateFlush {
        if self.context_takeover { DeflateFlush::SyncFlush } else { DeflateFlush::FullFlush }
    }

    /// Takes what it can off the start of `input`, and returns the number of bytes written.
    fn step(&mut self, input: &mut &[u8], output: &mut [u8], flush: DeflateFlush) -> usize {
        let config = DeflateConfig {
            level: self.level.into(),
            // Negative: without the header of zlib.
            window_bits: i32::from(self.window_bits).saturating_neg(),
            mem_level: self.memory_level.into(),
            ..DeflateConfig::default()
        };
        let codec = self.codec.get_or_insert_with(|| Box::new(Deflate::new_with_config(config)));
        let (total_in, total_out) = (codec.total_in(), codec.total_out());
        // There is no input that it cannot compress.
        _ = codec.compress(input, output, flush);
        *input = input.get(taken(total_in, codec.total_in())..).unwrap_or_default();
        taken(total_out, codec.total_out())
    }
}

/// The output is too short for a compressed message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NoRoom {
    /// A number of bytes that suffices.
    pub needed: usize,
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the output is too short: {} bytes suffice", self.needed)
    }
}

impl core::error::Error for NoRoom {}
