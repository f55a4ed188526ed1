//! What the decoder returns before a frame is complete, and what it refuses by the header alone
//! (RFC 6455 §10.4).

use crate::oracle::stream::{Config, End, Item, read};
use crate::support;
use crate::support::stream::{
    assert_reads, assert_reads_by_bytes, config, decoder, frame, frames, role, rule,
};
use wsparse::{
    Assembler, Chunk, Close, Decoder, Event, Header, Input, Limits, Messages, Opcode, Phase, Rsv,
    Rule,
};

/// Whether a client sends to a server; Miri takes that alone.
const ROLES: &[bool] = if cfg!(miri) { &[true] } else { &[true, false] };

/// The header of a frame with this payload length.
fn header(to_server: bool, first: u8, payload_len: u64) -> Vec<u8> {
    let mask = if to_server { 0x80 } else { 0 };
    let mut header = vec![first];
    match payload_len {
        0..=125 => header.push(mask | payload_len as u8),
        126..=0xFFFF => {
            header.push(mask | 126);
            header.extend(&payload_len.to_be_bytes()[6..]);
        }
        _ => {
            header.push(mask | 127);
            header.extend(payload_len.to_be_bytes());
        }
    }
    header
}

/// How it ends, however it is cut.
fn end(config: Config, stream: &[u8]) -> End {
    let reading = assert_reads(stream, config);
    assert_reads_by_bytes(stream, config, &reading);
    reading.end
}

fn broken(broken: Rule, offset: usize) -> End {
    assert_eq!((broken.close_code().get(), broken.section()), (1009, "10.4"));
    End::Broken { rule: rule(broken), offset }
}

const CLEAN: End = End::Clean { pending: 0 };

#[test]
fn s10_4_a_header_that_declares_2_to_the_62_fails_at_once() {
    for &to_server in ROLES {
        for first in [0x82, 0x02, 0x81] {
            let stream = header(to_server, first, 1 << 62);
            assert_eq!(end(config(to_server), &stream), broken(Rule::FrameTooBig, 9));
            let mut decoder = Decoder::new(role(config(to_server)), Limits::DEFAULT);
            let error = decoder.next(&mut Input::new(&mut stream.clone()[..])).unwrap_err();
            assert_eq!((error.rule(), error.offset()), (Rule::FrameTooBig, 9));
            // Where frames may be of any length, the message is too big.
            let config = Config { max_frame: u64::MAX, ..config(to_server) };
            assert_eq!(end(config, &stream), broken(Rule::MessageTooBig, 9));
        }
    }
}

/// Two messages of 2⁶³ − 1 bytes cannot be sent, but two frames of one may be announced.
#[test]
fn s10_4_sums_do_not_overflow() {
    let most = u64::MAX >> 1;
    for max_message in [most, u64::MAX] {
        let config = Config { max_frame: u64::MAX, max_message, ..config(false) };
        let stream = [header(false, 0x02, most), vec![0xFF; 40]].concat();
        assert_eq!(end(config, &stream), CLEAN);
    }
    let config = Config { max_frame: u64::MAX, max_message: most, ..config(false) };
    let stream = [frame(false, 0x02, b"x"), header(false, 0x00, most)].concat();
    assert_eq!(end(config, &stream), broken(Rule::MessageTooBig, 3 + 9));
}

#[test]
fn s10_4_a_frame_of_the_limit_passes_and_one_byte_more_fails() {
    let limits: &[u64] =
        if cfg!(miri) { &[0, 125, 126] } else { &[0, 1, 125, 126, 127, 0xFFFF, 0x1_0000] };
    for (to_server, &max_frame) in
        ROLES.iter().flat_map(|role| limits.iter().map(move |l| (*role, l)))
    {
        let config = Config { max_frame, ..config(to_server) };
        let payload = vec![b'x'; max_frame as usize];
        for first in [0x81, 0x82] {
            let stream = frame(to_server, first, &payload);
            assert_eq!(assert_reads(&stream, config).end, CLEAN, "{max_frame}");
        }
        let stream = header(to_server, 0x82, max_frame + 1);
        let offset = stream.len() - 1;
        assert_eq!(end(config, &stream), broken(Rule::FrameTooBig, offset), "{max_frame}");
        // The same for fragments, each of them separately.
        let first = frame(to_server, 0x02, &payload);
        let stream = [first.clone(), frame(to_server, 0x00, &payload)].concat();
        assert_eq!(assert_reads(&stream, config).end, CLEAN, "{max_frame}");
        let stream = [first.clone(), header(to_server, 0x80, max_frame + 1)].concat();
        let offset = stream.len() - 1;
        let expected = broken(Rule::FrameTooBig, offset);
        assert_eq!(assert_reads(&stream, config).end, expected, "{max_frame}");
    }
}

#[test]
fn s10_4_fragments_of_the_limit_pass_and_one_byte_more_fails() {
    for &to_server in ROLES {
        let config = Config { max_message: 10, ..config(to_server) };
        let before = frames(
            to_server,
            &[(0x02, b"1234"), (0x89, b"not counted"), (0x00, b""), (0x00, b"56789")],
        );
        let full = [before.clone(), frame(to_server, 0x00, b"x")].concat();
        for last in [header(to_server, 0x80, 2), header(to_server, 0x00, 0x1_0000)] {
            let stream = [before.clone(), last].concat();
            assert_eq!(end(config, &stream), broken(Rule::MessageTooBig, stream.len() - 1));
        }
        for more in [header(to_server, 0x80, 1), header(to_server, 0x00, 300)] {
            let stream = [full.clone(), more].concat();
            assert_eq!(end(config, &stream), broken(Rule::MessageTooBig, stream.len() - 1));
        }
        // Nothing more fits; the next message may be as long again.
        let whole = [full, frame(to_server, 0x80, b"")].concat();
        assert_eq!(end(config, &[whole.clone(), whole.clone()].concat()), CLEAN);
        let next = [whole.clone(), frame(to_server, 0x82, &[0; 10])].concat();
        assert_eq!(end(config, &next), CLEAN);
        // However little of it the last one took.
        let short = frames(to_server, &[(0x02, b"1"), (0x80, b""), (0x82, b"1"), (0x01, b"")]);
        let next = [short, frame(to_server, 0x80, &[b'x'; 10]), whole.clone()].concat();
        assert_eq!(end(config, &next), CLEAN);
        let next = [whole, header(to_server, 0x82, 11)].concat();
        assert_eq!(end(config, &next), broken(Rule::MessageTooBig, next.len() - 1));
    }
}

#[test]
fn s10_4_as_many_fragments_as_the_limit_pass_and_one_more_fails() {
    let many = if cfg!(miri) { 4 } else { 50 };
    for (to_server, max_fragments) in [(true, 1), (true, 2), (false, 3), (true, many)] {
        let config = Config { max_fragments, ..config(to_server) };
        // Tiny fragments are what costs (CVE-2026-48779).
        let mut open = frame(to_server, 0x01, b"");
        for _ in 1..max_fragments {
            open.extend(frame(to_server, 0x89, b""));
            open.extend(frame(to_server, 0x00, b""));
        }
        let stream = [open.clone(), frame(to_server, 0x8A, b"")].concat();
        assert_eq!(end(config, &stream), CLEAN);
        for more in [0x00, 0x80] {
            let stream = [open.clone(), vec![more]].concat();
            assert_eq!(end(config, &stream), broken(Rule::TooManyFragments, open.len()));
        }
        if max_fragments > 1 {
            // The last of them ends the message: the count begins anew.
            open.truncate(open.len() - frame(to_server, 0x00, b"").len());
            open.extend(frame(to_server, 0x80, b""));
        } else {
            open = frame(to_server, 0x81, b"");
        }
        let one = frame(to_server, 0x82, b"one of one");
        assert_eq!(end(config, &[one, open.clone(), open].concat()), CLEAN);
    }
}

#[test]
fn s10_4_limits_of_nothing() {
    for &to_server in ROLES {
        let ping = frame(to_server, 0x89, b"control frames have their own limit");
        let none = Config { max_fragments: 0, ..config(to_server) };
        assert_eq!(end(none, &[ping.clone(), vec![0x81]].concat()), {
            broken(Rule::TooManyFragments, ping.len())
        });
        let empty = Config { max_frame: 0, max_message: 0, ..config(to_server) };
        let stream = [ping, frames(to_server, &[(0x81, b""), (0x01, b""), (0x80, b"")])].concat();
        assert_eq!(end(empty, &stream), CLEAN);
        assert_eq!(end(empty, &header(to_server, 0x81, 1)), broken(Rule::FrameTooBig, 1));
        let empty = Config { max_message: 0, ..config(to_server) };
        assert_eq!(end(empty, &header(to_server, 0x81, 1)), broken(Rule::MessageTooBig, 1));
    }
}

fn next<'b>(decoder: &mut Decoder, input: &mut Input<'b>) -> Option<Chunk<'b>> {
    match decoder.next(input).expect("a legal stream") {
        Some(Event::Data(data)) => Some(data),
        Some(Event::Control(opcode, _)) => panic!("{opcode}"),
        None => None,
    }
}

#[test]
fn the_header_is_known_before_the_payload_arrives() {
    let mut decoder = decoder(config(true));
    let mut header = *b"\x02\xfe\x01\x00\x01\x02\x03\x04";
    let mut input = Input::new(&mut header);
    let data = next(&mut decoder, &mut input).expect("it begins");
    let expected = Header::new(Opcode::Binary, 256).and_then(Header::not_final).unwrap();
    assert_eq!(data.header, Some(expected.with_masking_key([1, 2, 3, 4])));
    assert_eq!((data.header.unwrap().rsv, &*data.payload), (Rsv::NONE, &b""[..]));
    assert_eq!(data.boundary, wsparse::Boundary::None);
    // Nothing new, however often it is asked.
    assert_eq!(next(&mut decoder, &mut input), None);
    assert_eq!(next(&mut decoder, &mut Input::new(&mut [])), None);
    assert_eq!(decoder.offset(), 8);
}

#[test]
fn an_empty_frame_is_seen() {
    for &to_server in ROLES {
        let parts: [(u8, &[u8]); 4] = [(0x01, b""), (0x00, b""), (0x80, b""), (0x82, b"")];
        let mut stream = frames(to_server, &parts);
        let (mut decoder, mut input) = (decoder(config(to_server)), Input::new(&mut stream));
        let mut ends = Vec::new();
        while let Some(data) = next(&mut decoder, &mut input) {
            assert!(data.header.is_some() && data.payload.is_empty());
            ends.push(data.boundary);
        }
        use wsparse::Boundary::{Frame, Message};
        assert_eq!(ends, [Frame, Frame, Message, Message]);
    }
}

/// Disjoint parts of one buffer: held together, and written to, whatever else is decoded.
#[test]
fn many_payloads_of_one_read_are_held_at_once() {
    for &to_server in ROLES {
        let payloads: Vec<Vec<u8>> = (0..100).map(support::sample).collect();
        let mut stream = Vec::new();
        for payload in &payloads {
            stream.extend(frame(to_server, 0x82, payload));
            stream.extend(frame(to_server, 0x89, b"between"));
        }
        let mut decoder = decoder(config(to_server));
        let (mut held, mut pings) = (Vec::new(), 0);
        let mut input = Input::new(&mut stream);
        while let Some(event) = decoder.next(&mut input).unwrap() {
            match event {
                Event::Data(data) => held.push(data),
                Event::Control(opcode, payload) => {
                    assert_eq!((opcode, &*payload), (Opcode::Ping, &b"between"[..]));
                    pings += 1;
                }
            }
        }
        assert_eq!((held.len(), pings), (100, 100));
        for data in &mut held {
            let payload = &mut *data.payload;
            assert_eq!(payload, payloads[payload.len()]);
            payload.fill(0xEE);
        }
        assert!(held.iter().all(|data| data.payload.iter().all(|byte| *byte == 0xEE)));
        assert!(held.iter().enumerate().all(|(len, data)| data.payload.len() == len));
    }
}

#[test]
fn a_control_payload_may_be_written_to_and_a_close_parses() {
    let stream = frames(true, &[(0x89, b"ping"), (0x88, b"\x03\xe8bye"), (0x8A, b"after")]);
    for cut in 0..=stream.len() {
        let mut decoder = decoder(config(true));
        let mut seen = Vec::new();
        for part in [&stream[..cut], &stream[cut..]] {
            let mut bytes = part.to_vec();
            let mut input = Input::new(&mut bytes);
            while let Some(event) = decoder.next(&mut input).unwrap() {
                let Event::Control(opcode, payload) = event else { panic!("{event:?}") };
                if opcode == Opcode::Close {
                    assert_eq!(Close::parse(payload).unwrap().reason, "bye");
                }
                seen.push((opcode, payload.to_vec()));
                payload.fill(0xEE);
            }
        }
        let expected = [
            (Opcode::Ping, b"ping".to_vec()),
            (Opcode::Close, b"\x03\xe8bye".to_vec()),
            (Opcode::Pong, b"after".to_vec()),
        ];
        assert_eq!(seen, expected);
    }
}

/// The oracle says what is pending; that nothing is lost, `decode` in tests/support compares.
#[test]
fn incomplete_is_not_an_error() {
    for &to_server in ROLES {
        let text = frame(to_server, 0x81, b"text");
        let start = text.len() - 4;
        for len in 0..=text.len() {
            let pending = if len < start { len } else { 0 };
            let reading = read(&text[..len], config(to_server));
            assert_eq!(reading.end, End::Clean { pending });
            assert_eq!(assert_reads(&text[..len], config(to_server)), reading);
        }
        let ping = frame(to_server, 0x89, b"ping");
        for len in 0..=ping.len() {
            let pending = if len < ping.len() { len } else { 0 };
            let reading = assert_reads(&ping[..len], config(to_server));
            assert_eq!(reading.end, End::Clean { pending });
            let whole = Item::Control { opcode: 9, payload: b"ping".to_vec() };
            assert_eq!(reading.items.first() == Some(&whole), len == ping.len());
        }
    }
}

/// Also of a message that arrives as a whole, which has a path of its own.
#[test]
fn s10_4_no_frame_is_allowed() {
    for &to_server in ROLES {
        let config = Config { max_fragments: 0, ..config(to_server) };
        let limits = support::stream::limits(config);
        let stream = frame(to_server, 0x82, b"whole");

        let mut messages = Messages::new(role(config), limits);
        let mut read = stream.clone();
        let mut assembler = Assembler::new([0; 400]);
        let error = messages.next(&mut Input::new(&mut read), &mut assembler).unwrap_err();
        assert_eq!(error.rule(), Rule::TooManyFragments);

        let mut endpoint = support::steps::endpoint(config, [0; 400], [0; 200]);
        endpoint.space()[..stream.len()].copy_from_slice(&stream);
        endpoint.filled(stream.len());
        endpoint.advance();
        let Phase::Failed(error) = endpoint.phase() else { panic!("{:?}", endpoint.phase()) };
        assert_eq!(error.rule(), Rule::TooManyFragments);
    }
}
