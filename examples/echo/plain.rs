//! Stands in for `deflate.rs` in a build without the feature `deflate`: nothing is compressed.

use std::marker::PhantomData;
use wsparse::deflate::{Agreed, Policy};
use wsparse::{
    Assembler, Buffer, Connection, Error, Input, Limits, Message, OutgoingFrame, Received,
};

pub(crate) const IS_SUPPORTED: bool = false;

pub(crate) struct Codecs;

impl Codecs {
    pub(crate) const fn new(_: Option<Policy>) -> Self {
        Self
    }
}

pub(crate) struct Agreement;

impl Agreement {
    pub(crate) const fn new(_: Option<Agreed>) -> Self {
        Self
    }

    pub(crate) const fn connection(&self, limits: Limits) -> Connection {
        Connection::server(limits)
    }

    pub(crate) const fn codecs<'a>(
        &'a mut self,
        _: &'a mut Codecs,
    ) -> (Incoming<'a>, Outgoing<'a>) {
        (Incoming(PhantomData), Outgoing(PhantomData))
    }
}

pub(crate) struct Incoming<'a>(PhantomData<&'a mut Codecs>);

impl Incoming<'_> {
    pub(crate) fn next<'a, 'b: 'a, B: Buffer>(
        &mut self,
        connection: &mut Connection,
        input: &mut Input<'b>,
        assembler: &'a mut Assembler<B>,
    ) -> Result<Option<Received<'a>>, Error> {
        connection.next(input, assembler)
    }

    pub(crate) const fn may_inflate(&self) -> bool {
        false
    }

    pub(crate) const fn finish(self) {}
}

pub(crate) struct Outgoing<'a>(PhantomData<&'a mut Codecs>);

impl Outgoing<'_> {
    pub(crate) const fn compress(&mut self, _: Message<'_>) -> Option<OutgoingFrame<'_>> {
        None
    }

    pub(crate) const fn take(&mut self) -> Vec<u8> {
        Vec::new()
    }
}
