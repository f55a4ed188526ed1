//! Compression (RFC 7692). In a build without the feature `deflate`, `plain.rs` is used instead.

use std::array;
use std::mem;
use wsparse::deflate::{Agreed, Deflater, Direction, Inflater, Policy};
use wsparse::{
    Assembler, Buffer, CompressedMessage, Connection, Error, Input, Limits, Message, OutgoingFrame,
    Received,
};

pub(crate) const IS_SUPPORTED: bool = true;

/// How much memory the shared inflater keeps for the next messages.
const KEPT: usize = 1 << 20;
/// How much memory the inflater of one connection keeps.
const KEPT_EACH: usize = 4 << 10;

/// The codecs that all connections without context takeover share. Their memory is allocated when the
/// first message needs it.
pub(crate) struct Codecs {
    policy: Policy,
    inflater: Inflater,
    /// One for each window that a client may ask for, from 9 to 15 bits.
    deflaters: [Deflater; 7],
    /// The message that was compressed last.
    compressed: Vec<u8>,
}

impl Codecs {
    pub(crate) fn new(policy: Option<Policy>) -> Self {
        let policy = policy.unwrap_or_default();
        let alone = |window_bits| {
            let direction = Direction { window_bits, context_takeover: false };
            Agreed { outgoing: direction, incoming: direction }
        };
        Self {
            inflater: Inflater::new(alone(15)),
            deflaters: array::from_fn(|at| Deflater::new(&policy, alone(at as u8 + 9))),
            compressed: Vec::new(),
            policy,
        }
    }
}

/// What one connection has agreed on, and the codecs that it needs for context takeover.
pub(crate) struct Agreement {
    agreed: Option<Agreed>,
    own: Option<Box<Own>>,
}

/// Allocates memory for each codec when the first message needs it.
struct Own {
    inflater: Inflater,
    deflater: Deflater,
}

impl Agreement {
    pub(crate) const fn new(agreed: Option<Agreed>) -> Self {
        Self { agreed, own: None }
    }

    pub(crate) fn connection(&self, limits: Limits) -> Connection {
        Connection::server(limits).with_deflate(self.agreed)
    }

    /// Returns the codecs for what is received and for what is sent.
    pub(crate) fn codecs<'a>(&'a mut self, shared: &'a mut Codecs) -> (Incoming<'a>, Outgoing<'a>) {
        let Codecs { policy, inflater, deflaters, compressed } = shared;
        let mut incoming = Incoming { inflater, kept: KEPT, longest: None };
        let mut outgoing = Outgoing { deflater: None, compressed };
        let Some(agreed) = self.agreed else { return (incoming, outgoing) };
        let window = agreed.outgoing.window_bits.saturating_sub(9);
        outgoing.deflater = deflaters.get_mut(usize::from(window));
        incoming.longest = Some(0);
        if agreed.incoming.context_takeover || agreed.outgoing.context_takeover {
            let own = self.own.get_or_insert_with(|| {
                let (inflater, deflater) = (Inflater::new(agreed), Deflater::new(policy, agreed));
                Box::new(Own { inflater, deflater })
            });
            if agreed.incoming.context_takeover {
                (incoming.inflater, incoming.kept) = (&mut own.inflater, KEPT_EACH);
            }
            if agreed.outgoing.context_takeover {
                outgoing.deflater = Some(&mut own.deflater);
            }
        }
        (incoming, outgoing)
    }
}

/// Receives the messages of one read.
pub(crate) struct Incoming<'a> {
    inflater: &'a mut Inflater,
    /// The inflater frees its memory after a message that is longer.
    kept: usize,
    /// The length of the longest message; `None` if compression was not negotiated.
    longest: Option<usize>,
}

impl Incoming<'_> {
    pub(crate) fn next<'a, 'b: 'a, B: Buffer>(
        &'a mut self,
        connection: &mut Connection,
        input: &mut Input<'b>,
        assembler: &'a mut Assembler<B>,
    ) -> Result<Option<Received<'a>>, Error> {
        let received = connection.next_inflated(input, assembler, self.inflater)?;
        if let (Some(longest), Some(Received::Message(message))) = (&mut self.longest, &received) {
            *longest = message.len().max(*longest);
        }
        Ok(received)
    }

    /// Returns whether messages may be in memory of the inflater.
    pub(crate) const fn may_inflate(&self) -> bool {
        self.longest.is_some()
    }

    /// Frees the memory that is not worth keeping.
    pub(crate) fn finish(self) {
        if self.longest.is_some_and(|longest| longest > self.kept) {
            self.inflater.release();
        }
    }
}

/// Compresses messages.
pub(crate) struct Outgoing<'a> {
    deflater: Option<&'a mut Deflater>,
    compressed: &'a mut Vec<u8>,
}

impl Outgoing<'_> {
    /// Returns the frame for the compressed message, or `None` if it is to be sent as it is.
    pub(crate) fn compress(&mut self, message: Message<'_>) -> Option<OutgoingFrame<'_>> {
        self.compressed.clear();
        let deflater = self.deflater.as_mut()?;
        if !deflater.compress_to_vec(message.as_bytes(), self.compressed) {
            return None;
        }
        Some(match message {
            Message::Text(_) => CompressedMessage::Text(self.compressed).into(),
            Message::Binary(_) => CompressedMessage::Binary(self.compressed).into(),
        })
    }

    /// Returns the memory with the payload of that frame.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        mem::take(self.compressed)
    }
}
