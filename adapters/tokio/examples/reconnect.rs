//! A client that prints what it receives, sends what it reads from the terminal, and connects again
//! when the connection is lost: `cargo run --example reconnect --features rustls -- wss://echo.websocket.org`.

use std::{env, error::Error, time::Duration};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin, stdin};
use tokio::{select, time::sleep};
use wsparse_tokio::wsparse::{
    CloseCode,
    handshake::{Offer, Uri},
};
use wsparse_tokio::{Config, Error as WsError};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut uri = env::args().nth(1).ok_or("usage: reconnect URI")?;
    let mut input = BufReader::new(stdin()).lines();
    let mut wait = Duration::from_secs(1);
    loop {
        match talk(&uri, &mut input, &mut wait).await {
            Ok(true) => return Ok(()),
            Ok(false) => eprintln!("the server closed the connection"),
            Err(WsError::Response(response)) => match response.header("Location") {
                Some(location) if response.status / 100 == 3 => uri = location.to_owned(),
                _ => return Err(format!("refused: {}", response.status).into()),
            },
            Err(error) => eprintln!("{error}"),
        }
        sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(60));
    }
}

/// Returns whether the input has ended.
async fn talk(
    uri: &str,
    input: &mut Lines<BufReader<Stdin>>,
    wait: &mut Duration,
) -> Result<bool, WsError> {
    let user_agent = [("User-Agent", "wsparse-tokio example")];
    let offer = Offer { headers: &user_agent, ..Offer::new(Uri::parse(uri)?) };
    let mut socket = Config::DEFAULT.connect_with(&offer).await?;
    eprintln!("connected to {uri}");
    *wait = Duration::from_secs(1);
    loop {
        select! {
            message = socket.reader.next() => match message? {
                Some(message) => println!("{message:?}"),
                None => return Ok(false),
            },
            line = input.next_line() => match line? {
                Some(line) => socket.send(line.as_str()).await?,
                None => {
                    socket.close(CloseCode::NORMAL, "").await?;
                    return Ok(true);
                }
            },
        }
    }
}
