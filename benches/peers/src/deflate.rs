//! Codecs of permessage-deflate: whole messages, each in a buffer of its own.
//!
//! All use zlib-rs with a window of 32 KiB. What differs is the calls that they need for a message, and what
//! they allocate.

use crate::codecs::{
    self, MAX_LEN, Setting, TAIL, agreed, bare_deflate, bare_inflate, deflater, inflater,
};
use crate::groups::common::{Case, Meter, Role, Subject, Throughput, short};
use crate::json;
use bytes::Bytes;
use sockudo_ws::deflate::{DeflateDecoder, DeflateEncoder, DeflateWindowBits};
use std::hint::black_box;
use std::io::Write as _;
use wsparse::deflate::Inflater;

mod yawc;

/// Compresses or inflates a message, and passes on the result.
type Codec = Box<dyn FnMut(&Bytes, &mut dyn FnMut(&[u8]))>;

/// Returns the codec for this setting, if the subject has one.
type NewCodec = fn(Setting) -> Option<Codec>;

/// The length of the messages, and how many there are: more than the window holds.
const SIZES: [(usize, usize); 3] = [(64, 600), (1 << 10, 64), (64 << 10, 2)];

fn compressors() -> [Subject<NewCodec>; 5] {
    [
        Subject::new("wsparse", Role::Ours, |setting| of_bytes(deflater(setting))),
        Subject::new("zlib-rs alone", Role::Limit, |setting| of_bytes(bare_deflate(setting))),
        Subject::new("sockudo-ws", Role::Peer, |setting| Some(sockudo_deflate(setting))),
        // With a frame's header, and a copy to the socket: its codec is private.
        Subject::new("yawc", Role::Peer, |setting| Some(yawc::sender(setting))),
        Subject::new("as soketto", Role::Peer, as_soketto_deflate),
    ]
}

fn inflaters() -> [Subject<NewCodec>; 6] {
    [
        Subject::new("wsparse", Role::Ours, |setting| of_bytes(inflater(setting, false))),
        Subject::new("zlib-rs alone", Role::Limit, |setting| of_bytes(bare_inflate(setting))),
        Subject::new("sockudo-ws", Role::Peer, |setting| Some(sockudo_inflate(setting))),
        // With reading a frame.
        Subject::new("yawc", Role::Peer, |setting| Some(yawc::receiver(setting))),
        Subject::new("as soketto", Role::Peer, as_soketto_inflate),
        // What none of the others does here.
        Subject::new("wsparse, as text", Role::Unequal, |setting| {
            of_bytes(inflater(setting, true))
        }),
    ]
}

fn of_bytes(mut codec: codecs::Codec) -> Option<Codec> {
    Some(Box::new(move |message, pass_on| codec(message, pass_on)))
}

fn sockudo_deflate(setting: Setting) -> Codec {
    let window = DeflateWindowBits::Bits15;
    let mut encoder =
        DeflateEncoder::new(window, !setting.context_takeover, setting.level.into(), 0);
    Box::new(move |message, pass_on| match encoder.compress(message).expect("right") {
        Some(payload) => pass_on(&payload),
        None => pass_on(message),
    })
}

fn sockudo_inflate(setting: Setting) -> Codec {
    let mut decoder = DeflateDecoder::new(DeflateWindowBits::Bits15, !setting.context_takeover);
    Box::new(move |payload, pass_on| {
        pass_on(&decoder.decompress(payload, MAX_LEN).expect("right"));
    })
}

/// A new codec for each message, always with level 1. Soketto's own code cannot be compiled beside the others
/// (see Cargo.toml), so these are its calls.
fn as_soketto_deflate(setting: Setting) -> Option<Codec> {
    let mut payload = Vec::new();
    let codec: Codec = Box::new(move |message, pass_on| {
        payload.clear();
        payload.reserve(message.len());
        let level = flate2::Compression::fast();
        let mut codec = flate2::Compress::new_with_window_bits(level, false, 15);
        while codec.total_in() < message.len() as u64 {
            let rest = &message[codec.total_in() as usize..];
            codec.compress_vec(rest, &mut payload, flate2::FlushCompress::None).expect("right");
        }
        while !payload.ends_with(&TAIL) {
            payload.reserve(5);
            codec.compress_vec(&[], &mut payload, flate2::FlushCompress::Sync).expect("right");
        }
        pass_on(&payload[..payload.len() - TAIL.len()]);
    });
    (setting.level == 1 && !setting.context_takeover).then_some(codec)
}

fn as_soketto_inflate(setting: Setting) -> Option<Codec> {
    let (mut data, mut message) = (Vec::new(), Vec::new());
    let codec: Codec = Box::new(move |payload, pass_on| {
        data.clear();
        data.extend_from_slice(payload);
        data.extend_from_slice(&TAIL);
        message.clear();
        let mut decoder = flate2::write::DeflateDecoder::new(&mut message);
        decoder.write_all(&data).expect("right");
        decoder.finish().expect("right");
        pass_on(&message);
    });
    (!setting.context_takeover).then_some(codec)
}

/// Measures all settings, if the meter wants them.
pub fn run(meter: &mut dyn Meter) {
    for measure in [compress, inflate] {
        for (len, count) in SIZES {
            let messages = json::messages(len, count);
            let messages: Vec<_> = messages.into_iter().map(Bytes::from).collect();
            for (level, context_takeover) in [(1, false), (1, true), (6, false), (6, true)] {
                let setting = Setting { level, context_takeover };
                let window = if context_takeover { "kept" } else { "empty" };
                measure(meter, setting, &format!("{}, {level}, {window}", short(len)), &messages);
            }
        }
    }
}

fn compress(meter: &mut dyn Meter, setting: Setting, name: &str, messages: &[Bytes]) {
    const GROUP: &str = "deflate/compress";
    if !meter.wants(GROUP) {
        return;
    }
    let (mut roster, mut codecs, mut lens) = (Vec::new(), Vec::new(), Vec::new());
    for Subject { name, role, run } in compressors() {
        let Some(mut codec) = run(setting) else { continue };
        let mut inflater = Inflater::new(agreed(setting));
        let mut len = 0;
        // The first messages of the first round have nothing to refer to.
        for _ in 0..2 {
            len = 0;
            for message in messages {
                codec(message, &mut |payload| {
                    len += payload.len();
                    let is_same =
                        payload == message || inflates_to(&mut inflater, payload, message);
                    assert!(is_same, "{name}");
                });
            }
        }
        roster.push((name, role));
        codecs.push(codec);
        lens.push((name, len));
    }
    measure(meter, GROUP, name, &roster, &mut codecs, messages);
    let plain: usize = messages.iter().map(Bytes::len).sum();
    print!("{:20}{plain} bytes become", "");
    for (name, len) in lens {
        print!(" {len} ({:.2}, {name})", plain as f64 / len as f64);
    }
    println!();
}

fn inflates_to(inflater: &mut Inflater, payload: &[u8], message: &[u8]) -> bool {
    let mut inflated = Vec::new();
    inflater.begin(true, MAX_LEN as u64);
    inflater.inflate_to_vec(payload, true, &mut inflated).is_ok() && inflated == message
}

fn inflate(meter: &mut dyn Meter, setting: Setting, name: &str, messages: &[Bytes]) {
    const GROUP: &str = "deflate/inflate";
    if !meter.wants(GROUP) {
        return;
    }
    let mut codec = bare_deflate(setting);
    let mut payloads = Vec::new();
    for message in [messages, messages].concat() {
        codec(&message, &mut |payload| payloads.push(Bytes::copy_from_slice(payload)));
    }
    // Those of the second round refer to the end of the first, which is the end of each round.
    let (first, second) = payloads.split_at(messages.len());
    let (mut roster, mut codecs) = (Vec::new(), Vec::new());
    for Subject { name, role, run } in inflaters() {
        let Some(mut codec) = run(setting) else { continue };
        for (payload, message) in first.iter().zip(messages).chain(second.iter().zip(messages)) {
            codec(payload, &mut |inflated| assert!(inflated == message, "{name}"));
        }
        roster.push((name, role));
        codecs.push(codec);
    }
    measure(meter, GROUP, name, &roster, &mut codecs, second);
}

fn measure(
    meter: &mut dyn Meter,
    group: &'static str,
    name: &str,
    subjects: &[(&'static str, Role)],
    codecs: &mut [Codec],
    inputs: &[Bytes],
) {
    let throughput = Throughput::Elements(inputs.len() as u64);
    let case = Case { group, name, throughput, unit: "message", subjects };
    meter.measure(&case, &mut |n, turns| {
        for _ in 0..turns {
            for input in inputs {
                codecs[n](black_box(input), &mut |output| _ = black_box(output));
            }
        }
    });
}
