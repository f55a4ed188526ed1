//! A connection after its opening handshake, over any tokio stream: TCP, TLS, or one that hyper has
//! upgraded.

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

/// The size of the buffers for reading and for writing.
pub const BUFFER: usize = 16 << 10;

/// The longest message. A connection has as much memory as its longest message so far.
const MAX_MESSAGE: u64 = 16 << 20;

/// Echoes messages until the connection ends, and describes how it ended. The first `filled` bytes
/// of `buffer` are frames that arrived with the opening handshake.
pub async fn echo(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    mut buffer: Vec<u8>,
    mut filled: usize,
    mut stop: watch::Receiver<()>,
) -> io::Result<String> {
    let timeouts = Timeouts::default();
    let limits = Limits { max_message: MAX_MESSAGE, ..Limits::DEFAULT };
    let mut connection = Connection::server(limits);
    let mut assembler = Assembler::new(Vec::new());
    let mut stream = BufWriter::with_capacity(BUFFER, stream);
    let start = Instant::now();
    // Resetting one timer costs less than making a new one for each read.
    let mut alarm = pin!(sleep_until(start));

    loop {
        let mut input = Input::new(&mut buffer[..filled]);
        // After an error, the Close that reports it is waiting in `transmit`.
        while let Ok(Some(received)) = connection.next(&mut input, &mut assembler) {
            let message = match received {
                Received::Message(message) => message,
                Received::Ping(payload) => {
                    let mut pong = [0; Connection::MAX_TRANSMIT];
                    let pong = connection.pong(payload, &mut pong).map_err(io::Error::other)?;
                    write(&mut stream, pong, &timeouts).await?;
                    continue;
                }
                _ => continue,
            };
            // §5.5.1: after this side's Close, messages may still arrive, but none may be sent.
            let mut header = [0; Header::MAX_LEN];
            let header = match connection.encode_header(message, &mut header) {
                Err(SendError::Closed) => continue,
                header => header.map_err(io::Error::other)?,
            };
            // Small messages are gathered. A large one is written without copying it, together with
            // its header, in one vectored write.
            write(&mut stream, Buf::chain(header, message.as_bytes()), &timeouts).await?;
        }
        filled = 0;
        transmit(&mut connection, &mut stream, &timeouts).await?;
        timeout(timeouts.answer, stream.flush()).await??;
        if connection.should_close() {
            // §7.1.1: dropping a socket with unread bytes may lose the Close, so the peer closes
            // next. If this fails, so will the read.
            _ = timeout(timeouts.answer, stream.shutdown()).await;
        }

        match connection.tick(start.elapsed(), &timeouts) {
            // This may overflow if a time-out is `Duration::MAX`: then use `checked_add`.
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

/// Writes the frames that the connection must send on its own.
async fn transmit(
    connection: &mut Connection,
    stream: &mut (impl AsyncWrite + Unpin),
    timeouts: &Timeouts,
) -> io::Result<()> {
    let mut frames = [0; Connection::MAX_TRANSMIT];
    let frames = connection.transmit(&mut frames).map_err(io::Error::other)?;
    write(stream, frames, timeouts).await
}

/// Writes all of `bytes`, as long as the peer takes some of them within each time-out. A peer that
/// does not read is given up like one that does not write.
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
        (Phase::Failed(error), _) => format!("the peer broke a rule: {error}"),
        (Phase::Closed(first), Some(code)) => format!("closed by {first:?}: {code}"),
        (phase, _) => format!("ended without a Close while {phase:?}"),
    }
}
