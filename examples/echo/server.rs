//! The event loop: finds the sockets that are ready, and handles them in turn.

use crate::args::Options;
use crate::log;
use crate::peer::{Peer, Shared, Turn};
use crate::stop::Stop;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

/// Further connections wait in the backlog until one of these has ended.
const MAX_PEERS: usize = 10_000;
/// How often the time-outs are checked.
const TICK: Duration = Duration::from_secs(1);
/// How long connections may take to close when the server stops.
const STOPPING: Duration = Duration::from_secs(3);

const LISTENER: Token = Token(usize::MAX);
const STOP: Token = Token(usize::MAX - 1);

pub(crate) struct Server {
    poll: Poll,
    /// `None` once the server is stopping.
    listener: Option<TcpListener>,
    address: SocketAddr,
    /// Whether there may be connections to accept.
    may_accept: bool,
    peers: Vec<Option<Peer>>,
    /// The indices of `peers` that are free.
    free: Vec<usize>,
    /// The indices of the peers that are ready, in the order of their turns.
    queue: VecDeque<usize>,
    shared: Shared,
    ticked: Instant,
    _stop: Stop,
}

impl Server {
    /// Starts to listen. The error names the address.
    pub(crate) fn bind(options: &Options) -> io::Result<Self> {
        let addr = &options.addr;
        let mut listener = listen(addr).map_err(|error| {
            let hint = match error.kind() {
                ErrorKind::AddrInUse => "; choose another port with --addr HOST:PORT",
                _ => "",
            };
            io::Error::new(error.kind(), format!("cannot listen on {addr}: {error}{hint}"))
        })?;
        let poll = Poll::new()?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Self {
            address: listener.local_addr()?,
            _stop: Stop::register(poll.registry(), STOP)?,
            poll,
            listener: Some(listener),
            may_accept: false,
            peers: Vec::new(),
            free: Vec::new(),
            queue: VecDeque::new(),
            shared: Shared::new(options),
            ticked: Instant::now(),
        })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until Ctrl-C.
    pub(crate) fn run(mut self) -> io::Result<()> {
        log::line(format_args!("listening on http://{}/", self.address));
        let mut events = Events::with_capacity(1024);
        let mut stopped = None;
        loop {
            match self.poll.poll(&mut events, self.timeout()) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.may_accept = true,
                    STOP => _ = stopped.get_or_insert_with(Instant::now),
                    Token(at) => {
                        if let Some(Some(peer)) = self.peers.get_mut(at) {
                            peer.has_ended |= event.is_read_closed() || event.is_error();
                        }
                        self.enqueue(at);
                    }
                }
            }
            if stopped.is_some() && self.listener.take().is_some() {
                let peers = self.count();
                log::line(format_args!("stopping: closing {peers} connections with 1001"));
                self.each(Peer::go_away);
            }
            self.accept();
            // Every peer that is ready has one turn before any has a second one.
            for _ in 0..self.queue.len() {
                if let Some(at) = self.queue.pop_front() {
                    self.take_turn(at, |peer, shared| {
                        peer.is_queued = false;
                        peer.turn(shared)
                    });
                }
            }
            self.tick();
            let is_late = stopped.is_some_and(|stopped| stopped.elapsed() >= STOPPING);
            if is_late {
                log::line(format_args!("{} connections did not close in time", self.count()));
            }
            if is_late || (stopped.is_some() && self.count() == 0) {
                return Ok(());
            }
        }
    }

    /// Returns how long to wait for a socket to become ready.
    fn timeout(&self) -> Option<Duration> {
        if !self.queue.is_empty() {
            return Some(Duration::ZERO);
        }
        if self.count() == 0 && !self.may_accept {
            return None;
        }
        Some(TICK.saturating_sub(self.ticked.elapsed()))
    }

    const fn count(&self) -> usize {
        self.peers.len().saturating_sub(self.free.len())
    }

    fn enqueue(&mut self, at: usize) {
        // It may have ended since the event.
        if let Some(Some(peer)) = self.peers.get_mut(at)
            && !peer.is_queued
        {
            peer.is_queued = true;
            self.queue.push_back(at);
        }
    }

    fn take_turn(&mut self, at: usize, act: impl FnOnce(&mut Peer, &mut Shared) -> Turn) {
        let Some(place) = self.peers.get_mut(at) else { return };
        let Some(peer) = place else { return };
        match act(peer, &mut self.shared) {
            Turn::Again => self.enqueue(at),
            Turn::Wait => {}
            Turn::Gone => {
                _ = self.poll.registry().deregister(&mut peer.stream);
                *place = None;
                self.free.push(at);
            }
        }
    }

    fn each(&mut self, act: impl Fn(&mut Peer, &mut Shared) -> Turn) {
        for at in 0..self.peers.len() {
            self.take_turn(at, &act);
        }
    }

    fn accept(&mut self) {
        while self.may_accept && self.count() < MAX_PEERS {
            let Some(listener) = &self.listener else { return };
            match listener.accept() {
                Ok((stream, name)) => self.welcome(stream, name),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => self.may_accept = false,
                    ErrorKind::Interrupted | ErrorKind::ConnectionAborted => {}
                    // Perhaps too many files are open. Try again when some may have been closed.
                    _ => {
                        log::line(format_args!("cannot accept: {error}"));
                        return;
                    }
                },
            }
        }
    }

    fn welcome(&mut self, mut stream: mio::net::TcpStream, name: SocketAddr) {
        let at = self.free.last().copied().unwrap_or(self.peers.len());
        let interest = Interest::READABLE | Interest::WRITABLE;
        // Without it, a small message may wait for the acknowledgement of the one before.
        _ = stream.set_nodelay(true);
        if let Err(error) = self.poll.registry().register(&mut stream, Token(at), interest) {
            log::line(format_args!("cannot accept {name}: {error}"));
            return;
        }
        let peer = Some(Peer::new(stream, name));
        self.free.pop();
        match self.peers.get_mut(at) {
            Some(place) => *place = peer,
            None => self.peers.push(peer),
        }
    }

    fn tick(&mut self) {
        let elapsed = self.ticked.elapsed();
        if elapsed >= TICK {
            self.ticked = Instant::now();
            self.each(|peer, shared| peer.tick(elapsed, shared));
        }
    }
}

fn listen(addr: &str) -> io::Result<TcpListener> {
    let mut last = ErrorKind::AddrNotAvailable.into();
    for addr in addr.to_socket_addrs()? {
        match TcpListener::bind(addr) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}
