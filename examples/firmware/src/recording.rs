//! A recorded connection, in place of a network stack.

use wsparse::{HeaderView, Opcode, Role, Status};

/// What each end of Chromium's connection sent: see `tests/data/README.md`.
pub static CLIENT: &[u8] = include_bytes!("../../../tests/data/chromium-plain.client");
pub static SERVER: &[u8] = include_bytes!("../../../tests/data/chromium-plain.server");

/// How many bytes arrive at once.
const PIECE: usize = 64;

/// A socket whose peer sends what was recorded, and which compares what the program writes with what
/// the recorded server wrote.
pub struct Recording {
    role: Role,
    /// What the peer has not sent yet.
    input: &'static [u8],
    /// What the program has not written yet.
    expected: &'static [u8],
    is_right: bool,
}

impl Recording {
    /// Returns the socket of a program in this role.
    pub fn new(role: Role) -> Self {
        let input = match role {
            Role::Client => SERVER,
            Role::Server => CLIENT,
        };
        Self { role, input, expected: SERVER, is_right: true }
    }

    /// Reads at most 64 bytes, and returns their number: 0 at the end of the stream.
    pub fn read(&mut self, space: &mut [u8]) -> usize {
        let len = PIECE.min(space.len()).min(self.input.len());
        let (piece, rest) = self.input.split_at(len);
        space[..len].copy_from_slice(piece);
        self.input = rest;
        len
    }

    /// Writes the request or the response of the opening handshake. A response must be that of the
    /// recorded server. The request of the recorded browser has headers that only browsers send.
    pub fn write_head(&mut self, head: &[u8]) {
        let end = SERVER.windows(4).position(|window| window == b"\r\n\r\n");
        let (recorded, frames) = SERVER.split_at(end.map_or(0, |end| end + 4));
        self.expected = frames;
        self.is_right &= self.role == Role::Client || head == recorded;
    }

    /// Writes frames. They must be those of the recorded server.
    pub fn write(&mut self, frames: &[u8]) {
        let mut frames = frames;
        while let Some(found) = Frame::split_off(&mut frames) {
            let expected = Frame::split_off(&mut self.expected);
            self.is_right &= expected.is_some_and(|expected| self.agree(&found, &expected));
        }
        self.is_right &= frames.is_empty();
    }

    fn agree(&self, found: &Frame<'_>, expected: &Frame<'_>) -> bool {
        let opcode = match (self.role, expected.header.opcode()) {
            // A client answers the Ping that the recorded server sent.
            (Role::Client, Opcode::Ping) => Opcode::Pong,
            (_, opcode) => opcode,
        };
        let payload = match opcode {
            // wsparse answers with the code, and the recorded server with the reason as well.
            Opcode::Close => &expected.payload[..found.payload.len().min(expected.payload.len())],
            _ => expected.payload,
        };
        let key = found.header.masking_key().unwrap_or_default();
        let unmasked = found.payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key);
        found.header.masked() == (self.role == Role::Client)
            && (found.header.fin(), found.header.opcode()) == (expected.header.fin(), opcode)
            && unmasked.eq(payload.iter().copied())
    }

    /// Returns whether everything was read, and everything written that was expected.
    pub fn is_right(&self) -> bool {
        self.is_right && self.input.is_empty() && self.expected.is_empty()
    }
}

struct Frame<'a> {
    header: HeaderView<'a>,
    payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Splits off the first frame.
    fn split_off(frames: &mut &'a [u8]) -> Option<Self> {
        let Ok(Status::Complete(header)) = HeaderView::parse(frames) else { return None };
        let (_, rest) = frames.split_at(header.header_len());
        let (payload, rest) = rest.split_at_checked(header.payload_len() as usize)?;
        *frames = rest;
        Some(Self { header, payload })
    }
}
