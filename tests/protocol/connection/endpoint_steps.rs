//! The steps that an `Endpoint` asks for, and what it writes, as tables.

use crate::support::endpoint::{Frames, split};
use crate::support::steps::{Keys, endpoint};
use crate::support::stream::{config, frames};
use core::fmt::Write as _;
use core::time::Duration;
use wsparse::{
    Buffer, CloseCode, Due, Endpoint, Failure, Limits, Message, OutgoingFrame, Phase, Rule,
    SendError, Side, Step, Timeouts,
};

/// What the program or its peer does.
enum Do<'a> {
    /// These frames arrive in one read.
    Read(&'a [(u8, &'a [u8])]),
    /// The first bytes of these frames arrive.
    ReadFirst(usize, &'a [(u8, &'a [u8])]),
    Eof,
    Send(&'a str),
    Close(u16, &'a str),
    /// Calls `advance` until nothing is left to do but to read.
    Advance,
}
use Do::{Advance, Close, Eof, Read, ReadFirst, Send};

/// Performs the actions, and returns the steps as text. Messages are sent back.
fn steps<I: Buffer, O: Buffer>(
    endpoint: &mut Endpoint<I, O, Keys>,
    is_server: bool,
    actions: &[Do<'_>],
) -> String {
    let mut log = String::new();
    for action in actions {
        match *action {
            Read(parts) => fill(endpoint, &frames(is_server, parts)),
            ReadFirst(len, parts) => fill(endpoint, &frames(is_server, parts)[..len]),
            Eof => endpoint.filled(0),
            Send(text) => endpoint.send(text).unwrap(),
            Close(code, reason) => endpoint.close(CloseCode::new(code).unwrap(), reason).unwrap(),
            Advance => advance(endpoint, is_server, &mut log),
        }
    }
    log
}

fn fill<I: Buffer, O: Buffer>(endpoint: &mut Endpoint<I, O, Keys>, bytes: &[u8]) {
    let space = endpoint.space();
    space[..bytes.len()].copy_from_slice(bytes);
    endpoint.filled(bytes.len());
}

fn advance<I: Buffer, O: Buffer>(
    endpoint: &mut Endpoint<I, O, Keys>,
    is_server: bool,
    log: &mut String,
) {
    loop {
        let step = endpoint.advance();
        if !log.is_empty() {
            log.push_str(", ");
        }
        let control =
            |endpoint: &Endpoint<I, O, Keys>| endpoint.control().escape_ascii().to_string();
        _ = match step {
            Step::Read => {
                log.push_str("read");
                return;
            }
            Step::Done(Ok(code)) => {
                _ = write!(log, "done {:?}", code.map(CloseCode::get));
                return;
            }
            Step::Done(Err(Failure::Rule(error))) => {
                _ = write!(log, "broken {:?}", error.rule());
                return;
            }
            Step::Done(Err(failure)) => {
                _ = write!(log, "{failure:?}");
                return;
            }
            Step::Write => {
                let written = split(endpoint.output(), |key| assert_eq!(key.is_none(), is_server));
                endpoint.wrote(endpoint.output().len());
                write!(log, "write{}", text_of(&written))
            }
            Step::Message => {
                let text = endpoint.message().as_bytes().escape_ascii().to_string();
                match endpoint.reply(|message, sender| sender.send(message)) {
                    Ok(()) => write!(log, "message {text}"),
                    Err(error) => write!(log, "message {text} {error:?}"),
                }
            }
            Step::Ping => write!(log, "ping {}", control(endpoint)),
            Step::Pong => write!(log, "pong {}", control(endpoint)),
            Step::Close => {
                let close = endpoint.close_frame();
                write!(log, "close {:?} {}", close.code.map(CloseCode::get), close.reason)
            }
            Step::Shutdown => write!(log, "shutdown"),
        };
    }
}

/// The first byte of each frame, and its payload; of a Close the code alone.
fn text_of(frames: &Frames) -> String {
    let mut text = String::new();
    for (first, payload) in frames {
        _ = match (first, payload.split_first_chunk()) {
            (0x88, Some((code, _))) => write!(text, " 88:{}", u16::from_be_bytes(*code)),
            _ => write!(text, " {first:x}:{}", payload.escape_ascii()),
        };
    }
    text
}

/// Compares with both roles, and with both kinds of buffers. A client does not shut down after a clean
/// close.
fn assert_steps(actions: &[Do<'_>], expected: &str) {
    assert_steps_of_each(actions, expected, expected);
}

/// The same. A `Vec` need not be written before the next message.
fn assert_steps_of_each(actions: &[Do<'_>], array: &str, vec: &str) {
    for is_server in [true, false] {
        let expected = |expected: &str| match is_server {
            true => expected.replace("server:", ""),
            false => expected.replace("server:shutdown, ", ""),
        };
        let mut fixed = endpoint(config(is_server), [0xEE; 400], [0xEE; 200]);
        assert_eq!(fixed.advance(), Step::Read, "makes room");
        assert_eq!(steps(&mut fixed, is_server, actions), expected(array), "server: {is_server}");
        #[cfg(feature = "alloc")]
        {
            let mut growing = endpoint(config(is_server), Vec::new(), Vec::new());
            assert_eq!(growing.advance(), Step::Read, "makes room");
            let found = steps(&mut growing, is_server, actions);
            assert_eq!(found, expected(vec), "Vec, server: {is_server}");
        }
        #[cfg(not(feature = "alloc"))]
        let _ = vec;
    }
}

#[test]
fn echo() {
    let hello = Read(&[(0x81, b"Hello")]);
    assert_steps(&[hello, Advance], "message Hello, write 81:Hello, read");
    let [first, second] = [&[(0x01, &b"He"[..])], &[(0x80, &b"llo"[..])]];
    let parts = [Read(first), Advance, Read(second), Advance];
    assert_steps(&parts, "read, message Hello, write 81:Hello, read");
    let two = Read(&[(0x82, b"a"), (0x82, b"\xff")]);
    assert_steps_of_each(
        &[two, Advance],
        r"message a, write 82:a, message \xff, write 82:\xff, read",
        r"message a, message \xff, write 82:a 82:\xff, read",
    );
    assert_steps(&[Send("a"), Send("b"), Advance], "write 81:a 81:b, read");
}

#[test]
fn s5_5_2_pings_are_answered() {
    let ping = Read(&[(0x89, b"p")]);
    assert_steps(&[ping, Advance], "ping p, write 8a:p, read");
    assert_steps(&[Read(&[(0x8A, b"q")]), Advance], "pong q, read");
    let within = Read(&[(0x01, b"He"), (0x89, b"p"), (0x80, b"llo")]);
    assert_steps_of_each(
        &[within, Advance],
        "ping p, write 8a:p, message Hello, write 81:Hello, read",
        "ping p, message Hello, write 8a:p 81:Hello, read",
    );
    // §5.5.2: each one until the peer's Close.
    let ping = Read(&[(0x89, b"p")]);
    let close = Close(1000, "");
    assert_steps(&[close, Advance, ping, Advance], "write 88:1000, read, ping p, write 8a:p, read");
}

#[test]
fn s5_5_1_the_peer_closes() {
    let close = [(0x88, &b"\x03\xe8bye"[..])];
    let expected = "close Some(1000) bye, write 88:1000, server:shutdown, read, done Some(1000)";
    assert_steps(&[Read(&close), Advance, Eof, Advance], expected);
    // The end arrives at once.
    assert_steps(
        &[Read(&close), Eof, Advance],
        "close Some(1000) bye, write 88:1000, done Some(1000)",
    );
    assert_steps(
        &[Read(&[(0x88, b"")]), Advance, Eof, Advance],
        "close None , write 88:, server:shutdown, read, done None",
    );
    // What follows a Close is discarded, in the same read and in others.
    let more = [close[0], (0x81, b"late"), (0x83, b"")];
    assert_steps(
        &[Read(&more), Advance, Read(&more), Advance, Eof, Advance],
        "close Some(1000) bye, write 88:1000, server:shutdown, read, read, done Some(1000)",
    );
    // Inside a message.
    assert_steps(
        &[Read(&[(0x01, b"a"), close[0]]), Eof, Advance],
        "close Some(1000) bye, write 88:1000, done Some(1000)",
    );
}

#[test]
fn s7_1_2_this_side_closes() {
    let late = Read(&[(0x81, b"late")]);
    let answer = Read(&[(0x88, b"\x03\xe8")]);
    assert_steps(
        &[Close(1000, "bye"), Advance, late, Advance, answer, Advance, Eof, Advance],
        "write 88:1000, read, message late Closed, read, \
         close Some(1000) , server:shutdown, read, done Some(1000)",
    );
    // Both at once: nothing is answered twice.
    let close = Read(&[(0x88, b"\x0f\xa0")]);
    assert_steps_of_each(
        &[Close(1001, ""), close, Advance, Eof, Advance],
        "write 88:1001, close Some(4000) , server:shutdown, read, done Some(4000)",
        "close Some(4000) , write 88:1001, server:shutdown, read, done Some(4000)",
    );
    assert_steps(&[Close(1000, ""), Advance, Eof, Advance], "write 88:1000, read, Cut");
}

#[test]
fn s7_1_7_the_peer_breaks_a_rule() {
    let broken = [(0x81, &b"ok"[..]), (0x83, b""), (0x81, b"never seen")];
    assert_steps_of_each(
        &[Read(&broken), Advance, Read(&broken), Advance, Eof, Advance],
        "message ok, write 81:ok, write 88:1002, shutdown, read, read, broken ReservedOpcode",
        "message ok, write 81:ok 88:1002, shutdown, read, read, broken ReservedOpcode",
    );
    assert_steps(&[Read(&broken[1..]), Eof, Advance], "write 88:1002, broken ReservedOpcode");
    // After a Close of this side, no second one is sent.
    assert_steps(
        &[Close(1000, ""), Advance, Read(&broken[1..]), Advance, Eof, Advance],
        "write 88:1000, read, shutdown, read, broken ReservedOpcode",
    );
    assert_steps(&[Read(&[(0x88, b"\x03")]), Advance], "write 88:1002, shutdown, read");
    let invalid = Read(&[(0x81, b"\xff")]);
    assert_steps(&[invalid, Advance], "write 88:1007, shutdown, read");
}

/// §7.1.5. What arrived before the end is received, and what was sent is written.
#[test]
fn s7_1_5_the_stream_is_cut() {
    assert_steps(&[Eof, Advance, Advance], "Cut, Cut");
    let two = [(0x81, &b"a"[..]), (0x81, b"b")];
    assert_steps_of_each(
        &[Read(&two), Eof, Advance],
        "message a, write 81:a, message b, write 81:b, Cut",
        "message a, message b, write 81:a 81:b, Cut",
    );
    for len in 1..=2 {
        assert_steps(&[ReadFirst(len, &two), Eof, Advance], "Cut");
        assert_steps(&[ReadFirst(len, &two), Advance, Eof, Advance], "read, Cut");
    }
    assert_steps(&[Read(&[(0x01, b"a")]), Advance, Eof, Advance], "read, Cut");
    assert_steps(&[ReadFirst(3, &[(0x89, b"ping")]), Advance, Eof, Advance], "read, Cut");
    assert_steps(&[Send("a"), Eof, Advance], "write 81:a, Cut");
}

/// However few bytes each write takes, the same bytes are written.
#[test]
fn writes_in_pieces() {
    let stream = frames(true, &[(0x81, b"one"), (0x89, b"two"), (0x82, b"three"), (0x88, b"")]);
    for piece in (1..20).step_by(if cfg!(miri) { 6 } else { 1 }) {
        let mut endpoint = endpoint(config(true), [0; 200], [0; 131]);
        let (mut rest, mut written, mut has_shut_down) = (&stream[..], Vec::new(), false);
        loop {
            match endpoint.advance() {
                Step::Read => endpoint
                    .read_with(|space| {
                        let len = rest.len().min(space.len());
                        space[..len].copy_from_slice(&rest[..len]);
                        rest = &rest[len..];
                        Ok::<_, ()>(len)
                    })
                    .unwrap(),
                Step::Write => {
                    assert!(!has_shut_down);
                    endpoint
                        .write_with(|output| {
                            let len = piece.min(output.len());
                            written.extend_from_slice(&output[..len]);
                            Ok::<_, ()>(len)
                        })
                        .unwrap();
                }
                Step::Message => {
                    endpoint.reply(|message, sender| sender.send(message)).unwrap();
                }
                Step::Shutdown => has_shut_down = true,
                Step::Done(outcome) => break assert_eq!(outcome, Ok(None)),
                Step::Ping | Step::Pong | Step::Close => {}
            }
        }
        assert_eq!(written, b"\x81\x03one\x8a\x03two\x82\x05three\x88\x00");
        assert_eq!((endpoint.sent().frames, endpoint.sent().messages), (4, 2));
        assert_eq!(endpoint.sent().bytes, written.len() as u64);
        assert_eq!((endpoint.received().frames, endpoint.received().messages), (4, 2));
        assert_eq!(endpoint.received().bytes, stream.len() as u64);
    }
}

/// Each frame that fits is written whole. A Close that does not fit is sent empty or not at all, and the
/// connection still ends.
#[test]
fn outputs_of_any_size() {
    let long = [b'l'; 125];
    let ends: [(u8, &[u8], u16); 2] = [(0x88, b"\x03\xe8bye", 1000), (0x83, b"", 1002)];
    for is_server in [true, false] {
        let masked = if is_server { 0 } else { 4 };
        let stride = if cfg!(miri) { 29 } else { 1 };
        let sizes = (0..=300).step_by(stride);
        for (size, end) in sizes.flat_map(|size| ends.map(|end| (size, end))) {
            let (first, payload, code) = end;
            let mut output = vec![0; size];
            let mut endpoint = endpoint(config(is_server), [0; 600], output.as_mut_slice());
            assert_eq!(endpoint.advance(), Step::Read);
            let parts = [(0x89, &b"p"[..]), (0x89, &long), (0x81, b"Hi"), (first, payload)];
            fill(&mut endpoint, &frames(is_server, &parts));
            let (mut written, mut has_shut_down) = (Vec::new(), false);
            let outcome = loop {
                match endpoint.advance() {
                    Step::Write => {
                        assert!(!endpoint.output().is_empty());
                        written.extend_from_slice(endpoint.output());
                        endpoint.wrote(size);
                    }
                    Step::Message => {
                        let needed = 4 + masked;
                        let sent = endpoint.reply(|message, sender| sender.send(message));
                        let fits = size >= needed;
                        assert_eq!(sent.err(), (!fits).then_some(SendError::NoRoom { needed }));
                    }
                    Step::Shutdown => has_shut_down = true,
                    Step::Read => endpoint.filled(0),
                    Step::Done(outcome) => break outcome,
                    Step::Ping | Step::Pong | Step::Close => {}
                }
            };
            assert_eq!(endpoint.send("late"), Err(SendError::Closed));
            assert_eq!(endpoint.close(CloseCode::NORMAL, ""), Err(SendError::Closed));
            assert_eq!(has_shut_down, is_server || first == 0x83, "{size}");
            let reason = match outcome {
                Ok(code) => {
                    assert_eq!((code, first), (Some(CloseCode::NORMAL), 0x88));
                    0
                }
                Err(Failure::Rule(error)) => error.rule().reason().len(),
                Err(failure) => panic!("{failure}"),
            };
            let fits = |payload: usize| size >= 2 + masked + payload;
            let mut expected = Frames::new();
            for pong in [&b"p"[..], &long].into_iter().filter(|pong| fits(pong.len())) {
                expected.push((0x8A, pong.to_vec()));
            }
            if fits(2) {
                expected.push((0x81, b"Hi".to_vec()));
            }
            let written = split(&written, |_| {});
            let (close, before) = match written.split_last() {
                Some(((0x88, close), before)) => (Some(&close[..]), before),
                _ => (None, &written[..]),
            };
            assert_eq!(before, expected);
            match close {
                Some([]) => assert!(!fits(2 + reason)),
                Some([high, low, ..]) => {
                    assert!(fits(2 + reason));
                    assert_eq!(u16::from_be_bytes([*high, *low]), code);
                }
                Some([_]) => panic!("half a code"),
                None => assert!(!fits(0)),
            }
        }
    }
}

#[test]
fn a_due_ping_is_written_as_soon_as_there_is_room() {
    let timeouts = Timeouts::DEFAULT;
    let mut server = endpoint(config(true), [0; 200], [0; 131]);
    assert_eq!(server.advance(), Step::Read);
    let Due::Wait { until } = server.tick(Duration::ZERO, &timeouts) else { panic!("idle") };
    server.send(Message::Binary(&[7; 127])).unwrap();
    assert_eq!(server.tick(until, &timeouts), Due::Ping);
    assert_eq!(server.advance(), Step::Write);
    server.wrote(131);
    assert_eq!(server.advance(), Step::Write);
    assert_eq!(server.output(), b"\x89\x00");
    server.wrote(2);
    assert_eq!(server.advance(), Step::Read);
    let Due::Wait { until } = server.tick(until, &timeouts) else { panic!("waits for the Pong") };
    assert_eq!(server.tick(until, &timeouts), Due::GiveUp);
}

#[test]
fn a_flood_of_control_frames_is_a_broken_rule() {
    let limits = Limits { max_control_rate: 10, ..Limits::DEFAULT };
    let mut server = Endpoint::server([0; 400], [0; 200], limits);
    server.tick(Duration::ZERO, &Timeouts::DEFAULT);
    assert_eq!(server.advance(), Step::Read);
    let bytes = frames(true, &[(0x8A, &b""[..]); 11]);
    let space = server.space();
    space[..bytes.len()].copy_from_slice(&bytes);
    server.filled(bytes.len());
    for _ in 0..11 {
        assert_eq!(server.advance(), Step::Pong);
    }
    server.tick(Duration::from_millis(1), &Timeouts::DEFAULT);
    assert_eq!(server.advance(), Step::Write);
    assert_eq!(server.output()[..4], [0x88, server.output()[1], 3, 240], "1008");
    let Phase::Failed(error) = server.phase() else { panic!("{:?}", server.phase()) };
    assert_eq!(error.rule(), Rule::TooManyControls);
}

#[test]
fn phases() {
    let mut server = endpoint(config(true), [0; 400], [0; 200]);
    assert_eq!((server.phase(), server.close_code()), (Phase::Open, None));
    server.close(CloseCode::NORMAL, "").unwrap();
    assert_eq!(server.phase(), Phase::Closing(Side::Local));
    // A fragmented message may be open when a Close is sent, but nothing follows it.
    assert_eq!(server.send(OutgoingFrame::ping(b"").unwrap()), Err(SendError::Closed));
    let mut log = String::new();
    advance(&mut server, true, &mut log);
    fill(&mut server, &frames(true, &[(0x88, b"\x03\xe9")]));
    advance(&mut server, true, &mut log);
    assert_eq!((server.phase(), server.close_code()), (Phase::Closed(Side::Local), Some(1001)));
}

/// What was lent before is not lent again.
#[test]
fn nothing_is_lent_twice() {
    let mut server = endpoint(config(true), [0; 400], [0; 200]);
    assert_eq!(server.advance(), Step::Read);
    fill(&mut server, &frames(true, &[(0x8A, b"pong"), (0x81, b"text"), (0x8A, b"")]));
    assert_eq!(server.advance(), Step::Pong);
    assert_eq!((server.message(), server.control()), (Message::Binary(b""), &b"pong"[..]));
    assert_eq!(server.advance(), Step::Message);
    assert_eq!((server.message(), server.control()), (Message::Text("text"), &b""[..]));
    assert_eq!(server.advance(), Step::Pong);
    assert_eq!((server.message(), server.control()), (Message::Binary(b""), &b""[..]));
}
