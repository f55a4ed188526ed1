//! A server and a client whose actions are chosen by a script of arbitrary bytes. The wire between
//! them delays bytes, cuts them anywhere, and inserts others on request. The test predicts what
//! each side receives.

use super::corpus::TEXT;
use super::endpoint::{AnyEndpoint, ROOM, client, server};
use super::messages::{expected, without_place};
use super::stream::{config, limits, rule};
use super::write_frame;
use crate::oracle::stream::{End, Whole};
use core::num::NonZeroUsize;
use core::time::Duration;
use std::collections::VecDeque;
use wsparse::{Due, Error, Fragments, Message, OutgoingFrame, Phase, SendError, Side, Timeouts};

/// Longer than what a header of two bytes can tell.
static BYTES: [u8; 300] = {
    let mut bytes = [0; 300];
    let mut i = 0;
    while i < bytes.len() {
        bytes[i] = (i * 7 % 251) as u8;
        i += 1;
    }
    bytes
};

const TIMEOUTS: Timeouts = Timeouts {
    idle: Duration::from_secs(30),
    answer: Duration::from_secs(20),
    close: Duration::from_secs(5),
    message: Duration::from_secs(1_800),
};

/// One of the two, and what is known of it.
struct Talker {
    endpoint: Box<dyn AnyEndpoint>,
    /// What the application is about to send in fragments, and all of it.
    fragments: Option<(Fragments<'static>, Whole)>,
    /// What waits to be transmitted.
    pong: Option<Vec<u8>>,
    ping: bool,
    answer: Option<Vec<u8>>,
    /// The payloads of the Closes.
    said: Option<Vec<u8>>,
    got: Option<Vec<u8>>,
    first: Option<Side>,
    error: Option<Error>,
    /// All that was sent, the same as bytes, and those of them that have not arrived yet.
    sent: Vec<Whole>,
    written: Vec<u8>,
    on_the_way: VecDeque<u8>,
    /// All that came in.
    read: Vec<u8>,
    received: Vec<Whole>,
}

/// The source of its choices; 0 after the end.
struct Script<'a>(core::slice::Iter<'a, u8>);

impl Script<'_> {
    fn next(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    fn bool(&mut self) -> bool {
        self.next() & 1 == 1
    }

    fn below(&mut self, end: usize) -> usize {
        (usize::from(self.next()) * 256 + usize::from(self.next())) % end
    }
}

/// All that is sent arrives once and in order, and both end closed.
pub fn assert_talk(script: &[u8]) {
    let mut script = Script(script.iter());
    let mut talkers = talkers();
    let mut now = Duration::ZERO;
    while !script.0.as_slice().is_empty() {
        let [one, other] = &mut talkers;
        let (one, other) = if script.bool() { (one, other) } else { (other, one) };
        step(&mut script, one, other, &mut now);
    }
    drain(&mut talkers);
    if talkers.iter().all(|talker| talker.said.is_none()) {
        talkers[usize::from(script.bool())].close(1000, "the end");
        drain(&mut talkers);
    }
    let [one, other] = &talkers;
    for (one, other) in [(one, other), (other, one)] {
        // The other discards what follows a Close.
        let close = one.sent.iter().position(is_close).expect("both have said it");
        let (sent, behind) = one.sent.split_at(close + 1);
        assert_eq!(sent, other.received);
        let is_pong = |item: &Whole| matches!(item, Whole::Control { opcode: 10, .. });
        assert!(behind.iter().all(is_pong), "{behind:?}");
        assert_eq!((one.error, &one.got), (None, &other.said));
        assert!(matches!(one.endpoint.phase(), Phase::Closed(_)));
        assert!(!one.endpoint.wants_transmit());
        if one.first == Some(Side::Remote) {
            assert_eq!(other.first, Some(Side::Local), "somebody was the first");
            assert_eq!(one.said.as_deref(), other.said.as_ref().map(|said| &said[..2]));
        }
    }
    talkers.iter_mut().for_each(Talker::finish);
}

/// With bytes between that neither of them has sent.
pub fn assert_talk_with_noise(script: &[u8]) {
    let mut script = Script(script.iter());
    let is_cut = script.bool();
    let mut talkers = talkers();
    let mut now = Duration::ZERO;
    while !script.0.as_slice().is_empty() {
        let [one, other] = &mut talkers;
        let (one, other) = if script.bool() { (one, other) } else { (other, one) };
        if script.next().is_multiple_of(16) {
            let noise: Vec<u8> = (0..script.below(20)).map(|_| script.next()).collect();
            one.receive(&noise);
        } else {
            step(&mut script, one, other, &mut now);
        }
    }
    // Else what waits then is never sent.
    if !is_cut {
        drain(&mut talkers);
    }
    talkers.iter_mut().for_each(Talker::finish);
}

fn talkers() -> [Talker; 2] {
    let endpoints: [Box<dyn AnyEndpoint>; 2] =
        [Box::new(server(limits(config(true)))), Box::new(client(limits(config(false))))];
    endpoints.map(|endpoint| Talker {
        endpoint,
        fragments: None,
        pong: None,
        ping: false,
        answer: None,
        said: None,
        got: None,
        first: None,
        error: None,
        sent: Vec::new(),
        written: Vec::new(),
        on_the_way: VecDeque::new(),
        read: Vec::new(),
        received: Vec::new(),
    })
}

/// What one of them does next.
fn step(script: &mut Script<'_>, one: &mut Talker, other: &mut Talker, now: &mut Duration) {
    match script.next() % 16 {
        0 => one.send_message(message(script)),
        1 => {
            let message = message(script);
            let size = NonZeroUsize::new(script.below(40)).unwrap_or(NonZeroUsize::MAX);
            if one.fragments.is_none() {
                one.fragments = Some((message.fragments(size), whole(message)));
            }
        }
        2 | 3 => one.send_fragment(),
        4 => {
            let payload = &BYTES[..script.below(126)];
            one.send_control(9, OutgoingFrame::ping(payload).expect("short"));
        }
        5 => {
            let payload = &BYTES[..script.below(126)];
            one.send_control(10, OutgoingFrame::pong(payload).expect("short"));
        }
        6 => {
            // Not too often, or little else is tried.
            if script.next().is_multiple_of(8) {
                let code = [1000, 1001, 1011, 3000, 4999][script.below(5)];
                one.close(code, &"reason"[..script.below(7)]);
            }
        }
        7 => {
            *now += Duration::from_secs(script.next().into()) / 8;
            match one.endpoint.tick(*now, &TIMEOUTS) {
                Due::Wait { until } => assert!(until > *now),
                Due::Ping => one.ping = true,
                Due::GiveUp => {}
            }
        }
        8..=10 => one.transmit(script.below(141)),
        _ => {
            let bytes = usize::from(script.next());
            deliver(other, one, if bytes > 200 { usize::MAX } else { bytes });
        }
    }
}

fn message(script: &mut Script<'_>) -> Message<'static> {
    if script.bool() {
        let end = TEXT.char_indices().nth(script.below(11)).map_or(TEXT.len(), |(at, _)| at);
        Message::Text(&TEXT[..end])
    } else {
        Message::Binary(&BYTES[..script.below(BYTES.len() + 1)])
    }
}

fn is_close(item: &Whole) -> bool {
    matches!(item, Whole::Control { opcode: 8, .. })
}

fn whole(message: Message<'_>) -> Whole {
    let is_text = matches!(message, Message::Text(_));
    Whole::Message { is_text, payload: message.as_bytes().to_vec(), at: None }
}

fn deliver(from: &mut Talker, to: &mut Talker, most: usize) {
    let bytes: Vec<u8> = from.on_the_way.drain(..most.min(from.on_the_way.len())).collect();
    to.receive(&bytes);
}

/// Runs until neither side has anything to send.
fn drain(talkers: &mut [Talker; 2]) {
    let [one, other] = talkers;
    loop {
        one.transmit(140);
        other.transmit(140);
        if one.on_the_way.is_empty() && other.on_the_way.is_empty() {
            let waits = one.endpoint.wants_transmit() || other.endpoint.wants_transmit();
            assert!(!waits, "140 bytes are enough");
            return;
        }
        deliver(one, other, usize::MAX);
        deliver(other, one, usize::MAX);
    }
}

impl Talker {
    fn may_send(&self) -> bool {
        self.said.is_none() && self.got.is_none() && self.error.is_none()
    }

    /// How many bytes a frame has on the wire.
    fn wire_len(&self, plain: &[u8]) -> usize {
        plain.len() + if self.endpoint.is_server() { 0 } else { 4 }
    }

    fn log(&mut self, item: Option<Whole>) {
        self.sent.extend(item);
        let wire = self.endpoint.take_wire();
        self.on_the_way.extend(&wire);
        self.written.extend(wire);
    }

    fn send_message(&mut self, message: Message<'static>) {
        let within = self.fragments.as_ref().is_some_and(|(fragments, _)| {
            // Some are sent, and some are not.
            fragments.clone().next().is_some_and(|next| next.opcode().get() == 0)
        });
        let result = self.endpoint.send(message.into());
        if !self.may_send() {
            assert_eq!(result, Err(SendError::Closed));
        } else if within {
            assert_eq!(result, Err(SendError::ExpectedContinuation));
        } else {
            let first = if matches!(message, Message::Text(_)) { 0x81 } else { 0x82 };
            assert_eq!(result.unwrap(), write_frame(first, None, message.as_bytes()));
            self.log(Some(whole(message)));
        }
    }

    fn send_fragment(&mut self) {
        let Some((mut fragments, whole)) = self.fragments.take() else { return };
        let Some(fragment) = fragments.next() else { return };
        let result = self.endpoint.send(fragment);
        if !self.may_send() {
            assert_eq!(result, Err(SendError::Closed));
            return;
        }
        let fin = if fragment.fin() { 0x80 } else { 0 };
        let first = fragment.opcode().get() | fin;
        assert_eq!(result.unwrap(), write_frame(first, None, fragment.payload()));
        self.log(fragment.fin().then(|| whole.clone()));
        if !fragment.fin() {
            self.fragments = Some((fragments, whole));
        }
    }

    fn send_control(&mut self, opcode: u8, frame: OutgoingFrame<'_>) {
        let result = self.endpoint.send(frame);
        if !self.may_send() {
            assert_eq!(result, Err(SendError::Closed));
            return;
        }
        let payload = frame.payload().to_vec();
        assert_eq!(result.unwrap(), write_frame(0x80 | opcode, None, &payload));
        self.log(Some(Whole::Control { opcode, payload }));
    }

    fn close(&mut self, code: u16, reason: &str) {
        let result = self.endpoint.close(code, reason);
        if !self.may_send() {
            assert_eq!(result, Err(SendError::Closed));
            return;
        }
        let payload = [&code.to_be_bytes(), reason.as_bytes()].concat();
        assert_eq!(result.unwrap(), write_frame(0x88, None, &payload));
        self.first.get_or_insert(Side::Local);
        self.said = Some(payload.clone());
        self.log(Some(Whole::Control { opcode: 8, payload }));
    }

    /// What waits, in order.
    fn waiting(&self) -> Vec<(u8, Vec<u8>)> {
        // §5.5.2: until the peer's Close.
        let none = self.got.is_some() || self.error.is_some();
        let pong = self.pong.iter().map(|payload| (0x8A, payload.clone())).filter(|_| !none);
        if self.said.is_some() {
            return pong.collect();
        }
        let ping = (self.ping && self.answer.is_none()).then(|| (0x89, Vec::new()));
        let close = self.answer.iter().map(|payload| (0x88, payload.clone()));
        pong.chain(ping).chain(close).collect()
    }

    fn transmit(&mut self, room: usize) {
        let waiting = self.waiting();
        assert_eq!(self.endpoint.wants_transmit(), !waiting.is_empty());
        let result = self.endpoint.transmit_into(room);
        let (mut expected, mut left) = (Vec::new(), room);
        for (i, (first, payload)) in waiting.into_iter().enumerate() {
            let plain = write_frame(first, None, &payload);
            let needed = self.wire_len(&plain);
            if needed > left {
                if i == 0 {
                    assert_eq!(result, Err(SendError::NoRoom { needed }));
                    return;
                }
                break;
            }
            left -= needed;
            expected.extend(plain);
            match first {
                0x8A => self.pong = None,
                0x89 => self.ping = false,
                _ => self.said = Some(payload.clone()),
            }
            self.sent.push(Whole::Control { opcode: first & 0xF, payload });
        }
        assert_eq!(result.unwrap(), expected);
        self.log(None);
    }

    fn receive(&mut self, bytes: &[u8]) {
        let (received, error) = self.endpoint.receive(bytes);
        if self.error.is_some() || self.got.is_some() {
            assert_eq!((received, error), (Vec::new(), self.error));
            return;
        }
        self.read.extend(bytes);
        for item in &received {
            assert!(self.got.is_none(), "nothing behind a Close");
            match item {
                Whole::Control { opcode: 9, payload } => self.pong = Some(payload.clone()),
                Whole::Control { opcode: 8, payload } => {
                    self.got = Some(payload.clone());
                    self.first.get_or_insert(Side::Remote);
                    self.answer = Some(payload[..payload.len().min(2)].to_vec());
                }
                _ => {}
            }
        }
        self.received.extend(received);
        if let Some(error) = error {
            self.error = Some(error);
            let reason = error.rule().reason();
            let code = error.close_code().get().to_be_bytes();
            self.answer = Some([&code, reason.as_bytes()].concat());
        }
        self.assert_phase();
    }

    fn assert_phase(&self) {
        let expected = match (self.error, self.first, &self.said, &self.got) {
            (Some(error), ..) => Phase::Failed(error),
            (_, Some(first), Some(_), Some(_)) => Phase::Closed(first),
            (_, Some(first), ..) => Phase::Closing(first),
            (_, None, ..) => Phase::Open,
        };
        assert_eq!(self.endpoint.phase(), expected);
        let over = match expected {
            Phase::Closed(_) => self.endpoint.is_server(),
            Phase::Failed(_) => self.said.is_some(),
            _ => false,
        };
        assert_eq!(self.endpoint.should_close(), over);
        let code = |payload: &Vec<u8>| match **payload {
            [high, low, ..] => u16::from_be_bytes([high, low]),
            _ => 1005,
        };
        let failed = matches!(expected, Phase::Failed(_)).then_some(1006);
        assert_eq!(self.endpoint.close_code(), self.got.as_ref().map(code).or(failed));
    }

    /// What came in is what the oracle says of it; what went out is what was sent.
    fn finish(&mut self) {
        self.assert_phase();
        let is_server = self.endpoint.is_server();
        let (mut items, end) = expected(&self.read, config(is_server), ROOM);
        match (items.iter().position(is_close), self.error) {
            (Some(close), None) => items.truncate(close + 1),
            (None, Some(error)) => {
                let offset = usize::try_from(error.offset()).expect("within the stream");
                assert_eq!(end, End::Broken { rule: rule(error.rule()), offset });
            }
            (None, None) => assert!(matches!(end, End::Clean { .. }), "{end:?}"),
            (Some(_), Some(error)) => panic!("{error} behind a Close"),
        }
        let items: Vec<Whole> = items.iter().map(without_place).collect();
        assert_eq!(self.received, items);

        let (items, end) = expected(&self.written, config(!is_server), ROOM);
        assert_eq!(end, End::Clean { pending: 0 });
        let items: Vec<Whole> = items.iter().map(without_place).collect();
        assert_eq!(self.sent, items);
        self.endpoint.end();
        assert!(self.endpoint.should_close() && !self.endpoint.wants_transmit());
        assert_eq!(self.endpoint.transmit(), Ok(Vec::new()));
        assert_ne!(self.endpoint.tick(Duration::MAX, &TIMEOUTS), Due::Ping);
    }
}
