//! One WebSocket, after the opening handshake: every message is sent back unchanged.

use crate::deflate::{Agreement, Codecs, Outgoing};
use crate::log;
use crate::output::Sender;
use crate::storage::{Assemblers, Storage};
use std::fmt;
use std::io;
use std::mem;
use std::time::Duration;
use wsparse::deflate::Agreed;
use wsparse::{
    Assembler, CloseCode, Connection, Due, Header, Input, Limits, Message, OutgoingFrame, Phase,
    Received, SendError, Side, Timeouts,
};

/// All of it is in memory while a connection is idle, so it is small.
pub(crate) struct Session {
    connection: Connection,
    agreement: Agreement,
    /// Holds the part of a message that has arrived.
    assembler: Option<Box<Assembler<Storage>>>,
    messages: u64,
    bytes: u64,
    /// The reason in the peer's Close.
    #[expect(
        clippy::box_collection,
        reason = "most connections have none, and a pointer is small"
    )]
    reason: Option<Box<String>>,
}

impl Session {
    pub(crate) fn new(max_message: usize, agreed: Option<Agreed>) -> Self {
        let max = max_message as u64;
        // Fragments cost no memory of their own here, so their number is not limited.
        let limits =
            Limits { max_frame: max, max_message: max, max_fragments: u32::MAX, ..Limits::DEFAULT };
        let agreement = Agreement::new(agreed);
        Self {
            connection: agreement.connection(limits),
            agreement,
            assembler: None,
            messages: 0,
            bytes: 0,
            reason: None,
        }
    }

    /// Handles the bytes of one read, and sends the answers.
    pub(crate) fn receive(
        &mut self,
        input: &mut [u8],
        assemblers: &mut Assemblers,
        codecs: &mut Codecs,
        sender: &mut Sender<'_>,
        name: impl fmt::Display,
    ) -> io::Result<()> {
        let mut assembler = self.assembler.take().unwrap_or_else(|| assemblers.take());
        let read = input.as_ptr_range();
        let mut input = Input::new(input);
        let (mut incoming, mut outgoing) = self.agreement.codecs(codecs);
        let may_inflate = incoming.may_inflate();
        loop {
            match incoming.next(&mut self.connection, &mut input, &mut assembler) {
                Ok(Some(Received::Message(message))) => {
                    let payload = message.as_bytes();
                    self.messages = self.messages.saturating_add(1);
                    self.bytes = self.bytes.saturating_add(payload.len() as u64);
                    let mut left = echo(&mut self.connection, message, &mut outgoing, sender)?;
                    let is_in_read = read.contains(&payload.as_ptr());
                    if is_in_read || may_inflate {
                        sender.keep(payload, left);
                        left = 0;
                    }
                    if !is_in_read {
                        let len = payload.len();
                        let_go(&mut assembler, len, left, sender);
                    }
                }
                Ok(Some(Received::Close(close))) => {
                    if !close.reason.is_empty() {
                        self.reason = Some(Box::new(close.reason.to_owned()));
                    }
                }
                Ok(Some(Received::Ping(payload))) => {
                    let mut pong = [0; Connection::MAX_TRANSMIT];
                    let pong = self.connection.pong(payload, &mut pong);
                    sender.send(pong.map_err(io::Error::other)?)?;
                }
                Ok(Some(Received::Pong(_))) => {}
                Ok(None) => break,
                Err(error) => {
                    log::line(format_args!("failed {name}: {error}"));
                    break;
                }
            }
        }
        incoming.finish();
        if !matches!(self.connection.phase(), Phase::Open | Phase::Closing(Side::Local)) {
            // An incomplete message will never be complete. This frees its memory.
            *assembler = assemblers.create();
        }
        if assembler.is_idle() {
            assemblers.give(assembler);
        } else {
            self.assembler = Some(assembler);
        }
        self.transmit(sender)?;
        sender.flush()
    }

    fn transmit(&mut self, sender: &mut Sender<'_>) -> io::Result<()> {
        if !self.connection.wants_transmit() {
            return Ok(());
        }
        let mut own = [0; Connection::MAX_TRANSMIT];
        sender.send(self.connection.transmit(&mut own).map_err(io::Error::other)?)
    }

    /// Begins to close, because the server is stopping.
    pub(crate) fn go_away(&mut self, sender: &mut Sender<'_>) -> io::Result<()> {
        let mut own = [0; Connection::MAX_TRANSMIT];
        // If it is closing already, there is nothing to do.
        let close =
            self.connection.close(CloseCode::GOING_AWAY, "the server is stopping", &mut own);
        sender.send(close.unwrap_or_default())?;
        sender.flush()
    }

    /// Checks the time-outs, and returns `false` if the peer must be given up.
    pub(crate) fn tick(
        &mut self,
        now: Duration,
        timeouts: &Timeouts,
        sender: &mut Sender<'_>,
    ) -> io::Result<bool> {
        let due = self.connection.tick(now, timeouts);
        self.transmit(sender)?;
        sender.flush()?;
        Ok(due != Due::GiveUp)
    }

    pub(crate) fn should_close(&self) -> bool {
        self.connection.should_close()
    }

    /// The peer has ended its stream.
    pub(crate) const fn end(&mut self) {
        self.connection.handle_eof();
    }
}

/// Keeps the last `left` bytes of an assembled message to be sent. The memory of a long message goes
/// with them instead of waiting for the next message.
fn let_go(assembler: &mut Assembler<Storage>, len: usize, left: usize, sender: &mut Sender<'_>) {
    let none = Storage::new(0, sender.pool.clone());
    let full = mem::replace(assembler, Assembler::new(none));
    let mut storage = full.into_buffer();
    match storage.take_large() {
        Some(block) => sender.keep_block(block, len, left),
        None => sender.keep(storage.message(len), left),
    }
    *assembler = Assembler::new(storage);
}

/// Sends a message, compressed if that pays. Returns how many bytes at the end of its payload the
/// socket did not take.
fn echo(
    connection: &mut Connection,
    message: Message<'_>,
    outgoing: &mut Outgoing<'_>,
    sender: &mut Sender<'_>,
) -> io::Result<usize> {
    let Some(frame) = outgoing.compress(message) else {
        return send(connection, message.into(), sender);
    };
    let len = frame.payload().len();
    let left = send(connection, frame, sender)?;
    if left > 0 {
        sender.keep_block(outgoing.take(), len, left);
    }
    Ok(0)
}

/// Returns how many bytes at the end of the payload the socket did not take.
fn send(
    connection: &mut Connection,
    frame: OutgoingFrame<'_>,
    sender: &mut Sender<'_>,
) -> io::Result<usize> {
    // §5.5.1: after this side's Close, messages may still arrive, but none may be sent.
    let mut header = [0; Header::MAX_LEN];
    let header = match connection.encode_header(frame, &mut header) {
        Err(SendError::Closed) => return Ok(0),
        header => header.map_err(io::Error::other)?,
    };
    sender.send_frame(header, frame.payload())
}

/// Describes how it ended, for the log.
impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connection, messages, bytes, reason, .. } = self;
        match (connection.phase(), connection.close_code()) {
            (Phase::Failed(error), _) => write!(f, "failed with {}", error.close_code().get())?,
            (_, Some(code)) => write!(f, "{code}")?,
            (_, None) => f.write_str("open")?,
        }
        if let Some(reason) = reason {
            write!(f, " {reason:?}")?;
        }
        write!(f, ", {messages} messages, {bytes} bytes")
    }
}
