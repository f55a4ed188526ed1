//! Memory that a connection takes only while a message or its echo is incomplete.

use crate::output::Queue;
use std::cell::RefCell;
use std::mem;
use std::rc::Rc;
use wsparse::{Assembler, Buffer};

/// How much memory an assembler keeps between messages.
const SMALL: usize = 64 << 10;
/// How many large blocks are kept for the next long messages.
const SPARES: usize = 4;
/// How many assemblers are kept for the next messages.
const IDLE: usize = 64;

/// The assemblers that no connection is using. A connection has one only while a message is
/// incomplete.
pub(crate) struct Assemblers {
    #[expect(clippy::vec_box, reason = "a connection keeps only a pointer to its assembler")]
    idle: Vec<Box<Assembler<Storage>>>,
    max_len: usize,
    pool: Pool,
}

impl Assemblers {
    pub(crate) const fn new(max_message: usize, pool: Pool) -> Self {
        // A control frame that arrives in pieces is stored after the longest message.
        Self { idle: Vec::new(), max_len: max_message.saturating_add(125), pool }
    }

    pub(crate) fn create(&self) -> Assembler<Storage> {
        Assembler::new(Storage::new(self.max_len, self.pool.clone()))
    }

    pub(crate) fn take(&mut self) -> Box<Assembler<Storage>> {
        self.idle.pop().unwrap_or_else(|| Box::new(self.create()))
    }

    /// Keeps an assembler that is idle.
    pub(crate) fn give(&mut self, assembler: Box<Assembler<Storage>>) {
        if self.idle.len() < IDLE {
            self.idle.push(assembler);
        }
    }
}

/// Memory that all connections share.
#[derive(Clone, Default)]
pub(crate) struct Pool(Rc<RefCell<Spares>>);

#[derive(Default)]
struct Spares {
    /// Large blocks.
    blocks: Vec<Vec<u8>>,
    #[expect(clippy::vec_box, reason = "a connection keeps only a pointer to its queue")]
    queues: Vec<Box<Queue>>,
}

impl Pool {
    fn take(&self) -> Vec<u8> {
        self.0.borrow_mut().blocks.pop().unwrap_or_default()
    }

    pub(crate) fn give(&self, block: Vec<u8>) {
        let Spares { blocks, .. } = &mut *self.0.borrow_mut();
        if block.len() > SMALL && blocks.len() < SPARES {
            blocks.push(block);
        }
    }

    pub(crate) fn take_queue(&self) -> Box<Queue> {
        self.0.borrow_mut().queues.pop().unwrap_or_default()
    }

    /// Keeps a queue that is empty.
    pub(crate) fn give_queue(&self, queue: Box<Queue>) {
        let Spares { queues, .. } = &mut *self.0.borrow_mut();
        if queues.len() < SPARES {
            queues.push(queue);
        }
    }
}

/// The memory in which messages are assembled. It grows with the bytes received.
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
