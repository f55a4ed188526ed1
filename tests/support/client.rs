//! A client over TCP that uses the library, for tests of servers.

use super::{KEY, write_frame};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;
use wsparse::{
    Assembler, CloseCode, Connection, Input, Limits, Message, OutgoingFrame, Received, Rule,
    SendError,
};

/// Something that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Got {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    /// The code, 1005 if there is none, and the reason.
    Close(u16, String),
    /// The stream has ended, with a Close or without one.
    End,
}

pub struct Client {
    pub stream: TcpStream,
    pub connection: Connection<Box<dyn FnMut() -> [u8; 4] + Send>>,
    assembler: Assembler<&'static mut [u8]>,
    got: VecDeque<Got>,
}

/// Returns pseudo-random bytes, the same for the same length.
pub fn noise(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    StdRng::seed_from_u64(len as u64).fill(bytes.as_mut_slice());
    bytes
}

/// Returns streams that break a rule at their start, and the code in the answer (§7.4.1).
pub fn violations() -> Vec<(&'static str, Vec<u8>, u16)> {
    let frame = |first, payload: &[u8]| write_frame(first, Some(KEY), payload);
    vec![
        ("unmasked", write_frame(0x81, None, b"Hello"), 1002),
        ("RSV1", frame(0xC1, b"Hello"), 1002),
        ("opcode 3", frame(0x83, b"Hello"), 1002),
        ("a fragmented Ping", frame(0x09, b""), 1002),
        ("a Ping of 126 bytes", frame(0x89, &[0; 126]), 1002),
        ("a long form of 5", vec![0x81, 0xFE, 0, 5], 1002),
        ("a continuation of nothing", frame(0x80, b"Hello"), 1002),
        ("a message in a message", [frame(0x01, b"Hel"), frame(0x81, b"lo")].concat(), 1002),
        ("a Close of 1 byte", frame(0x88, b"\x03"), 1002),
        ("a Close with 1005", frame(0x88, b"\x03\xed"), 1002),
        ("invalid UTF-8", frame(0x81, b"\xC0\xAF"), 1007),
        ("invalid UTF-8 in fragments", [frame(0x01, b"\xF0"), frame(0x00, b"\x80")].concat(), 1007),
        ("a reason that is not UTF-8", frame(0x88, b"\x03\xe8\xFF"), 1007),
    ]
}

impl Client {
    pub fn connect(address: &str) -> Self {
        Self::over(TcpStream::connect(address).unwrap())
    }

    /// Makes a client for a stream after its opening handshake. With the time-outs, a test that
    /// would hang fails instead.
    pub fn over(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut random = StdRng::seed_from_u64(6455);
        let keys = Box::new(move || random.random()) as Box<dyn FnMut() -> [u8; 4] + Send>;
        // For the longest message of these tests and a control frame.
        let memory = vec![0; (1 << 20) + 125].leak();
        Self {
            stream,
            connection: Connection::client(Limits::DEFAULT, keys),
            assembler: Assembler::new(memory),
            got: VecDeque::new(),
        }
    }

    /// Returns the bytes of a frame, which the caller sends.
    pub fn encode<'f>(&mut self, frame: impl Into<OutgoingFrame<'f>>) -> Vec<u8> {
        let frame = frame.into();
        let mut output = vec![0; frame.payload().len() + 20];
        self.connection.send(frame, &mut output).unwrap().to_vec()
    }

    pub fn send<'f>(&mut self, frame: impl Into<OutgoingFrame<'f>>) {
        let bytes = self.encode(frame);
        self.write(&bytes);
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    pub fn close(&mut self, code: CloseCode, reason: &str) {
        let mut output = [0; Connection::MAX_TRANSMIT];
        let close = self.connection.close(code, reason, &mut output).unwrap().to_vec();
        self.write(&close);
    }

    /// Waits for the next event. A Ping or Close has been answered by then.
    pub fn receive(&mut self) -> Got {
        let mut buffer = [0; 16 << 10];
        loop {
            if let Some(got) = self.got.pop_front() {
                return got;
            }
            let len = match self.stream.read(&mut buffer) {
                Ok(len) => len,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
                Err(error) => panic!("nothing arrives: {error}"),
            };
            if len == 0 {
                self.connection.handle_eof();
                return Got::End;
            }
            let mut input = Input::new(&mut buffer[..len]);
            while let Some(received) = self
                .connection
                .next(&mut input, &mut self.assembler)
                .expect("the server breaks no rule")
            {
                if let Received::Ping(payload) = received {
                    let mut output = [0; Connection::MAX_TRANSMIT];
                    _ = self.stream.write_all(self.connection.pong(payload, &mut output).unwrap());
                }
                self.got.push_back(match received {
                    Received::Message(Message::Text(text)) => Got::Text(text.to_owned()),
                    Received::Message(Message::Binary(bytes)) => Got::Binary(bytes.to_vec()),
                    Received::Ping(payload) => Got::Ping(payload.to_vec()),
                    Received::Pong(payload) => Got::Pong(payload.to_vec()),
                    Received::Close(close) => {
                        let code = close.code.map_or(1005, CloseCode::get);
                        Got::Close(code, close.reason.to_owned())
                    }
                });
            }
            self.transmit().unwrap();
        }
    }

    fn transmit(&mut self) -> Result<(), SendError> {
        let mut output = [0; Connection::MAX_TRANSMIT];
        let bytes = self.connection.transmit(&mut output)?;
        // The server may have stopped reading.
        _ = self.stream.write_all(bytes);
        Ok(())
    }

    /// Sends bytes that break a rule, and returns the code in the answer, after which the stream
    /// must end.
    pub fn violate(mut self, bytes: &[u8]) -> u16 {
        // The server may answer before all of them are sent.
        _ = self.stream.write_all(bytes);
        let code = loop {
            match self.receive() {
                Got::Close(code, reason) => {
                    // Small targets leave out the reason.
                    let has_reason = !Rule::ReservedBit.reason().is_empty();
                    assert_eq!(!reason.is_empty(), has_reason, "the reason names the rule");
                    break code;
                }
                Got::End => panic!("no Close"),
                _ => {}
            }
        };
        _ = self.stream.shutdown(Shutdown::Write);
        assert_eq!(self.receive(), Got::End);
        code
    }
}
