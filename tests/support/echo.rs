//! The example `echo`, started by a test.

use super::program::example;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The opening handshake of §1.3, without optional headers.
pub const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\n\
    Upgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
pub const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Far more than anything takes, so that a test that would hang fails instead.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the command for an example, with pipes for its standard streams.
pub fn command(name: &str) -> Command {
    let mut command = example(name);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub struct Echo {
    child: Child,
    pub address: SocketAddr,
    log: Option<JoinHandle<String>>,
}

impl Echo {
    /// Starts it at a free port.
    pub fn start(arguments: &[&str]) -> Self {
        let arguments = [&["--addr", "127.0.0.1:0"], arguments].concat();
        let mut child = command("echo").args(arguments).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://");
        let address =
            address.and_then(|it| it.strip_suffix('/')).expect("the first line has the address");
        let mut stderr = child.stderr.take().unwrap();
        let log = thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            log
        });
        Self { child, address: address.parse().unwrap(), log: Some(log) }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Connects, and completes the opening handshake.
    pub fn open(&self) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(REQUEST).unwrap();
        assert_eq!(read(&mut stream, RESPONSE.len()), RESPONSE);
        stream
    }

    /// Connects with an offer of extensions, and returns the answer to it, which is empty without one.
    #[cfg(feature = "deflate")]
    pub fn open_with(&self, extensions: &str) -> (TcpStream, String) {
        let mut stream = self.connect();
        let request = str::from_utf8(REQUEST).unwrap();
        let header = format!("\r\nSec-WebSocket-Extensions: {extensions}\r\n\r\n");
        stream.write_all(request.replace("\r\n\r\n", &header).as_bytes()).unwrap();
        let mut response = Vec::new();
        while !response.ends_with(b"\r\n\r\n") {
            response.extend(read(&mut stream, 1));
        }
        let response = String::from_utf8(response).unwrap();
        let answer = response.lines().find_map(|it| it.strip_prefix("Sec-WebSocket-Extensions: "));
        (stream, answer.unwrap_or_default().to_owned())
    }

    pub fn interrupt(&self) {
        let status = Command::new("kill").args(["-INT", &self.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Waits until it has ended, and returns its status and its log.
    pub fn wait(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        (status, self.log.take().unwrap().join().unwrap())
    }

    pub fn stop(self) -> String {
        self.interrupt();
        let (status, log) = self.wait();
        assert_eq!(status.code(), Some(0), "{log}");
        log
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

pub fn read(stream: &mut impl Read, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

pub fn read_to_end(stream: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}
