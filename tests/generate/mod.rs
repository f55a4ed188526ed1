//! The inputs of the property tests: streams that a peer might send, mostly legal.

use crate::oracle::stream::Config;
use crate::support::stream::{config, frame};
use crate::support::{sample, write_frame};
use proptest::prelude::*;
use proptest::{collection::vec, option, sample::Index, sample::select};

pub fn proptest_config() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 8 } else { 2_000 },
        // Writes no file: Miri and wasm have none. A failure prints its input.
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Who reads, and with limits that some streams reach.
pub fn configs() -> impl Strategy<Value = Config> {
    let rsv = prop_oneof![3 => Just(0b000), 2 => Just(0b100), 1 => 0b000..=0b111_u8];
    let limits = option::of((0..200_u64, 0..300_u64, 0..6_u32));
    (any::<bool>(), rsv, limits).prop_map(|(to_server, allowed_rsv, limits)| {
        let config = Config { allowed_rsv, ..config(to_server) };
        match limits {
            Some((max_frame, max_message, max_fragments)) => {
                Config { max_frame, max_message, max_fragments, ..config }
            }
            None => config,
        }
    })
}

/// Text, cut into fragments anywhere.
pub fn text() -> impl Strategy<Value = Vec<u8>> {
    let characters = select(vec!["a", "é", "€", "🌍", "\u{7FF}", "\u{FFFF}", "0123456789abcdef"]);
    vec(characters, 0..12).prop_map(|characters| characters.concat().into_bytes())
}

fn close_payload() -> impl Strategy<Value = Vec<u8>> {
    let code = prop_oneof![3 => select(vec![1000_u16, 1014, 3000, 4999]), 1 => 990..5_010_u16];
    let payload = (code, text()).prop_map(|(code, reason)| {
        let mut payload = [&code.to_be_bytes()[..], &reason].concat();
        payload.truncate(125);
        payload
    });
    prop_oneof![4 => payload, 1 => vec(any::<u8>(), 0..4)]
}

/// A control frame: first byte, payload.
fn control() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let ping = (select(vec![0x89, 0x8A]), vec(any::<u8>(), 0..20));
    let long = (select(vec![0x89, 0x8A]), vec(any::<u8>(), 120..=126_usize));
    prop_oneof![6 => ping, 1 => long, 1 => (Just(0x88), close_payload())]
}

/// A message in fragments, with control frames between.
fn message() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    let payload = prop_oneof![
        4 => text().prop_map(|text| (1, text)),
        2 => vec(any::<u8>(), 0..40).prop_map(|bytes| (2, bytes)),
        1 => (120..135_usize).prop_map(|len| (2, sample(len))),
        1 => vec(any::<u8>(), 0..6).prop_map(|bytes| (0x41, bytes)),
    ];
    let cuts = vec((any::<Index>(), option::of(control())), 0..4);
    (payload, cuts).prop_map(|((opcode, payload), mut cuts)| {
        cuts.sort_by_key(|(cut, _)| cut.index(payload.len() + 1));
        let (mut frames, mut start, mut first) = (Vec::new(), 0, opcode);
        for (cut, control) in cuts {
            let end = cut.index(payload.len() + 1);
            frames.push((first, payload[start..end].to_vec()));
            frames.extend(control);
            (start, first) = (end, 0);
        }
        frames.push((first | 0x80, payload[start..].to_vec()));
        frames
    })
}

/// What is done to a legal stream.
#[derive(Clone, Debug)]
enum Damage {
    None,
    Bit(Index, u32),
    Byte(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index),
    Truncate(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        2 => Just(Damage::None),
        1 => (any::<Index>(), 0..8_u32).prop_map(|(at, bit)| Damage::Bit(at, bit)),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        1 => (any::<Index>(), vec(any::<u8>(), 1..12)).prop_map(|(at, some)| Damage::Insert(at, some)),
        1 => any::<Index>().prop_map(Damage::Remove),
        1 => any::<Index>().prop_map(Damage::Truncate),
    ]
}

/// Legal messages but for some frame that is out of place, then damaged once at most.
pub fn streams(to_server: bool) -> impl Strategy<Value = Vec<u8>> {
    let between = prop_oneof![4 => message(), 1 => control().prop_map(|frame| vec![frame])];
    let stray = option::weighted(0.1, (any::<Index>(), any::<u8>(), vec(any::<u8>(), 0..4)));
    (vec(between, 0..5), stray, damage()).prop_map(move |(messages, stray, damage)| {
        let mut parts = messages.concat();
        if let Some((at, first, payload)) = stray {
            parts.insert(at.index(parts.len() + 1), (first, payload));
        }
        let mut stream: Vec<u8> =
            parts.iter().flat_map(|(first, payload)| frame(to_server, *first, payload)).collect();
        let len = stream.len();
        match damage {
            Damage::None => {}
            Damage::Insert(at, some) => {
                let at = at.index(len + 1);
                stream.splice(at..at, some);
            }
            Damage::Truncate(at) => stream.truncate(at.index(len + 1)),
            _ if len == 0 => {}
            Damage::Bit(at, bit) => stream[at.index(len)] ^= 1 << bit,
            Damage::Byte(at, byte) => stream[at.index(len)] = byte,
            Damage::Remove(at) => {
                stream.remove(at.index(len));
            }
        }
        stream
    })
}

/// Frames that are legal by themselves, in any order, with or without a mask.
pub fn any_frames() -> impl Strategy<Value = Vec<u8>> {
    let first = select(vec![0x00, 0x80, 0x01, 0x81, 0x02, 0x82, 0x41, 0xC2, 0x88, 0x89, 0x8A]);
    let key = option::weighted(0.9, any::<[u8; 4]>());
    let frame = (first, key, prop_oneof![text(), vec(any::<u8>(), 0..20)]);
    vec(frame.prop_map(|(first, key, payload)| write_frame(first, key, &payload)), 0..8)
        .prop_map(|frames| frames.concat())
}

pub fn cuts() -> impl Strategy<Value = Vec<usize>> {
    vec(any::<usize>(), 0..12)
}
