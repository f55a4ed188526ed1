//! Compression (RFC 7692). In a build without the feature `deflate`, `plain.rs` is used instead.

use wsparse::deflate::{Agreed, Deflater, Direction, HeaderValue, Inflater, Policy};
use wsparse::handshake::{Accepted, HandshakeError};
use wsparse::{Assembler, Connection, Error, Input, KeySource, Received, SendError};

const POLICY: Policy = Policy::DEFAULT;

/// Returns the extension to offer.
pub(crate) fn offer() -> HeaderValue {
    POLICY.offer()
}

/// What the server has answered; `None` if it does not compress.
#[derive(Clone, Copy)]
pub(crate) struct Negotiated(Option<Agreed>);

impl Negotiated {
    pub(crate) fn check(accepted: &Accepted<'_>) -> Result<Self, HandshakeError> {
        POLICY.check(accepted.extensions()).map(Self)
    }

    /// Describes it for the user.
    pub(crate) fn description(self) -> Option<String> {
        let Some(agreed) = self.0 else { return Some("the server does not compress".into()) };
        let describe = |direction: Direction| {
            let context = if direction.context_takeover { "with" } else { "without" };
            format!("window bits {}, {context} context takeover", direction.window_bits)
        };
        let (sent, received) = (describe(agreed.outgoing), describe(agreed.incoming));
        Some(format!("compression: sends with {sent}; receives with {received}"))
    }

    pub(crate) fn apply<K: KeySource>(self, connection: Connection<K>) -> Connection<K> {
        connection.with_deflate(self.0)
    }

    /// Returns the codecs for what is received and for what is sent.
    pub(crate) fn codecs(self) -> (Incoming, Outgoing) {
        // Without an agreement, neither is used.
        let unused = Agreed::WITHOUT_CONTEXT;
        let agreed = self.0.unwrap_or(unused);
        (Incoming(Inflater::new(agreed)), Outgoing(Deflater::new(&POLICY, agreed)))
    }
}

pub(crate) struct Incoming(Inflater);

impl Incoming {
    pub(crate) fn next<'a, 'b: 'a, K: KeySource>(
        &'a mut self,
        connection: &mut Connection<K>,
        input: &mut Input<'b>,
        assembler: &'a mut Assembler<&mut [u8]>,
    ) -> Result<Option<Received<'a>>, Error> {
        connection.next_inflated(input, assembler, &mut self.0)
    }
}

pub(crate) struct Outgoing(Deflater);

impl Outgoing {
    pub(crate) fn send<'o, K: KeySource>(
        &mut self,
        connection: &mut Connection<K>,
        text: &str,
        output: &'o mut [u8],
    ) -> Result<&'o [u8], SendError> {
        connection.send_deflated(text, &mut self.0, output)
    }
}
