//! A connection of either role, and the checks that hold for both. What it writes is read by the
//! oracle and returned as a server would have written it, so that one table serves both roles.

use super::messages::whole;
use super::write_frame;
use crate::oracle;
use crate::oracle::stream::Whole;
use core::time::Duration;
use std::cell::Cell;
use std::rc::Rc;
use wsparse::{
    Assembler, CloseCode, Connection, Due, Error, Input, KeySource, Limits, OutgoingFrame, Phase,
    Received, SendError, Side, Timeouts,
};

/// The longest message that is assembled, in bytes.
pub const ROOM: usize = 1_024;

/// Two frames of 131 bytes, and more.
const OUTPUT: usize = 0x1_2000;

pub struct Endpoint<K> {
    connection: Connection<K>,
    assembler: Assembler<[u8; ROOM + 125]>,
    /// The payload of the newest Ping that has not been answered (§5.5.3).
    ping: Option<Vec<u8>>,
    /// How many masking keys were asked for.
    asked: Rc<Cell<u32>>,
    /// How many frames were written.
    written: u32,
    wire: Vec<u8>,
    is_server: bool,
}

/// The masking key of the frame of this number: each is another.
fn key(number: u32) -> [u8; 4] {
    (number + 1).wrapping_mul(0x9E37_79B1).to_be_bytes()
}

pub fn server(limits: Limits) -> Endpoint<wsparse::NoKeys> {
    endpoint(Connection::server(limits), Rc::default(), true)
}

pub fn client(limits: Limits) -> Endpoint<impl FnMut() -> [u8; 4]> {
    let asked = Rc::new(Cell::new(0));
    let counter = Rc::clone(&asked);
    let keys = move || key(counter.replace(counter.get() + 1));
    endpoint(Connection::client(limits, keys), asked, false)
}

fn endpoint<K>(connection: Connection<K>, asked: Rc<Cell<u32>>, is_server: bool) -> Endpoint<K> {
    let assembler = Assembler::new([0; ROOM + 125]);
    Endpoint { connection, assembler, ping: None, asked, written: 0, wire: Vec::new(), is_server }
}

/// The first byte and the payload of each frame.
pub type Frames = Vec<(u8, Vec<u8>)>;

/// What an endpoint can be asked for, whatever its keys are.
pub trait AnyEndpoint {
    fn is_server(&self) -> bool;
    /// What came of these bytes, all of which are taken.
    fn receive(&mut self, bytes: &[u8]) -> (Vec<Whole>, Option<Error>);
    fn send(&mut self, frame: OutgoingFrame<'_>) -> Result<Vec<u8>, SendError>;
    /// Into an output buffer of this size.
    fn send_into(&mut self, frame: OutgoingFrame<'_>, room: usize) -> Result<Vec<u8>, SendError>;
    fn close(&mut self, code: u16, reason: &str) -> Result<Vec<u8>, SendError>;
    fn close_into(&mut self, code: u16, reason: &str, room: usize) -> Result<Vec<u8>, SendError>;
    fn pong_into(&mut self, ping: &[u8], room: usize) -> Result<Vec<u8>, SendError>;
    /// The answer to the newest Ping, then what the connection sends on its own; as much as fits.
    fn transmit(&mut self) -> Result<Vec<u8>, SendError>;
    fn transmit_into(&mut self, room: usize) -> Result<Vec<u8>, SendError>;
    /// Whether frames may be sent through the encoder.
    fn may_send(&mut self) -> bool;
    fn wants_transmit(&self) -> bool;
    fn phase(&self) -> Phase;
    fn should_close(&self) -> bool;
    fn end(&mut self);
    fn close_code(&self) -> Option<u16>;
    fn tick(&mut self, now: Duration, timeouts: &Timeouts) -> Due;
    /// All that was written since the last call, as it was written.
    fn take_wire(&mut self) -> Vec<u8>;
    fn written(&self) -> u32;
}

impl<K: KeySource> AnyEndpoint for Endpoint<K> {
    fn is_server(&self) -> bool {
        self.is_server
    }

    fn receive(&mut self, bytes: &[u8]) -> (Vec<Whole>, Option<Error>) {
        let mut bytes = bytes.to_vec();
        let mut input = Input::new(&mut bytes);
        let (mut received, mut error) = (Vec::new(), None);
        loop {
            match self.connection.next(&mut input, &mut self.assembler) {
                Ok(Some(item)) => {
                    if let Received::Ping(payload) = item {
                        self.ping = Some(payload.to_vec());
                    }
                    received.push(whole(&item));
                }
                Ok(None) => break,
                Err(found) => {
                    error = Some(found);
                    break;
                }
            }
        }
        assert!(input.is_empty(), "all is taken");
        (received, error)
    }

    fn send(&mut self, frame: OutgoingFrame<'_>) -> Result<Vec<u8>, SendError> {
        self.send_into(frame, OUTPUT)
    }

    fn send_into(&mut self, frame: OutgoingFrame<'_>, room: usize) -> Result<Vec<u8>, SendError> {
        self.write(room, |connection, output| connection.send(frame, output))
    }

    fn close(&mut self, code: u16, reason: &str) -> Result<Vec<u8>, SendError> {
        self.close_into(code, reason, OUTPUT)
    }

    fn close_into(&mut self, code: u16, reason: &str, room: usize) -> Result<Vec<u8>, SendError> {
        let code = CloseCode::new(code).expect("a code that may be sent");
        self.write(room, |connection, output| connection.close(code, reason, output))
    }

    fn pong_into(&mut self, ping: &[u8], room: usize) -> Result<Vec<u8>, SendError> {
        self.write(room, |connection, output| connection.pong(ping, output))
    }

    fn transmit(&mut self) -> Result<Vec<u8>, SendError> {
        self.transmit_into(OUTPUT)
    }

    fn transmit_into(&mut self, room: usize) -> Result<Vec<u8>, SendError> {
        let before = self.wire.len();
        let mut plain = Vec::new();
        if let Some(ping) = &self.ping.clone() {
            plain = self.pong_into(ping, room)?;
            self.ping = None;
        }
        let written = self.wire.len() - before;
        match self.write(room - written, Connection::transmit) {
            Ok(more) => plain.extend(more),
            Err(SendError::NoRoom { .. }) if written > 0 => {}
            Err(error) => return Err(error),
        }
        Ok(plain)
    }

    fn may_send(&mut self) -> bool {
        self.phase() == Phase::Open && !self.should_close()
    }

    fn wants_transmit(&self) -> bool {
        let answers = matches!(self.phase(), Phase::Open | Phase::Closing(Side::Local));
        self.connection.wants_transmit() || (answers && self.ping.is_some())
    }

    fn phase(&self) -> Phase {
        self.connection.phase()
    }

    fn should_close(&self) -> bool {
        self.connection.should_close()
    }

    fn end(&mut self) {
        self.connection.handle_eof();
    }

    fn close_code(&self) -> Option<u16> {
        self.connection.close_code()
    }

    fn tick(&mut self, now: Duration, timeouts: &Timeouts) -> Due {
        self.connection.tick(now, timeouts)
    }

    fn take_wire(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.wire)
    }

    fn written(&self) -> u32 {
        self.written
    }
}

impl<K: KeySource> Endpoint<K> {
    /// What was written, unmasked. §5.1, §5.3: a server masks nothing, a client all, and no key is
    /// used twice or thrown away.
    fn write(
        &mut self,
        room: usize,
        write: impl for<'o> FnOnce(&mut Connection<K>, &'o mut [u8]) -> Result<&'o [u8], SendError>,
    ) -> Result<Vec<u8>, SendError> {
        let mut output = vec![0xEE; room];
        let place = output.as_ptr();
        let result = write(&mut self.connection, &mut output);
        let mut keys = Vec::new();
        let plain = result.map(|sent| {
            assert!(sent.is_empty() || sent.as_ptr() == place, "at the start of the output");
            self.wire.extend_from_slice(sent);
            let frames = split(sent, |key| keys.push(key));
            frames.iter().flat_map(|(first, payload)| write_frame(*first, None, payload)).collect()
        });
        for found in keys {
            assert_eq!(found, (!self.is_server).then(|| key(self.written)));
            self.written += 1;
        }
        if !self.is_server {
            assert_eq!(self.asked.get(), self.written);
        }
        plain
    }
}

/// Whole frames, unmasked, and what their keys are.
pub fn split(bytes: &[u8], mut on_key: impl FnMut(Option<[u8; 4]>)) -> Frames {
    let mut frames = Vec::new();
    let end = oracle::split(bytes, 0, |frame| {
        let mut payload = frame.payload.to_vec();
        if let Some(key) = frame.fields.masking_key {
            oracle::unmask_from(&mut payload, key, 0);
        }
        on_key(frame.fields.masking_key);
        frames.push((bytes[frame.start], payload));
    });
    assert_eq!((end.consumed, end.broken), (bytes.len(), None), "whole frames, all right");
    frames
}
