//! Compressed messages, if the program was built without what it takes to inflate them.

use crate::compression::Negotiated;
use crate::stream::Sender;
use std::ffi::OsString;
use wsparse::Rule;

/// Why messages were not inflated.
pub(crate) const HINT: &str = "build with `--features deflate` to see them";

pub(crate) struct Responses;

impl Responses {
    pub(crate) fn collect(_: &[OsString]) -> Self {
        Self
    }

    pub(crate) fn negotiated(&self, _: &[u8], _: Sender) -> Negotiated {
        Negotiated::Unknown
    }
}

/// There is none.
pub(crate) enum Codec {}

impl Codec {
    pub(crate) fn description(&self) -> &'static str {
        match *self {}
    }

    pub(crate) fn begin(&mut self) {
        match *self {}
    }

    pub(crate) fn inflate(&mut self, _: &[u8], _: bool, _: impl FnMut(&[u8])) -> Result<(), Rule> {
        match *self {}
    }
}
