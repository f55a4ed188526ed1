//! Command line, socket, accepting, Ctrl-C.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// Where to listen: `--addr HOST:PORT`, or the default.
pub fn address(default: &str) -> Result<String, String> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (None, ..) => Ok(default.to_owned()),
        (Some("--addr"), Some(address), None) => Ok(address),
        _ => Err("usage: [--addr HOST:PORT]".to_owned()),
    }
}

/// Listens, and says where: with port 0, only this line tells.
pub async fn bind(address: &str) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address).await?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "listening on http://{}/", listener.local_addr()?)?;
    stdout.flush()?;
    Ok(listener)
}

/// The next connection.
pub async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // What is sent is gathered by us; waiting for more would only delay it.
                _ = stream.set_nodelay(true);
                return (stream, peer);
            }
            Err(error) => {
                eprintln!("cannot accept: {error}");
                // Where files have run out, the next attempt fails at once, too.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
