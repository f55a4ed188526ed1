//! Output: written at once, and kept only if the socket takes no more.

use crate::storage::Pool;
use mio::net::TcpStream;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::mem;
use std::time::{Duration, Instant};

/// Frames up to this length are copied, so that one call writes many of them.
const COPIED: usize = 32 << 10;
/// How many bytes are gathered before they are written.
const BATCH: usize = 64 << 10;
/// How much memory a queue keeps while no connection uses it.
const KEPT: usize = 256 << 10;

/// The output that one socket has not taken yet. Nothing is read from a peer while there is some,
/// so it is never more than the answers to one read.
#[derive(Default)]
pub(crate) struct Waiting {
    /// Taken from a pool while there is output, so that an idle connection takes little memory.
    queue: Option<Box<Queue>>,
    /// Whether the socket has taken some since [`Waiting::take_has_moved`] was last called.
    has_moved: bool,
}

/// The bytes of [`Waiting`].
#[derive(Default)]
pub(crate) struct Queue {
    /// A long message, in the memory in which it was assembled.
    block: Vec<u8>,
    /// The bytes after it.
    bytes: Vec<u8>,
    /// How many bytes of both have been sent.
    sent: usize,
    /// When `flush` first found output here.
    since: Option<Instant>,
}

impl Queue {
    const fn len(&self) -> usize {
        self.block.len().saturating_add(self.bytes.len()).saturating_sub(self.sent)
    }

    /// Writes as much as the socket takes, and returns how many bytes that was.
    fn flush(&mut self, stream: &mut TcpStream) -> io::Result<usize> {
        self.since.get_or_insert_with(Instant::now);
        let sent_of_bytes = self.sent.saturating_sub(self.block.len());
        let block = self.block.get(self.sent..).unwrap_or_default();
        let bytes = self.bytes.get(sent_of_bytes..).unwrap_or_default();
        let waiting = block.len().saturating_add(bytes.len());
        let left = write(stream, &mut [block, bytes].map(IoSlice::new))?;
        let sent = waiting.saturating_sub(left);
        self.sent = self.sent.saturating_add(sent);
        Ok(sent)
    }

    /// Empties it for another connection.
    fn clear(&mut self, pool: &Pool) {
        self.sent = 0;
        self.since = None;
        pool.give(mem::take(&mut self.block));
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
    }
}

impl Waiting {
    pub(crate) const fn is_empty(&self) -> bool {
        self.queue.is_none()
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.len())
    }

    /// How long there has been output waiting without a break.
    pub(crate) fn age(&self) -> Duration {
        let since = self.queue.as_ref().and_then(|queue| queue.since);
        since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    pub(crate) fn take_has_moved(&mut self) -> bool {
        mem::take(&mut self.has_moved)
    }

    fn append(&mut self, bytes: &[u8], pool: &Pool) {
        if !bytes.is_empty() {
            let queue = self.queue.get_or_insert_with(|| pool.take_queue());
            queue.bytes.extend_from_slice(bytes);
        }
    }

    /// Keeps the last `left` bytes of the message of `len` bytes at the start of `block`.
    fn keep(&mut self, mut block: Vec<u8>, len: usize, left: usize, pool: &Pool) {
        block.truncate(len);
        if left > 0 && self.is_empty() {
            let queue = self.queue.insert(pool.take_queue());
            queue.sent = len.saturating_sub(left);
            queue.block = block;
        } else {
            self.append(tail(&block, left), pool);
            pool.give(block);
        }
    }

    /// Writes as much as the socket takes.
    pub(crate) fn flush(&mut self, stream: &mut TcpStream, pool: &Pool) -> io::Result<()> {
        let Some(queue) = &mut self.queue else { return Ok(()) };
        self.has_moved |= queue.flush(stream)? > 0;
        if queue.len() == 0
            && let Some(mut queue) = self.queue.take()
        {
            queue.clear(pool);
            pool.give_queue(queue);
        }
        Ok(())
    }
}

/// Gathers the output for one peer in a buffer that all connections share.
pub(crate) struct Sender<'a> {
    pub(crate) stream: &'a mut TcpStream,
    pub(crate) batch: &'a mut Vec<u8>,
    pub(crate) waiting: &'a mut Waiting,
    pub(crate) pool: &'a Pool,
}

impl Sender<'_> {
    /// Sends bytes without a payload after them.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.send_frame(bytes, &[]).map(|_| ())
    }

    /// Sends a frame. Returns how many bytes at the end of the payload the socket did not take; the
    /// caller passes them to [`keep`](Self::keep) or [`keep_block`](Self::keep_block).
    pub(crate) fn send_frame(&mut self, header: &[u8], payload: &[u8]) -> io::Result<usize> {
        let len = header.len().saturating_add(payload.len());
        if len <= COPIED {
            if self.batch.len().saturating_add(len) > BATCH {
                self.flush()?;
            }
            self.batch.extend_from_slice(header);
            self.batch.extend_from_slice(payload);
            return Ok(0);
        }
        if !self.waiting.is_empty() {
            self.flush()?;
            self.waiting.append(header, self.pool);
            return Ok(payload.len());
        }
        let slices = &mut [self.batch.as_slice(), header, payload].map(IoSlice::new);
        let left = write(self.stream, slices)?;
        // The bytes that were not sent are at the end of the three slices.
        let of_payload = left.min(payload.len());
        let of_header = left.saturating_sub(of_payload).min(header.len());
        let of_batch = left.saturating_sub(of_payload).saturating_sub(of_header);
        for (bytes, left) in [(self.batch.as_slice(), of_batch), (header, of_header)] {
            self.waiting.append(tail(bytes, left), self.pool);
        }
        self.batch.clear();
        Ok(of_payload)
    }

    /// Keeps the last `left` bytes of a payload.
    pub(crate) fn keep(&mut self, payload: &[u8], left: usize) {
        self.waiting.append(tail(payload, left), self.pool);
    }

    /// Keeps the last `left` bytes of a payload of `len` bytes at the start of `block`.
    pub(crate) fn keep_block(&mut self, block: Vec<u8>, len: usize, left: usize) {
        self.waiting.keep(block, len, left, self.pool);
    }

    /// Writes the bytes that were gathered.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let mut left = self.batch.len();
        if left > 0 && self.waiting.is_empty() {
            left = write(self.stream, &mut [IoSlice::new(self.batch)])?;
        }
        self.waiting.append(tail(self.batch, left), self.pool);
        self.batch.clear();
        Ok(())
    }
}

fn tail(bytes: &[u8], len: usize) -> &[u8] {
    bytes.get(bytes.len().saturating_sub(len)..).unwrap_or_default()
}

/// Writes until the socket takes no more, and returns how many bytes it did not take.
fn write(stream: &mut TcpStream, mut slices: &mut [IoSlice<'_>]) -> io::Result<usize> {
    let mut left = slices.iter().map(|slice| slice.len()).fold(0, usize::saturating_add);
    while left > 0 {
        match stream.write_vectored(slices) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(sent) => {
                IoSlice::advance_slices(&mut slices, sent);
                left = left.saturating_sub(sent);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(left)
}
