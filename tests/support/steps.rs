//! A stream through an `Endpoint`, in any number of reads, against what the oracle finds in it.

use super::endpoint::{Frames, split};
use super::messages::{expected, without_place};
use super::stream::{limits, rule};
use crate::oracle::stream::{Config, End, Whole};
use core::ops::Range;
use wsparse::{Buffer, CloseCode, Endpoint, Failure, Message, Phase, Step};

pub type Keys = Option<fn() -> [u8; 4]>;
pub type Outcome = Result<Option<CloseCode>, Failure>;

/// An endpoint of the role that receives with this configuration.
pub fn endpoint<I: Buffer, O: Buffer>(config: Config, input: I, output: O) -> Endpoint<I, O, Keys> {
    let keys: Keys = (!config.to_server).then_some(|| [0x5A, 0xC3, 0x0F, 0x99]);
    Endpoint::new(input, output, limits(config), keys)
}

/// What an endpoint receives from a stream, and how that ends, according to the oracle.
pub struct Expected {
    /// What is received, up to the first Close.
    items: Vec<Whole>,
    /// The payload of that Close.
    close: Option<Vec<u8>>,
    end: End,
}

/// What is expected where messages of more than `max` bytes are refused.
pub fn expected_steps(stream: &[u8], config: Config, max: usize) -> Expected {
    let (mut items, end) = expected(stream, config, max);
    let mut close = None;
    let close_of = |item: &Whole| match item {
        Whole::Control { opcode: 8, payload } => Some(payload.clone()),
        _ => None,
    };
    if let Some(at) = items.iter().position(|item| close_of(item).is_some()) {
        items.truncate(at + 1);
        close = close_of(&items[at]);
    }
    Expected { items, close, end }
}

impl Expected {
    /// What is written if nothing is sent: the answers.
    fn answers(&self) -> Frames {
        let answer = |item: &Whole| match item {
            Whole::Control { opcode: 9, payload } => Some((0x8A, payload.clone())),
            // The reason is not repeated.
            Whole::Control { opcode: 8, payload } => {
                Some((0x88, payload[..payload.len().min(2)].to_vec()))
            }
            _ => None,
        };
        self.items.iter().filter_map(answer).collect()
    }
}

/// What the endpoint has just returned, in the oracle's types.
pub fn whole<I: Buffer, O: Buffer, K: wsparse::KeySource>(
    endpoint: &Endpoint<I, O, K>,
    step: Step,
) -> Option<Whole> {
    let control = |opcode| Whole::Control { opcode, payload: endpoint.control().to_vec() };
    match step {
        Step::Message => {
            let message = endpoint.message();
            let is_text = matches!(message, Message::Text(_));
            Some(Whole::Message { is_text, payload: message.as_bytes().to_vec(), at: None })
        }
        Step::Ping => Some(control(9)),
        Step::Pong => Some(control(10)),
        Step::Close => Some(control(8)),
        Step::Read | Step::Write | Step::Shutdown | Step::Done(_) => None,
    }
}

/// One read: these bytes of the stream were stored from this address on.
struct Read {
    bytes: Range<usize>,
    address: usize,
}

/// Receives the stream cut at these offsets, which ascend, and at least where the buffer is full.
/// Finds what was expected, and each message that arrived in one read where it was read.
pub fn assert_steps<I: Buffer>(
    stream: &[u8],
    config: Config,
    input: I,
    cuts: impl IntoIterator<Item = usize>,
    expected: &Expected,
) -> I {
    let mut endpoint = endpoint(config, input, [0xEE; 200]);
    let mut cuts = cuts.into_iter().chain([stream.len()]).peekable();
    let (mut reads, mut written) = (Vec::<Read>::new(), Vec::new());
    let (mut at, mut found, mut has_shut_down) = (0, 0, false);
    let outcome = loop {
        let step = endpoint.advance();
        match step {
            Step::Read => {
                while cuts.next_if(|cut| *cut <= at).is_some() {}
                let Some(cut) = cuts.peek() else {
                    endpoint.filled(0);
                    continue;
                };
                let space = endpoint.space();
                assert!(!space.is_empty(), "there is room after Read");
                let bytes = at..space.len().saturating_add(at).min(*cut);
                reads.push(Read { bytes: bytes.clone(), address: space.as_ptr().addr() });
                space[..bytes.len()].copy_from_slice(&stream[bytes.clone()]);
                at = bytes.end;
                endpoint.filled(bytes.len());
            }
            Step::Write => {
                written.extend_from_slice(endpoint.output());
                endpoint.wrote(endpoint.output().len());
            }
            Step::Shutdown => {
                assert!(!has_shut_down, "once");
                has_shut_down = true;
            }
            Step::Done(outcome) => break outcome,
            Step::Message | Step::Ping | Step::Pong | Step::Close => {
                let expected = expected.items.get(found).expect("no more than was sent");
                assert_eq!(whole(&endpoint, step), Some(without_place(expected)));
                if let Whole::Message { at: Some(at), .. } = expected {
                    assert_place(endpoint.message().as_bytes(), *at, &reads);
                }
                found += 1;
            }
        }
    };
    assert_eq!(found, expected.items.len());
    assert_eq!(endpoint.advance(), Step::Done(outcome), "it stays over");

    let mut answers = expected.answers();
    match (outcome, &expected.close, expected.end) {
        (Ok(code), Some(payload), _) => {
            let code = code.map_or(Vec::new(), |code| code.get().to_be_bytes().to_vec());
            assert_eq!(code, payload[..payload.len().min(2)]);
            assert_eq!(has_shut_down, config.to_server, "§7.1.1: the server closes first");
            assert!(matches!(endpoint.phase(), Phase::Closed(_)));
        }
        (Err(Failure::Rule(error)), None, End::Broken { rule: broken, offset }) => {
            assert_eq!((rule(error.rule()), error.offset()), (broken, offset as u64));
            let code = error.close_code().get().to_be_bytes();
            answers.push((0x88, [&code[..], error.rule().reason().as_bytes()].concat()));
            assert!(has_shut_down);
            assert_eq!(endpoint.phase(), Phase::Failed(error));
        }
        (Err(Failure::Cut), None, End::Clean { .. }) => {
            assert_eq!(endpoint.received().bytes, stream.len() as u64);
            assert_eq!(endpoint.phase(), Phase::Cut);
        }
        (outcome, close, end) => panic!("{outcome:?}, not {close:?}, {end:?}"),
    }
    assert_eq!(split(&written, |key| assert_eq!(key.is_some(), !config.to_server)), answers);
    let is_message = |item: &&Whole| matches!(item, Whole::Message { .. });
    let messages = expected.items.iter().filter(is_message).count();
    // Invalid text in a whole frame is counted before it is found.
    assert!((0..=1).contains(&(endpoint.received().messages - messages as u64)));
    endpoint.split().0.into_buffer()
}

/// A message in one frame that arrived in one read is lent where it was read.
fn assert_place(message: &[u8], at: usize, reads: &[Read]) {
    let payload = at..at + message.len();
    let is_within = |read: &&Read| read.bytes.start <= at && payload.end <= read.bytes.end;
    if let Some(read) = reads.iter().find(is_within)
        && !message.is_empty()
    {
        assert_eq!(message.as_ptr().addr(), read.address + (at - read.bytes.start));
    }
}
