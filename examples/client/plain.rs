//! What stands in for compression in a build without the feature `deflate`.

use wsparse::handshake::{Accepted, HandshakeError};
use wsparse::{Assembler, Connection, Error, Input, KeySource, Received, SendError};

/// Returns the extension to offer: none.
pub(crate) fn offer() -> String {
    String::new()
}

#[derive(Clone, Copy)]
pub(crate) struct Negotiated;

impl Negotiated {
    pub(crate) fn check(_: &Accepted<'_>) -> Result<Self, HandshakeError> {
        Ok(Self)
    }

    pub(crate) fn description(self) -> Option<String> {
        None
    }

    pub(crate) fn apply<K: KeySource>(self, connection: Connection<K>) -> Connection<K> {
        connection
    }

    pub(crate) fn codecs(self) -> (Incoming, Outgoing) {
        (Incoming, Outgoing)
    }
}

pub(crate) struct Incoming;

impl Incoming {
    pub(crate) fn next<'a, 'b: 'a, K: KeySource>(
        &'a mut self,
        connection: &mut Connection<K>,
        input: &mut Input<'b>,
        assembler: &'a mut Assembler<&mut [u8]>,
    ) -> Result<Option<Received<'a>>, Error> {
        connection.next(input, assembler)
    }
}

pub(crate) struct Outgoing;

impl Outgoing {
    pub(crate) fn send<'o, K: KeySource>(
        &mut self,
        connection: &mut Connection<K>,
        text: &str,
        output: &'o mut [u8],
    ) -> Result<&'o [u8], SendError> {
        connection.send(text, output)
    }
}
