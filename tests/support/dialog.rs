//! Two endpoints, or their halves, whose actions are chosen by a script of arbitrary bytes. The wire
//! between them delays bytes and cuts them anywhere. The oracle reads what each of them writes.

use crate::oracle::stream::{End, Whole};
use crate::support::corpus::TEXT;
use crate::support::messages::{expected, without_place};
use crate::support::sample;
use crate::support::steps::{self, Keys, endpoint};
use crate::support::stream::config;
use core::num::NonZeroUsize;
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;
use wsparse::{
    Arrival, Buffer, CloseCode, Due, Duty, EncodedMessage, Endpoint, Fragments, Message,
    OutgoingFrame, Receiver, SendError, Sender, Step, Timeouts,
};

/// The longest message that is sent, in bytes.
const LONGEST: usize = 300;

/// What a buffer has at least, in bytes: a message and its header, or a control frame besides it.
const ROOM: usize = LONGEST + 125;

/// One of the two, whole or in halves.
enum Side<B> {
    Whole(Endpoint<B, B, Keys>),
    /// With the duties that have not been performed, and whether the receiving half has been told
    /// of this side's Close.
    Halves(Receiver<B>, Sender<B, Keys>, VecDeque<Duty>),
}

/// One of the two, and what is known of it.
struct Talker<B> {
    side: Side<B>,
    is_server: bool,
    /// What the application is about to send in fragments; whether it has begun.
    fragments: Option<(Fragments<'static>, Message<'static>, bool)>,
    /// The messages that were accepted.
    sent: Vec<Whole>,
    /// The payloads of the Pings that were received, up to a Close of either side.
    pinged: Vec<Vec<u8>>,
    received: Vec<Whole>,
    written: Vec<u8>,
    /// The part of it that has not arrived.
    on_the_way: VecDeque<u8>,
    /// There is space to read into.
    may_read: bool,
    read: Vec<u8>,
    outcome: Option<steps::Outcome>,
}

/// The source of its choices; 0 after the end.
struct Script<'a>(core::slice::Iter<'a, u8>);

impl Script<'_> {
    fn next(&mut self) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0))
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() * 256 + self.next()) % end
    }
}

/// All that is sent arrives once and in order, and both end closed: in buffers that grow or do not.
pub fn assert_dialog(script: &[u8]) {
    match script.first() {
        None | Some(0..=127) => assert_dialog_in(script, Vec::new),
        Some(size) => {
            let size = ROOM + usize::from(*size) - 128;
            assert_dialog_in(script, || vec![0xEE; size].into_boxed_slice());
        }
    }
}

fn assert_dialog_in<B: Buffer>(script: &[u8], buffer: impl Fn() -> B) {
    let mut script = Script(script.iter());
    script.next();
    let halves = script.next();
    let mut talkers = [true, false].map(|is_server| {
        let endpoint = endpoint(config(is_server), buffer(), buffer());
        let side = if halves & (1 << u8::from(is_server)) == 0 {
            Side::Whole(endpoint)
        } else {
            let (receiver, sender) = endpoint.split();
            Side::Halves(receiver, sender, VecDeque::new())
        };
        Talker::new(side, is_server)
    });
    let mut now = Duration::ZERO;
    while !script.0.as_slice().is_empty() {
        let [one, other] = &mut talkers;
        let action = script.next();
        let (one, other) = if action & 1 == 1 { (one, other) } else { (other, one) };
        one.act(action >> 1, &mut script, other, &mut now);
    }
    drain(&mut talkers);
    talkers[script.next() & 1].close(CloseCode::NORMAL);
    drain(&mut talkers);
    for talker in &mut talkers {
        assert_eq!(talker.outcome, None);
        talker.end();
    }
    talkers.iter_mut().for_each(Talker::finish);
    let [one, other] = &talkers;
    for (one, other) in [(one, other), (other, one)] {
        let messages = |items: &[Whole]| {
            let is_message = |item: &&Whole| matches!(item, Whole::Message { .. });
            items.iter().filter(is_message).cloned().collect::<Vec<_>>()
        };
        assert_eq!(one.sent, messages(&other.received));
    }
}

/// Runs until neither side has anything to do but to read.
fn drain<B: Buffer>(talkers: &mut [Talker<B>; 2]) {
    loop {
        let mut is_quiet = true;
        for _ in 0..2 {
            talkers.swap(0, 1);
            let [one, other] = &mut *talkers;
            while one.advance() {
                is_quiet = false;
            }
            one.perform();
            let len = one.output().len();
            one.write(len);
            is_quiet &= len == 0 && one.on_the_way.is_empty();
            one.deliver(other, usize::MAX);
        }
        if is_quiet {
            return;
        }
    }
}

impl<B: Buffer> Talker<B> {
    fn new(side: Side<B>, is_server: bool) -> Self {
        Self {
            side,
            is_server,
            fragments: None,
            sent: Vec::new(),
            pinged: Vec::new(),
            received: Vec::new(),
            written: Vec::new(),
            on_the_way: VecDeque::new(),
            may_read: false,
            read: Vec::new(),
            outcome: None,
        }
    }

    fn act(
        &mut self,
        action: usize,
        script: &mut Script<'_>,
        other: &mut Self,
        now: &mut Duration,
    ) {
        match action % 16 {
            0 => {
                let message = message(script);
                self.send_message(message.into(), message);
            }
            1 => {
                let message = message(script);
                let size = NonZeroUsize::new(script.below(40)).unwrap_or(NonZeroUsize::MIN);
                if self.fragments.is_none() {
                    self.fragments = Some((message.fragments(size), message, false));
                }
            }
            2 | 3 => self.send_fragment(),
            4 => {
                let payload = sample(script.below(126));
                let ping = OutgoingFrame::ping(&payload).expect("short");
                let pong = OutgoingFrame::pong(&payload).expect("short");
                _ = self.send(if script.next() & 1 == 0 { ping } else { pong });
            }
            5 => {
                let message = message(script);
                let shared: EncodedMessage<Arc<[u8]>> = EncodedMessage::shared(message);
                for talker in [&mut *self, other] {
                    talker.send_message((&shared).into(), message);
                }
            }
            6 => {
                // Not too often, or little else is tried.
                if script.next().is_multiple_of(8) {
                    let code = [1000, 1001, 1011, 3000, 4999][script.below(5)];
                    self.close(CloseCode::new(code).expect("a code that may be sent"));
                }
            }
            7 => {
                *now += Duration::from_secs(script.next() as u64) / 8;
                self.tick(*now);
            }
            8 => self.perform(),
            9 | 10 => {
                let len = script.below(300).min(self.output().len());
                self.write(len);
            }
            11 | 12 => other.deliver(self, script.next()),
            _ => _ = self.advance(),
        }
    }

    fn send(&mut self, frame: OutgoingFrame<'_>) -> Result<(), SendError> {
        match &mut self.side {
            Side::Whole(endpoint) => endpoint.send(frame),
            Side::Halves(_, sender, _) => sender.send(frame),
        }
    }

    fn sent_message(&mut self, message: Message<'_>) {
        let is_text = matches!(message, Message::Text(_));
        self.sent.push(Whole::Message { is_text, payload: message.as_bytes().to_vec(), at: None });
    }

    fn send_message(&mut self, frame: OutgoingFrame<'_>, message: Message<'_>) {
        let is_within = matches!(self.fragments, Some((.., true)));
        match self.send(frame) {
            Ok(()) => {
                assert!(!is_within);
                self.sent_message(message);
            }
            Err(SendError::ExpectedContinuation) => assert!(is_within),
            Err(SendError::NoRoom { .. }) => assert!(!self.output().is_empty(), "it fits alone"),
            Err(error) => assert_eq!(error, SendError::Closed),
        }
    }

    fn send_fragment(&mut self) {
        let Some((mut fragments, message, _)) = self.fragments.take() else { return };
        let before = fragments.clone();
        let Some(fragment) = fragments.next() else { return };
        let has_begun = fragment.opcode().get() == 0;
        match self.send(fragment) {
            Ok(()) if fragment.fin() => self.sent_message(message),
            Ok(()) => self.fragments = Some((fragments, message, true)),
            Err(SendError::NoRoom { .. }) => self.fragments = Some((before, message, has_begun)),
            Err(error) => {
                assert_eq!(error, SendError::Closed);
                self.fragments = Some((before, message, has_begun));
            }
        }
    }

    fn close(&mut self, code: CloseCode) {
        let result = match &mut self.side {
            Side::Whole(endpoint) => endpoint.close(code, "reason"),
            Side::Halves(receiver, sender, _) => {
                let result = sender.close(code, "reason");
                if result.is_ok() {
                    receiver.close_was_sent();
                }
                result
            }
        };
        assert!(matches!(result, Ok(()) | Err(SendError::Closed | SendError::NoRoom { .. })));
    }

    fn tick(&mut self, now: Duration) {
        match &mut self.side {
            Side::Whole(endpoint) => _ = endpoint.tick(now, &Timeouts::DEFAULT),
            Side::Halves(receiver, _, duties) => {
                if receiver.tick(now, &Timeouts::DEFAULT) == Due::Ping {
                    duties.push_back(Duty::PING);
                }
            }
        }
    }

    /// Performs the duties that fit into the output.
    fn perform(&mut self) {
        let Side::Halves(_, sender, duties) = &mut self.side else { return };
        while let Some(duty) = duties.front() {
            if let Err(error) = sender.perform(duty) {
                assert!(matches!(error, SendError::NoRoom { .. }));
                assert!(!sender.output().is_empty(), "it fits alone");
                return;
            }
            duties.pop_front();
        }
    }

    fn output(&self) -> &[u8] {
        match &self.side {
            Side::Whole(endpoint) => endpoint.output(),
            Side::Halves(_, sender, _) => sender.output(),
        }
    }

    fn write(&mut self, len: usize) {
        let bytes = self.output()[..len].to_vec();
        match &mut self.side {
            Side::Whole(endpoint) => endpoint.wrote(len),
            Side::Halves(_, sender, _) => sender.wrote(len),
        }
        self.on_the_way.extend(&bytes);
        self.written.extend(bytes);
    }

    /// Delivers bytes of this one to the other, if that waits for some.
    fn deliver(&mut self, to: &mut Self, max: usize) {
        if !to.may_read || self.on_the_way.is_empty() || max == 0 {
            return;
        }
        let bytes = self.on_the_way.make_contiguous();
        let mut len = 0;
        let read = |space: &mut [u8]| {
            len = bytes.len().min(space.len()).min(max);
            assert!(len > 0, "there is space");
            space[..len].copy_from_slice(&bytes[..len]);
            Ok::<_, ()>(len)
        };
        match &mut to.side {
            Side::Whole(endpoint) => endpoint.read_with(read),
            Side::Halves(receiver, ..) => receiver.read_with(read),
        }
        .expect("it does not fail");
        to.read.extend(self.on_the_way.drain(..len));
        to.may_read = false;
    }

    /// Goes on to the next thing, and returns whether there was any.
    fn advance(&mut self) -> bool {
        let control = |opcode, payload: &[u8]| Whole::Control { opcode, payload: payload.to_vec() };
        self.may_read = false;
        let item = match &mut self.side {
            Side::Whole(endpoint) => match endpoint.advance() {
                Step::Read => {
                    self.may_read = true;
                    return false;
                }
                Step::Write => {
                    assert!(!endpoint.output().is_empty());
                    return false;
                }
                Step::Done(outcome) => {
                    self.outcome = Some(outcome);
                    return false;
                }
                Step::Shutdown => return true,
                step => steps::whole(endpoint, step),
            },
            Side::Halves(receiver, _, duties) => match receiver.advance() {
                Arrival::Read => {
                    self.may_read = true;
                    return false;
                }
                Arrival::Done(outcome) => {
                    self.outcome = Some(outcome);
                    return false;
                }
                Arrival::Message => {
                    let message = receiver.message();
                    let is_text = matches!(message, Message::Text(_));
                    let payload = message.as_bytes().to_vec();
                    Some(Whole::Message { is_text, payload, at: None })
                }
                Arrival::Pong => Some(control(10, receiver.control())),
                Arrival::Duty(duty) => {
                    let pong = format!("{duty:?}").contains("Pong");
                    let payload = receiver.control();
                    duties.push_back(duty);
                    Some(control(if pong { 9 } else { 8 }, payload))
                }
            },
        };
        if let Some(Whole::Control { opcode: 9, payload }) = &item {
            self.pinged.push(payload.clone());
        }
        self.received.extend(item);
        true
    }

    /// The stream ends.
    fn end(&mut self) {
        match &mut self.side {
            Side::Whole(endpoint) => endpoint.filled(0),
            Side::Halves(receiver, ..) => receiver.filled(0),
        }
        while self.advance() {}
        if let Side::Halves(_, sender, _) = &self.side {
            assert!(sender.is_over() && sender.is_closed());
        }
    }

    /// What was read and written is what the oracle finds there.
    fn finish(&mut self) {
        let (items, end) = expected(&self.read, config(self.is_server), ROOM);
        assert_eq!(end, End::Clean { pending: 0 });
        let mut items: Vec<Whole> = items.iter().map(without_place).collect();
        let is_close = |item: &Whole| matches!(item, Whole::Control { opcode: 8, .. });
        let close = items.iter().position(is_close).expect("both close");
        items.truncate(close + 1);
        assert_eq!(self.received, items);
        let Some(Whole::Control { payload, .. }) = items.last() else { panic!("a Close") };
        let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
        let outcome = self.outcome.expect("it is over").expect("it was closed");
        assert_eq!(outcome.map(CloseCode::get), code);

        let (items, end) = expected(&self.written, config(!self.is_server), ROOM);
        assert_eq!(end, End::Clean { pending: 0 });
        assert_eq!(items.iter().filter(|item| is_close(item)).count(), 1, "closed once");
        // Each Ping is answered, in order; the application may send Pongs too.
        let mut pongs = items.iter().filter_map(|item| match item {
            Whole::Control { opcode: 10, payload } => Some(payload),
            _ => None,
        });
        for ping in &self.pinged {
            assert!(pongs.any(|pong| pong == ping), "{ping:?} is answered");
        }
    }
}

fn message(script: &mut Script<'_>) -> Message<'static> {
    static BYTES: [u8; LONGEST] = [0xA5; LONGEST];
    if script.next() & 1 == 1 {
        let end = TEXT.char_indices().nth(script.below(11)).map_or(TEXT.len(), |(at, _)| at);
        Message::Text(&TEXT[..end])
    } else {
        Message::Binary(&BYTES[..script.below(BYTES.len() + 1)])
    }
}
