//! What the servers of this crate share. `src/bin/servers` is the program that measures them.

use futures_util::{Sink, Stream};
use std::future::poll_fn;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Poll, ready};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::task::unconstrained;

/// Whether compression was asked for on the command line.
pub fn deflate() -> bool {
    std::env::args().any(|argument| argument == "--deflate")
}

/// Prints the address in the same format as wsparse's example `echo`.
pub fn announce(address: SocketAddr) -> io::Result<()> {
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on http://{address}/")?;
    stdout.flush()
}

/// Calls `serve` for each connection, in tasks of one thread.
pub fn run<F>(serve: impl Fn(TcpStream) -> F) -> io::Result<()>
where
    F: Future + 'static,
{
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        announce(listener.local_addr()?)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let connection = serve(stream);
            tasks.spawn_local(unconstrained(async { _ = connection.await }));
        }
    })
}

/// Sends each data message back. What is sent is flushed only when no further message has arrived, which
/// is faster than flushing each.
pub async fn echo<S, M, E>(mut socket: S, is_data: impl Fn(&M) -> bool) -> Result<(), E>
where
    S: Stream<Item = Result<M, E>> + Sink<M, Error = E> + Unpin,
{
    while let Some(message) = next(&mut socket).await {
        let message = message?;
        if is_data(&message) {
            poll_fn(|cx| Pin::new(&mut socket).poll_ready(cx)).await?;
            Pin::new(&mut socket).start_send(message)?;
        }
    }
    Ok(())
}

async fn next<S, M, E>(socket: &mut S) -> Option<Result<M, E>>
where
    S: Stream<Item = Result<M, E>> + Sink<M, Error = E> + Unpin,
{
    poll_fn(|cx| {
        if let Poll::Ready(message) = Pin::new(&mut *socket).poll_next(cx) {
            return Poll::Ready(message);
        }
        match ready!(Pin::new(&mut *socket).poll_flush(cx)) {
            Ok(()) => Poll::Pending,
            Err(error) => Poll::Ready(Some(Err(error))),
        }
    })
    .await
}
