//! A chat server: every message goes to everyone.
//! `cargo run --release --example chat -- 127.0.0.1:9010`.
//!
//! A client that cannot keep up is dropped, one that is silent for 20 s is sent a Ping, and Ctrl-C
//! closes all connections with the code 1001.

use std::{env, error::Error, time::Duration};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio::{select, signal};
use wsparse_tokio::wsparse::{CloseCode, Limits, Timeouts};
use wsparse_tokio::{Config, Drain, SharedMessage};

/// A client that still has to be sent more messages than this is dropped.
const MAX_LAG: usize = 64;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:9010".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    let (all, drain) = (broadcast::Sender::new(MAX_LAG), Drain::default());
    loop {
        let (stream, peer) = select! {
            accepted = listener.accept() => accepted?,
            _ = signal::ctrl_c() => break,
        };
        let (all, drain) = (all.clone(), drain.clone());
        tokio::spawn(async move {
            let ending = chat(stream, all, drain).await;
            println!("{peer}: {ending:?}");
        });
    }
    let left = drain.close(CloseCode::GOING_AWAY, Duration::from_secs(5)).await;
    println!("stopped, {left} connections left");
    Ok(())
}

async fn chat(
    stream: TcpStream,
    all: broadcast::Sender<SharedMessage>,
    drain: Drain,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    stream.set_nodelay(true)?;
    let config = Config {
        limits: Limits { max_message: 1 << 20, max_frame: 1 << 20, ..Limits::DEFAULT },
        timeouts: Timeouts { idle: Duration::from_secs(20), ..Timeouts::DEFAULT },
        ..Config::DEFAULT
    };
    let mut socket = config.accept(stream).await?;
    drain.add(&mut socket);
    let (mut reader, mut writer) = socket.split();
    let mut messages = all.subscribe();
    let write = async {
        loop {
            // An error if too many messages wait for the client.
            writer.send(&messages.recv().await?).await?;
        }
    };
    let read = async {
        while let Some(message) = reader.next().await? {
            _ = all.send(SharedMessage::shared(message));
        }
        Ok(())
    };
    select! {
        ending = read => ending,
        ending = write => ending,
    }
}
