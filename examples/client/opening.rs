//! The connection and its opening handshake.

use crate::deflate::{self, Negotiated};
use rand::RngExt;
use rand::rngs::StdRng;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;
use wsparse::handshake::{HandshakeError, HeadLimits, Key, Offer, Response, Uri};
use wsparse::{ClientOpening, OpeningError};

/// How long to wait for each address, and then for each read of the response.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Opened {
    pub(crate) stream: TcpStream,
    pub(crate) generator: StdRng,
    pub(crate) negotiated: Negotiated,
    /// The frames that arrived with the response.
    pub(crate) frames: Vec<u8>,
}

pub(crate) fn open(uri: Uri<'_>, mut generator: StdRng) -> Result<Opened, String> {
    let host = format!("{}, port {}", uri.host(), uri.port());
    let mut stream = connect(uri).map_err(|error| format!("cannot connect to {host}: {error}"))?;
    let extensions = deflate::offer();
    let offer = Offer { extensions: extensions.as_str(), ..Offer::new(uri) };
    let mut buffer = vec![0; HeadLimits::default().max_head];
    let mut opening =
        ClientOpening::new(&offer, Key::new(generator.random()), buffer.as_mut_slice());
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            format!("{host} did not answer the opening handshake in time")
        }
        _ => format!("the opening handshake with {host} failed: {error}"),
    };
    stream.write_all(opening.request().map_err(|error| error.to_string())?).map_err(failed)?;
    while opening.wants_read() {
        match opening.read_with(|space| stream.read(space)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => read.map_err(failed)?,
        }
    }
    let response = opening.response().map_err(|error| match error {
        OpeningError::Cut => failed(ErrorKind::UnexpectedEof.into()),
        error => format!("the answer of {host} is not an HTTP response: {error}"),
    })?;
    let accepted = opening.accepted().map_err(|error| refusal(&response, error))?;
    let negotiated =
        Negotiated::check(&accepted).map_err(|error| refusal(&response, error.into()))?;
    let frames = opening.rest().to_vec();
    Ok(Opened { stream, generator, negotiated, frames })
}

fn connect(uri: Uri<'_>) -> io::Result<TcpStream> {
    let mut last = ErrorKind::NotFound.into();
    for address in (uri.host(), uri.port()).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Describes a response that does not accept the handshake.
fn refusal(response: &Response<'_>, error: OpeningError) -> String {
    if !matches!(error, OpeningError::Handshake(HandshakeError::NotSwitching { .. })) {
        return format!("the server's opening handshake is invalid: {error}");
    }
    let location = response.header("location").next();
    let location = location.map(|to| format!("; it redirects to {}", to.escape_ascii()));
    let status = response.status();
    format!("the server refused with status {status}{}", location.unwrap_or_default())
}
