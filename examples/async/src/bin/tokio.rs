//! An echo server over tokio, a task for each connection:
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

/// For the opening handshake, which `Connection::tick` comes behind.
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
    // Until each task has dropped its receiver; a peer that does not answer has its time-out.
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

/// The opening handshake; gives how many bytes of frames came with it, at the start of `buffer`.
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
            // §10.2: where cookies tell who it is, look at `upgrade.origin()` here.
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
                // A socket that is closed with bytes unread may take the answer from the client.
                tokio::io::copy(stream, &mut tokio::io::sink()).await?;
                return Err(io::Error::other(error));
            }
        }
    }
}
