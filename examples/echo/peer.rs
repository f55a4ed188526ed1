//! One connection, from its first byte to its last.

use crate::log;
use crate::opening::{MAX_HEAD, Opened, Opening};
use crate::output::{Sender, Waiting};
use crate::session::Session;
use crate::storage::Pool;
use mio::net::TcpStream;
use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, SocketAddr};
use std::time::{Duration, Instant};
use wsparse::Timeouts;

/// How much is read at once.
const READ: usize = 64 << 10;
/// So long may the opening handshake take.
const OPENING: Duration = Duration::from_secs(10);
/// So long may it take that the peer has all that was sent and ends its stream.
const ENDING: Duration = Duration::from_secs(5);

/// What all connections share, as one works at a time.
pub(crate) struct Shared {
    pub(crate) read: Box<[u8]>,
    pub(crate) batch: Vec<u8>,
    pub(crate) pool: Pool,
    pub(crate) max_message: usize,
    pub(crate) timeouts: Timeouts,
}

impl Shared {
    pub(crate) fn new(max_message: usize) -> Self {
        Self {
            read: vec![0; READ].into(),
            batch: Vec::with_capacity(READ),
            pool: Pool::default(),
            max_message,
            timeouts: Timeouts::default(),
        }
    }
}

/// What is next for a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It may have more to read: when the others have had their turn.
    Again,
    /// Nothing until its socket is ready.
    Wait,
    /// It is over.
    Gone,
}

pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    /// Whether it waits for its turn.
    pub(crate) is_queued: bool,
    name: SocketAddr,
    stage: Stage,
    /// When the stage began.
    since: Instant,
    waiting: Waiting,
    /// How long the clock of [`Session::tick`] stood still.
    held: Duration,
}

enum Stage {
    Opening(Opening),
    Open(Box<Session>),
    /// All has been said, but may wait to be written.
    Ending,
    /// The writing side is shut down. What the peer still sends is read and thrown away: a socket
    /// that is closed before would reset the connection, and the peer lose what it has not read.
    Draining,
}

impl Peer {
    pub(crate) fn new(stream: TcpStream, name: SocketAddr) -> Self {
        Self {
            stream,
            is_queued: false,
            name,
            stage: Stage::Opening(Opening::new()),
            since: Instant::now(),
            waiting: Waiting::default(),
            held: Duration::ZERO,
        }
    }

    /// Writes what waits, then reads once.
    pub(crate) fn turn(&mut self, shared: &mut Shared) -> Turn {
        let turn = self.try_turn(shared);
        self.or_gone(turn, shared)
    }

    fn or_gone(&self, result: io::Result<Turn>, shared: &mut Shared) -> Turn {
        result.unwrap_or_else(|error| {
            shared.batch.clear();
            if let Stage::Open(session) = &self.stage {
                let lasted = self.since.elapsed();
                log::line(format_args!("lost {}: {error}, {session}, {lasted:.1?}", self.name));
            }
            Turn::Gone
        })
    }

    fn try_turn(&mut self, shared: &mut Shared) -> io::Result<Turn> {
        self.waiting.flush(&mut self.stream, &shared.pool)?;
        if !self.waiting.is_empty() {
            // Nothing is read before it is written: what the peer does not read costs no memory.
            return Ok(Turn::Wait);
        }
        if matches!(self.stage, Stage::Ending) {
            self.enter(Stage::Draining);
            // Where the peer is gone already, the next read will tell.
            _ = self.stream.shutdown(Shutdown::Write);
        }
        let most = if matches!(self.stage, Stage::Opening(_)) { MAX_HEAD } else { READ };
        match self.stream.read(shared.read.get_mut(..most).unwrap_or_default()) {
            Ok(0) => Ok(self.end()),
            Ok(len) => {
                self.receive(len, shared)?;
                Ok(Turn::Again)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Turn::Wait),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(Turn::Again),
            Err(error) => Err(error),
        }
    }

    /// The peer has ended its stream.
    fn end(&mut self) -> Turn {
        if let Stage::Open(session) = &mut self.stage {
            session.end();
            self.log_closed();
        }
        Turn::Gone
    }

    /// Takes the bytes that were read.
    fn receive(&mut self, len: usize, shared: &mut Shared) -> io::Result<()> {
        let Self { stream, waiting, stage, name, .. } = self;
        let Shared { read, batch, pool, max_message, .. } = shared;
        let read = read.get_mut(..len).unwrap_or_default();
        let mut sender = Sender { stream, batch, waiting, pool };
        match stage {
            Stage::Opening(opening) => match opening.receive(*name, read) {
                Opened::Incomplete => {}
                Opened::Answered(response) => {
                    sender.send(&response)?;
                    sender.flush()?;
                    self.enter(Stage::Ending);
                }
                Opened::Upgraded(response, frames) => {
                    sender.send(&response)?;
                    let mut session = Session::new(*max_message, pool.clone());
                    session.receive(frames, &mut sender, *name)?;
                    self.enter(Stage::Open(Box::new(session)));
                }
            },
            Stage::Open(session) => session.receive(read, &mut sender, *name)?,
            Stage::Ending | Stage::Draining => {}
        }
        self.leave();
        Ok(())
    }

    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.since = Instant::now();
    }

    /// From a WebSocket that is over to its end.
    fn leave(&mut self) {
        if let Stage::Open(session) = &self.stage
            && session.should_close()
        {
            self.log_closed();
            self.enter(Stage::Ending);
        }
    }

    fn log_closed(&self) {
        if let Stage::Open(session) = &self.stage {
            let lasted = self.since.elapsed();
            log::line(format_args!("closed {}: {session}, {lasted:.1?}", self.name));
        }
    }

    /// Says good-bye, because the server ends.
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

    /// Looks at the clock; `elapsed` is the time since this was done last.
    pub(crate) fn tick(&mut self, elapsed: Duration, shared: &mut Shared) -> Turn {
        let age = self.since.elapsed();
        let most = match &self.stage {
            Stage::Opening(_) => OPENING,
            Stage::Open(_) => return self.tick_session(age, elapsed, shared),
            Stage::Ending | Stage::Draining => ENDING,
        };
        if age < most {
            return Turn::Wait;
        }
        if matches!(&self.stage, Stage::Opening(opening) if opening.has_begun()) {
            log::line(format_args!("refused {}: no whole request after {age:.1?}", self.name));
        }
        Turn::Gone
    }

    fn tick_session(&mut self, age: Duration, elapsed: Duration, shared: &mut Shared) -> Turn {
        if self.waiting.take_has_moved() {
            // It is busy with what it was sent, and not heard meanwhile.
            self.held = self.held.saturating_add(elapsed);
            return Turn::Wait;
        }
        let (now, timeouts) = (age.saturating_sub(self.held), shared.timeouts);
        match self.with_session(shared, |session, sender| session.tick(now, &timeouts, sender)) {
            Ok(Some(false)) => {
                if let Stage::Open(session) = &self.stage {
                    log::line(format_args!("gave up {}: silent, {session}, {age:.1?}", self.name));
                }
                Turn::Gone
            }
            result => self.or_gone(result.map(|_| Turn::Wait), shared),
        }
    }
}
