//! The WebSocket, behind the opening handshake.
//!
//! Three threads, so that reading never waits for writing: a server that echoes takes no more while
//! what it has sent is not read. This one reads and prints; one writes; one reads the lines.

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
    Assembler, CloseCode, Connection, Due, Input, Limits, Message, Phase, Received, SendError,
    Side, Timeouts,
};

/// How much is read at once.
const READ: usize = 64 << 10;
/// How often the clock is looked at.
const TICK: Duration = Duration::from_secs(1);

/// Masking keys must be unpredictable (§10.3): from the operating system, as a seed.
pub(crate) fn generator() -> Result<StdRng, String> {
    StdRng::try_from_rng(&mut SysRng).map_err(|error| format!("no random numbers: {error}"))
}

type Shared<K> = Arc<Mutex<Connection<K>>>;

/// What the writing thread is to do.
enum Job {
    Text(String),
    /// What the connection has to say by itself.
    Transmit,
    /// The lines have ended; with what was wrong, if something was.
    Close(Option<String>),
}

/// Until the connection has ended; the error says why not well.
pub(crate) fn run(opened: Opened) -> Result<(), String> {
    let Opened { stream, mut generator, mut frames } = opened;
    let config = Limits { max_frame: 64 << 20, ..Limits::DEFAULT };
    let connection = Connection::client(config, move || generator.random::<[u8; 4]>());
    let shared = Arc::new(Mutex::new(connection));
    // A few lines: who reads them waits when the server does not take them.
    let (jobs, queue) = mpsc::sync_channel(4);
    let (problem, problems) = mpsc::channel();
    let writer = stream.try_clone().map_err(|error| error.to_string())?;
    let (to_write, lines) = (Arc::clone(&shared), jobs.clone());
    thread::spawn(move || write(writer, &to_write, &queue, |text| _ = problem.send(text)));
    thread::spawn(move || read_lines(&lines));
    let ended = read(stream, &shared, &jobs, &mut frames);
    ended.and_then(|()| problems.try_recv().map_or(Ok(()), Err))
}

/// The connection, for a moment; a thread that panicked has ended the program anyway.
fn with<K, T>(shared: &Shared<K>, act: impl FnOnce(&mut Connection<K>) -> T) -> T {
    act(&mut shared.lock().unwrap_or_else(PoisonError::into_inner))
}

fn read_lines(jobs: &SyncSender<Job>) {
    for line in io::stdin().lock().lines() {
        let job = match line {
            Ok(line) => Job::Text(line),
            Err(error) => {
                let problem = format!("the standard input cannot be sent: {error}");
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

/// Sends what there is, until that is no longer possible.
fn write<K: FnMut() -> [u8; 4]>(
    mut stream: TcpStream,
    shared: &Shared<K>,
    jobs: &Receiver<Job>,
    report: impl Fn(String),
) {
    let mut output = vec![0; READ];
    while let Ok(job) = jobs.recv() {
        if let Job::Close(Some(problem)) = &job {
            report(problem.clone());
        }
        let written = with(shared, |connection| encode(connection, &job, &mut output));
        // Where the connection is closed, the reader learns of it, too.
        let bytes = written.ok().and_then(|len| output.get(..len)).unwrap_or_default();
        if let Err(error) = stream.write_all(bytes) {
            report(format!("the connection broke: {error}"));
            _ = stream.shutdown(Shutdown::Both);
            return;
        }
    }
}

/// Gives how many bytes of `output`, which grows to hold them, are to be sent.
fn encode<K: FnMut() -> [u8; 4]>(
    connection: &mut Connection<K>,
    job: &Job,
    output: &mut Vec<u8>,
) -> Result<usize, SendError> {
    let mut len = connection.transmit(output)?.len();
    let mut send = |output: &mut Vec<u8>| {
        let rest = output.get_mut(len..).unwrap_or_default();
        let sent = match job {
            Job::Text(line) => connection.send(Message::Text(line), rest),
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
        // The Close that answered the server's has just been written, perhaps.
        Err(_) => len,
    };
    Ok(len)
}

/// Prints what comes, until the server has ended its stream.
fn read<K: FnMut() -> [u8; 4]>(
    mut stream: TcpStream,
    shared: &Shared<K>,
    jobs: &SyncSender<Job>,
    frames: &mut [u8],
) -> Result<(), String> {
    stream.set_read_timeout(Some(TICK)).map_err(|error| error.to_string())?;
    // Zeros that are not written to take no memory, where the operating system gives them.
    let mut storage = vec![0; 64 << 20];
    let mut assembler = Assembler::new(storage.as_mut_slice());
    let mut buffer = vec![0; READ];
    let (start, timeouts) = (Instant::now(), Timeouts::default());
    let mut input = frames;
    loop {
        print(shared, input, &mut assembler)?;
        let due = with(shared, |connection| connection.tick(start.elapsed(), &timeouts));
        if due == Due::GiveUp {
            return judge(shared, "the server does not answer");
        }
        if with(shared, |connection| connection.wants_transmit()) {
            // If there is no place, the writer is at work, and does this as well.
            _ = jobs.try_send(Job::Transmit);
        }
        let len = match stream.read(&mut buffer) {
            Ok(len) => len,
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {
                    input = &mut [];
                    continue;
                }
                _ => return judge(shared, &error.to_string()),
            },
        };
        if len == 0 {
            with(shared, Connection::handle_eof);
            return judge(shared, "the server has ended it without a Close");
        }
        input = buffer.get_mut(..len).unwrap_or_default();
    }
}

fn print<K: FnMut() -> [u8; 4]>(
    shared: &Shared<K>,
    input: &mut [u8],
    assembler: &mut Assembler<&mut [u8]>,
) -> Result<(), String> {
    let mut stdout = io::stdout().lock();
    let mut input = Input::new(input);
    loop {
        let received = with(shared, |connection| connection.next(&mut input, assembler));
        match received {
            Ok(Some(Received::Message(message))) => {
                let printed =
                    stdout.write_all(message.as_bytes()).and_then(|()| stdout.write_all(b"\n"));
                printed.map_err(|error| format!("cannot print: {error}"))?;
            }
            Ok(Some(_)) => {}
            // An error is judged when the server has been told.
            Ok(None) | Err(_) => break,
        }
    }
    stdout.flush().map_err(|error| format!("cannot print: {error}"))
}

/// Whether the connection has ended well; if it has not been closed, why.
fn judge<K>(shared: &Shared<K>, cut: &str) -> Result<(), String>
where
    K: FnMut() -> [u8; 4],
{
    let (phase, code) = with(shared, |connection| (connection.phase(), connection.close_code()));
    match (phase, code) {
        (Phase::Failed(error), _) => Err(format!("the server is wrong: {error}")),
        (Phase::Closed(Side::Local), _) => Ok(()),
        (Phase::Closed(_) | Phase::Closing(Side::Remote), Some(1000 | 1005)) => Ok(()),
        (Phase::Closed(_) | Phase::Closing(Side::Remote), Some(code)) => {
            Err(format!("the server has closed the connection with {code}"))
        }
        _ => Err(format!("the connection broke: {cut}")),
    }
}
