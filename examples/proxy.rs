//! A forwarding proxy: `cargo run --release --example proxy UPSTREAM [ADDRESS [PATIENCE_SECONDS]]`.
//!
//! The opening handshake is forwarded unchanged. After it, every frame is checked and forwarded as
//! it arrives: a header is sent before its payload has arrived, no message is assembled, and memory
//! does not grow with the lengths that headers declare.
//!
//! A side that breaks a rule receives a Close that names the rule, and the other side a Close with
//! 1001 or 1014. If part of the broken frame has already been forwarded, the other stream just
//! ends, because nothing can be sent inside a frame.

use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng};
use std::error::Error;
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use wsparse::{
    Boundary, Chunk, CloseCode, Decoder, Event, Header, Input, Limits, Opcode, Role, Rsv, Timeouts,
    unmask_from,
};

const ADDRESS: &str = "127.0.0.1:9003";

/// The size of the two buffers of each direction, one for reading and one for writing. The heads of
/// the opening handshake must fit.
const BUFFER: usize = 16 << 10;

/// How long a side may keep the proxy waiting: in the opening handshake, when the proxy writes to
/// it, and for its Close after it was sent one. Each frame that is forwarded extends the last.
const PATIENCE_SECONDS: u64 = 10;

/// How long frames may extend it.
const CLOSING: Duration = Timeouts::DEFAULT.message;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let usage = || {
        eprintln!("usage: proxy UPSTREAM [ADDRESS [PATIENCE_SECONDS]]");
        ExitCode::from(2)
    };
    let Some(upstream) = arguments.next() else { return usage() };
    let address = arguments.next().unwrap_or_else(|| ADDRESS.to_owned());
    let Ok(patience) = arguments.next().map_or(Ok(PATIENCE_SECONDS), |patience| patience.parse())
    else {
        return usage();
    };
    match listen(&address, upstream.into(), Duration::from_secs(patience)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("proxy: {address}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn listen(address: &str, upstream: Arc<str>, patience: Duration) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (client, peer) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) => {
                eprintln!("cannot accept: {error}");
                thread::sleep(Duration::from_millis(100)); // until a file may be free
                continue;
            }
        };
        let upstream = Arc::clone(&upstream);
        let serve = move || match serve(client, &upstream, peer, patience) {
            Ok(()) => eprintln!("{peer}: ended"),
            Err(error) => eprintln!("{peer}: {error}"),
        };
        if let Err(error) = thread::Builder::new().spawn(serve) {
            eprintln!("{peer}: no thread: {error}");
        }
    }
}

fn serve(
    client: TcpStream,
    upstream: &str,
    peer: SocketAddr,
    patience: Duration,
) -> Result<(), Box<dyn Error>> {
    let upstream = TcpStream::connect(upstream).map_err(|error| format!("{upstream}: {error}"))?;
    for stream in [&client, &upstream] {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
    }
    let (mut from_client, mut from_upstream) = (vec![0; BUFFER], vec![0; BUFFER]);

    let request = read_head(&client, &mut from_client)?;
    (&upstream).write_all(from_client.get(..request.len).unwrap_or_default())?;
    let response = read_head(&upstream, &mut from_upstream)?;
    let head = from_upstream.get(..response.len).unwrap_or_default();
    (&client).write_all(head)?;
    if !head.starts_with(b"HTTP/1.1 101 ") {
        (&client)
            .write_all(from_upstream.get(response.len..response.filled).unwrap_or_default())?;
        io::copy(&mut &upstream, &mut &client)?;
        return Ok(());
    }
    // The only registered extension that uses a reserved bit.
    let compressed = contains(head, b"permessage-deflate");
    let allowed_rsv = if compressed { Rsv::RSV1 } else { Rsv::NONE };

    let client = Side::new(Role::Server, &client, patience)?;
    let upstream = Side::new(Role::Client, &upstream, patience)?;
    thread::scope(|scope| {
        let up = || {
            let result = forward(&client, &upstream, allowed_rsv, &mut from_client, &request);
            log(peer, "client", result);
            upstream.sending().end();
        };
        thread::Builder::new().spawn_scoped(scope, up)?;
        let result = forward(&upstream, &client, allowed_rsv, &mut from_upstream, &response);
        log(peer, "upstream", result);
        client.sending().end();
        Ok(())
    })
}

fn log(peer: SocketAddr, side: &str, result: Result<(), Box<dyn Error>>) {
    if let Err(error) = result {
        eprintln!("{peer}: {side}: {error}");
    }
}

/// The lengths of an HTTP head at the start of a buffer, and of all that was read into it.
struct Head {
    len: usize,
    filled: usize,
}

fn read_head(mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<Head> {
    const END: &[u8; 4] = b"\r\n\r\n";
    let mut filled = 0;
    loop {
        let more = match stream.read(buffer.get_mut(filled..).unwrap_or_default()) {
            Ok(0) if filled == buffer.len() => return Err(io::Error::other("a head is too long")),
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(more) => more,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let searched = filled.saturating_sub(END.len());
        filled = filled.saturating_add(more);
        let new = buffer.get(searched..filled).unwrap_or_default();
        if let Some(at) = new.windows(END.len()).position(|bytes| bytes == END) {
            let len = searched.saturating_add(at).saturating_add(END.len());
            return Ok(Head { len, filled });
        }
    }
}

fn contains(head: &[u8], name: &[u8]) -> bool {
    head.windows(name.len()).any(|bytes| bytes.eq_ignore_ascii_case(name))
}

/// Forwards frames until the stream of `from` ends. The first ones may be in `buffer`, after the
/// `head`.
fn forward(
    from: &Side<'_>,
    to: &Side<'_>,
    allowed_rsv: Rsv,
    buffer: &mut [u8],
    head: &Head,
) -> Result<(), Box<dyn Error>> {
    // Limits are for the endpoints to set.
    let (max_frame, max_message, max_fragments) = (u64::MAX, u64::MAX, u32::MAX);
    let limits = Limits { allowed_rsv, max_frame, max_message, max_fragments, ..Limits::DEFAULT };
    let mut decoder = Decoder::new(from.role, limits);
    let mut input = Input::new(buffer.get_mut(head.len..head.filled).unwrap_or_default());
    let mut forwarded = Instant::now();
    loop {
        let mut sending = to.sending();
        if sending.closed.is_none() {
            forwarded = Instant::now();
        }
        loop {
            match decoder.next(&mut input) {
                Ok(Some(Event::Data(data))) => sending.data(data)?,
                Ok(Some(Event::Control(opcode, payload))) => sending.control(opcode, payload)?,
                Ok(None) => break,
                Err(error) => {
                    let code = match from.role {
                        Role::Server => CloseCode::GOING_AWAY,
                        Role::Client => CloseCode::BAD_GATEWAY,
                    };
                    drop(sending);
                    // First to the side that broke it: when the other one ends, everything ends.
                    from.sending().close(error.close_code(), error.rule().description())?;
                    to.sending().close_or_end(code, "the other side broke a rule")?;
                    // §7.1.1: closing a socket with unread bytes may take the Close from the peer.
                    while from.read(buffer, forwarded)? > 0 {}
                    return Err(error.into());
                }
            }
        }
        sending.output.flush()?;
        drop(sending);
        input = match from.read(buffer, forwarded)? {
            0 => return Ok(()),
            len => Input::new(buffer.get_mut(..len).unwrap_or_default()),
        };
    }
}

/// One of the two sides that the proxy connects.
struct Side<'s> {
    /// The proxy's role towards it.
    role: Role,
    stream: &'s TcpStream,
    patience: Duration,
    /// Both directions write: one the other side's frames, one a Close for an error.
    sending: Mutex<Sending<'s>>,
}

struct Sending<'s> {
    role: Role,
    output: BufWriter<&'s TcpStream>,
    keys: StdRng,
    /// Of the frame that is being forwarded: its key, and how much of its payload has been sent.
    masking_key: Option<[u8; 4]>,
    offset: u64,
    in_frame: bool,
    /// The Close to send after the frame.
    close: Option<(CloseCode, &'static str)>,
    /// When a Close was sent. Nothing follows it.
    closed: Option<Instant>,
}

impl<'s> Side<'s> {
    fn new(role: Role, stream: &'s TcpStream, patience: Duration) -> Result<Self, Box<dyn Error>> {
        let sending = Sending {
            role,
            output: BufWriter::with_capacity(BUFFER, stream),
            keys: StdRng::try_from_rng(&mut SysRng)?,
            masking_key: None,
            offset: 0,
            in_frame: false,
            close: None,
            closed: None,
        };
        Ok(Self { role, stream, patience, sending: Mutex::new(sending) })
    }

    fn sending(&self) -> MutexGuard<'_, Sending<'s>> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As `Read::read`, but also returns 0 if the side takes too long after it was sent a Close.
    /// `forwarded` is when bytes of it were last forwarded.
    fn read(&self, buffer: &mut [u8], forwarded: Instant) -> io::Result<usize> {
        let mut stream = self.stream;
        loop {
            // If the other thread is writing, it may be waiting for this one to read.
            if let Ok(sending) = self.sending.try_lock()
                && let Some(closed) = sending.closed
                && (closed.max(forwarded).elapsed() > self.patience || closed.elapsed() > CLOSING)
            {
                return Ok(0);
            }
            match stream.read(buffer) {
                Err(error) if is_time_out(&error) => {}
                result => return result,
            }
        }
    }
}

impl Sending<'_> {
    /// Sends a part of a frame, after its header if this is the first part.
    fn data(&mut self, data: Chunk<'_>) -> io::Result<()> {
        if self.closed.is_some() {
            return Ok(());
        }
        if let Some(header) = data.header {
            self.begin(header)?;
        }
        self.payload(data.payload)?;
        self.in_frame = data.boundary == Boundary::None;
        match self.close {
            Some((code, reason)) if !self.in_frame => self.close(code, reason),
            _ => Ok(()),
        }
    }

    fn control(&mut self, opcode: Opcode, payload: &mut [u8]) -> io::Result<()> {
        if self.closed.is_some() {
            return Ok(());
        }
        self.begin(Header::new(opcode, payload.len() as u64).map_err(io::Error::other)?)?;
        self.payload(payload)?;
        if opcode == Opcode::Close {
            self.closed = Some(Instant::now());
        }
        Ok(())
    }

    fn begin(&mut self, header: Header) -> io::Result<()> {
        self.masking_key = match self.role {
            Role::Server => None,
            Role::Client => Some(self.keys.next_u32().to_ne_bytes()),
        };
        self.offset = 0;
        let header = Header { masking_key: self.masking_key, ..header };
        self.output.write_all(header.encode(&mut [0; Header::MAX_LEN]))
    }

    fn payload(&mut self, payload: &mut [u8]) -> io::Result<()> {
        if let Some(key) = self.masking_key {
            unmask_from(payload, key, self.offset);
            self.offset = self.offset.wrapping_add(payload.len() as u64);
        }
        self.output.write_all(payload)
    }

    /// Sends a Close and ends the stream, as soon as no frame is open.
    fn close(&mut self, code: CloseCode, reason: &'static str) -> io::Result<()> {
        if self.in_frame {
            self.close = Some((code, reason));
            return Ok(());
        }
        if self.closed.is_none() {
            let mut payload = code.get().to_be_bytes().to_vec();
            payload.extend_from_slice(reason.as_bytes());
            self.control(Opcode::Close, &mut payload)?;
        }
        self.end();
        Ok(())
    }

    /// As `close`, but ends the stream at once, without a Close, if a frame is open: the rest of it
    /// will never arrive.
    fn close_or_end(&mut self, code: CloseCode, reason: &'static str) -> io::Result<()> {
        if self.in_frame {
            self.end();
            return Ok(());
        }
        self.close(code, reason)
    }

    /// Ends the stream. If that fails, it has ended already.
    fn end(&mut self) {
        self.closed.get_or_insert_with(Instant::now);
        _ = self.output.flush();
        _ = self.output.get_ref().shutdown(Shutdown::Write);
    }
}

fn is_time_out(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
