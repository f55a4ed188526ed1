//! The codecs of connections (RFC 7692). A shared one is lent for one call, never across an await.

use crate::output::Keys;
use std::cell::RefCell;
use std::collections::HashMap;
use wsparse::deflate::{Agreed, Deflater, Inflater, Policy};
use wsparse::{Arrival, OutgoingFrame, Receiver, SendError, Sender};

thread_local! {
    /// For all connections of a thread that receive without context takeover.
    static INFLATER: RefCell<Inflater> =
        const { RefCell::new(Inflater::new(Agreed::WITHOUT_CONTEXT)) };
    /// For all connections of a thread that send without context takeover.
    static DEFLATERS: RefCell<HashMap<Policy, Deflater>> = RefCell::default();
}

/// Inflates messages, with an inflater of its own if they have context.
#[derive(Debug)]
pub(crate) struct Incoming(Option<Box<Inflater>>);

impl Incoming {
    pub(crate) fn new(agreed: Agreed) -> Self {
        Self(agreed.incoming.context_takeover.then(|| Inflater::new(agreed).into()))
    }

    pub(crate) fn advance(&mut self, receiver: &mut Receiver<Vec<u8>>) -> Arrival {
        match &mut self.0 {
            Some(own) => receiver.advance_with(own),
            None => INFLATER.with_borrow_mut(|shared| receiver.advance_with(shared)),
        }
    }

    pub(crate) fn release(&mut self) {
        self.0.iter_mut().for_each(|own| own.release());
    }
}

/// Compresses messages, with a compressor of its own if they have context.
#[derive(Debug)]
pub(crate) struct Outgoing(Policy, Option<Box<Deflater>>);

impl Outgoing {
    pub(crate) fn new(policy: Policy, Agreed { outgoing, .. }: Agreed) -> Self {
        Self(Policy { outgoing, ..policy }, None)
    }

    pub(crate) fn send(
        &mut self,
        sender: &mut Sender<Vec<u8>, Keys>,
        frame: OutgoingFrame<'_>,
    ) -> Result<(), SendError> {
        let Self(policy, own) = self;
        let Policy { outgoing, incoming, .. } = *policy;
        let new = || Deflater::new(policy, Agreed { outgoing, incoming });
        if outgoing.context_takeover {
            return sender.send_deflated(frame, own.get_or_insert_with(|| new().into()));
        }
        DEFLATERS.with_borrow_mut(|shared| {
            sender.send_deflated(frame, shared.entry(*policy).or_insert_with(new))
        })
    }

    pub(crate) fn release(&mut self) {
        self.1 = None;
    }
}
