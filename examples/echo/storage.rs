//! Memory for messages that do not come in one read.

use std::cell::RefCell;
use std::mem;
use std::rc::Rc;
use wsparse::Buffer;

/// How much a connection keeps for itself when a message is done.
const SMALL: usize = 64 << 10;
/// How many large blocks wait for the next message.
const SPARES: usize = 4;

/// Large blocks, which all connections share.
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

/// What one connection puts its messages together in. It grows with what has arrived.
pub(crate) struct Storage {
    small: Vec<u8>,
    /// Used instead when it is not empty.
    large: Vec<u8>,
    most: usize,
    pool: Pool,
}

impl Storage {
    pub(crate) const fn new(most: usize, pool: Pool) -> Self {
        Self { small: Vec::new(), large: Vec::new(), most, pool }
    }

    /// The first bytes: a message that was put together here.
    pub(crate) fn message(&self, len: usize) -> &[u8] {
        self.as_slice().get(..len).unwrap_or_default()
    }

    /// The block with the message, if it has become a long one.
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
        self.most
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

/// To at least so many bytes, if there is memory for them.
fn grow(bytes: &mut Vec<u8>, len: usize) -> &mut [u8] {
    let more = len.saturating_sub(bytes.len());
    if more > 0 && bytes.try_reserve(more).is_ok() {
        bytes.resize(len, 0);
    }
    bytes
}
