//! Compressed messages. Any bytes, in any parts, are inflated as the oracle inflates them; and what was
//! compressed, with any parameters and in any parts, is inflated to what it was.
#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use libfuzzer_sys::fuzz_target;
use oracle::deflate::{Inflated, Stream};
use oracle::utf8::{Text, read};
use wsparse::Rule;
use wsparse::deflate::{Agreed, Deflater, Direction, Inflater, Policy, Progress};

/// The lengths of the parts of input and output, and the limit.
#[derive(Clone, Copy)]
struct Splits {
    input: usize,
    output: usize,
    limit: u64,
}

fn inflate(
    inflater: &mut Inflater,
    payload: &[u8],
    is_text: bool,
    splits: Splits,
) -> (Vec<u8>, Result<(), (Rule, u64)>) {
    let mut message = Vec::new();
    inflater.begin(is_text, splits.limit);
    let mut parts = payload.chunks(splits.input).peekable();
    loop {
        let mut part = parts.next().unwrap_or_default();
        let is_last = parts.peek().is_none();
        loop {
            let mut piece = vec![0; splits.output];
            match inflater.inflate(&mut part, is_last, &mut piece) {
                Ok(Progress { written, is_done }) => {
                    message.extend(&piece[..written]);
                    assert!(is_done || written == splits.output);
                    if is_done {
                        break;
                    }
                }
                Err(error) => return (message, Err((error.rule(), error.offset()))),
            }
        }
        assert!(part.is_empty());
        if is_last {
            return (message, Ok(()));
        }
    }
}

/// What the oracle expects: the first of the rules that are broken.
fn expected(inflated: Inflated, is_text: bool, limit: u64) -> (Vec<u8>, Result<(), (Rule, u64)>) {
    let (mut bytes, mut result) = match inflated {
        Inflated::Whole(bytes) => (bytes, Ok(())),
        Inflated::Unfinished(bytes) => {
            let len = bytes.len() as u64;
            (bytes, Err((Rule::UnfinishedDeflate, len)))
        }
        Inflated::Invalid(bytes) => {
            let len = bytes.len() as u64;
            (bytes, Err((Rule::InvalidDeflate, len)))
        }
    };
    if bytes.len() as u64 > limit {
        bytes.truncate(limit as usize);
        result = Err((Rule::MessageTooBig, limit));
    }
    if is_text {
        match read(bytes.iter().copied()) {
            Text::Broken { offset } => {
                bytes.truncate(offset);
                result = Err((Rule::InvalidUtf8, offset as u64));
            }
            Text::Unfinished if result.is_ok() => {
                result = Err((Rule::InvalidUtf8, bytes.len() as u64));
            }
            _ => {}
        }
    }
    (bytes, result)
}

fn any_bytes(control: [u8; 4], data: &[u8]) {
    let [flags, input, output, limit] = control;
    let context_takeover = flags & 1 != 0;
    let direction = Direction { window_bits: 15, context_takeover };
    let mut inflater = Inflater::new(Agreed { outgoing: direction, incoming: direction });
    let limit = if limit == 255 { 1 << 20 } else { u64::from(limit) * 4 };
    let splits =
        Splits { input: usize::from(input) + 1, output: usize::from(output) * 16 + 1, limit };
    let is_text = flags & 2 != 0;
    let (first, second) = data.split_at(data.len() * usize::from(flags >> 4) / 15);
    let mut oracle = Stream::default();
    for payload in [first, second] {
        if !context_takeover {
            oracle = Stream::default();
        }
        let inflated = oracle.inflate(payload);
        let (bytes, result) = expected(inflated, is_text, limit);
        let (message, found) = inflate(&mut inflater, payload, is_text, splits);
        assert_eq!(found, result);
        if result.is_ok() {
            assert_eq!(message, bytes);
        } else {
            assert!(bytes.starts_with(&message));
            if context_takeover {
                return;
            }
        }
    }
}

fn round_trip(control: [u8; 4], data: &[u8]) {
    let [flags, parameters, input, output] = control;
    let direction =
        Direction { window_bits: 8 + (parameters & 7), context_takeover: flags & 1 != 0 };
    let agreed = Agreed { outgoing: direction, incoming: direction };
    let policy = Policy {
        level: flags >> 4,
        memory_level: 1 + parameters / 8 % 9,
        threshold: 0,
        ..Policy::DEFAULT
    };
    let (mut deflater, mut inflater) = (Deflater::new(&policy, agreed), Inflater::new(agreed));
    let (input, output) = (usize::from(input) + 1, usize::from(output) + 1);
    // Repetitions, so that there is something to compress.
    let message = data.repeat(1 + usize::from(flags & 8));
    for round in 0..4 {
        let mut payload = Vec::new();
        if round == 1 {
            if !deflater.compress_to_vec(&message, &mut payload) {
                continue;
            }
        } else if round == 2 {
            let mut space = vec![0; input * output / 16];
            let Ok(Some(len)) = deflater.compress(&message, &mut space) else { continue };
            payload.extend(&space[..len]);
        } else {
            deflater.begin();
            let mut parts = message.chunks(input).peekable();
            loop {
                let mut part = parts.next().unwrap_or_default();
                let is_last = parts.peek().is_none();
                loop {
                    let mut piece = vec![0; output];
                    let Progress { written, is_done } =
                        deflater.compress_part(&mut part, is_last, &mut piece);
                    payload.extend(&piece[..written]);
                    if is_done {
                        break;
                    }
                }
                if is_last {
                    break;
                }
            }
        }
        let splits = Splits { input: output, output: input, limit: message.len() as u64 };
        let (inflated, result) = inflate(&mut inflater, &payload, false, splits);
        assert_eq!((result, inflated == message), (Ok(()), true));
        if round == 0 {
            assert!(
                payload.len()
                    <= Deflater::max_len(message.len())
                        .max(message.len() + 6 * message.len().div_ceil(input))
            );
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&control, data)) = data.split_first_chunk::<4>() else { return };
    if control[0] & 4 == 0 { any_bytes(control, data) } else { round_trip(control, data) }
});
