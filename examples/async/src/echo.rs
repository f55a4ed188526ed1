//! The connection behind its opening handshake, over any stream of tokio's: TCP, TLS, what hyper
//! has upgraded.

use bytes::Buf;
use std::io;
use std::pin::pin;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use wsparse::{
    Assembler, CloseCode, Connection, Due, Header, Input, Limits, Phase, Received, SendError,
    Timeouts,
};

/// What one read may bring, and what one write gathers.
pub const BUFFER: usize = 16 << 10;

/// A connection has as much memory as its longest message so far.
const MAX_MESSAGE: u64 = 16 << 20;

/// Sends messages back until the connection ends, and says how it did. The first bytes of
/// `buffer` may have come with the opening handshake: `filled` of them.
pub async fn echo(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    mut buffer: Vec<u8>,
    mut filled: usize,
    mut stop: watch::Receiver<()>,
) -> io::Result<String> {
    let timeouts = Timeouts::default();
    let config = Limits { max_message: MAX_MESSAGE, ..Limits::DEFAULT };
    let mut connection = Connection::server(config);
    let mut assembler = Assembler::new(Vec::new());
    let mut stream = BufWriter::with_capacity(BUFFER, stream);
    let start = Instant::now();
    // One timer that is moved costs less than a new one for each read.
    let mut alarm = pin!(sleep_until(start));

    loop {
        let mut input = Input::new(&mut buffer[..filled]);
        // An error stays with the connection, which has its Close to transmit.
        while let Ok(Some(received)) = connection.next(&mut input, &mut assembler) {
            let message = match received {
                Received::Message(message) => message,
                // Each is answered: of several that wait, only the newest would be (§5.5.3).
                Received::Ping(_) => {
                    transmit(&mut connection, &mut stream, &timeouts).await?;
                    continue;
                }
                _ => continue,
            };
            // §5.5.1: no message follows a Close of ours, though the peer's may still come.
            let mut header = [0; Header::MAX_LEN];
            let header = match connection.encode_header(message, &mut header) {
                Err(SendError::Closed) => continue,
                header => header.map_err(io::Error::other)?,
            };
            // Small messages are gathered; a large one goes out from where it lies, beside its
            // header, in one vectored write.
            write(&mut stream, Buf::chain(header, message.as_bytes()), &timeouts).await?;
        }
        filled = 0;
        transmit(&mut connection, &mut stream, &timeouts).await?;
        timeout(timeouts.answer, stream.flush()).await??;
        if connection.should_close() {
            // §7.1.1: a socket that is closed with bytes unread may take our Close from the peer.
            // So the peer closes next, and what fails here will fail in reading.
            _ = timeout(timeouts.answer, stream.shutdown()).await;
        }

        match connection.tick(start.elapsed(), &timeouts) {
            // With time-outs of years, add with `checked_add`.
            Due::Wait { until } => alarm.as_mut().reset(start + until),
            Due::Ping => continue,
            Due::GiveUp => return Ok(format!("gave up: {}", ending(&connection))),
        }
        let is_open = connection.phase() == Phase::Open;
        tokio::select! {
            read = stream.read(&mut buffer) => {
                filled = read?;
                if filled == 0 {
                    connection.handle_eof();
                    return Ok(ending(&connection));
                }
            }
            () = &mut alarm => {}
            Ok(()) = stop.changed(), if is_open => {
                let mut close = [0; Connection::MAX_TRANSMIT];
                let close = connection.close(CloseCode::GOING_AWAY, "", &mut close);
                write(&mut stream, close.map_err(io::Error::other)?, &timeouts).await?;
            }
        }
    }
}

/// Writes what the connection has to say by itself.
async fn transmit(
    connection: &mut Connection,
    stream: &mut (impl AsyncWrite + Unpin),
    timeouts: &Timeouts,
) -> io::Result<()> {
    let mut frames = [0; Connection::MAX_TRANSMIT];
    let frames = connection.transmit(&mut frames).map_err(io::Error::other)?;
    write(stream, frames, timeouts).await
}

/// Writes all, as long as the peer takes something of it in time: who never reads is as gone as who
/// never writes.
async fn write(
    stream: &mut (impl AsyncWrite + Unpin),
    mut bytes: impl Buf,
    timeouts: &Timeouts,
) -> io::Result<()> {
    while bytes.has_remaining() {
        if timeout(timeouts.answer, stream.write_buf(&mut bytes)).await?? == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
    }
    Ok(())
}

fn ending(connection: &Connection) -> String {
    match (connection.phase(), connection.close_code()) {
        (Phase::Failed(error), _) => format!("the peer is wrong: {error}"),
        (Phase::Closed(first), Some(code)) => format!("closed, first {first:?}: {code}"),
        (phase, _) => format!("cut while {phase:?}"),
    }
}
