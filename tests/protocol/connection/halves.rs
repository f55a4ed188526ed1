//! The halves of an endpoint: each works alone, and duties pass from one to the other.

use crate::support::endpoint::split;
use crate::support::sample;
use crate::support::steps::{Keys, endpoint};
use crate::support::stream::{config, frame, frames};
use core::num::NonZeroUsize;
use core::time::Duration;
use wsparse::{
    Arrival, Buffer, CloseCode, Due, Duty, Endpoint, Failure, Limits, Message, NoKeys, Receiver,
    Rule, SendError, Sender, Timeouts,
};

type Halves = (Receiver<[u8; 400]>, Sender<[u8; 200], Keys>);

fn halves(is_server: bool) -> Halves {
    let (mut receiver, sender) = endpoint(config(is_server), [0; 400], [0; 200]).split();
    assert_eq!(receiver.advance(), Arrival::Read);
    (receiver, sender)
}

fn fill<I: Buffer>(receiver: &mut Receiver<I>, bytes: &[u8]) {
    receiver.space()[..bytes.len()].copy_from_slice(bytes);
    receiver.filled(bytes.len());
}

/// Passes one duty on.
fn perform((receiver, sender): &mut Halves) {
    let Arrival::Duty(duty) = receiver.advance() else { panic!("nothing is due") };
    sender.perform(&duty).unwrap();
}

/// The first byte and the payload of each frame that waits, unmasked.
fn written<O: Buffer>(sender: &mut Sender<O, Keys>) -> Vec<(u8, Vec<u8>)> {
    let frames = split(sender.output(), |_| {});
    sender.wrote(sender.output().len());
    frames
}

#[test]
fn they_can_be_sent_to_other_threads() {
    fn assert_send<T: Send + 'static>() {}
    assert_send::<Receiver<[u8; 1]>>();
    assert_send::<Sender<[u8; 1], fn() -> [u8; 4]>>();
    assert_send::<Duty>();
    assert_send::<Arrival>();
    assert!(size_of::<Duty>() <= 128);
    assert!(!format!("{:?}", Duty::PING).is_empty());
}

#[test]
fn a_message_arrives_while_another_is_sent() {
    for is_server in [true, false] {
        let mut halves = halves(is_server);
        let (receiver, sender) = &mut halves;
        let mut fragments = Message::Text("in fragments").fragments(NonZeroUsize::new(5).unwrap());
        sender.send(fragments.next().unwrap()).unwrap();
        let started = sender.output()[..3].to_vec();
        sender.wrote(3);
        fill(receiver, &frames(is_server, &[(0x89, b"ping"), (0x81, b"Hello"), (0x8A, b"pong")]));
        perform(&mut halves);
        let (receiver, sender) = &mut halves;
        assert_eq!(receiver.control(), b"ping");
        assert_eq!(receiver.advance(), Arrival::Message);
        sender.send(fragments.next().unwrap()).unwrap();
        assert_eq!(receiver.message(), Message::Text("Hello"));
        assert_eq!(receiver.advance(), Arrival::Pong);
        assert_eq!(receiver.control(), b"pong");
        sender.send(fragments.next().unwrap()).unwrap();
        assert_eq!(receiver.advance(), Arrival::Read);
        let wire = [&started, sender.output()].concat();
        let parts = [(0x01, &b"in fr"[..]), (0x8A, b"ping"), (0x00, b"agmen"), (0x80, b"ts")];
        let parts: Vec<_> = parts.map(|(first, payload)| (first, payload.to_vec())).into();
        assert_eq!(split(&wire, |key| assert_eq!(key.is_none(), is_server)), parts);
        assert_eq!((sender.sent().messages, sender.sent().frames), (1, 4));
        assert_eq!(sender.sent().bytes, wire.len() as u64);
        assert_eq!((receiver.received().messages, receiver.received().frames), (1, 3));
    }
}

#[test]
fn s5_5_1_each_half_knows_when_the_peer_has_closed() {
    for is_server in [true, false] {
        let mut halves = halves(is_server);
        fill(&mut halves.0, &frame(is_server, 0x88, b"\x0f\xa0bye"));
        let Arrival::Duty(duty) = halves.0.advance() else { panic!("the answer is due") };
        assert_eq!(halves.0.close().reason, "bye");
        // The other half does not know yet.
        let (receiver, sender) = &mut halves;
        sender.send("a last one").unwrap();
        assert!(!sender.is_over());
        sender.perform(&duty).unwrap();
        assert!(sender.is_over() && sender.is_closed());
        assert_eq!(sender.send("late"), Err(SendError::Closed));
        // What is due twice is sent once.
        sender.perform(&duty).unwrap();
        sender.perform(&Duty::PING).unwrap();
        let expected = [(0x81, b"a last one".to_vec()), (0x88, b"\x0f\xa0".to_vec())];
        assert_eq!(written(sender), expected);
        assert_eq!(receiver.advance(), Arrival::Read);
        fill(receiver, b"discarded");
        assert_eq!(receiver.advance(), Arrival::Read);
        receiver.filled(0);
        for _ in 0..2 {
            assert_eq!(receiver.advance(), Arrival::Done(Ok(CloseCode::new(4000))));
        }
    }
}

#[test]
fn s7_1_2_each_half_knows_when_this_side_has_closed() {
    for is_server in [true, false] {
        let mut halves = halves(is_server);
        let (receiver, sender) = &mut halves;
        sender.close(CloseCode::NORMAL, "").unwrap();
        receiver.close_was_sent();
        assert!(sender.is_closed() && !sender.is_over());
        // §5.5.2: a Ping is still answered, and messages arrive.
        fill(receiver, &frames(is_server, &[(0x89, b"p"), (0x82, b"m"), (0x88, b"\x03\xe8")]));
        perform(&mut halves);
        assert_eq!(halves.0.advance(), Arrival::Message);
        perform(&mut halves);
        let (receiver, sender) = &mut halves;
        assert!(sender.is_over());
        let expected = [(0x88, b"\x03\xe8".to_vec()), (0x8A, b"p".to_vec())];
        assert_eq!(written(sender), expected);
        receiver.filled(0);
        assert_eq!(receiver.advance(), Arrival::Done(Ok(Some(CloseCode::NORMAL))));
    }
}

#[test]
fn s7_1_7_each_half_knows_of_a_broken_rule_and_of_the_end() {
    for is_server in [true, false] {
        let mut broken = halves(is_server);
        fill(&mut broken.0, &frame(is_server, 0x83, b""));
        perform(&mut broken);
        let (receiver, sender) = &mut broken;
        assert!(sender.is_over());
        let [(0x88, payload)] = &written(sender)[..] else { panic!("a Close") };
        assert_eq!(payload[..2], 1002_u16.to_be_bytes());
        assert_eq!(receiver.advance(), Arrival::Read);
        receiver.filled(0);
        let Arrival::Done(Err(Failure::Rule(error))) = receiver.advance() else { panic!("over") };
        assert_eq!(error.rule(), Rule::ReservedOpcode);

        let mut cut = halves(is_server);
        cut.1.send("sent").unwrap();
        cut.0.filled(0);
        perform(&mut cut);
        let (receiver, sender) = &mut cut;
        assert!(sender.is_over() && !sender.is_closed());
        assert_eq!(sender.send("late"), Err(SendError::Closed));
        assert_eq!(written(sender), [(0x81, b"sent".to_vec())], "what was accepted is written");
        assert_eq!(receiver.advance(), Arrival::Done(Err(Failure::Cut)));
    }
}

/// A Close that was sent before the halves were divided counts.
#[test]
fn a_split_keeps_what_is_known() {
    let mut whole = endpoint(config(true), [0; 400], [0; 200]);
    whole.close(CloseCode::NORMAL, "").unwrap();
    let (mut receiver, _) = whole.split();
    let timeouts = Timeouts::DEFAULT;
    let until = timeouts.close;
    assert_eq!(receiver.tick(Duration::ZERO, &timeouts), Due::Wait { until });
    assert_eq!(receiver.tick(until, &timeouts), Due::GiveUp);
}

#[test]
fn a_ping_that_is_due() {
    let (mut receiver, mut sender) = halves(true);
    let timeouts = Timeouts::DEFAULT;
    assert_eq!(receiver.tick(Duration::ZERO, &timeouts), Due::Wait { until: timeouts.idle });
    assert_eq!(receiver.tick(timeouts.idle, &timeouts), Due::Ping);
    sender.perform(&Duty::PING).unwrap();
    assert_eq!(written(&mut sender), [(0x89, vec![])]);
    fill(&mut receiver, &frame(true, 0x8A, b""));
    assert_eq!(receiver.advance(), Arrival::Pong);
    let until = 2 * timeouts.idle;
    assert_eq!(receiver.tick(timeouts.idle, &timeouts), Due::Wait { until });
    // After this side's Close, the peer has less time.
    sender.close(CloseCode::NORMAL, "").unwrap();
    receiver.close_was_sent();
    let until = timeouts.idle + timeouts.close;
    assert_eq!(receiver.tick(timeouts.idle, &timeouts), Due::Wait { until });
    sender.perform(&Duty::PING).unwrap();
    assert_eq!(written(&mut sender), [(0x88, b"\x03\xe8".to_vec())], "no Ping after a Close");
}

/// A duty that does not fit into the output can be performed later.
#[test]
fn duties_wait_for_room() {
    let (mut receiver, mut sender) = halves(true);
    let (ping, close) = (sample(125), b"\x03\xe8");
    fill(&mut receiver, &frames(true, &[(0x89, &ping), (0x88, close)]));
    sender.send(Message::Binary(&[7; 196])).unwrap();
    for (first, payload) in [(0x8A, &ping[..]), (0x88, close)] {
        let Arrival::Duty(duty) = receiver.advance() else { panic!("nothing is due") };
        let needed = 2 + payload.len();
        assert_eq!(sender.perform(&duty), Err(SendError::NoRoom { needed }));
        assert!(!sender.is_over());
        written(&mut sender);
        sender.perform(&duty.clone()).unwrap();
        assert_eq!(written(&mut sender), [(first, payload.to_vec())]);
        if first == 0x8A {
            sender.send(Message::Binary(&[7; 196])).unwrap();
        }
    }
    assert!(sender.is_over());
}

#[test]
fn nothing_comes_between_a_header_and_its_payload() {
    let payload = [7; 150];
    for written in 0..=154 {
        let (mut receiver, mut sender) =
            Endpoint::server([0; 400], [0; 200], Limits::DEFAULT).split();
        sender.send_header(Message::Binary(&payload)).unwrap();
        assert_eq!((sender.output(), sender.payload_left()), (&[0x82, 126, 0, 150][..], 150));
        let mut all = [sender.output(), &payload].concat();
        all.truncate(written);
        sender.wrote(written);

        assert_eq!(receiver.advance(), Arrival::Read);
        fill(&mut receiver, &frame(true, 0x89, b"ping"));
        let Arrival::Duty(pong) = receiver.advance() else { panic!("nothing is due") };
        let left = 150.min(154 - written);
        sender.perform(&pong).unwrap();
        assert_eq!(sender.payload_left(), left);
        assert_eq!(sender.waiting(), 4_usize.saturating_sub(written) + 6);
        if left > 0 {
            assert_eq!(sender.output(), &[0x82, 126, 0, 150][written.min(4)..]);
            let refused = SendError::NoRoom { needed: 14 };
            assert_eq!(sender.send_header("text"), Err(refused));
        }
        // The payload is copied, or written to its end.
        if written % 2 == 0 {
            sender.append_payload(&payload).unwrap();
            assert_eq!(sender.payload_left(), 0);
        } else {
            let before = sender.output().len();
            all.extend([sender.output(), &payload[150 - left..]].concat());
            sender.wrote(before + left);
        }
        all.extend(sender.output());
        assert_eq!(all, [&[0x82, 126, 0, 150][..], &payload, b"\x8a\x04ping"].concat());
    }
}

#[test]
fn a_receiver_says_what_it_has_not_decoded() {
    let input = *b"head and frames";
    let endpoint = Endpoint::with_received(input, 9..15, [0; 200], Limits::DEFAULT, NoKeys);
    let (receiver, _) = endpoint.split();
    assert_eq!(receiver.unread(), 9..15);
    assert_eq!(receiver.into_buffer()[9..15], *b"frames");
}

/// Each half in a thread. The peer sends Pings and messages in between, and closes.
#[test]
#[cfg(not(target_family = "wasm"))]
fn two_threads() {
    use std::sync::mpsc;
    use std::thread;

    const COUNT: usize = if cfg!(miri) { 10 } else { 200 };
    let (to_server, from_client) = mpsc::channel::<Vec<u8>>();
    let (to_client, from_server) = mpsc::channel::<Vec<u8>>();
    let (duties, due) = mpsc::channel::<Duty>();
    let (mut receiver, mut sender) = Endpoint::server([0; 400], [0; 200], Limits::DEFAULT).split();

    let receiving = thread::spawn(move || {
        let (mut received, mut rest) = (0, Vec::new());
        loop {
            match receiver.advance() {
                Arrival::Read => {
                    if rest.is_empty() {
                        rest = from_client.recv().unwrap_or_default();
                    }
                    let space = receiver.space();
                    let len = rest.len().min(space.len());
                    space[..len].copy_from_slice(&rest[..len]);
                    rest.drain(..len);
                    receiver.filled(len);
                }
                Arrival::Message => {
                    assert_eq!(receiver.message(), Message::Binary(&sample(received % 126)));
                    received += 1;
                }
                Arrival::Pong => panic!("none was sent"),
                // If the sender is over, it needs no duties.
                Arrival::Duty(duty) => _ = duties.send(duty),
                Arrival::Done(outcome) => return (received, outcome),
            }
        }
    });
    let sending = thread::spawn(move || {
        let text = "é".repeat(COUNT);
        let mut fragments = Message::Text(&text).fragments(NonZeroUsize::new(9).unwrap());
        let mut next = fragments.next();
        while !sender.is_over() || !sender.output().is_empty() {
            if let Some(fragment) = next {
                match sender.send(fragment) {
                    Ok(()) => next = fragments.next(),
                    Err(SendError::NoRoom { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            if sender.output().len() < 100 && !sender.is_over() {
                let is_idle = next.is_none() && sender.output().is_empty();
                let duty = if is_idle { Some(due.recv().unwrap()) } else { due.try_recv().ok() };
                duty.iter().for_each(|duty| sender.perform(duty).unwrap());
            }
            let some = sender.output().len().min(7);
            to_client.send(sender.output()[..some].to_vec()).unwrap();
            sender.wrote(some);
        }
        sender.sent()
    });

    let send = |bytes: Vec<u8>| {
        // In pieces.
        bytes.chunks(50).for_each(|bytes| to_server.send(bytes.to_vec()).unwrap());
    };
    for i in 0..COUNT {
        send(frame(true, 0x82, &sample(i % 126)));
        send(frame(true, 0x89, &i.to_be_bytes()));
    }
    // Wait for the server's message, which must not be cut off.
    let (mut output, mut pongs, mut text, mut is_closed) = (Vec::new(), 0, Vec::new(), false);
    for bytes in from_server {
        output.extend(bytes);
        text.clear();
        pongs = 0;
        let mut is_whole = false;
        let whole = crate::oracle::split(&output, 0, |_| {}).consumed;
        for (first, payload) in split(&output[..whole], |key| assert_eq!(key, None)) {
            match first {
                0x8A => {
                    assert_eq!(payload, usize::to_be_bytes(pongs));
                    pongs += 1;
                }
                0x01 | 0x00 | 0x80 => {
                    text.extend(payload);
                    is_whole |= first == 0x80;
                }
                0x88 => assert_eq!(payload, b"\x03\xe8"),
                _ => panic!("{first:x}"),
            }
        }
        if is_whole && pongs == COUNT && !is_closed {
            is_closed = true;
            send(frame(true, 0x88, b"\x03\xe8"));
        }
    }
    assert_eq!((text, pongs), ("é".repeat(COUNT).into_bytes(), COUNT));
    drop(to_server);
    assert_eq!(receiving.join().unwrap(), (COUNT, Ok(Some(CloseCode::NORMAL))));
    let sent = sending.join().unwrap();
    assert_eq!((sent.messages, sent.bytes), (1, output.len() as u64));
}

/// §7.1.1: the server closes its half of the socket first, as soon as both sides have sent a Close.
#[test]
fn s7_1_1_the_receiver_knows_when_to_shut_down() {
    for is_server in [true, false] {
        for close_sent_first in [true, false] {
            let (mut receiver, _) = halves(is_server);
            if close_sent_first {
                receiver.close_was_sent();
            }
            assert!(!receiver.wants_shutdown());
            fill(&mut receiver, &frame(is_server, 0x88, b"\x03\xe8"));
            while let Arrival::Duty(_) = receiver.advance() {}
            if !close_sent_first {
                assert!(!receiver.wants_shutdown(), "the answer is not sent yet");
                receiver.close_was_sent();
            }
            assert_eq!(receiver.wants_shutdown(), is_server);
        }
        // After a broken rule, there is no reason to wait for the peer.
        let (mut receiver, _) = halves(is_server);
        fill(&mut receiver, b"\x83\x80");
        while let Arrival::Duty(_) = receiver.advance() {}
        assert!(!receiver.wants_shutdown());
        receiver.close_was_sent();
        assert!(receiver.wants_shutdown());
    }
}

#[test]
fn the_length_of_a_frame_is_known_before_it_is_sent() {
    for is_server in [true, false] {
        let (_, mut sender) = halves(is_server);
        let mask_len = if is_server { 0 } else { 4 };
        for (len, header_len) in [(0, 2), (125, 2), (126, 4)] {
            let message = Message::Binary(&[7; 126][..len]);
            assert_eq!(sender.encoded_len(message), header_len + mask_len + len);
            sender.send(message).unwrap();
            assert_eq!(sender.output().len(), header_len + mask_len + len);
            sender.wrote(sender.output().len());
        }
    }
}

#[test]
fn only_the_answer_to_a_ping_can_be_replaced_by_a_newer_one() {
    let duty = |first, payload| {
        let (mut receiver, _) = halves(true);
        fill(&mut receiver, &frame(true, first, payload));
        let Arrival::Duty(duty) = receiver.advance() else { panic!("nothing is due") };
        duty
    };
    assert!(duty(0x89, b"ping").is_pong());
    assert!(!duty(0x88, b"").is_pong());
    assert!(!Duty::PING.is_pong() && !Duty::STOP.is_pong());
}

#[test]
fn failures_have_words_and_a_source() {
    use std::error::Error as _;

    let error = wsparse::HeaderView::parse(b"\x83").unwrap_err();
    let failures = [Failure::Rule(error), Failure::Cut, Failure::TimedOut];
    assert_eq!(
        failures.map(|failure| failure.to_string()),
        [
            error.to_string(),
            "the stream ended before the peer's Close".to_string(),
            "the peer took too long".to_string(),
        ]
    );
    assert_eq!(failures[0].source().unwrap().to_string(), error.to_string());
    assert!(failures[1..].iter().all(|failure| failure.source().is_none()));
}

/// §5.5.2: no answer is owed after the peer's Close, not even for a Ping that arrived before it.
#[test]
fn s5_5_2_an_answer_that_comes_after_the_close_is_not_sent() {
    for is_server in [true, false] {
        let (mut receiver, mut sender) = halves(is_server);
        fill(&mut receiver, &frames(is_server, &[(0x89, b"ping"), (0x88, b"\x03\xe8")]));
        let Arrival::Duty(pong) = receiver.advance() else { panic!("the answer is due") };
        let Arrival::Duty(close) = receiver.advance() else { panic!("the answer is due") };
        sender.perform(&close).unwrap();
        sender.perform(&pong).unwrap();
        assert_eq!(written(&mut sender), [(0x88, b"\x03\xe8".to_vec())]);
    }
}
