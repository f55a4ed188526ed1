//! Real traffic that others compressed: the messages are those of the streams that were not compressed.

use wsparse::deflate::{Agreed, Inflater};
use wsparse::handshake::{HeadLimits, HeadReader};
use wsparse::{Boundary, Decoder, Event, Input, Limits, Opcode, Role, Rsv, Status};

struct Capture {
    client: &'static [u8],
    server: &'static [u8],
}

macro_rules! capture {
    ($name:literal) => {
        Capture {
            client: include_bytes!(concat!("../../data/", $name, ".client")),
            server: include_bytes!(concat!("../../data/", $name, ".server")),
        }
    };
}

/// A compressed connection and its plain twin.
const TWINS: [(Capture, Capture); 2] = [
    (capture!("chromium-deflate"), capture!("chromium-plain")),
    (capture!("python-websockets-deflate"), capture!("python-websockets-plain")),
];

/// What the server has accepted, as the endpoint with this role sees it.
fn agreed(server: &[u8], role: Role) -> Option<Agreed> {
    let Status::Complete(response) =
        HeadReader::new(HeadLimits::default()).response(server).unwrap()
    else {
        panic!("incomplete");
    };
    let accepted = response
        .header("Sec-WebSocket-Extensions")
        .flat_map(|value| wsparse::handshake::Extensions::new(value).map(Result::unwrap));
    Agreed::from_answer(accepted, role).unwrap()
}

/// The messages of one direction, and how many of them were compressed.
fn messages(
    stream: &[u8],
    receiver: Role,
    agreed: Option<Agreed>,
) -> (Vec<(bool, Vec<u8>)>, usize) {
    let head = stream.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let allowed_rsv = if agreed.is_some() { Rsv::RSV1 } else { Rsv::NONE };
    let mut decoder = Decoder::new(receiver, Limits { allowed_rsv, ..Limits::DEFAULT });
    let mut inflater = agreed.map(Inflater::new);
    let (mut messages, mut compressed, mut is_compressed) = (Vec::new(), 0, false);
    // In reads of an odd length.
    for read in stream[head..].chunks(1447) {
        let mut read = read.to_vec();
        let mut input = Input::new(&mut read);
        while let Some(event) = decoder.next(&mut input).unwrap() {
            let Event::Data(chunk) = event else { continue };
            if let Some(header) = chunk.header.filter(|h| h.opcode != Opcode::Continuation) {
                let is_text = header.opcode == Opcode::Text;
                is_compressed = header.rsv.contains(Rsv::RSV1);
                if is_compressed {
                    compressed += 1;
                    inflater.as_mut().unwrap().begin(is_text, 1 << 20);
                }
                messages.push((is_text, Vec::new()));
            }
            let (_, message) = messages.last_mut().unwrap();
            if is_compressed {
                let is_last = chunk.boundary == Boundary::Message;
                let inflater = inflater.as_mut().unwrap();
                inflater.inflate_to_vec(chunk.payload, is_last, message).unwrap();
            } else {
                message.extend_from_slice(chunk.payload);
            }
        }
    }
    (messages, compressed)
}

#[test]
#[cfg_attr(miri, ignore = "the captures are large")]
fn compressed_messages_are_those_of_the_plain_twin() {
    for (deflate, plain) in TWINS {
        assert_eq!(agreed(plain.server, Role::Server), None);
        for (receiver, of) in [(Role::Server, true), (Role::Client, false)] {
            let stream = |capture: &Capture| if of { capture.client } else { capture.server };
            let agreed = agreed(deflate.server, receiver);
            assert!(agreed.is_some());
            let (found, compressed) = messages(stream(&deflate), receiver, agreed);
            let (expected, _) = messages(stream(&plain), receiver, None);
            assert!(compressed > 0);
            assert!(found == expected, "{} and {} messages", found.len(), expected.len());
        }
    }
}
