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

/// The inflater of one connection. `None` stands for that of the thread.
pub(crate) type Inflating = Option<Box<Inflater>>;

pub(crate) fn inflater(agreed: Agreed) -> Inflating {
    agreed.incoming.context_takeover.then(|| Inflater::new(agreed).into())
}

pub(crate) fn advance(
    inflater: &mut Option<Inflating>,
    receiver: &mut Receiver<Vec<u8>>,
) -> Arrival {
    match inflater {
        None => receiver.advance(),
        Some(None) => INFLATER.with_borrow_mut(|shared| receiver.advance_with(shared)),
        Some(Some(own)) => receiver.advance_with(own),
    }
}

/// Compresses and sends. With context takeover, the connection has its `own` compressor.
pub(crate) fn send(
    policy: Policy,
    own: &mut Option<Box<Deflater>>,
    sender: &mut Sender<Vec<u8>, Keys>,
    frame: OutgoingFrame<'_>,
) -> Result<(), SendError> {
    let Policy { outgoing, incoming, .. } = policy;
    let new = || Deflater::new(&policy, Agreed { outgoing, incoming });
    if outgoing.context_takeover {
        return sender.send_deflated(frame, own.get_or_insert_with(|| new().into()));
    }
    DEFLATERS.with_borrow_mut(|shared| {
        sender.send_deflated(frame, shared.entry(policy).or_insert_with(new))
    })
}
