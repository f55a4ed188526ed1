use crate::connection::failure::Failure;
use crate::wire::close_code::CloseCode;

/// The next thing that has arrived at an [`Endpoint`](crate::Endpoint), or the next thing to do.
///
/// Output is written before more is read. With a `Vec` for output, the messages that have arrived come
/// before that; with an array or a slice, output comes first, so that the next answer fits.
///
/// [`Endpoint`](crate::Endpoint) shows a loop that handles each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Step {
    /// Read into [`space`](crate::Endpoint::space), then call [`filled`](crate::Endpoint::filled).
    Read,
    /// Write [`output`](crate::Endpoint::output), then call [`wrote`](crate::Endpoint::wrote).
    Write,
    /// A message: see [`message`](crate::Endpoint::message) and [`reply`](crate::Endpoint::reply).
    Message,
    /// A Ping, which has been answered in the output: see [`control`](crate::Endpoint::control).
    Ping,
    /// A Pong: see [`control`](crate::Endpoint::control).
    Pong,
    /// The peer's Close, which has been answered in the output: see
    /// [`close_frame`](crate::Endpoint::close_frame).
    Close,
    /// Nothing more will be sent. Shut down the sending half of the socket, and go on: what is read
    /// from now on is discarded.
    ///
    /// Some systems discard what was written last if a socket is dropped while it has unread bytes. A
    /// client lets the server close first (§7.1.1).
    Shutdown,
    /// The connection is over. Drop the socket.
    ///
    /// The value is the status code of the peer's Close, if it has one, or the reason why there was
    /// none.
    Done(Result<Option<CloseCode>, Failure>),
}
