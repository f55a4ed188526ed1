//! What one peer sends, read from the whole stream: RFC 6455 §5.1–§5.5, §7.4, §8.1, §10.4.
//!
//! First it finds the frames, up to a header that is broken, incomplete or out of place. Then it
//! checks each message and each Close separately, as a whole. Only the first error counts, and the
//! bytes after it are cut off. The frames that are left are joined to whole messages.

extern crate alloc;

use super::{Bits, Fields, MASK, OPCODE, RSV, Verdict, length_form, utf8};
use alloc::vec::Vec;

/// What the endpoint that reads the stream accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Whether a client sends the stream to a server, or the other way round.
    pub to_server: bool,
    /// Bits as they stand in the header; with RSV1, permessage-deflate was negotiated.
    pub allowed_rsv: u8,
    pub max_frame: u64,
    pub max_message: u64,
    pub max_fragments: u32,
}

/// What a stream can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Header(super::Rule),
    UnmaskedByClient,
    MaskedByServer,
    UnexpectedContinuation,
    ExpectedContinuation,
    HalfCloseCode,
    ReservedCloseCode,
    InvalidUtf8,
    FrameTooBig,
    MessageTooBig,
    TooManyFragments,
}

/// What a stream holds before its end or its first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub items: Vec<Item>,
    pub end: End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A data frame whose header is all there, with what there is of its unmasked payload.
    Data { fields: Fields, payload: Vec<u8>, ended: Ended },
    /// A control frame that is all there.
    Control { opcode: u8, payload: Vec<u8> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Nothing,
    Frame,
    Message,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing is wrong; the last bytes, as many as this, are a part of a header or of a control
    /// frame.
    Clean { pending: usize },
    /// With the byte at this stream offset no continuation is legal any more.
    Broken { rule: Rule, offset: usize },
}

/// A message that is all there, or a control frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whole {
    Message {
        is_text: bool,
        payload: Vec<u8>,
        /// The stream offset of the payload, where it is that of one frame.
        at: Option<usize>,
    },
    Control {
        opcode: u8,
        payload: Vec<u8>,
    },
}

/// A frame whose header is all there and in its place.
struct Frame {
    fields: Fields,
    /// The stream offset of the payload.
    start: usize,
    /// What there is of it, unmasked.
    payload: Vec<u8>,
}

impl Frame {
    fn is_control(&self) -> bool {
        self.fields.opcode >= 8
    }

    fn is_whole(&self) -> bool {
        self.payload.len() as u64 == self.fields.payload_len
    }

    fn ended(&self) -> Ended {
        match (self.is_whole(), self.fields.fin) {
            (false, _) => Ended::Nothing,
            (true, false) => Ended::Frame,
            (true, true) => Ended::Message,
        }
    }
}

/// Something wrong: in which frame, at which stream offset, by which rule.
type Fault = (usize, usize, Rule);

pub fn read(stream: &[u8], config: Config) -> Reading {
    let (frames, behind) = frames(stream, config);
    let mut faults = Vec::new();
    match behind {
        End::Broken { rule, offset } => faults.push((frames.len(), offset, rule)),
        End::Clean { .. } => {}
    }
    faults.extend(text_faults(&frames));
    faults.extend(close_faults(&frames));
    match faults.into_iter().min_by_key(|(frame, offset, _)| (*frame, *offset)) {
        Some(fault) => cut(frames, fault),
        None => {
            let pending = match (frames.last(), behind) {
                (Some(last), _) if last.is_control() && !last.is_whole() => {
                    last.fields.header_len + last.payload.len()
                }
                (_, End::Clean { pending }) => pending,
                (_, End::Broken { .. }) => 0,
            };
            let items = frames.into_iter().filter_map(item).collect();
            Reading { items, end: End::Clean { pending } }
        }
    }
}

/// The messages of the stream, with the control frames where they stand between the frames of
/// those, and how it ends.
pub fn read_whole(stream: &[u8], config: Config) -> (Vec<Whole>, End) {
    let Reading { items, end } = read(stream, config);
    let (mut whole, mut at) = (Vec::new(), 0);
    // The fragments so far of the message that has not ended: whether it is text, its bytes.
    let mut open: Option<(bool, Vec<u8>)> = None;
    for item in items {
        match item {
            Item::Control { opcode, payload } => {
                at += payload.len() + if config.to_server { 6 } else { 2 };
                whole.push(Whole::Control { opcode, payload });
            }
            Item::Data { fields, payload, ended } => {
                let start = at + fields.header_len;
                at = start + payload.len();
                let begins = fields.opcode != 0;
                // Compressed text is not text.
                let begun = (fields.opcode == 1 && !fields.rsv1, Vec::new());
                let (is_text, mut message) = open.take().unwrap_or(begun);
                message.extend(payload);
                if ended == Ended::Message {
                    let at = begins.then_some(start);
                    whole.push(Whole::Message { is_text, payload: message, at });
                } else {
                    open = Some((is_text, message));
                }
            }
        }
    }
    (whole, end)
}

/// The frames before the first header that is broken or not all there, and which of the two it is.
fn frames(stream: &[u8], config: Config) -> (Vec<Frame>, End) {
    let (mut frames, mut at) = (Vec::new(), 0);
    while at < stream.len() {
        let here = &stream[at..];
        let verdict = super::read(here, config.allowed_rsv);
        let mut wrong = Vec::new();
        if let Verdict::Broken { rule, offset } = verdict {
            wrong.push((offset, Rule::Header(rule)));
        }
        let there = Bits(&here[..here.len().min(14)]);
        wrong.extend(out_of_place(there, open_message(&frames), config));
        // Of several at the same byte, the first in the order of this list.
        if let Some((offset, rule)) = wrong.into_iter().min_by_key(|(offset, _)| *offset) {
            return (frames, End::Broken { rule, offset: at + offset });
        }
        let Verdict::Complete(fields) = verdict else {
            return (frames, End::Clean { pending: here.len() });
        };
        let behind = &here[fields.header_len..];
        let len = fields.payload_len.min(behind.len() as u64) as usize;
        let mut payload = behind[..len].to_vec();
        if let Some(key) = fields.masking_key {
            super::unmask_from(&mut payload, key, 0);
        }
        let start = at + fields.header_len;
        frames.push(Frame { fields, start, payload });
        at = start + len;
    }
    (frames, End::Clean { pending: 0 })
}

/// The data frames, all whole, of the message that the next frame is to continue.
fn open_message(frames: &[Frame]) -> Vec<&Frame> {
    let data = frames.iter().rev().filter(|frame| !frame.is_control());
    data.take_while(|frame| !frame.fields.fin).collect()
}

/// What is wrong with a header, as far as it has arrived, in this place of this stream: the rules,
/// each with the byte of the header that shows it.
fn out_of_place(header: Bits<'_>, open: Vec<&Frame>, config: Config) -> Vec<(usize, Rule)> {
    let mut wrong = Vec::new();
    let mut rule = |broken, byte, rule| {
        if broken {
            wrong.push((byte, rule));
        }
    };
    let opcode = header.known(OPCODE).expect("a header of at least one byte");
    let (continues, begins) = (opcode == 0, opcode == 1 || opcode == 2);
    // RFC 7692 §6.1: RSV1 on the first frame of a message, and on nothing else.
    let rsv1 = header.least(RSV) & 0b100 != 0;
    rule(rsv1 && !begins, 0, Rule::Header(super::Rule::ReservedBit));
    // §5.4.
    rule(continues && open.is_empty(), 0, Rule::UnexpectedContinuation);
    rule(begins && !open.is_empty(), 0, Rule::ExpectedContinuation);
    // §10.4.
    let too_many = open.len() as u64 >= u64::from(config.max_fragments);
    rule((continues || begins) && too_many, 0, Rule::TooManyFragments);
    // §5.1.
    rule(header.known(MASK) == Some(0) && config.to_server, 1, Rule::UnmaskedByClient);
    rule(header.known(MASK) == Some(1) && !config.to_server, 1, Rule::MaskedByServer);
    // §10.4.
    if let Some((field, _)) = length_form(header)
        && let Some(length) = header.known(field.clone())
        && (continues || begins)
    {
        let byte = field.end / 8 - 1;
        let before: u128 = open.iter().map(|frame| u128::from(frame.fields.payload_len)).sum();
        let message = before + u128::from(length);
        rule(length > config.max_frame, byte, Rule::FrameTooBig);
        rule(message > u128::from(config.max_message), byte, Rule::MessageTooBig);
    }
    wrong
}

/// §8.1, one message at a time.
fn text_faults(frames: &[Frame]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (first, frame) in frames.iter().enumerate() {
        if frame.fields.opcode != 1 || frame.fields.rsv1 {
            continue;
        }
        let fragments = frames.iter().enumerate().skip(first);
        let mut text = Vec::new();
        let mut end = None;
        for (index, frame) in fragments.filter(|(_, frame)| !frame.is_control()) {
            let bytes = frame.payload.iter().enumerate();
            text.extend(bytes.map(|(i, byte)| (index, frame.start + i, *byte)));
            if frame.fields.fin {
                end = frame.is_whole().then_some((index, frame.start + frame.payload.len()));
                break;
            }
        }
        match (utf8::read(text.iter().map(|(.., byte)| *byte)), end) {
            (utf8::Text::Broken { offset }, _) => {
                let (index, at, _) = text[offset];
                faults.push((index, at, Rule::InvalidUtf8));
            }
            (utf8::Text::Unfinished, Some((index, at))) => {
                faults.push((index, at, Rule::InvalidUtf8));
            }
            _ => {}
        }
    }
    faults
}

/// §5.5.1, each Close that is all there.
fn close_faults(frames: &[Frame]) -> Vec<Fault> {
    let closes = frames.iter().enumerate().filter(|(_, frame)| frame.fields.opcode == 8);
    let whole = closes.filter(|(_, frame)| frame.is_whole());
    whole
        .filter_map(|(index, frame)| {
            let (rule, offset) = close_fault(&frame.payload)?;
            Some((index, frame.start + offset, rule))
        })
        .collect()
}

/// "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer", then
/// "UTF-8-encoded data": the rule that it breaks, and where in it.
pub fn close_fault(payload: &[u8]) -> Option<(Rule, usize)> {
    match payload {
        [] => None,
        [_] => Some((Rule::HalfCloseCode, 1)),
        [high, low, ..] if !may_be_sent(u32::from(*high) * 256 + u32::from(*low)) => {
            Some((Rule::ReservedCloseCode, 0))
        }
        [_, _, reason @ ..] => match utf8::read(reason.iter().copied()) {
            utf8::Text::Complete => None,
            utf8::Text::Unfinished => Some((Rule::InvalidUtf8, payload.len())),
            utf8::Text::Broken { offset } => Some((Rule::InvalidUtf8, 2 + offset)),
        },
    }
}

/// §7.4.1 and IANA's registry, §7.4.2.
pub fn may_be_sent(code: u32) -> bool {
    match code {
        // §7.4.2: "0-999 Status codes in the range 0-999 are not used."
        0..=999 => false,
        1004 => false,
        // "MUST NOT be set as a status code in a Close control frame by an endpoint."
        1005 | 1006 | 1015 => false,
        1000..=1014 => true,
        // Not registered.
        1016..=2999 => false,
        // Libraries, frameworks, applications; private use.
        3000..=4999 => true,
        _ => false,
    }
}

/// What is left of the frames when the stream ends with this.
fn cut(mut frames: Vec<Frame>, (broken, offset, rule): Fault) -> Reading {
    let within = frames.split_off(broken).into_iter().next();
    let mut items: Vec<_> = frames.into_iter().filter_map(item).collect();
    if let Some(Frame { fields, start, mut payload }) = within
        && fields.opcode < 8
    {
        payload.truncate(offset - start);
        items.push(Item::Data { fields, payload, ended: Ended::Nothing });
    }
    Reading { items, end: End::Broken { rule, offset } }
}

fn item(frame: Frame) -> Option<Item> {
    let ended = frame.ended();
    match (frame.is_control(), frame.is_whole()) {
        (false, _) => Some(Item::Data { fields: frame.fields, payload: frame.payload, ended }),
        (true, true) => Some(Item::Control { opcode: frame.fields.opcode, payload: frame.payload }),
        (true, false) => None,
    }
}
