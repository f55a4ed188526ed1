//! The codecs of permessage-deflate that are compared in any case: wsparse's, and zlib-rs alone.
//!
//! `benches/peers` includes this file.

use wsparse::deflate::{Agreed, Deflater, Direction, Inflater, Policy};
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Inflate, InflateFlush};

/// Compresses or inflates a message, and passes on the result.
pub type Codec = Box<dyn FnMut(&[u8], &mut dyn FnMut(&[u8]))>;

#[derive(Clone, Copy)]
pub struct Setting {
    pub level: u8,
    pub context_takeover: bool,
}

/// What is removed from the end of each message (RFC 7692 §7.2.1).
pub const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// More than any message or its compressed form.
pub const MAX_LEN: usize = 100_000;

pub const fn agreed(setting: Setting) -> Agreed {
    let direction = Direction { window_bits: 15, context_takeover: setting.context_takeover };
    Agreed { outgoing: direction, incoming: direction }
}

pub fn deflater(setting: Setting) -> Codec {
    let policy = Policy { level: setting.level, threshold: 0, ..Policy::DEFAULT };
    let mut deflater = Deflater::new(&policy, agreed(setting));
    let mut payload = Vec::new();
    Box::new(move |message, pass_on| {
        payload.clear();
        let is_compressed = deflater.compress_to_vec(message, &mut payload);
        pass_on(if is_compressed { &payload } else { message });
    })
}

pub fn inflater(setting: Setting, is_text: bool) -> Codec {
    let mut inflater = Inflater::new(agreed(setting));
    let mut message = Vec::new();
    Box::new(move |payload, pass_on| {
        message.clear();
        inflater.begin(is_text, MAX_LEN as u64);
        inflater.inflate_to_vec(payload, true, &mut message).expect("right");
        pass_on(&message);
    })
}

/// One call for each message, and the reset.
pub fn bare_deflate(setting: Setting) -> Codec {
    let level = setting.level.into();
    let config = DeflateConfig { level, window_bits: -15, ..DeflateConfig::default() };
    let mut codec = Deflate::new_with_config(config);
    let mut payload = vec![0; MAX_LEN];
    Box::new(move |message, pass_on| {
        if !setting.context_takeover {
            codec.reset();
        }
        let before = codec.total_out();
        codec.compress(message, &mut payload, DeflateFlush::SyncFlush).expect("right");
        pass_on(&payload[..(codec.total_out() - before) as usize - TAIL.len()]);
    })
}

/// One call for each message, one for its tail, and the reset.
pub fn bare_inflate(setting: Setting) -> Codec {
    let mut codec = Inflate::new(false, 15);
    let mut message = vec![0; MAX_LEN];
    Box::new(move |payload, pass_on| {
        if !setting.context_takeover {
            codec.reset(false);
        }
        let before = codec.total_out();
        codec.decompress(payload, &mut message, InflateFlush::NoFlush).expect("right");
        let len = (codec.total_out() - before) as usize;
        codec.decompress(&TAIL, &mut message[len..], InflateFlush::SyncFlush).expect("right");
        pass_on(&message[..len]);
    })
}
