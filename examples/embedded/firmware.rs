//! The loop of a small device: 512 bytes of buffers, no allocation, no operating system.
//!
//! `checks/no-panic` compiles this very file for a Cortex-M4, and proves that it cannot panic.

use core::time::Duration;
use wsparse::{
    Assembler, Connection, Due, Input, Limits, Message, OutgoingFrame, Phase, Received, SendError,
    Timeouts,
};

/// The buffers of a connection: messages of up to 125 bytes, in however many pieces.
#[derive(Debug)]
pub(crate) struct Buffers {
    input: [u8; 131],
    /// A message, and a control frame that comes in pieces between its fragments.
    message: [u8; 250],
    output: [u8; 131],
}

const _: () = assert!(size_of::<Buffers>() == 512);

impl Buffers {
    /// Buffers that hold nothing.
    pub(crate) const fn new() -> Self {
        Self { input: [0; 131], message: [0; 250], output: [0; 131] }
    }
}

/// Why a connection was left before its end.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    /// The transport failed.
    Transport(E),
    /// A frame could not be sent.
    Send(SendError),
    /// The peer is silent, or takes to close, for too long.
    TimeOut,
}

impl<E> From<SendError> for Stop<E> {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

/// Serves one connection, behind its opening handshake, to its end: a text message is a command,
/// a binary one is echoed.
///
/// `read` gives `None` while there is nothing to read, and 0 at the end; `write` writes all that it
/// is given, or fails when that takes too long; `shut` ends this side's half of the stream, if it
/// has not ended; `now` is the time since any start.
///
/// # Errors
///
/// Those of `read` and `write`; or the peer takes too long.
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
            // §7.1.1: closing a socket with bytes unread may take the Close from the peer.
            shut();
        }
        let len = match read(input).map_err(Stop::Transport)? {
            None => continue, // where a real device sleeps until an interrupt
            Some(0) => {
                connection.handle_eof();
                return Ok(connection.phase());
            }
            Some(len) => len,
        };
        let mut read = Input::new(input.get_mut(..len).unwrap_or_default());
        // A rule broken is the connection's to answer.
        while let Ok(Some(received)) = connection.next(&mut read, &mut assembler) {
            let sent = match received {
                Received::Message(Message::Text(command)) => {
                    connection.send(obey(command, &mut set_led), output)
                }
                Received::Message(message) => connection.send(message, output),
                Received::Ping(_) => connection.transmit(output),
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
        _ => "known commands: led on, led off",
    })
}
