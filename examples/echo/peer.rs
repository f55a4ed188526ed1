//! One connection, from its first byte to its last.

use crate::args::Options;
use crate::deflate::Codecs;
use crate::log;
use crate::opening::{MAX_HEAD, Opened, Opening};
use crate::output::{Sender, Waiting};
use crate::session::Session;
use crate::storage::{Assemblers, Pool};
use mio::net::TcpStream;
use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::time::{Duration, Instant};
use wsparse::Timeouts;
use wsparse::deflate::Policy;

/// The most that one read returns.
const READ: usize = 256 << 10;
/// How long the opening handshake may take.
const OPENING: Duration = Duration::from_secs(10);

/// What all connections share, since only one of them runs at a time.
pub(crate) struct Shared {
    pub(crate) read: Box<[u8]>,
    pub(crate) batch: Vec<u8>,
    pub(crate) pool: Pool,
    pub(crate) assemblers: Assemblers,
    pub(crate) codecs: Codecs,
    pub(crate) deflate: Option<Policy>,
    pub(crate) max_message: usize,
    pub(crate) timeouts: Timeouts,
}

impl Shared {
    pub(crate) fn new(options: &Options) -> Self {
        let Options { max_message, timeouts, deflate, .. } = *options;
        let pool = Pool::default();
        Self {
            read: vec![0; READ].into(),
            batch: Vec::with_capacity(64 << 10),
            assemblers: Assemblers::new(max_message, pool.clone()),
            pool,
            codecs: Codecs::new(deflate),
            deflate,
            max_message,
            timeouts,
        }
    }
}

/// What to do next with a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Run it again after the others: it may have more to read.
    Again,
    /// Wait until its socket is ready.
    Wait,
    /// Drop it.
    Gone,
}

/// What a connection needs while it is idle is here, without a pointer to follow. The rest is taken
/// from [`Shared`] when it is needed.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    /// Whether it is waiting for its turn.
    pub(crate) is_queued: bool,
    /// Whether an event has reported the end of what the peer sends.
    pub(crate) has_ended: bool,
    name: Name,
    stage: Stage,
    /// When the stage began.
    since: Instant,
    waiting: Waiting,
    /// How long the clock of [`Session::tick`] has been stopped, in milliseconds.
    held: u32,
}

/// The peer's address, in 20 bytes instead of 32.
#[derive(Clone, Copy)]
struct Name {
    ip: IpAddr,
    port: u16,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        SocketAddr::new(self.ip, self.port).fmt(f)
    }
}

enum Stage {
    Opening(Box<Opening>),
    /// A WebSocket, until its last byte has been written.
    Open(Session),
    /// An HTTP response has been sent, or is waiting to be written.
    Answered,
    /// The sending half is shut down. Whatever the peer still sends is read and discarded: if the
    /// socket were dropped with unread bytes, the connection would be reset, and the peer might
    /// lose what it has not read.
    Draining,
}

impl Peer {
    pub(crate) fn new(stream: TcpStream, name: SocketAddr) -> Self {
        Self {
            stream,
            is_queued: false,
            has_ended: false,
            name: Name { ip: name.ip(), port: name.port() },
            stage: Stage::Opening(Box::new(Opening::new())),
            since: Instant::now(),
            waiting: Waiting::default(),
            held: 0,
        }
    }

    /// Writes the output that is waiting, then reads once.
    pub(crate) fn turn(&mut self, shared: &mut Shared) -> Turn {
        let turn = self.try_turn(shared);
        self.or_gone(turn, shared)
    }

    fn or_gone(&self, turn: io::Result<Turn>, shared: &mut Shared) -> Turn {
        turn.unwrap_or_else(|error| {
            shared.batch.clear();
            self.log("lost", format_args!(": {error}"));
            Turn::Gone
        })
    }

    fn try_turn(&mut self, shared: &mut Shared) -> io::Result<Turn> {
        self.waiting.flush(&mut self.stream, &shared.pool)?;
        if !self.waiting.is_empty() {
            // Nothing is read until it is written: a peer that does not read costs no memory.
            return Ok(Turn::Wait);
        }
        if self.is_over() {
            self.log("closed", "");
            self.enter(Stage::Draining);
            // If it fails, the read below fails too.
            _ = self.stream.shutdown(Shutdown::Write);
        }
        let len = if matches!(self.stage, Stage::Opening(_)) { MAX_HEAD } else { READ };
        match self.stream.read(shared.read.get_mut(..len).unwrap_or_default()) {
            Ok(0) => Ok(self.end()),
            Ok(read) => {
                self.receive(read, shared)?;
                // Where sockets report changes of their state, the next read would find nothing.
                let is_drained = cfg!(unix) && read < len && !self.has_ended;
                Ok(if is_drained && !self.is_over() { Turn::Wait } else { Turn::Again })
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Turn::Wait),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(Turn::Again),
            Err(error) => Err(error),
        }
    }

    /// Returns whether nothing more is to be sent.
    fn is_over(&self) -> bool {
        match &self.stage {
            Stage::Open(session) => session.should_close(),
            Stage::Answered => true,
            Stage::Opening(_) | Stage::Draining => false,
        }
    }

    /// The peer has ended its stream.
    fn end(&mut self) -> Turn {
        if let Stage::Open(session) = &mut self.stage {
            session.end();
            self.log("closed", "");
        }
        Turn::Gone
    }

    /// Handles the first `len` bytes of the shared buffer, which have just been read.
    fn receive(&mut self, len: usize, shared: &mut Shared) -> io::Result<()> {
        let Self { stream, waiting, stage, name, .. } = self;
        let Shared { read, batch, pool, assemblers, codecs, deflate, max_message, .. } = shared;
        let read = read.get_mut(..len).unwrap_or_default();
        let mut sender = Sender { stream, batch, waiting, pool };
        match stage {
            Stage::Opening(opening) => match opening.receive(*name, *deflate, read) {
                Opened::Incomplete => {}
                Opened::Answered(response) => {
                    sender.send(&response)?;
                    sender.flush()?;
                    self.enter(Stage::Answered);
                }
                Opened::Upgraded(response, agreed, frames) => {
                    sender.send(&response)?;
                    let mut session = Session::new(*max_message, agreed);
                    session.receive(frames, assemblers, codecs, &mut sender, *name)?;
                    self.enter(Stage::Open(session));
                }
            },
            Stage::Open(session) => {
                session.receive(read, assemblers, codecs, &mut sender, *name)?;
            }
            Stage::Answered | Stage::Draining => {}
        }
        Ok(())
    }

    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.since = Instant::now();
    }

    /// Logs how a WebSocket ended, and why if `why` says so.
    fn log(&self, how: &str, why: impl fmt::Display) {
        if let Stage::Open(session) = &self.stage {
            let lasted = self.since.elapsed();
            log::line(format_args!("{how} {}: {session}, {lasted:.1?}{why}", self.name));
        }
    }

    /// Begins to close a WebSocket, because the server is stopping.
    pub(crate) fn go_away(&mut self, shared: &mut Shared) -> Turn {
        let result = self.with_session(shared, Session::go_away);
        let turn = if matches!(self.stage, Stage::Opening(_)) { Turn::Gone } else { Turn::Again };
        self.or_gone(result.map(|_| turn), shared)
    }

    fn with_session<T>(
        &mut self,
        shared: &mut Shared,
        act: impl FnOnce(&mut Session, &mut Sender<'_>) -> io::Result<T>,
    ) -> io::Result<Option<T>> {
        let Stage::Open(session) = &mut self.stage else { return Ok(None) };
        let Shared { batch, pool, .. } = shared;
        let mut sender =
            Sender { stream: &mut self.stream, batch, waiting: &mut self.waiting, pool };
        act(session, &mut sender).map(Some)
    }

    /// Checks the time-outs. `elapsed` is the time since the last call.
    pub(crate) fn tick(&mut self, elapsed: Duration, shared: &mut Shared) -> Turn {
        let age = self.since.elapsed();
        let limit = match &self.stage {
            Stage::Opening(_) => OPENING,
            Stage::Open(_) => {
                let turn = self.tick_session(age, elapsed, shared);
                return self.or_gone(turn, shared);
            }
            Stage::Answered | Stage::Draining => shared.timeouts.close,
        };
        if age < limit {
            return Turn::Wait;
        }
        if matches!(&self.stage, Stage::Opening(opening) if opening.has_begun()) {
            log::line(format_args!("refused {}: incomplete after {age:.1?}", self.name));
        }
        Turn::Gone
    }

    fn tick_session(
        &mut self,
        age: Duration,
        elapsed: Duration,
        shared: &mut Shared,
    ) -> io::Result<Turn> {
        let timeouts = shared.timeouts;
        // A slow peer's progress shows here first: the socket is reported as writable only when
        // much of its buffer is free.
        self.waiting.flush(&mut self.stream, &shared.pool)?;
        // The bound for a peer that keeps reading, but only a little.
        let is_stuck = self.waiting.age() >= timeouts.message;
        if self.waiting.take_has_moved() && !is_stuck {
            // The peer is reading. It is not read from meanwhile, so its time-outs do not run.
            let elapsed = u32::try_from(elapsed.as_millis()).unwrap_or(u32::MAX);
            self.held = self.held.saturating_add(elapsed);
            return Ok(Turn::Again);
        }
        let now = age.saturating_sub(Duration::from_millis(self.held.into()));
        let act =
            |session: &mut Session, sender: &mut Sender<'_>| session.tick(now, &timeouts, sender);
        if !is_stuck && self.with_session(shared, act)? != Some(false) {
            return Ok(Turn::Wait);
        }
        match self.waiting.len() {
            0 => self.log("gave up", ": silent"),
            len => self.log("cut", format_args!(": {len} bytes not sent")),
        }
        Ok(Turn::Gone)
    }
}
