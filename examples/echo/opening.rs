//! The opening handshake and plain HTTP, up to the end of the request's head.

use crate::http;
use crate::log;
use std::fmt::Display;
use wsparse::Status;
use wsparse::deflate::{Agreed, Policy};
use wsparse::handshake::{Accept, HandshakeError, HeadLimits, HeadReader, Request};

/// The longest head that is accepted.
pub(crate) const MAX_HEAD: usize = 16 << 10;

pub(crate) struct Opening {
    reader: HeadReader,
    /// The part of the head that has arrived, if it did not arrive in one read.
    head: Vec<u8>,
}

/// The result of a read.
pub(crate) enum Opened<'b> {
    /// The head is not complete.
    Incomplete,
    /// The response. After it, the connection ends.
    Answered(Vec<u8>),
    /// The response, how to compress, and the frames that arrived with the request.
    Upgraded(Vec<u8>, Option<Agreed>, &'b mut [u8]),
}

impl Opening {
    pub(crate) const fn new() -> Self {
        let limits = HeadLimits { max_head: MAX_HEAD, max_headers: 100 };
        Self { reader: HeadReader::new(limits), head: Vec::new() }
    }

    pub(crate) const fn has_begun(&self) -> bool {
        self.reader.searched() > 0
    }

    /// Handles the bytes of one read, at most [`MAX_HEAD`].
    pub(crate) fn receive<'b>(
        &'b mut self,
        name: impl Display + Copy,
        deflate: Option<Policy>,
        read: &'b mut [u8],
    ) -> Opened<'b> {
        let Self { reader, head } = self;
        let is_first = head.is_empty();
        if !is_first {
            head.extend_from_slice(read);
        }
        let received: &[u8] = if is_first { read } else { head };
        let answered = match reader.request(received) {
            Ok(Status::Incomplete { .. }) => {
                if is_first {
                    head.extend_from_slice(read);
                }
                return Opened::Incomplete;
            }
            Ok(Status::Complete(request)) => match upgrade(name, &request, deflate) {
                Err(HandshakeError::NotAnUpgrade) => {
                    let (status, response) = http::answer(&request);
                    let (method, target) = (request.method(), request.target());
                    log::line(format_args!("served {name}: {method} {target} {status}"));
                    return Opened::Answered(response);
                }
                upgraded => upgraded,
            },
            Err(error) => Err(error),
        };
        match answered {
            Ok((response, agreed, head_len)) => {
                let received = if is_first { read } else { head };
                let frames = received.get_mut(head_len..).unwrap_or_default();
                Opened::Upgraded(response, agreed, frames)
            }
            Err(error) => {
                log::line(format_args!("refused {name}: {} {error}", error.status()));
                Opened::Answered(error.answer().to_vec())
            }
        }
    }
}

/// Returns the response that accepts the handshake, how to compress, and where the frames start.
///
/// The origin is not checked (§10.2): an echo server tells a page only what the page has sent.
fn upgrade(
    name: impl Display,
    request: &Request<'_>,
    deflate: Option<Policy>,
) -> Result<(Vec<u8>, Option<Agreed>, usize), HandshakeError> {
    let upgrade = request.upgrade()?;
    let answer = deflate.and_then(|policy| policy.answer(upgrade.extensions()));
    let extensions = answer.as_ref().map_or("", |answer| answer.as_str());
    let mut response = [0; 512];
    let accept = Accept { extensions, ..Accept::default() };
    let response = accept.write(&upgrade, &mut response)?.to_vec();
    let agent = request.header("user-agent").next().unwrap_or(b"no user agent").escape_ascii();
    let comma = if extensions.is_empty() { "" } else { ", " };
    log::line(format_args!("opened {name}: {} ({agent}){comma}{extensions}", request.target()));
    Ok((response, answer.map(|answer| answer.agreed), request.head_len()))
}
