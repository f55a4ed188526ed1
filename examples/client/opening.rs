//! The connection and its opening handshake.

use rand::RngExt;
use rand::rngs::StdRng;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;
use wsparse::Status;
use wsparse::handshake::{HandshakeError, HeadLimits, HeadReader, Key, Offer, Response, Uri};

/// How long to wait for each address, and then for each read of the response.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Opened {
    pub(crate) stream: TcpStream,
    pub(crate) generator: StdRng,
    /// The frames that arrived with the response.
    pub(crate) frames: Vec<u8>,
}

pub(crate) fn open(uri: Uri<'_>, mut generator: StdRng) -> Result<Opened, String> {
    let host = format!("{}, port {}", uri.host(), uri.port());
    let mut stream = connect(uri).map_err(|error| format!("cannot connect to {host}: {error}"))?;
    let mut buffer = vec![0; HeadLimits::default().max_head];
    let offer = Offer::new(uri);
    let key = Key::new(generator.random());
    let request = offer.write(key, &mut buffer).map_err(|error| error.to_string())?;
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            format!("{host} did not answer the opening handshake in time")
        }
        _ => format!("the opening handshake with {host} failed: {error}"),
    };
    stream.write_all(request).map_err(failed)?;

    let mut reader = HeadReader::new(HeadLimits::default());
    let mut filled: usize = 0;
    loop {
        let read = match stream.read(buffer.get_mut(filled..).unwrap_or_default()) {
            Ok(0) => return Err(failed(ErrorKind::UnexpectedEof.into())),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        filled = filled.saturating_add(read);
        let received = buffer.get(..filled).unwrap_or_default();
        let Status::Complete(response) = reader
            .response(received)
            .map_err(|error| format!("the answer of {host} is not an HTTP response: {error}"))?
        else {
            continue;
        };
        response.accepted(&offer, key).map_err(|error| refusal(received, &response, error))?;
        let frames = received.get(response.head_len()..).unwrap_or_default().to_vec();
        return Ok(Opened { stream, generator, frames });
    }
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
fn refusal(received: &[u8], response: &Response<'_>, error: HandshakeError) -> String {
    if !matches!(error, HandshakeError::NotSwitching { .. }) {
        return format!("the server's opening handshake is invalid: {error}");
    }
    let line = received.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let location = response.header("location").next();
    let location = location.map(|to| format!("; it redirects to {}", to.escape_ascii()));
    format!("the server refused: {}{}", line.escape_ascii(), location.unwrap_or_default())
}
