//! The main loop of a small device: 512 bytes of buffers, no allocation, no operating system.
//!
//! `checks/no-panic` compiles this file for a Cortex-M4, and proves that it cannot panic.

use core::time::Duration;
use wsparse::{
    Assembler, Connection, Due, Input, Limits, Message, OutgoingFrame, Phase, Received, SendError,
    Timeouts,
};

/// The buffers of a connection, for messages of up to 125 bytes in any number of pieces.
#[derive(Debug)]
pub(crate) struct Buffers {
    input: [u8; 131],
    /// A message, and a control frame that arrives in pieces between its fragments.
    message: [u8; 250],
    output: [u8; 131],
}

const _: () = assert!(size_of::<Buffers>() == 512);

impl Buffers {
    /// Makes empty buffers.
    pub(crate) const fn new() -> Self {
        Self { input: [0; 131], message: [0; 250], output: [0; 131] }
    }
}

/// Why a connection was abandoned.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    /// The transport failed.
    Transport(E),
    /// A frame could not be sent.
    Send(SendError),
    /// The peer was silent for too long, or took too long to close.
    TimeOut,
}

impl<E> From<SendError> for Stop<E> {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

/// Serves one connection, after its opening handshake, until it ends. A text message is a command,
/// a binary one is echoed.
///
/// - `read` returns `None` while there is nothing to read, and 0 at the end of the stream.
/// - `write` writes all of its argument, or fails if that takes too long.
/// - `shut` ends this side's half of the stream. It may be called more than once.
/// - `now` returns the time since a fixed moment.
///
/// # Errors
///
/// Those of `read` and `write`, and [`Stop::TimeOut`].
pub(crate) fn serve<E>(
    buffers: &mut Buffers,
    timeouts: &Timeouts,
    mut read: impl FnMut(&mut [u8]) -> Result<Option<usize>, E>,
    mut write: impl FnMut(&[u8]) -> Result<(), E>,
    mut shut: impl FnMut(),
    mut now: impl FnMut() -> Duration,
    mut set_led: impl FnMut(bool),
) -> Result<Phase, Stop<E>> {
    let Buffers { input, message, output } = buffers;
    let mut assembler = Assembler::new(message.as_mut_slice());
    let mut connection = Connection::server(Limits::DEFAULT);
    loop {
        if connection.tick(now(), timeouts) == Due::GiveUp {
            return Err(Stop::TimeOut);
        }
        while connection.wants_transmit() {
            write(connection.transmit(output)?).map_err(Stop::Transport)?;
        }
        if connection.should_close() {
            // §7.1.1: dropping a socket with unread bytes may lose the Close.
            shut();
        }
        let len = match read(input).map_err(Stop::Transport)? {
            None => continue, // a real device would sleep until an interrupt
            Some(0) => {
                connection.handle_eof();
                return Ok(connection.phase());
            }
            Some(len) => len,
        };
        let mut read = Input::new(input.get_mut(..len).unwrap_or_default());
        // After an error, the Close that reports it is waiting in `transmit`.
        while let Ok(Some(received)) = connection.next(&mut read, &mut assembler) {
            let sent = match received {
                Received::Message(Message::Text(command)) => {
                    connection.send(obey(command, &mut set_led), output)
                }
                Received::Message(message) => connection.send(message, output),
                Received::Ping(payload) => connection.pong(payload, output),
                _ => continue,
            };
            write(sent?).map_err(Stop::Transport)?;
        }
    }
}

fn obey(command: &str, set_led: &mut impl FnMut(bool)) -> OutgoingFrame<'static> {
    OutgoingFrame::text(match command {
        "led on" => {
            set_led(true);
            "the led is on"
        }
        "led off" => {
            set_led(false);
            "the led is off"
        }
        _ => "the commands are: led on, led off",
    })
}
