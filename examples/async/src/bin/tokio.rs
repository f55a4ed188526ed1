//! An echo server over tokio, with a task for each connection:
//! `cargo run --release --bin tokio -- --addr 127.0.0.1:9998`.

use std::error::Error;
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use wsparse::Status;
use wsparse::handshake::{Accept, HeadLimits, HeadReader};
use wsparse_async::echo::{BUFFER, echo};
use wsparse_async::listen;

/// How long the opening handshake may take. After it, `Connection::tick` takes over.
const HANDSHAKE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = listen::bind(&listen::address("127.0.0.1:9998")?).await?;
    let (stop, stopped) = watch::channel(());
    let mut ctrl_c = pin!(tokio::signal::ctrl_c());
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listen::accept(&listener) => accepted,
            _ = &mut ctrl_c => break,
        };
        let stopped = stopped.clone();
        tokio::spawn(async move {
            match serve(stream, stopped).await {
                Ok(ending) => eprintln!("{peer}: {ending}"),
                Err(error) => eprintln!("{peer}: {error}"),
            }
        });
    }

    eprintln!("stopping");
    drop((listener, stopped));
    stop.send_replace(());
    // Wait until each task has dropped its receiver. A peer that does not answer times out.
    stop.closed().await;
    Ok(())
}

async fn serve(mut stream: TcpStream, mut stopped: watch::Receiver<()>) -> io::Result<String> {
    let mut buffer = vec![0; BUFFER];
    let filled = tokio::select! {
        opened = timeout(HANDSHAKE, open(&mut stream, &mut buffer)) => opened??,
        _ = stopped.changed() => return Ok("stopped in the opening handshake".to_owned()),
    };
    echo(stream, buffer, filled, stopped).await
}

/// Answers the opening handshake. Moves the frames that arrived with it to the start of `buffer`,
/// and returns their length.
async fn open(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    let mut reader =
        HeadReader::new(HeadLimits { max_head: buffer.len(), ..HeadLimits::default() });
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        filled += read;
        let mut response = [0; 256];
        let answered = match reader.request(&buffer[..filled]) {
            Ok(Status::Incomplete { .. }) => continue,
            // If cookies authenticate your users, check `upgrade.origin()` here (§10.2).
            Ok(Status::Complete(request)) => request.upgrade().and_then(|upgrade| {
                let response = Accept::default().write(&upgrade, &mut response)?;
                Ok((response, request.head_len()))
            }),
            Err(error) => Err(error),
        };
        match answered {
            Ok((response, head_len)) => {
                stream.write_all(response).await?;
                buffer.copy_within(head_len..filled, 0);
                return Ok(filled - head_len);
            }
            Err(error) => {
                stream.write_all(error.answer()).await?;
                stream.shutdown().await?;
                // Dropping a socket with unread bytes may lose the answer.
                tokio::io::copy(stream, &mut tokio::io::sink()).await?;
                return Err(io::Error::other(error));
            }
        }
    }
}
