//! A load test of the example `echo`, alongside misbehaving clients. No message is lost or
//! reordered, the well-behaved clients do not wait for the others, and the server's memory stays
//! bounded.
//!
//! usage: flood HOST:PORT PID    (of an `echo` that was started with `--max-message 1048576`)

use interop::Result;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};
use wsparse::{
    Assembler, CloseCode, Connection, Header, Input, Limits, Message, Opcode, Phase, Received,
};

const CONNECTIONS: u64 = 200;
const MESSAGES: u32 = 1000;
const THREADS: usize = 2;
const MAX_MESSAGE: u64 = 1 << 20;
/// The number of misbehaving clients of each kind.
const EACH: usize = 20;
/// How much of a message that never ends a client sends.
const UNFINISHED: usize = 512 << 10;
/// How much the server may accept from a client that reads nothing, beyond what the kernel keeps.
const MOST_UNREAD: usize = 16 << 20;
/// How much memory an idle connection may take.
const KEPT_KIB: u64 = 64;
/// How much the server's memory may grow: an idle connection's for each connection, and twice the
/// bytes of unfinished messages, because their memory grows by doubling.
const MOST_KIB: u64 =
    KEPT_KIB * (CONNECTIONS + 6 * EACH as u64) + 2 * ((EACH * UNFINISHED) >> 10) as u64;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [addr, pid] = arguments.as_slice() else { return Err("usage: flood HOST:PORT PID".into()) };
    drip(addr, Duration::ZERO)?;
    let (before, size) = (memory(pid, "VmRSS")?, memory(pid, "VmSize")?);

    let declared = hold_open(addr, &declare(MAX_MESSAGE))?;
    drip(addr, Duration::ZERO)?;
    let reserved = memory(pid, "VmSize")?.saturating_sub(size);
    if reserved > KEPT_KIB * EACH as u64 {
        return Err(
            format!("{reserved} KiB reserved for {EACH} messages that were only declared").into()
        );
    }
    let held = [
        hold(addr, b"GET / HTTP/1.1\r\nHost: local")?,
        hold(addr, b"")?,
        declared,
        hold_open(addr, &[declare(MAX_MESSAGE), vec![0; UNFINISHED]].concat())?,
    ];
    let message = [declare(60_000), vec![0; 60_000]].concat();
    let pings = [b"\x89\xfd\0\0\0\0".as_slice(), &[0; 125]].concat().repeat(500);
    let unread = thread::scope(|scope| {
        let clients = [&message, &pings].repeat(EACH).into_iter();
        let clients = clients.map(|bytes| scope.spawn(move || never_reads(addr, bytes)));
        let clients: Vec<_> = clients.collect();
        let clients = clients.into_iter().map(|client| client.join().map_err(|_| "a panic")?);
        clients.collect::<Result<Vec<_>>>()
    })?;
    let began = Instant::now();
    let (most, bytes) = thread::scope(|scope| -> Result<_> {
        let dripping = scope.spawn(|| drip(addr, Duration::from_millis(2)));
        let bad = scope.spawn(|| {
            for _ in 0..EACH {
                large_head(addr)?;
                declares_too_much(addr)?;
                tiny_fragments(addr)?;
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        });
        let bytes = flood(addr)?;
        bad.join().map_err(|_| "a panic")??;
        dripping.join().map_err(|_| "a panic")??;
        Ok((memory(pid, "VmHWM")?, bytes))
    })?;
    let took = began.elapsed();
    let (held, unread) = (held.iter().flatten().count(), unread.len());
    drip(addr, Duration::ZERO)?;
    println!(
        "{CONNECTIONS} connections x {MESSAGES} messages, {} MB each way, in {took:.1?}; \
         alongside {held} that never end, {unread} that never read, {EACH} heads of 64 KiB, \
         {EACH} declarations of 2^62 bytes, {EACH} floods of tiny fragments",
        bytes / 1_000_000,
    );
    let grown = most.saturating_sub(before);
    println!(
        "memory: {before} KiB before, {most} KiB at the peak; grown by {grown} of {MOST_KIB} KiB"
    );
    if grown > MOST_KIB { Err("too much memory".into()) } else { Ok(()) }
}

/// Returns a value of the process's status in KiB.
fn memory(pid: &str, what: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with(what)).ok_or("no such line")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
}

/// Connects, and completes the opening handshake.
fn open(addr: &str) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(REQUEST)?;
    read_head(&mut stream, "HTTP/1.1 101 ")?;
    Ok(stream)
}

fn read_head(stream: &mut TcpStream, expected: &str) -> Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8(head)?;
    if head.starts_with(expected) {
        Ok(())
    } else {
        Err(format!("expected {expected}: {head}").into())
    }
}

/// Reads to the end of the stream, which must start with these bytes.
fn expect_last(stream: &mut TcpStream, expected: &[u8]) -> Result<()> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    if bytes.starts_with(expected) {
        return Ok(());
    }
    Err(format!("{:?} instead of {expected:?}", &bytes[..bytes.len().min(64)]).into())
}

/// Returns clients that send these bytes and nothing more.
fn hold(addr: &str, bytes: &[u8]) -> Result<Vec<TcpStream>> {
    let connect = |_| {
        let mut stream = TcpStream::connect(addr)?;
        stream.write_all(bytes)?;
        Ok(stream)
    };
    (0..EACH).map(connect).collect()
}

fn hold_open(addr: &str, bytes: &[u8]) -> Result<Vec<TcpStream>> {
    let connect = |_| {
        let mut stream = open(addr)?;
        stream.write_all(bytes)?;
        Ok(stream)
    };
    (0..EACH).map(connect).collect()
}

/// Returns the masked header of a binary message of this length.
fn declare(payload_len: u64) -> Vec<u8> {
    let header = Header::new(Opcode::Binary, payload_len)
        .map(|header| Header { masking_key: Some([0; 4]), ..header });
    header.map_or(Vec::new(), |header| header.encode(&mut [0; Header::MAX_LEN]).to_vec())
}

/// Sends these frames over and over until the server accepts no more.
fn never_reads(addr: &str, frames: &[u8]) -> Result<TcpStream> {
    let mut stream = open(addr)?;
    stream.set_write_timeout(Some(Duration::from_millis(500)))?;
    let most = MOST_UNREAD + kernel_buffers()?;
    for _ in 0..most / frames.len() {
        match stream.write_all(frames) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(stream),
            Err(error) => return Err(error.into()),
        }
    }
    Err(format!("the server accepted {most} bytes from a client that reads nothing").into())
}

/// Returns how many bytes the kernel may keep for a connection, at both ends and in both directions.
fn kernel_buffers() -> Result<usize> {
    let mut sum = 0;
    for name in ["rmem", "wmem"] {
        let sizes = std::fs::read_to_string(format!("/proc/sys/net/ipv4/tcp_{name}"))?;
        sum += 2 * sizes.split_whitespace().last().ok_or("no size")?.parse::<usize>()?;
    }
    Ok(sum)
}

fn large_head(addr: &str) -> Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut head = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ".to_vec();
    head.resize(64 << 10, b'x');
    stream.write_all(&head)?;
    read_head(&mut stream, "HTTP/1.1 431 ")?;
    expect_last(&mut stream, b"")
}

fn declares_too_much(addr: &str) -> Result<()> {
    let mut stream = open(addr)?;
    stream.write_all(&declare(1 << 62))?;
    let mut header = [0; 4];
    stream.read_exact(&mut header)?;
    if header[0] != 0x88 || header[2..] != 1009_u16.to_be_bytes() {
        return Err(format!("{header:?} for 2^62 bytes").into());
    }
    stream.read_to_end(&mut Vec::new())?;
    Ok(())
}

/// Sends a message of one-byte fragments that is longer than allowed: 7 MiB for the server to read.
fn tiny_fragments(addr: &str) -> Result<()> {
    let mut stream = open(addr)?;
    let first = [0x02, 0x81, 0, 0, 0, 0, 7];
    let others = [0x00, 0x81, 0, 0, 0, 0, 7].repeat(1 << 14);
    stream.write_all(&first)?;
    for _ in 0..1 << 6 {
        stream.write_all(&others)?;
    }
    stream.write_all(&[0x80, 0x80, 0, 0, 0, 0])?;
    let mut header = [0; 4];
    stream.read_exact(&mut header)?;
    if header[0] != 0x88 || header[2..] != 1009_u16.to_be_bytes() {
        return Err(format!("{header:?} for 2^20 fragments").into());
    }
    Ok(())
}

/// Sends a whole session byte by byte.
fn drip(addr: &str, pause: Duration) -> Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let drip = |stream: &mut TcpStream, bytes: &[u8]| {
        bytes.iter().try_for_each(|byte| {
            thread::sleep(pause);
            stream.write_all(&[*byte])
        })
    };
    drip(&mut stream, REQUEST)?;
    read_head(&mut stream, "HTTP/1.1 101 ")?;
    // "Hello"; "Hello" in two fragments with a Ping between them; 300 bytes; a Close with 1000.
    drip(&mut stream, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")?;
    drip(&mut stream, b"\x01\x83\0\0\0\0Hel\x89\x83\0\0\0\0you\x80\x82\0\0\0\0lo")?;
    drip(&mut stream, &[b"\x82\xfe\x01\x2c\0\0\0\0".as_slice(), &[9; 300]].concat())?;
    drip(&mut stream, b"\x88\x82\0\0\0\0\x03\xe8")?;
    let answers: [&[u8]; _] =
        [b"\x81\x05Hello\x8a\x03you\x81\x05Hello\x82\x7e\x01\x2c", &[9; 300], b"\x88\x02\x03\xe8"];
    expect_last(&mut stream, &answers.concat())
}

/// One of the well-behaved clients.
struct Flooder {
    stream: TcpStream,
    connection: Connection<fn() -> [u8; 4]>,
    assembler: Assembler<Vec<u8>>,
    number: u64,
    sent: u32,
    received: u32,
    bytes: u64,
    output: Vec<u8>,
    written: usize,
    is_closed: bool,
}

/// Runs the load, and returns how many bytes were echoed.
fn flood(addr: &str) -> Result<u64> {
    let flooders = (0..CONNECTIONS).map(|number| Flooder::connect(addr, number));
    let mut flooders = flooders.collect::<Result<Vec<_>>>()?;
    let share = flooders.len().div_ceil(THREADS);
    thread::scope(|scope| {
        let threads = flooders.chunks_mut(share).map(|share| scope.spawn(|| run(share)));
        let threads: Vec<_> = threads.collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a panic")?)
    })?;
    Ok(flooders.iter().map(|flooder| flooder.bytes).sum())
}

fn run(flooders: &mut [Flooder]) -> Result<()> {
    let mut input = vec![0; 64 << 10];
    let mut last = Instant::now();
    while !flooders.iter().all(|flooder| flooder.is_closed) {
        let mut moved = false;
        for flooder in flooders.iter_mut().filter(|flooder| !flooder.is_closed) {
            moved |= flooder.step(&mut input)?;
        }
        if moved {
            last = Instant::now();
        } else if last.elapsed() > Duration::from_secs(20) {
            return Err("no progress for 20 s".into());
        } else {
            thread::sleep(Duration::from_micros(100));
        }
    }
    Ok(())
}

impl Flooder {
    fn connect(addr: &str, number: u64) -> Result<Self> {
        let stream = open(addr)?;
        stream.set_nonblocking(true)?;
        let keys = rand::random::<[u8; 4]> as fn() -> [u8; 4];
        Ok(Self {
            stream,
            connection: Connection::client(Limits::DEFAULT, keys),
            assembler: Assembler::new(Vec::new()),
            number,
            sent: 0,
            received: 0,
            bytes: 0,
            output: Vec::new(),
            written: 0,
            is_closed: false,
        })
    }

    /// Returns the message with this number: the numbers of connection and message, then bytes that
    /// depend on both. One message in 64 is long.
    fn message(&self, number: u32) -> Vec<u8> {
        let mut generator = StdRng::seed_from_u64(self.number << 32 | u64::from(number));
        let most = if generator.random_range(0..64) == 0 { 100_000 } else { 1000 };
        let mut bytes = vec![0; generator.random_range(12..most)];
        generator.fill(&mut bytes[12..]);
        bytes[..8].copy_from_slice(&self.number.to_be_bytes());
        bytes[8..12].copy_from_slice(&number.to_be_bytes());
        bytes
    }

    /// Writes and reads as much as the socket allows, and returns whether that was anything.
    fn step(&mut self, input: &mut [u8]) -> Result<bool> {
        let mut moved = false;
        if self.written == self.output.len() {
            self.refill()?;
        }
        if self.written < self.output.len() {
            match self.stream.write(&self.output[self.written..]) {
                Ok(written) => {
                    self.written += written;
                    moved = true;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
        match self.stream.read(input) {
            Ok(0) => return Err("the stream ended early".into()),
            Ok(read) => {
                self.receive(&mut input[..read])?;
                moved = true;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        Ok(moved)
    }

    fn refill(&mut self) -> Result<()> {
        self.output.clear();
        self.written = 0;
        let mut buffer = vec![0; 128 << 10];
        for _ in 0..16.min(MESSAGES - self.sent) {
            let message = self.message(self.sent);
            let sent = self.connection.send(Message::Binary(&message), &mut buffer)?;
            self.output.extend_from_slice(sent);
            self.sent += 1;
        }
        Ok(())
    }

    fn receive(&mut self, input: &mut [u8]) -> Result<()> {
        let mut input = Input::new(input);
        // Moved out, because the received messages borrow it.
        let mut assembler = std::mem::replace(&mut self.assembler, Assembler::new(Vec::new()));
        while let Some(received) = self.connection.next(&mut input, &mut assembler)? {
            match received {
                Received::Message(Message::Binary(bytes)) => {
                    if bytes != self.message(self.received) {
                        let (connection, number) = (self.number, self.received);
                        return Err(format!(
                            "connection {connection}: unexpected instead of message {number}"
                        )
                        .into());
                    }
                    self.received += 1;
                    self.bytes += bytes.len() as u64;
                }
                Received::Close(close) if close.code == Some(CloseCode::NORMAL) => {
                    self.is_closed = true;
                }
                other => return Err(format!("connection {}: {other:?}", self.number).into()),
            }
        }
        self.assembler = assembler;
        if self.received == MESSAGES && !self.is_closed && self.connection.phase() == Phase::Open {
            let mut close = [0; 131];
            self.output.extend_from_slice(self.connection.close(
                CloseCode::NORMAL,
                "",
                &mut close,
            )?);
        }
        Ok(())
    }
}
