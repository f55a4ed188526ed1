//! A proxy that inspects what it forwards:
//! `cargo run --example proxy -- 127.0.0.1:9014 127.0.0.1:9001 secret`.
//!
//! Binary messages are forwarded while they arrive. Text is forwarded by whole messages; one that
//! contains the word ends the connection, with the code 1008 on both sides.

use futures_util::future::select;
use std::{env, error::Error, mem, pin::pin, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, copy, sink, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::{sync::Mutex, time::timeout};
use wsparse_tokio::wsparse::handshake::{Accept, Offer, Refusal, Uri};
use wsparse_tokio::wsparse::{Boundary, Close, CloseCode, Decoder, Encoder, Event, Input};
use wsparse_tokio::wsparse::{Limits, Message, Opcode, OutgoingFrame, Role};
use wsparse_tokio::{Config, Stream};

/// How long a side may be silent, and how long it may take to read what is sent to it. While it goes on
/// sending, it may take as long as it likes, also after the other side has closed.
const PATIENCE: Duration = Duration::from_secs(60);

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let [_, address, server, word] = &*env::args().collect::<Vec<_>>() else {
        return Err("usage: proxy ADDRESS SERVER WORD".into());
    };
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (client, peer) = listener.accept().await?;
        let (server, word) = (server.clone(), word.clone());
        tokio::spawn(async move { println!("{peer}: {:?}", proxy(client, &server, &word).await) });
    }
}

async fn proxy(client: TcpStream, server: &str, word: &str) -> Result<()> {
    let request = Config::DEFAULT.read_request(client).await?;
    let uri = format!("ws://{server}{}", request.request()?.target());
    let server = TcpStream::connect(server).await?;
    let Ok(server) = Config::DEFAULT.client(server, &Offer::new(Uri::parse(&uri)?)).await else {
        return Ok(request.refuse(&Refusal::new(502)).await?);
    };
    let client = request.accept(&Accept::default()).await?;
    let client = client.into_stream().ok_or("halves of two sockets")?;
    let server = server.into_stream().ok_or("halves of two sockets")?;
    let (from_client, to_client) = split(client.0);
    let (from_server, to_server) = split(server.0);
    let to_client = Side(Mutex::new((Encoder::new(None), to_client)));
    let to_server = Side(Mutex::new((Encoder::new(Some(rand::random)), to_server)));
    let up = pin!(forward(Role::Server, from_client, client.1, &to_client, &to_server, word));
    let down = pin!(forward(Role::Client, from_server, server.1, &to_server, &to_client, word));
    let (ended, other) = select(up, down).await.factor_first();
    _ = other.await;
    ended
}

/// One side to send to. Both directions may do so, one of them only a Close.
struct Side(Mutex<(Encoder<Keys>, WriteHalf<Stream>)>);

/// Frames for the server are masked, those for the client are not.
type Keys = Option<fn() -> [u8; 4]>;

impl Side {
    async fn send(&self, frame: OutgoingFrame<'_>) -> Result<()> {
        let (encoder, stream) = &mut *self.0.lock().await;
        let mut output = vec![0; encoder.encoded_len(frame)];
        Ok(timeout(PATIENCE, stream.write_all(encoder.encode(frame, &mut output)?)).await??)
    }
}

/// Forwards until the peer has closed, or must not go on.
async fn forward(
    role: Role,
    mut stream: ReadHalf<Stream>,
    mut read: Vec<u8>,
    from: &Side,
    to: &Side,
    word: &str,
) -> Result<()> {
    let mut decoder = Decoder::new(role, Limits::DEFAULT);
    let (mut text, mut is_within) = (Vec::new(), false);
    let (code, reason) = 'ended: loop {
        let mut input = Input::new(&mut read);
        loop {
            match decoder.next(&mut input) {
                Ok(None) => break,
                Err(error) => break 'ended (error.close_code(), error.rule().description()),
                Ok(Some(Event::Data(chunk))) if chunk.is_text => {
                    text.extend_from_slice(chunk.payload);
                    if chunk.boundary == Boundary::Message {
                        let whole = String::from_utf8(mem::take(&mut text))?;
                        if whole.contains(word) {
                            break 'ended (CloseCode::POLICY_VIOLATION, "a word is not allowed");
                        }
                        to.send(Message::Text(&whole).into()).await?;
                    }
                }
                Ok(Some(Event::Data(chunk))) => {
                    let (message, is_first) = (Message::Binary(chunk.payload), !is_within);
                    is_within = chunk.boundary != Boundary::Message;
                    match (is_first, is_within) {
                        (true, true) => to.send(message.first_fragment()).await?,
                        (true, false) => to.send(message.into()).await?,
                        (false, true) => to.send(message.next_fragment()).await?,
                        (false, false) => to.send(message.last_fragment()).await?,
                    }
                }
                Ok(Some(Event::Control(opcode, payload))) => match opcode {
                    Opcode::Ping => to.send(OutgoingFrame::ping(payload)?).await?,
                    Opcode::Pong => to.send(OutgoingFrame::pong(payload)?).await?,
                    _ => return to.send(OutgoingFrame::close(Close::parse(payload)?)?).await,
                },
            }
        }
        read.resize(1 << 14, 0);
        match timeout(PATIENCE, stream.read(&mut read)).await {
            Ok(Ok(len @ 1..)) => read.truncate(len),
            _ => break (CloseCode::GOING_AWAY, "the other side has gone"),
        }
    };
    let close = OutgoingFrame::close(Close { code: Some(code), reason })?;
    for side in [from, to] {
        _ = side.send(close).await; // an error if it has been closed
    }
    _ = timeout(Duration::from_secs(5), copy(&mut stream, &mut sink())).await;
    Err(reason.into())
}
