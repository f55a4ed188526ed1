//! One endpoint: tables of the bytes that go in, the bytes that come out, and the phase after them
//! (RFC 6455 §5.5, §7).

use super::tick::{TIMEOUTS, seconds};
use crate::oracle::stream::{Config, Whole};
use crate::support::endpoint::{AnyEndpoint, client, server, split};
use crate::support::stream::{config, frame, frames, limits};
use crate::support::{sample, write_frame};
use core::time::Duration;
use wsparse::{
    Close, CloseCode, Due, Limits, Message, OutgoingFrame, Phase, Rule, SendError, Side, Timeouts,
};

/// For a server and for a client: the endpoint, and whether it is the server.
pub(super) fn each_role(check: impl FnMut(&mut dyn AnyEndpoint, bool)) {
    each_role_with(config, check);
}

fn each_role_with(
    config: impl Fn(bool) -> Config,
    mut check: impl FnMut(&mut dyn AnyEndpoint, bool),
) {
    check(&mut server(limits(config(true))), true);
    check(&mut client(limits(config(false))), false);
}

/// With a limit on the rate of control frames, in frames a second.
pub(super) fn each_role_rated(
    max_control_rate: u32,
    mut check: impl FnMut(&mut dyn AnyEndpoint, bool),
) {
    let limits = Limits { max_control_rate, ..Limits::DEFAULT };
    check(&mut server(limits), true);
    check(&mut client(limits), false);
}

fn ping(payload: &[u8]) -> Whole {
    Whole::Control { opcode: 9, payload: payload.to_vec() }
}

fn close(payload: &[u8]) -> Whole {
    Whole::Control { opcode: 8, payload: payload.to_vec() }
}

fn text(text: &str) -> Whole {
    Whole::Message { is_text: true, payload: text.as_bytes().to_vec(), at: None }
}

/// A frame as `AnyEndpoint` returns it.
pub(super) fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    write_frame(first, None, payload)
}

/// How many bytes these frames, unmasked, are on the wire.
fn wire_len(plain: &[u8], is_server: bool) -> usize {
    plain.len() + if is_server { 0 } else { 4 * split(plain, |_| ()).len() }
}

pub(super) fn assert_silent(endpoint: &mut dyn AnyEndpoint) {
    assert!(!endpoint.wants_transmit());
    assert_eq!(endpoint.transmit_into(0), Ok(Vec::new()));
    assert_eq!(endpoint.transmit(), Ok(Vec::new()));
}

pub(super) fn assert_refuses_to_send(endpoint: &mut dyn AnyEndpoint) {
    assert!(!endpoint.may_send());
    let before = (endpoint.phase(), endpoint.written());
    let (ping, pong) =
        (OutgoingFrame::ping(b"late").unwrap(), OutgoingFrame::pong(b"late").unwrap());
    for frame in [OutgoingFrame::text("late"), ping, pong] {
        assert_eq!(endpoint.send(frame), Err(SendError::Closed));
    }
    let code = Some(CloseCode::NORMAL);
    let frame = OutgoingFrame::close(Close { code, reason: "" }).unwrap();
    assert_eq!(endpoint.send(frame), Err(SendError::Closed));
    assert_eq!(endpoint.close(1000, "late"), Err(SendError::Closed));
    assert_eq!((endpoint.phase(), endpoint.written()), before);
}

#[test]
fn s5_5_3_a_ping_is_answered_with_its_payload() {
    for len in 0..=125 {
        let payload = sample(len);
        each_role(|endpoint, to_server| {
            let stream = frame(to_server, 0x89, &payload);
            assert_eq!(endpoint.receive(&stream), (vec![ping(&payload)], None));
            assert!(endpoint.wants_transmit());
            assert_eq!(endpoint.transmit().unwrap(), plain(0x8A, &payload));
            assert_silent(endpoint);
            // In two reads, at each byte.
            for cut in 0..=stream.len() {
                let (first, second) = stream.split_at(cut);
                let mut received = endpoint.receive(first).0;
                assert_eq!(endpoint.wants_transmit(), cut == stream.len());
                received.extend(endpoint.receive(second).0);
                assert_eq!(received, [ping(&payload)]);
                assert_eq!(endpoint.transmit().unwrap(), plain(0x8A, &payload));
                assert_silent(endpoint);
            }
            assert_eq!(endpoint.phase(), Phase::Open);
        });
    }
}

/// "If an endpoint receives a Ping frame and has not yet sent Pong frame(s) in response to
/// previous Ping frame(s), the endpoint MAY elect to send a Pong frame for only the most recently
/// processed Ping frame."
#[test]
fn s5_5_3_of_several_pings_the_newest_is_answered() {
    let longest = sample(125);
    for payloads in [
        &[&b"one"[..], b"two"][..],
        &[&longest, b"short"],
        &[&longest, b""],
        &[b"", &longest],
        &[b"a", b"bb", b"ccc", b"bb"],
        &[&b"same"[..]; 1_000],
    ] {
        each_role(|endpoint, to_server| {
            let pings: Vec<(u8, &[u8])> = payloads.iter().map(|p| (0x89, *p)).collect();
            let (received, error) = endpoint.receive(&frames(to_server, &pings));
            assert_eq!((received.len(), error), (payloads.len(), None));
            let newest = payloads.last().unwrap();
            assert_eq!(endpoint.transmit().unwrap(), plain(0x8A, newest));
            assert_silent(endpoint);
        });
    }
}

#[test]
fn s5_4_pings_between_fragments_and_pongs_that_nobody_asked_for() {
    each_role(|endpoint, to_server| {
        let parts: [(u8, &[u8]); 5] =
            [(0x01, b"a\xc3"), (0x89, b"1"), (0x00, b"\xa9"), (0x8A, b"2"), (0x80, b"z")];
        let pong = Whole::Control { opcode: 10, payload: b"2".to_vec() };
        let (received, error) = endpoint.receive(&frames(to_server, &parts));
        assert_eq!((received, error), (vec![ping(b"1"), pong, text("aéz")], None));
        assert_eq!(endpoint.transmit().unwrap(), plain(0x8A, b"1"));
        assert_silent(endpoint);

        // And between fragments of this side's.
        let mut fragments = Message::Text("ab").fragments(core::num::NonZeroUsize::MIN);
        assert_eq!(endpoint.send(fragments.next().unwrap()).unwrap(), b"\x01\x01a");
        endpoint.receive(&frame(to_server, 0x89, b"3"));
        assert_eq!(endpoint.transmit().unwrap(), plain(0x8A, b"3"));
        assert_eq!(endpoint.send(OutgoingFrame::text("no")), Err(SendError::ExpectedContinuation));
        assert_eq!(endpoint.send(fragments.next().unwrap()).unwrap(), b"\x80\x01b");
    });
}

/// "an endpoint MUST send a Pong frame in response, unless it already received a Close frame": a
/// Close of its own is none.
#[test]
fn s5_5_2_pings_around_closes() {
    each_role(|endpoint, to_server| {
        // The Ping came before, and was not answered before the Close arrived.
        let parts: [(u8, &[u8]); 3] = [(0x89, b"before"), (0x88, b"\x03\xe9"), (0x89, b"after")];
        let (received, error) = endpoint.receive(&frames(to_server, &parts));
        assert_eq!((received, error), (vec![ping(b"before"), close(b"\x03\xe9")], None));
        assert_eq!(endpoint.receive(&frame(to_server, 0x89, b"later")), (vec![], None));
        assert_eq!(endpoint.transmit().unwrap(), b"\x88\x02\x03\xe9");
        assert_eq!(endpoint.receive(&frame(to_server, 0x89, b"last")), (vec![], None));
        assert_silent(endpoint);
    });
    each_role(|endpoint, to_server| {
        // This side's Close changes nothing.
        endpoint.receive(&frame(to_server, 0x89, b"before"));
        assert_eq!(endpoint.close(1000, "bye").unwrap(), b"\x88\x05\x03\xe8bye");
        assert_eq!(endpoint.transmit().unwrap(), b"\x8a\x06before");
        assert_silent(endpoint);
        for payload in [&b"after"[..], b"", &sample(125)] {
            let after = endpoint.receive(&frame(to_server, 0x89, payload));
            assert_eq!(after, (vec![ping(payload)], None));
            assert!(endpoint.wants_transmit());
            let expected = plain(0x8A, payload);
            let needed = wire_len(&expected, to_server);
            let no_room = endpoint.transmit_into(needed - 1);
            assert_eq!(no_room, Err(SendError::NoRoom { needed }));
            assert_eq!(endpoint.transmit_into(needed).unwrap(), expected);
            assert_silent(endpoint);
            assert_refuses_to_send(endpoint);
        }
        assert_eq!(endpoint.phase(), Phase::Closing(Side::Local));
    });
    // Until the peer's Close, or what stands in its place.
    let close: fn(bool) -> Vec<u8> = |to_server| frame(to_server, 0x88, b"");
    for last in [Some(close), Some(|_| vec![0xFF]), None] {
        each_role(|endpoint, to_server| {
            endpoint.close(1000, "").unwrap();
            endpoint.receive(&frame(to_server, 0x89, b"unanswered"));
            match last {
                Some(last) => _ = endpoint.receive(&last(to_server)),
                None => endpoint.end(),
            }
            assert_silent(endpoint);
            endpoint.receive(&frame(to_server, 0x89, b"later"));
            assert_silent(endpoint);
        });
    }
}

/// Whatever was asked before: nothing is stored.
#[test]
fn a_pong_in_every_phase() {
    type Step = fn(&mut dyn AnyEndpoint, bool);
    let open: Step = |_, _| {};
    let local: Step = |endpoint, _| _ = endpoint.close(1000, "").unwrap();
    let remote: Step = |endpoint, to_server| _ = endpoint.receive(&frame(to_server, 0x88, b""));
    let answer: Step = |endpoint, _| assert_eq!(endpoint.transmit().unwrap(), b"\x88\x00");
    let wrong: Step = |endpoint, _| assert!(endpoint.receive(&[0xFF]).1.is_some());
    let report: Step = |endpoint, _| assert!(!endpoint.transmit().unwrap().is_empty());
    let end: Step = |endpoint, _| endpoint.end();
    let flood: Step = |endpoint, to_server| {
        endpoint.tick(Duration::ZERO, &TIMEOUTS);
        endpoint.receive(&frame(to_server, 0x8A, b"").repeat(1_001));
        endpoint.tick(Duration::ZERO, &TIMEOUTS);
    };
    let table: [(&[Step], bool); 14] = [
        (&[open], true),
        (&[local], true),
        (&[remote], false),
        (&[remote, answer], false),
        (&[local, remote], false),
        (&[wrong], false),
        (&[wrong, report], false),
        (&[local, wrong], false),
        (&[flood], false),
        (&[flood, report], false),
        (&[end], false),
        (&[local, end], false),
        (&[remote, end], false),
        (&[wrong, end], false),
    ];
    for (row, (steps, is_answered)) in table.into_iter().enumerate() {
        for payload in [sample(0), sample(1), sample(125)] {
            each_role_rated(1_000, |endpoint, is_server| {
                for step in steps {
                    step(endpoint, is_server);
                }
                let before = (endpoint.phase(), endpoint.wants_transmit());
                let pong = if is_answered { plain(0x8A, &payload) } else { vec![] };
                let needed = if is_answered { wire_len(&pong, is_server) } else { 0 };
                for room in (0..needed).step_by(43) {
                    let result = endpoint.pong_into(&payload, room);
                    assert_eq!(result, Err(SendError::NoRoom { needed }), "row {row}");
                }
                assert_eq!(endpoint.pong_into(&payload, needed), Ok(pong), "row {row}");
                assert_eq!((endpoint.phase(), endpoint.wants_transmit()), before);
            });
        }
    }
    // No Ping is that long.
    each_role_rated(1_000, |endpoint, _| {
        assert_eq!(endpoint.pong_into(&[0; 126], 200), Err(SendError::ControlTooLong));
    });
}

/// Each Ping at once: all are answered, in order, also between the fragments of a message.
#[test]
fn each_ping_may_be_answered() {
    each_role(|endpoint, _| {
        let mut fragments = Message::Text("ab").fragments(core::num::NonZeroUsize::MIN);
        endpoint.send(fragments.next().unwrap()).unwrap();
        for payload in [&b"one"[..], b"two", b"two", b""] {
            assert_eq!(endpoint.pong_into(payload, 131).unwrap(), plain(0x8A, payload));
        }
        assert_eq!(endpoint.send(fragments.next().unwrap()).unwrap(), b"\x80\x01b");
    });
}

/// A Close through `send` is a Close of this side's.
#[test]
fn a_ping_is_answered_after_a_close_through_send() {
    each_role(|endpoint, to_server| {
        endpoint.receive(&frame(to_server, 0x89, b"before"));
        let nothing = OutgoingFrame::close(Close { code: None, reason: "" }).unwrap();
        assert_eq!(endpoint.send(nothing).unwrap(), b"\x88\x00");
        assert_eq!(endpoint.transmit().unwrap(), plain(0x8A, b"before"));
        assert_silent(endpoint);
    });
}

/// A Ping that was due serves no purpose after this side's Close.
#[test]
fn no_ping_behind_a_close() {
    each_role(|endpoint, _| {
        waiting(endpoint, true, "t");
        endpoint.close(1000, "").unwrap();
        assert_silent(endpoint);
    });
}

/// The peer's payload; the code that was received.
fn closes() -> Vec<(Vec<u8>, u16)> {
    let codes = [1000, 1001, 1002, 1003, 1007, 1010, 1011, 1014, 3000, 3999, 4000, 4999_u16];
    let mut closes: Vec<_> = codes.map(|code| (code.to_be_bytes().to_vec(), code)).into();
    closes.push((Vec::new(), 1005));
    for len in [1, 60, 61] {
        let reason = "é".repeat(len) + "!";
        closes.push(([&4000_u16.to_be_bytes(), reason.as_bytes()].concat(), 4000));
    }
    closes
}

#[test]
fn s5_5_1_a_close_is_answered_with_its_code() {
    for (payload, code) in closes() {
        each_role(|endpoint, to_server| {
            let stream = frame(to_server, 0x88, &payload);
            for byte in &stream[..stream.len() - 1] {
                assert_eq!(endpoint.receive(&[*byte]), (vec![], None));
                assert_eq!((endpoint.phase(), endpoint.close_code()), (Phase::Open, None));
            }
            let (_, last) = stream.split_at(stream.len() - 1);
            assert_eq!(endpoint.receive(last), (vec![close(&payload)], None));
            assert_eq!(endpoint.phase(), Phase::Closing(Side::Remote));
            assert_eq!(endpoint.close_code(), Some(code));
            assert!(!endpoint.should_close() && endpoint.wants_transmit());
            assert_refuses_to_send(endpoint);
            // What follows is thrown away, be it right or wrong.
            let legal = frames(to_server, &[(0x81, b"late"), (0x88, b"\x03\xe8")]);
            for further in [&legal[..], &[0xFF; 20], &[]] {
                assert_eq!(endpoint.receive(further), (vec![], None));
            }
            let answer = &payload[..payload.len().min(2)];
            assert_eq!(endpoint.transmit().unwrap(), plain(0x88, answer));
            assert_silent(endpoint);
            assert_refuses_to_send(endpoint);
            assert_eq!(endpoint.receive(&legal), (vec![], None));
            assert_silent(endpoint);
            assert_eq!(endpoint.phase(), Phase::Closed(Side::Remote));
            assert_eq!(endpoint.close_code(), Some(code));
            // §7.1.1: the server is the first.
            assert_eq!(endpoint.should_close(), to_server);
            endpoint.end();
            assert!(endpoint.should_close());
            assert_eq!(endpoint.phase(), Phase::Closed(Side::Remote));
            assert_eq!(endpoint.close_code(), Some(code));
        });
    }
}

#[test]
fn s7_1_2_this_side_says_close_first() {
    for (payload, code) in closes() {
        each_role(|endpoint, to_server| {
            let sent = endpoint.close(4321, "my reason").unwrap();
            assert_eq!(sent, b"\x88\x0b\x10\xe1my reason");
            assert_eq!(endpoint.phase(), Phase::Closing(Side::Local));
            assert_eq!((endpoint.close_code(), endpoint.should_close()), (None, false));
            assert_silent(endpoint);
            assert_refuses_to_send(endpoint);
            // What the peer had sent before it knew.
            let parts: [(u8, &[u8]); 3] = [(0x81, b"late"), (0x01, b"la"), (0x80, b"ter")];
            let (received, error) = endpoint.receive(&frames(to_server, &parts));
            assert_eq!((received, error), (vec![text("late"), text("later")], None));
            assert_eq!(endpoint.phase(), Phase::Closing(Side::Local));
            let stream = frames(to_server, &[(0x88, &payload), (0x81, b"too late")]);
            assert_eq!(endpoint.receive(&stream), (vec![close(&payload)], None));
            // Both have said it: there is nothing to answer.
            assert_silent(endpoint);
            assert_refuses_to_send(endpoint);
            assert_eq!(endpoint.phase(), Phase::Closed(Side::Local));
            assert_eq!((endpoint.close_code(), endpoint.should_close()), (Some(code), to_server));
            assert_eq!(endpoint.receive(&stream), (vec![], None));
            endpoint.end();
            assert_eq!((endpoint.close_code(), endpoint.should_close()), (Some(code), true));
        });
    }
}

/// The application answers before the connection does: in effect both have said Close at once.
#[test]
fn closes_at_the_same_time() {
    let (mut server, mut client) = (server(limits(config(true))), client(limits(config(false))));
    server.close(1001, "server").unwrap();
    client.close(1000, "client").unwrap();
    let (from_server, from_client) = (server.take_wire(), client.take_wire());
    assert_eq!(server.receive(&from_client), (vec![close(b"\x03\xe8client")], None));
    assert_eq!(client.receive(&from_server), (vec![close(b"\x03\xe9server")], None));
    for endpoint in [&mut server as &mut dyn AnyEndpoint, &mut client] {
        assert_silent(endpoint);
        assert_eq!(endpoint.phase(), Phase::Closed(Side::Local));
    }
    assert_eq!((server.close_code(), client.close_code()), (Some(1000), Some(1001)));
    assert!(server.should_close() && !client.should_close());
}

#[test]
fn a_close_through_send_is_a_close() {
    each_role(|endpoint, to_server| {
        let nothing = OutgoingFrame::close(Close { code: None, reason: "" }).unwrap();
        assert_eq!(endpoint.send(nothing).unwrap(), b"\x88\x00");
        assert_eq!(endpoint.phase(), Phase::Closing(Side::Local));
        assert_refuses_to_send(endpoint);
        endpoint.receive(&frame(to_server, 0x88, b""));
        assert_eq!(endpoint.phase(), Phase::Closed(Side::Local));
        assert_silent(endpoint);
    });
}

/// A Close may stand within a message, which then never ends.
#[test]
fn a_close_within_a_message() {
    each_role(|endpoint, to_server| {
        let mut fragments = Message::Text("ab").fragments(core::num::NonZeroUsize::MIN);
        endpoint.send(fragments.next().unwrap()).unwrap();
        assert_eq!(endpoint.close(1001, "").unwrap(), b"\x88\x02\x03\xe9");
        assert_eq!(endpoint.send(fragments.next().unwrap()), Err(SendError::Closed));
        let stream = frames(to_server, &[(0x01, b"a"), (0x88, b""), (0x80, b"b")]);
        assert_eq!(endpoint.receive(&stream), (vec![close(b"")], None));
        assert_eq!(endpoint.phase(), Phase::Closed(Side::Local));
    });
}

#[test]
fn s5_5_1_reasons_of_each_length() {
    for len in 0..=125 {
        let reason = "r".repeat(len);
        each_role(|endpoint, _| {
            let result = endpoint.close(3000, &reason);
            if len > 123 {
                assert_eq!(result, Err(SendError::ControlTooLong));
                assert_eq!((endpoint.phase(), endpoint.written()), (Phase::Open, 0));
                return;
            }
            let expected = plain(0x88, &[b"\x0b\xb8", reason.as_bytes()].concat());
            assert_eq!(result.unwrap(), expected);
        });
    }
}

/// What breaks each rule, for the limits of `limited`.
fn broken(rule: Rule, to_server: bool) -> Vec<u8> {
    let mask = if to_server { 0x80 } else { 0 };
    let frames = |parts: &[(u8, &[u8])]| frames(to_server, parts);
    match rule {
        Rule::ReservedBit => vec![0xC1],
        Rule::ReservedOpcode => vec![0x83],
        Rule::FragmentedControl => vec![0x09],
        Rule::ControlTooLong => vec![0x88, mask | 126],
        Rule::NonMinimalLength => vec![0x82, mask | 126, 0, 125],
        Rule::LengthTopBit => vec![0x82, mask | 127, 0x80],
        Rule::UnmaskedByClient | Rule::MaskedByServer => vec![0x81, mask ^ 0x80],
        Rule::UnexpectedContinuation => vec![0x80],
        Rule::ExpectedContinuation => [frames(&[(0x01, b"a")]), vec![0x81]].concat(),
        Rule::HalfCloseCode => frames(&[(0x88, b"\x03")]),
        Rule::ReservedCloseCode => frames(&[(0x88, b"\x03\xed")]),
        Rule::InvalidUtf8 => frames(&[(0x81, b"\xff")]),
        Rule::FrameTooBig => vec![0x82, mask | 101],
        Rule::MessageTooBig => [frames(&[(0x02, &[0; 100])]), vec![0x80, mask | 51]].concat(),
        Rule::TooManyFragments => frames(&[(0x02, b""), (0x00, b""), (0x00, b""), (0x80, b"")]),
        other => panic!("a new rule: {other:?}"),
    }
}

fn limited(to_server: bool) -> Config {
    Config { max_frame: 100, max_message: 150, max_fragments: 3, ..config(to_server) }
}

/// The code and the reason are the rule's; the numbers here are those of the RFC.
#[test]
fn s7_1_7_each_rule_has_its_close_and_is_the_end() {
    let rules = [
        (Rule::ReservedBit, 1002_u16),
        (Rule::ReservedOpcode, 1002),
        (Rule::FragmentedControl, 1002),
        (Rule::ControlTooLong, 1002),
        (Rule::NonMinimalLength, 1002),
        (Rule::LengthTopBit, 1002),
        (Rule::UnmaskedByClient, 1002),
        (Rule::MaskedByServer, 1002),
        (Rule::UnexpectedContinuation, 1002),
        (Rule::ExpectedContinuation, 1002),
        (Rule::HalfCloseCode, 1002),
        (Rule::ReservedCloseCode, 1002),
        (Rule::InvalidUtf8, 1007),
        (Rule::FrameTooBig, 1009),
        (Rule::MessageTooBig, 1009),
        (Rule::TooManyFragments, 1009),
    ];
    for ((rule, code), said) in rules.into_iter().flat_map(|rule| [(rule, false), (rule, true)]) {
        each_role_with(limited, |endpoint, to_server| {
            match (rule, to_server) {
                (Rule::UnmaskedByClient, false) | (Rule::MaskedByServer, true) => return,
                _ => {}
            }
            // Also where this side has said Close: then there is nothing more to say.
            if said {
                endpoint.close(1000, "").unwrap();
            }
            let before = frames(to_server, &[(0x81, b"good"), (0x89, b"p")]);
            let after = frames(to_server, &[(0x81, b"never"), (0x88, b"\x03\xe8")]);
            let stream = [before, broken(rule, to_server), after].concat();
            let (received, error) = endpoint.receive(&stream);
            let error = error.unwrap();
            assert_eq!((received, error.rule()), (vec![text("good"), ping(b"p")], rule));
            assert_eq!(endpoint.phase(), Phase::Failed(error));
            assert_eq!((endpoint.wants_transmit(), endpoint.should_close()), (!said, said));
            assert_refuses_to_send(endpoint);
            for further in [&stream[..], &[], &[0xFF; 20], &frame(to_server, 0x88, b"")] {
                assert_eq!(endpoint.receive(further), (vec![], Some(error)));
            }
            if !said {
                let payload = [&code.to_be_bytes(), rule.reason().as_bytes()].concat();
                assert_eq!(endpoint.transmit().unwrap(), plain(0x88, &payload));
            }
            assert_silent(endpoint);
            assert_refuses_to_send(endpoint);
            assert_eq!(endpoint.receive(&stream), (vec![], Some(error)));
            assert_silent(endpoint);
            assert_eq!((endpoint.phase(), endpoint.should_close()), (Phase::Failed(error), true));
            // §7.1.5: no Close of the peer's was read.
            assert_eq!(endpoint.close_code(), Some(1006));
            endpoint.end();
            assert_eq!(endpoint.close_code(), Some(1006));
        });
    }
}

/// What waits, for a transmission; with the frames that are expected.
fn waiting(endpoint: &mut dyn AnyEndpoint, to_server: bool, what: &str) -> Vec<Vec<u8>> {
    let mut expected = Vec::new();
    for byte in what.bytes() {
        match byte {
            b'0' => {
                endpoint.receive(&frame(to_server, 0x89, b""));
                expected.push(plain(0x8A, b""));
            }
            b'p' => {
                endpoint.receive(&frame(to_server, 0x89, &sample(125)));
                expected.push(plain(0x8A, &sample(125)));
            }
            b't' => {
                let now = Timeouts { idle: Duration::ZERO, ..Timeouts::default() };
                assert_eq!(endpoint.tick(Duration::ZERO, &now), Due::Ping);
                expected.push(plain(0x89, b""));
            }
            b'c' => {
                endpoint.receive(&frame(to_server, 0x88, b"\x0f\xa0, and a reason"));
                expected.push(plain(0x88, b"\x0f\xa0"));
            }
            _ => {
                let (_, error) = endpoint.receive(&[0xFF]);
                let reason = error.unwrap().rule().reason();
                expected.push(plain(0x88, &[b"\x03\xea", reason.as_bytes()].concat()));
            }
        }
    }
    // After a Close or an error, there is nothing to ask or to answer.
    if what.contains(['c', 'e']) {
        expected.retain(|frame| frame[0] == 0x88);
    }
    expected
}

/// Everything that fits is written, once and in order.
#[test]
fn outputs_of_each_length() {
    for what in ["", "0", "p", "t", "c", "e", "pt", "pc", "pe", "0tc", "0te", "pte"] {
        for room in 0..=140 {
            each_role(|endpoint, is_server| {
                let expected = waiting(endpoint, is_server, what);
                let mut left = expected.as_slice();
                while let [first, ..] = left {
                    assert!(endpoint.wants_transmit());
                    let needed = wire_len(first, is_server);
                    if needed > room {
                        for room in [room, needed - 1, 0] {
                            let result = endpoint.transmit_into(room);
                            assert_eq!(result, Err(SendError::NoRoom { needed }));
                        }
                        // Nothing is lost.
                        assert_eq!(endpoint.transmit_into(needed).as_ref(), Ok(first));
                        left = &left[1..];
                        continue;
                    }
                    let mut len = 0;
                    let fits = |frame: &&Vec<u8>| {
                        len += wire_len(frame, is_server);
                        len <= room
                    };
                    let count = left.iter().take_while(fits).count();
                    let (now, later) = left.split_at(count);
                    assert_eq!(endpoint.transmit_into(room).unwrap(), now.concat());
                    left = later;
                }
                assert_silent(endpoint);
                let over = what.contains('e') || is_server && what.contains('c');
                assert_eq!(endpoint.should_close(), over);
            });
        }
    }
}

/// "131 bytes are enough".
#[test]
fn no_frame_that_waits_has_more_than_131_bytes() {
    for what in ["p", "c", "e", "t"] {
        each_role(|endpoint, is_server| {
            waiting(endpoint, is_server, what);
            assert!(endpoint.transmit_into(131).is_ok());
            assert_silent(endpoint);
        });
    }
}

/// `send` and `close`: all of it or nothing, and then all is as it was.
#[test]
fn sending_needs_room() {
    each_role(|endpoint, is_server| {
        let key = if is_server { 0 } else { 4 };
        for len in [0, 1, 125, 126, 0xFFFF, 0x1_0000] {
            let payload = sample(len);
            let expected = plain(0x82, &payload);
            let needed = expected.len() + key;
            for room in [0, 1, needed - 1] {
                let result = endpoint.send_into(OutgoingFrame::binary(&payload), room);
                assert_eq!(result, Err(SendError::NoRoom { needed }));
            }
            let sent = endpoint.send_into(OutgoingFrame::binary(&payload), needed);
            assert_eq!(sent.unwrap(), expected);
        }
    });
    each_role(|endpoint, is_server| {
        let needed = 2 + 2 + 3 + if is_server { 0 } else { 4 };
        for room in 0..needed {
            let result = endpoint.close_into(1000, "bye", room);
            assert_eq!(result, Err(SendError::NoRoom { needed }));
            assert_eq!(endpoint.phase(), Phase::Open);
        }
        assert_eq!(endpoint.close_into(1000, "bye", needed).unwrap(), b"\x88\x05\x03\xe8bye");
        assert_silent(endpoint);
    });
}

#[test]
fn a_stream_that_ends_without_a_close() {
    each_role(|endpoint, to_server| {
        endpoint.receive(&frame(to_server, 0x01, b"unfinish"));
        assert!(!endpoint.should_close());
        endpoint.end();
        assert!(endpoint.should_close());
        assert_eq!((endpoint.phase(), endpoint.close_code()), (Phase::Cut, Some(1006)));
        assert_refuses_to_send(endpoint);
        // Nor is anything of a stream that has ended.
        for bytes in [frame(to_server, 0x80, b"ed"), frame(to_server, 0x89, b""), vec![0xFF]] {
            assert_eq!(endpoint.receive(&bytes), (vec![], None));
            assert_silent(endpoint);
        }
    });
    each_role(|endpoint, _| {
        endpoint.close(1000, "").unwrap();
        endpoint.end();
        assert!(endpoint.should_close());
        assert_eq!((endpoint.phase(), endpoint.close_code()), (Phase::Cut, Some(1006)));
    });
    // The peer has closed: the stream is not cut, but it is too late for the answer.
    each_role(|endpoint, to_server| {
        endpoint.receive(&frame(to_server, 0x88, b"\x03\xe9"));
        endpoint.end();
        assert!(endpoint.should_close());
        let phase = Phase::Closing(Side::Remote);
        assert_eq!((endpoint.phase(), endpoint.close_code()), (phase, Some(1001)));
        assert_silent(endpoint);
    });
    each_role(|endpoint, _| {
        let error = endpoint.receive(&[0xFF]).1.unwrap();
        endpoint.end();
        assert_eq!(endpoint.phase(), Phase::Failed(error));
        assert_eq!(endpoint.receive(&[0]), (vec![], Some(error)));
    });
}

/// Whatever waited then, and however late it is.
#[test]
fn nothing_is_sent_behind_the_end() {
    for what in ["", "p", "t", "c", "e", "pt", "pc", "pte"] {
        each_role(|endpoint, to_server| {
            waiting(endpoint, to_server, what);
            endpoint.end();
            assert_silent(endpoint);
            assert_refuses_to_send(endpoint);
            for now in [0, 29, 30, 60, 1_000] {
                assert_ne!(endpoint.tick(seconds(now), &TIMEOUTS), Due::Ping, "{what}");
                assert_silent(endpoint);
            }
            assert_eq!(endpoint.tick(seconds(2_000), &TIMEOUTS), Due::GiveUp);
            assert!(endpoint.should_close());
        });
    }
}

/// Whatever the role in the config is.
#[test]
fn the_constructor_is_the_role() {
    each_role_with(
        |is_server| config(!is_server),
        |endpoint, to_server| {
            let received = endpoint.receive(&frame(to_server, 0x81, b"ok"));
            assert_eq!(received, (vec![text("ok")], None));
        },
    );
}
