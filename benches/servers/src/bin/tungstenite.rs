//! tungstenite, over mio: faster than with a thread for each connection.

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use std::io::{self, ErrorKind};
use tungstenite::handshake::server::NoCallback;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, HandshakeError, ServerHandshake, WebSocket, accept_with_config};

type Opening = tungstenite::handshake::MidHandshake<ServerHandshake<TcpStream, NoCallback>>;

enum Connection {
    Opening(Opening),
    Open(WebSocket<TcpStream>),
}

const LISTENER: Token = Token(usize::MAX);

fn main() -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
    wsparse_servers::announce(listener.local_addr()?)?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut connections: Vec<Option<Connection>> = Vec::new();
    // It fills the whole buffer with zeros before each read: 128 KiB by default.
    let config = WebSocketConfig::default().read_buffer_size(16 << 10);
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() != LISTENER {
                let place = &mut connections[event.token().0];
                *place = place.take().and_then(turn);
                continue;
            }
            loop {
                match listener.accept() {
                    Ok((mut stream, _)) => {
                        stream.set_nodelay(true)?;
                        let token = Token(connections.len());
                        let interest = Interest::READABLE | Interest::WRITABLE;
                        poll.registry().register(&mut stream, token, interest)?;
                        connections.push(opened(accept_with_config(stream, Some(config))));
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error),
                }
            }
        }
    }
}

/// Does what a connection is ready for. Returns `None` when it has ended.
fn turn(connection: Connection) -> Option<Connection> {
    let mut connection = match connection {
        Connection::Opening(opening) => opened(opening.handshake())?,
        open => open,
    };
    if let Connection::Open(socket) = &mut connection {
        echo(socket).ok()?;
    }
    Some(connection)
}

fn opened(
    result: Result<WebSocket<TcpStream>, HandshakeError<ServerHandshake<TcpStream, NoCallback>>>,
) -> Option<Connection> {
    match result {
        Ok(socket) => Some(Connection::Open(socket)),
        Err(HandshakeError::Interrupted(opening)) => Some(Connection::Opening(opening)),
        Err(HandshakeError::Failure(_)) => None,
    }
}

/// Sends back each message that has arrived, and flushes after the last.
fn echo(socket: &mut WebSocket<TcpStream>) -> Result<(), Error> {
    loop {
        match socket.read() {
            Ok(message) if message.is_text() || message.is_binary() => {
                pending(socket.write(message))?
            }
            Ok(_) => {}
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    pending(socket.flush())
}

/// What the stream does not take now is written when it is ready.
fn pending(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        result => result,
    }
}
