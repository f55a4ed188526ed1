//! The WebSocket, after the opening handshake.
//!
//! There are three threads, so that reading never waits for writing: an echo server may stop
//! reading until its output is read. The main thread reads and prints messages, the second one
//! writes, and the third one reads the lines.

use crate::deflate::{Incoming, Outgoing};
use crate::opening::Opened;
use rand::rngs::{StdRng, SysRng};
use rand::{RngExt, SeedableRng};
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use wsparse::{
    Assembler, CloseCode, Connection, Due, Input, Limits, Phase, Received, SendError, Side,
    Timeouts,
};

/// The most that one read returns.
const READ: usize = 64 << 10;
/// How often the time-outs are checked.
const TICK: Duration = Duration::from_secs(1);

/// Returns a generator for masking keys. They must be unpredictable (§10.3), so the operating
/// system provides its seed.
pub(crate) fn generator() -> Result<StdRng, String> {
    StdRng::try_from_rng(&mut SysRng).map_err(|error| format!("cannot get random numbers: {error}"))
}

/// What the threads share.
struct Session<K> {
    connection: Connection<K>,
    /// The payload of the newest Ping that has not been answered. The others need no answer
    /// (§5.5.3).
    ping: Option<Vec<u8>>,
}

type Shared<K> = Arc<Mutex<Session<K>>>;

/// A task for the writing thread.
enum Job {
    Text(String),
    /// Answer a Ping, and write the frames that the connection must send on its own.
    Transmit,
    /// Close: the lines have ended, with an error if there is one.
    Close(Option<String>),
}

/// Runs until the connection has ended. The error says what went wrong.
pub(crate) fn run(opened: Opened) -> Result<(), String> {
    let Opened { stream, mut generator, negotiated, mut frames } = opened;
    let limits = Limits { max_frame: 64 << 20, ..Limits::DEFAULT };
    let connection = Connection::client(limits, move || generator.random::<[u8; 4]>());
    let connection = negotiated.apply(connection);
    let (mut incoming, outgoing) = negotiated.codecs();
    let shared = Arc::new(Mutex::new(Session { connection, ping: None }));
    // Only a few lines, so that reading them waits while the server does not accept more.
    let (jobs, queue) = mpsc::sync_channel(4);
    let (problem, problems) = mpsc::channel();
    let writer = stream.try_clone().map_err(|error| error.to_string())?;
    let (to_write, lines) = (Arc::clone(&shared), jobs.clone());
    thread::spawn(move || {
        write(writer, &to_write, outgoing, &queue, |text| _ = problem.send(text))
    });
    thread::spawn(move || read_lines(&lines));
    let ended = read(stream, &shared, &mut incoming, &jobs, &mut frames);
    ended.and_then(|()| problems.try_recv().map_or(Ok(()), Err))
}

/// Locks the session for one call. If another thread has panicked, the program is ending anyway.
fn with<K, T>(shared: &Shared<K>, act: impl FnOnce(&mut Session<K>) -> T) -> T {
    act(&mut shared.lock().unwrap_or_else(PoisonError::into_inner))
}

fn read_lines(jobs: &SyncSender<Job>) {
    for line in io::stdin().lock().lines() {
        let job = match line {
            Ok(line) => Job::Text(line),
            Err(error) => {
                let problem = format!("cannot read standard input: {error}");
                _ = jobs.send(Job::Close(Some(problem)));
                return;
            }
        };
        if jobs.send(job).is_err() {
            return;
        }
    }
    _ = jobs.send(Job::Close(None));
}

/// Writes the frames of each job, until writing fails or there are no more jobs.
fn write<K: FnMut() -> [u8; 4]>(
    mut stream: TcpStream,
    shared: &Shared<K>,
    mut outgoing: Outgoing,
    jobs: &Receiver<Job>,
    report: impl Fn(String),
) {
    let mut output = vec![0; READ];
    while let Ok(job) = jobs.recv() {
        if let Job::Close(Some(problem)) = &job {
            report(problem.clone());
        }
        let written = with(shared, |session| encode(session, &mut outgoing, &job, &mut output));
        // If the connection is closed, the reading thread finds out as well.
        let bytes = written.ok().and_then(|len| output.get(..len)).unwrap_or_default();
        if let Err(error) = stream.write_all(bytes) {
            report(format!("the connection broke: {error}"));
            _ = stream.shutdown(Shutdown::Both);
            return;
        }
    }
}

/// Encodes the frames of a job at the start of `output`, which grows if it is too short. Returns
/// their length.
fn encode<K: FnMut() -> [u8; 4]>(
    session: &mut Session<K>,
    outgoing: &mut Outgoing,
    job: &Job,
    output: &mut Vec<u8>,
) -> Result<usize, SendError> {
    let Session { connection, ping } = session;
    let mut len = match ping.take() {
        Some(payload) => connection.pong(&payload, output)?.len(),
        None => 0,
    };
    let rest = output.get_mut(len..).unwrap_or_default();
    len = len.saturating_add(connection.transmit(rest)?.len());
    let mut send = |output: &mut Vec<u8>| {
        let rest = output.get_mut(len..).unwrap_or_default();
        let sent = match job {
            Job::Text(line) => outgoing.send(connection, line, rest),
            Job::Close(None) => connection.close(CloseCode::NORMAL, "", rest),
            Job::Close(Some(_)) => connection.close(CloseCode::GOING_AWAY, "", rest),
            Job::Transmit => return Ok(0),
        };
        sent.map(<[u8]>::len)
    };
    let sent = match send(output) {
        Err(SendError::NoRoom { needed }) => {
            output.resize(len.saturating_add(needed), 0);
            send(output)
        }
        sent => sent,
    };
    len = match sent {
        Ok(sent) => len.saturating_add(sent),
        // Perhaps the server closed first, and the answer has just been encoded.
        Err(_) => len,
    };
    Ok(len)
}

/// Prints the messages that arrive, until the server has ended its stream.
fn read<K: FnMut() -> [u8; 4]>(
    mut stream: TcpStream,
    shared: &Shared<K>,
    incoming: &mut Incoming,
    jobs: &SyncSender<Job>,
    frames: &mut [u8],
) -> Result<(), String> {
    stream.set_read_timeout(Some(TICK)).map_err(|error| error.to_string())?;
    // Memory that is never written to costs nothing on most operating systems.
    let mut storage = vec![0; 64 << 20];
    let mut assembler = Assembler::new(storage.as_mut_slice());
    let mut buffer = vec![0; READ];
    let (start, timeouts) = (Instant::now(), Timeouts::default());
    let mut input = frames;
    loop {
        print(shared, incoming, input, &mut assembler)?;
        let due = with(shared, |session| session.connection.tick(start.elapsed(), &timeouts));
        if due == Due::GiveUp {
            return outcome(shared, "the server did not answer in time");
        }
        if with(shared, |session| session.ping.is_some() || session.connection.wants_transmit()) {
            // If the queue is full, the writer transmits with the next job.
            _ = jobs.try_send(Job::Transmit);
        }
        let len = match stream.read(&mut buffer) {
            Ok(len) => len,
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {
                    input = &mut [];
                    continue;
                }
                _ => return outcome(shared, &error.to_string()),
            },
        };
        if len == 0 {
            with(shared, |session| session.connection.handle_eof());
            return outcome(shared, "the server ended it without a Close");
        }
        input = buffer.get_mut(..len).unwrap_or_default();
    }
}

fn print<K: FnMut() -> [u8; 4]>(
    shared: &Shared<K>,
    incoming: &mut Incoming,
    input: &mut [u8],
    assembler: &mut Assembler<&mut [u8]>,
) -> Result<(), String> {
    let mut stdout = io::stdout().lock();
    let mut input = Input::new(input);
    loop {
        let received =
            with(shared, |session| incoming.next(&mut session.connection, &mut input, assembler));
        match received {
            Ok(Some(Received::Message(message))) => {
                let printed =
                    stdout.write_all(message.as_bytes()).and_then(|()| stdout.write_all(b"\n"));
                printed.map_err(|error| format!("cannot print: {error}"))?;
            }
            Ok(Some(Received::Ping(payload))) => {
                let ping = Some(payload.to_vec());
                with(shared, |session| session.ping = ping);
            }
            Ok(Some(_)) => {}
            // After an error, `outcome` reports it once the Close has been sent.
            Ok(None) | Err(_) => break,
        }
    }
    stdout.flush().map_err(|error| format!("cannot print: {error}"))
}

/// Returns an error unless the connection was closed properly. `cut` is why it ended without a
/// Close.
fn outcome<K>(shared: &Shared<K>, cut: &str) -> Result<(), String>
where
    K: FnMut() -> [u8; 4],
{
    let (phase, code) =
        with(shared, |session| (session.connection.phase(), session.connection.close_code()));
    match (phase, code) {
        (Phase::Failed(error), _) => Err(format!("the server broke a rule: {error}")),
        (Phase::Closed(Side::Local), _) => Ok(()),
        (Phase::Closed(_) | Phase::Closing(Side::Remote), Some(1000 | 1005)) => Ok(()),
        (Phase::Closed(_) | Phase::Closing(Side::Remote), Some(code)) => {
            Err(format!("the server closed the connection with {code}"))
        }
        _ => Err(format!("the connection broke: {cut}")),
    }
}
