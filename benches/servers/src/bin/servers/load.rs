//! The load generator: one thread, which keeps many connections busy.

use crate::client::{Client, open};
use crate::message::Message;
use crate::row::Row;
use mio::{Events, Interest, Poll, Token};
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const READ: usize = 256 << 10;
/// On one in this number of connections, all bytes are compared.
const CHECKED: usize = 8;
/// How often each message that is on its way at once is echoed in a turn, at least.
const ROUNDS: u64 = 3;
/// How long the last echoes may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Load {
    poll: Poll,
    clients: Vec<Client>,
    message: Message,
    /// The bytes of each echo.
    echo: Vec<u8>,
    buffer: Vec<u8>,
    /// How many messages are on their way on each connection.
    depth: u64,
}

impl Load {
    /// Opens the connections. Returns `None` if the server does not compress and should.
    pub fn start(server: SocketAddr, row: &Row) -> io::Result<Option<Self>> {
        let message = Message::new(row.len, row.depth, row.deflate);
        let poll = Poll::new()?;
        let mut clients = Vec::new();
        let mut echo = Vec::new();
        for at in 0..row.connections {
            let Some(mut stream) = open(server, row.deflate)? else { return Ok(None) };
            if at == 0 {
                stream.write_all(&message.frames[..message.frame_len])?;
                echo = message.read_echo(&mut stream, row.deflate)?;
            }
            let mut client = Client::new(stream, at % CHECKED == 0)?;
            let interest = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(&mut client.stream, Token(at), interest)?;
            clients.push(client);
        }
        let (buffer, depth) = (vec![0; READ], row.depth as u64);
        Ok(Some(Self { poll, clients, message, echo, buffer, depth }))
    }

    /// Answers each echo with a new message, for this time and [`ROUNDS`] at least. Then waits for the last
    /// echoes. Returns how many have arrived.
    pub fn run(&mut self, time: Duration) -> io::Result<u64> {
        let mut received = 0;
        for client in &mut self.clients {
            client.send(&self.message, self.depth)?;
        }
        let enough = ROUNDS * self.depth * self.clients.len() as u64;
        let stop = Instant::now() + time;
        let mut events = Events::with_capacity(1024);
        while !self.clients.iter().all(Client::is_idle) {
            let now = Instant::now();
            let left = (stop + PATIENCE).saturating_duration_since(now);
            if left.is_zero() {
                let missing: u64 = self.clients.iter().map(|c| c.sent - c.received).sum();
                return Err(io::Error::other(format!("{missing} echoes are missing")));
            }
            match self.poll.poll(&mut events, Some(left)) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                let client = &mut self.clients[event.token().0];
                let echoes = client.receive(&mut self.buffer, &self.echo)?;
                received += echoes;
                let goes_on = now < stop || received < enough;
                client.send(&self.message, if goes_on { echoes } else { 0 })?;
            }
        }
        Ok(received)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::{TcpListener, TcpStream};
    use std::thread;
    use wsparse::unmask;

    const LEN: usize = 20;

    /// Echoes messages, the third as `answer` says. Ends with the connection.
    fn serve(mut stream: TcpStream, answer: fn(&mut Vec<u8>)) -> io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        stream.write_all(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
        )?;
        for number in 1.. {
            let mut frame = [0; 6 + LEN];
            stream.read_exact(&mut frame)?;
            let key = [frame[2], frame[3], frame[4], frame[5]];
            unmask(&mut frame[6..], key);
            let mut echo = [&[0x82, LEN as u8], &frame[6..]].concat();
            if number == 3 {
                answer(&mut echo);
            }
            stream.write_all(&echo)?;
        }
        Ok(())
    }

    fn load(answer: fn(&mut Vec<u8>)) -> io::Result<u64> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        thread::spawn(move || serve(listener.accept()?.0, answer));
        let row = Row { connections: 1, len: LEN, depth: 1, deflate: false };
        let mut load = Load::start(address, &row)?.expect("it need not compress");
        load.run(Duration::from_millis(25))?;
        load.run(Duration::from_millis(25))
    }

    #[test]
    fn wrong_echoes_are_found() {
        assert!(load(|_| {}).unwrap() > 3, "after a pause");
        assert!(load(|echo| echo[2 + LEN - 1] ^= 1).is_err(), "another byte");
        assert!(load(|echo| echo[0] = 0x81).is_err(), "text");
        assert!(load(|echo| echo.extend(echo.clone())).is_err(), "twice");
    }
}
