//! The message that is sent again and again, as a client's frame and as the echo.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use std::io::{self, Read};
use wsparse::{Header, Opcode, Status, unmask};

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
/// RSV1 marks a compressed message (RFC 7692 §6).
const RSV1: u8 = 0x40;
/// The end of each compressed message, which is not sent (RFC 7692 §7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

pub struct Message {
    payload: Vec<u8>,
    /// The masked frame, several times, so that one call can write several messages.
    pub frames: Vec<u8>,
    pub frame_len: usize,
}

impl Message {
    /// `times` is the number of copies in [`frames`](Self::frames).
    pub fn new(len: usize, times: usize, is_compressed: bool) -> Self {
        let payload = json(len);
        let mut sent = if is_compressed { compress(&payload) } else { payload.clone() };
        let header = Header::new(Opcode::Binary, sent.len() as u64).expect("a short message");
        let mut frame = header.with_masking_key(KEY).encode(&mut [0; Header::MAX_LEN]).to_vec();
        if is_compressed {
            frame[0] |= RSV1;
        }
        unmask(&mut sent, KEY);
        frame.append(&mut sent);
        Self { payload, frame_len: frame.len(), frames: frame.repeat(times) }
    }

    /// Reads the echo of one frame, which must contain the same message. The echoes that follow are
    /// expected to have the same bytes.
    pub fn read_echo(&self, stream: &mut impl Read, is_compressed: bool) -> io::Result<Vec<u8>> {
        let mut echo = Vec::new();
        let (mut first, mut header_len, mut len) = (0, 0, usize::MAX);
        while echo.len() < len {
            let mut byte_or_rest = vec![0; if header_len == 0 { 1 } else { len - echo.len() }];
            stream.read_exact(&mut byte_or_rest)?;
            echo.append(&mut byte_or_rest);
            if header_len == 0 {
                first = echo[0];
                echo[0] &= !RSV1;
                if let Ok(Status::Complete(header)) = wsparse::HeaderView::parse(&echo) {
                    header_len = header.header_len();
                    len = header_len + header.payload_len() as usize;
                }
                echo[0] = first;
            }
        }
        let payload = match first & RSV1 {
            0 => echo[header_len..].to_vec(),
            _ => decompress(&echo[header_len..], self.payload.len()),
        };
        let is_right = first & !RSV1 == 0x82 && payload == self.payload;
        if !is_right || (first & RSV1 != 0) != is_compressed {
            return Err(io::Error::other("the first echo is wrong"));
        }
        Ok(echo)
    }
}

/// Text like that of an API, of this length in bytes.
fn json(len: usize) -> Vec<u8> {
    let mut text = Vec::new();
    let mut random = 1_u64;
    while text.len() < len {
        random = random * 48_271 % 0x7fff_ffff;
        let (id, price, size) = (random % 90_000, random % 997, random / 7 % 50);
        let side = ["buy", "sell"][(random / 3 % 2) as usize];
        let entry = format!(r#"{{"id":{id},"side":"{side}","price":{price}.25,"size":{size}}},"#);
        text.extend_from_slice(entry.as_bytes());
    }
    text.truncate(len);
    text
}

fn compress(payload: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::with_capacity(payload.len() + 1024);
    Compress::new(Compression::default(), false)
        .compress_vec(payload, &mut compressed, FlushCompress::Sync)
        .expect("any bytes can be compressed");
    assert!(compressed.ends_with(&TAIL));
    compressed.truncate(compressed.len() - TAIL.len());
    compressed
}

/// Returns at most a little more than `len` bytes.
fn decompress(compressed: &[u8], len: usize) -> Vec<u8> {
    let mut payload = Vec::with_capacity(len + 16);
    let compressed = [compressed, &TAIL].concat();
    let mut decompress = Decompress::new(false);
    // An error leaves a payload that is not the one that was sent.
    _ = decompress.decompress_vec(&compressed, &mut payload, FlushDecompress::Sync);
    payload
}
