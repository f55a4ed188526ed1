//! The command line and the listening socket.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// Returns the address to listen on: that of `--addr HOST:PORT`, or the default.
pub fn address(default: &str) -> Result<String, String> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (None, ..) => Ok(default.to_owned()),
        (Some("--addr"), Some(address), None) => Ok(address),
        _ => Err("usage: [--addr HOST:PORT]".to_owned()),
    }
}

/// Listens, and prints the address: with port 0, the operating system picks the port.
pub async fn bind(address: &str) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address).await?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "listening on http://{}/", listener.local_addr()?)?;
    stdout.flush()?;
    Ok(listener)
}

/// Accepts the next connection.
pub async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // The output is gathered here already, so waiting for more would only delay it.
                _ = stream.set_nodelay(true);
                return (stream, peer);
            }
            Err(error) => {
                eprintln!("cannot accept: {error}");
                // If too many files are open, the next attempt would fail at once.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
