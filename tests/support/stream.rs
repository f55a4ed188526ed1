//! Runs a stream through `Decoder`, in any number of reads, and joins the events to the oracle's
//! items.

use super::rsv;
use crate::oracle::Fields;
use crate::oracle::stream::{Config, End, Ended, Item, Reading, Rule, read};
use wsparse::{Chunk, Decoder, Error, Event, Header, Input, Limits, Role, Rsv};

/// Bounds that no test reaches but those that set their own.
pub fn config(to_server: bool) -> Config {
    Config {
        to_server,
        allowed_rsv: 0,
        max_frame: 1 << 20,
        max_message: 1 << 21,
        max_fragments: 1 << 10,
    }
}

/// As the library has it.
pub fn role(config: Config) -> Role {
    if config.to_server { Role::Server } else { Role::Client }
}

pub fn limits(config: Config) -> Limits {
    Limits {
        allowed_rsv: rsv(config.allowed_rsv),
        max_frame: config.max_frame,
        max_message: config.max_message,
        max_fragments: config.max_fragments,
        max_control_rate: u32::MAX,
    }
}

pub fn decoder(config: Config) -> Decoder {
    Decoder::new(role(config), limits(config))
}

pub fn rule(rule: wsparse::Rule) -> Rule {
    match rule {
        wsparse::Rule::UnmaskedByClient => Rule::UnmaskedByClient,
        wsparse::Rule::MaskedByServer => Rule::MaskedByServer,
        wsparse::Rule::UnexpectedContinuation => Rule::UnexpectedContinuation,
        wsparse::Rule::ExpectedContinuation => Rule::ExpectedContinuation,
        wsparse::Rule::HalfCloseCode => Rule::HalfCloseCode,
        wsparse::Rule::ReservedCloseCode => Rule::ReservedCloseCode,
        wsparse::Rule::InvalidUtf8 => Rule::InvalidUtf8,
        wsparse::Rule::FrameTooBig => Rule::FrameTooBig,
        wsparse::Rule::MessageTooBig => Rule::MessageTooBig,
        wsparse::Rule::TooManyFragments => Rule::TooManyFragments,
        of_a_header => Rule::Header(super::rule(of_a_header)),
    }
}

pub fn header_fields(header: Header) -> Fields {
    Fields {
        fin: header.fin,
        rsv1: header.rsv.contains(Rsv::RSV1),
        rsv2: header.rsv.contains(Rsv::RSV2),
        rsv3: header.rsv.contains(Rsv::RSV3),
        opcode: header.opcode.get(),
        masked: header.masking_key.is_some(),
        payload_len: header.payload_len,
        masking_key: header.masking_key,
        header_len: header.encoded_len(),
    }
}

/// Puts the parts of each frame together.
#[derive(Default)]
struct Joiner {
    items: Vec<Item>,
    frame_is_open: bool,
}

impl Joiner {
    fn data(&mut self, data: &Chunk<'_>) {
        assert_eq!(data.header.is_some(), !self.frame_is_open, "a frame begins where one ended");
        // Parts without payload: only where a frame begins.
        assert!(data.header.is_some() || !data.payload.is_empty());
        if let Some(header) = data.header {
            let (fields, payload) = (header_fields(header), Vec::new());
            self.items.push(Item::Data { fields, payload, ended: Ended::Nothing });
        }
        let Some(Item::Data { payload, ended, .. }) = self.items.last_mut() else {
            panic!("a data frame is open");
        };
        payload.extend_from_slice(data.payload);
        *ended = match data.boundary {
            wsparse::Boundary::None => Ended::Nothing,
            wsparse::Boundary::Frame => Ended::Frame,
            wsparse::Boundary::Message => Ended::Message,
        };
        self.frame_is_open = *ended == Ended::Nothing;
    }

    fn control(&mut self, opcode: wsparse::Opcode, payload: &[u8]) {
        assert!(!self.frame_is_open);
        self.items.push(Item::Control { opcode: opcode.get(), payload: payload.to_vec() });
    }
}

/// How many bytes of the stream the items stand for.
fn told(items: &[Item], config: Config) -> usize {
    let control = if config.to_server { 6 } else { 2 };
    let of = |item: &Item| match item {
        Item::Data { fields, payload, .. } => fields.header_len + payload.len(),
        Item::Control { payload, .. } => control + payload.len(),
    };
    items.iter().map(of).sum()
}

/// Decodes the stream cut at these offsets, which ascend. Fails where what holds of any stream does
/// not: all input is taken, the offset is right, an error is final.
pub fn decode(stream: &[u8], config: Config, cuts: impl IntoIterator<Item = usize>) -> Reading {
    let mut decoder = decoder(config);
    let mut joiner = Joiner::default();
    let mut start = 0;
    for end in cuts.into_iter().chain([stream.len()]) {
        // Memory of its own, so that sanitizers and Miri detect reads past its end.
        let mut chunk = stream[start..end].to_vec();
        let mut input = Input::new(&mut chunk);
        loop {
            match decoder.next(&mut input) {
                Ok(Some(Event::Data(data))) => joiner.data(&data),
                Ok(Some(Event::Control(opcode, payload))) => joiner.control(opcode, payload),
                Ok(None) => break,
                Err(error) => {
                    let rest = input.into_rest();
                    assert_eq!(*rest, stream[end - rest.len()..end], "what is left is not touched");
                    assert_final(&mut decoder, error, rest);
                    let offset = usize::try_from(error.offset()).expect("within the stream");
                    let end = End::Broken { rule: rule(error.rule()), offset };
                    return Reading { items: joiner.items, end };
                }
            }
        }
        assert!(input.is_empty(), "all is taken");
        assert_eq!(decoder.offset(), end as u64);
        start = end;
    }
    let pending = stream.len() - told(&joiner.items, config);
    Reading { items: joiner.items, end: End::Clean { pending } }
}

/// §7.1.7: nothing is decoded any more.
fn assert_final(decoder: &mut Decoder, error: Error, rest: &mut [u8]) {
    assert_eq!(decoder.offset(), error.offset());
    let mut legal = *b"\x81\x82\0\0\0\0ok\x81\x02ok";
    for further in [rest, &mut [], &mut legal, &mut [0xFF; 20]] {
        assert_eq!(decoder.next(&mut Input::new(further)), Err(error));
    }
    assert_eq!(decoder.offset(), error.offset());
}

/// The decoder finds what the oracle finds, in one read.
pub fn assert_reads(stream: &[u8], config: Config) -> Reading {
    let expected = read(stream, config);
    assert_eq!(decode(stream, config, []), expected, "in one read");
    expected
}

/// A byte in each read.
pub fn assert_reads_by_bytes(stream: &[u8], config: Config, expected: &Reading) {
    assert_eq!(&decode(stream, config, 1..stream.len().max(1)), expected, "byte by byte");
}

/// Two reads.
pub fn assert_reads_cut_at(stream: &[u8], config: Config, cut: usize, expected: &Reading) {
    let found = decode(stream, config, [cut]);
    assert!(&found == expected, "cut at {cut}: {found:?}, not {expected:?}");
}

/// As many reads as there are cuts, and one; the cuts are taken from numbers of any size and order.
pub fn assert_reads_cut_anywhere(
    stream: &[u8],
    config: Config,
    cuts: impl IntoIterator<Item = usize>,
    expected: &Reading,
) {
    let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % (stream.len() + 1)).collect();
    cuts.sort_unstable();
    let found = decode(stream, config, cuts.iter().copied());
    assert!(&found == expected, "cut at {cuts:?}: {found:?}, not {expected:?}");
}

/// A frame as this endpoint's peer sends it, the masking key different from frame to frame.
pub fn frame(to_server: bool, first: u8, payload: &[u8]) -> Vec<u8> {
    let key = [first ^ 0x37, payload.len() as u8 ^ 0xfa, 0x21, 0x3d];
    super::write_frame(first, to_server.then_some(key), payload)
}

/// Frames one after the other.
pub fn frames(to_server: bool, frames: &[(u8, &[u8])]) -> Vec<u8> {
    frames.iter().flat_map(|(first, payload)| frame(to_server, *first, payload)).collect()
}
