//! Memory for messages that do not arrive in one read.

use std::cell::RefCell;
use std::mem;
use std::rc::Rc;
use wsparse::Buffer;

/// How much memory a connection keeps between messages.
const SMALL: usize = 64 << 10;
/// How many large blocks are kept for the next long messages.
const SPARES: usize = 4;

/// Large blocks that all connections share.
#[derive(Clone, Default)]
pub(crate) struct Pool(Rc<RefCell<Vec<Vec<u8>>>>);

impl Pool {
    fn take(&self) -> Vec<u8> {
        self.0.borrow_mut().pop().unwrap_or_default()
    }

    pub(crate) fn give(&self, block: Vec<u8>) {
        let mut spares = self.0.borrow_mut();
        if block.len() > SMALL && spares.len() < SPARES {
            spares.push(block);
        }
    }
}

/// The memory in which one connection assembles its messages. It grows with the bytes received.
pub(crate) struct Storage {
    small: Vec<u8>,
    /// Used instead of `small` when it is not empty.
    large: Vec<u8>,
    max_len: usize,
    pool: Pool,
}

impl Storage {
    pub(crate) const fn new(max_len: usize, pool: Pool) -> Self {
        Self { small: Vec::new(), large: Vec::new(), max_len, pool }
    }

    /// Returns the first `len` bytes, which are the assembled message.
    pub(crate) fn message(&self, len: usize) -> &[u8] {
        self.as_slice().get(..len).unwrap_or_default()
    }

    /// Takes the block with the message, if the message is a long one.
    pub(crate) fn take_large(&mut self) -> Option<Vec<u8>> {
        Some(mem::take(&mut self.large)).filter(|large| !large.is_empty())
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.pool.give(mem::take(&mut self.large));
    }
}

impl Buffer for Storage {
    fn max_len(&self) -> usize {
        self.max_len
    }

    fn as_slice(&self) -> &[u8] {
        if self.large.is_empty() { &self.small } else { &self.large }
    }

    fn grow(&mut self, len: usize) -> &mut [u8] {
        if self.large.is_empty() {
            if len <= SMALL {
                return grow(&mut self.small, len);
            }
            self.large = self.pool.take();
            let large = grow(&mut self.large, len);
            large.iter_mut().zip(&self.small).for_each(|(to, from)| *to = *from);
        }
        grow(&mut self.large, len)
    }
}

/// Grows it to at least `len` bytes, if there is enough memory.
fn grow(bytes: &mut Vec<u8>, len: usize) -> &mut [u8] {
    let more = len.saturating_sub(bytes.len());
    if more > 0 && bytes.try_reserve(more).is_ok() {
        bytes.resize(len, 0);
    }
    bytes
}
