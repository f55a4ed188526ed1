//! Compressed messages, inflated by wsparse and by miniz_oxide: they accept the same, and inflate it to the same
//! bytes. The target `deflate` checks where exactly wsparse fails.
//!
//! The messages are any bytes, or what one of the two has compressed, changed in a few places.
#![no_main]

use libfuzzer_sys::fuzz_target;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY,
    TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use wsparse::Rule;
use wsparse::deflate::{Agreed, Deflater, Direction, Inflater, Policy, Progress};

/// All messages of one run together are not longer.
const MAX_LEN: usize = 1 << 18;

/// How one message ended, and the number of bytes that it became.
type End = Result<usize, (Rule, usize)>;

/// The other inflater, with the messages of one peer.
struct Miniz {
    state: DecompressorOxide,
    output: Vec<u8>,
    /// Where the current stream began: after the last block with BFINAL.
    start: usize,
    at: usize,
    /// It is between two blocks, and between two bytes.
    is_aligned: bool,
}

impl Miniz {
    fn new() -> Self {
        let (state, output) = (DecompressorOxide::new(), vec![0; MAX_LEN]);
        Self { state, output, start: 0, at: 0, is_aligned: true }
    }

    fn forget(&mut self) {
        (self.state, self.start, self.is_aligned) = (DecompressorOxide::new(), self.at, true);
    }

    /// Returns `None` if it is longer than the output.
    fn message(&mut self, payload: &[u8], limit: usize) -> Option<End> {
        let before = self.at;
        let result = self.blocks(payload);
        let len = self.at - before;
        if len > limit {
            return Some(Err((Rule::MessageTooBig, limit)));
        }
        let rule = match result {
            Err(Rule::MessageTooBig) => return None,
            Err(rule) => rule,
            Ok(()) => match self.blocks(&[0x00, 0x00, 0xff, 0xff]) {
                Ok(()) if self.is_aligned && self.at == before + len => return Some(Ok(len)),
                _ => Rule::UnfinishedDeflate,
            },
        };
        Some(Err((rule, len)))
    }

    fn blocks(&mut self, mut input: &[u8]) -> Result<(), Rule> {
        const FLAGS: u32 = TINFL_FLAG_HAS_MORE_INPUT
            | TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY
            | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        loop {
            let output = &mut self.output[self.start..];
            let at = self.at - self.start;
            let (status, read, written) = decompress(&mut self.state, input, output, at, FLAGS);
            self.at += written;
            input = &input[read..];
            if read > 0 || written > 0 {
                self.is_aligned = false;
            }
            match status {
                TINFLStatus::BlockBoundary => {
                    let state = self.state.block_boundary_state().expect("between two blocks");
                    self.is_aligned = state.num_bits == 0;
                    if input.is_empty() && self.is_aligned {
                        return Ok(());
                    }
                }
                TINFLStatus::Done => {
                    self.forget();
                    if input.is_empty() {
                        return Ok(());
                    }
                }
                TINFLStatus::NeedsMoreInput => return Ok(()),
                TINFLStatus::HasMoreOutput => return Err(Rule::MessageTooBig),
                _ => return Err(Rule::InvalidDeflate),
            }
        }
    }
}

/// Inflates in parts, each of them into a `Vec` or into short pieces.
fn inflate(
    inflater: &mut Inflater,
    payload: &[u8],
    limit: usize,
    splits: [usize; 2],
    to: &mut Vec<u8>,
) -> End {
    let [input, output] = splits;
    let start = to.len();
    inflater.begin(false, limit as u64);
    let mut parts = payload.chunks(input).peekable();
    loop {
        let mut part = parts.next().unwrap_or_default();
        let is_last = parts.peek().is_none();
        let result = if output == 0 {
            inflater.inflate_to_vec(part, is_last, to)
        } else {
            let mut piece = vec![0; output];
            loop {
                match inflater.inflate(&mut part, is_last, &mut piece) {
                    Ok(Progress { written, is_done }) => {
                        to.extend_from_slice(&piece[..written]);
                        if is_done {
                            break Ok(());
                        }
                    }
                    Err(error) => break Err(error),
                }
            }
        };
        if let Err(error) = result {
            return Err((error.rule(), error.offset() as usize));
        }
        if is_last {
            return Ok(to.len() - start);
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&[flags, parameters, input, output, places], data)) = data.split_first_chunk() else {
        return;
    };
    let context_takeover = flags & 1 != 0;
    let direction = Direction { window_bits: 8 + parameters % 8, context_takeover };
    let agreed = Agreed { outgoing: direction, incoming: direction };
    let policy = Policy {
        level: flags >> 4,
        memory_level: 1 + parameters / 8 % 9,
        threshold: 0,
        ..Policy::DEFAULT
    };
    let (mut deflater, mut inflater) = (Deflater::new(&policy, agreed), Inflater::new(agreed));
    let mut other = Miniz::new();
    let splits = [usize::from(input) * 8 + 1, usize::from(output / 2) * usize::from(output)];
    let limit = if flags & 8 != 0 { usize::from(input) * 4 } else { 40_000 };
    let mut messages = Vec::new();

    for (n, part) in data.chunks(data.len() / 4 + 1).enumerate() {
        let mut payload = Vec::new();
        let mut is_right = places == 0;
        match flags >> 1 & 3 {
            0 => is_right = false,
            1 => {
                payload = compress_to_vec(&part.repeat(1 + n), flags >> 4);
                payload.push(0);
            }
            _ => {
                let message = part.repeat(1 + n);
                if !deflater.compress_to_vec(&message, &mut payload) {
                    deflater.begin();
                    for part in message.chunks(splits[0]) {
                        deflater.compress_part_to_vec(part, false, &mut payload);
                    }
                    deflater.compress_part_to_vec(&[], true, &mut payload);
                }
            }
        }
        let payload = if payload.is_empty() { part } else { &mut payload };
        let mut payload = payload.to_vec();
        for place in 0..places % 4 {
            let at = usize::from(places) * usize::from(place + 1) * 7;
            let len = payload.len().max(1);
            if let Some(byte) = payload.get_mut(at % len) {
                *byte ^= 1 << (places % 8);
            }
        }

        let (before, start) = (other.at, messages.len());
        let Some(expected) = other.message(&payload, limit) else { return };
        let found = inflate(&mut inflater, &payload, limit, splits, &mut messages);
        // They read the same tables, but refuse them at different times: zlib refuses one without a code for the
        // end of a block at once, and one without any code when it is used.
        let both_refuse = match (found, expected) {
            (Err((Rule::InvalidDeflate, at)), Err((_, other))) => at <= other,
            (Err((Rule::UnfinishedDeflate, at)), Err((Rule::InvalidDeflate, other))) => at == other,
            _ => false,
        };
        assert!(found == expected || both_refuse, "{found:?}, {expected:?}");
        assert!(!is_right || found.is_ok() || limit < 40_000);
        let inflated = &messages[start..];
        match found {
            Ok(_) => assert!(inflated == &other.output[before..other.at]),
            Err((_, len)) => {
                assert!(other.output[before..][..len].starts_with(inflated));
                if context_takeover {
                    return;
                }
            }
        }
        if !context_takeover {
            other.forget();
        }
    }
});
