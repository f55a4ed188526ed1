//! Compressed connections: any bytes in any reads, received in each way with the same outcome; and two
//! endpoints that talk as the input says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsparse::deflate::{Agreed, Deflater, Direction, Inflater, Policy};
use wsparse::{
    Assembler, EncodedMessage, Endpoint, Error, Failure, Input, KeySource, Limits, Message,
    Messages, OwnedMessage, Received, Role, Rsv, Step, transfer,
};

fuzz_target!(|data: &[u8]| {
    let Some((parameters, rest)) = data.split_first_chunk::<4>() else { return };
    if parameters[0] & 0x80 == 0 {
        any_bytes(parameters, rest);
    } else {
        dialog(parameters, rest);
    }
});

const KEY: fn() -> [u8; 4] = || [0x37, 0xFA, 0x21, 0x3D];

fn direction(byte: u8) -> Direction {
    Direction { window_bits: 9 + byte % 7, context_takeover: byte & 0x10 != 0 }
}

type Outcome = (Vec<OwnedMessage>, Option<Error>);

fn limits(max_message: u64) -> Limits {
    Limits { allowed_rsv: Rsv::RSV1, max_message, ..Limits::DEFAULT }
}

fn by_messages(stream: &[u8], read_len: usize, agreed: Agreed, max: u64) -> Outcome {
    let mut messages = Messages::new(Role::Client, limits(max));
    let (mut assembler, mut inflater) = (Assembler::new(Vec::new()), Inflater::new(agreed));
    let mut all = Vec::new();
    for read in stream.chunks(read_len) {
        let mut read = read.to_vec();
        let mut input = Input::new(&mut read);
        loop {
            match messages.next_inflated(&mut input, &mut assembler, &mut inflater) {
                Ok(Some(Received::Message(message))) => {
                    assert!(message.len() as u64 <= max);
                    all.push(message.into());
                }
                Ok(Some(Received::Close(_))) => return (all, None),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => return (all, Some(error)),
            }
        }
    }
    (all, None)
}

fn by_endpoint(stream: &[u8], read_len: usize, agreed: Agreed, max: u64) -> Outcome {
    let client = Endpoint::client(Vec::new(), Vec::new(), limits(max), KEY);
    let mut client = client.with_deflate(Some(agreed));
    let mut inflater = Inflater::new(agreed);
    let (mut all, mut reads) = (Vec::new(), stream.chunks(read_len));
    loop {
        match client.advance_with(&mut inflater) {
            Step::Message => all.push(client.message().into()),
            Step::Read => {
                let mut rest = reads.next().unwrap_or_default();
                if rest.is_empty() {
                    client.filled(0);
                }
                while !rest.is_empty() {
                    let space = client.space();
                    let len = rest.len().min(space.len());
                    space[..len].copy_from_slice(&rest[..len]);
                    client.filled(len);
                    rest = &rest[len..];
                    if !rest.is_empty() && client.space().is_empty() {
                        // The rest of this read comes with the next ones.
                        let at = stream.len()
                            - rest.len()
                            - reads.clone().map(<[u8]>::len).sum::<usize>();
                        reads = stream[at..].chunks(read_len);
                        break;
                    }
                }
            }
            Step::Write => client.wrote(client.output().len()),
            Step::Done(Err(Failure::Rule(error))) => return (all, Some(error)),
            Step::Done(_) => return (all, None),
            _ => {}
        }
    }
}

/// Frames of a server, received in three ways and two splits.
fn any_bytes(parameters: &[u8; 4], stream: &[u8]) {
    let [flags, max, read_len, _] = *parameters;
    let agreed = Agreed { outgoing: direction(flags), incoming: direction(flags) };
    let max = u64::from(max) * u64::from(max);
    let expected = by_messages(stream, stream.len().max(1), agreed, max);
    let read_len = usize::from(read_len) + 1;
    assert_eq!(by_messages(stream, read_len, agreed, max), expected);
    assert_eq!(by_messages(stream, 1, agreed, max), expected);
    assert_eq!(by_endpoint(stream, read_len, agreed, max), expected);
    assert_eq!(by_endpoint(stream, 1, agreed, max), expected);
}

struct End<K> {
    endpoint: Endpoint<Vec<u8>, Vec<u8>, K>,
    deflater: Deflater,
    inflater: Inflater,
    /// What the other end has sent and this one has not received.
    expected: std::collections::VecDeque<OwnedMessage>,
}

impl<K: KeySource> End<K> {
    fn new(endpoint: Endpoint<Vec<u8>, Vec<u8>, K>, policy: &Policy, agreed: Agreed) -> Self {
        Self {
            endpoint: endpoint.with_deflate(Some(agreed)),
            deflater: Deflater::new(policy, agreed),
            inflater: Inflater::new(agreed),
            expected: Default::default(),
        }
    }

    fn act<L: KeySource>(
        &mut self,
        action: u8,
        payload: &[u8],
        shared: &mut Deflater,
        peer: &mut End<L>,
    ) {
        let text = String::from_utf8_lossy(payload);
        let message = if action & 1 == 0 { Message::Text(&text) } else { Message::Binary(payload) };
        match action >> 1 & 7 {
            0..3 => self.endpoint.send_deflated(message, &mut self.deflater).unwrap(),
            3 => self.endpoint.send(message).unwrap(),
            4 => self.endpoint.send(&EncodedMessage::shared_deflated(message, shared)).unwrap(),
            5 => {
                self.deflater.release();
                self.inflater.release();
                return;
            }
            6 => {
                let long = [payload].repeat(50).concat();
                self.endpoint.send_deflated(&long[..], &mut self.deflater).unwrap();
                peer.expected.push_back(Message::Binary(&long).into());
                return;
            }
            _ => return self.receive(),
        }
        peer.expected.push_back(message.into());
    }

    fn receive(&mut self) {
        loop {
            match self.endpoint.advance_with(&mut self.inflater) {
                Step::Message => {
                    let message = self.endpoint.message();
                    let expected = self.expected.pop_front();
                    assert_eq!(expected.as_ref().map(OwnedMessage::as_message), Some(message));
                }
                Step::Read | Step::Write => return,
                step => panic!("{step:?}"),
            }
        }
    }
}

/// Two endpoints: each action is a byte, followed by the length of a payload and the payload.
fn dialog(parameters: &[u8; 4], mut script: &[u8]) {
    let [flags, to_client, to_server, many] = *parameters;
    let (to_client, to_server) = (direction(to_client), direction(to_server));
    let policy = Policy {
        level: flags % 10,
        memory_level: flags / 10 % 10,
        threshold: usize::from(many >> 5),
        ..Policy::DEFAULT
    };
    let of_server = Agreed { outgoing: to_client, incoming: to_server };
    let of_client = Agreed { outgoing: to_server, incoming: to_client };
    let shared = Direction { context_takeover: false, ..direction(many) };
    let mut shared = Deflater::new(&policy, Agreed { outgoing: shared, incoming: shared });
    let (server, client) = wsparse::pair();
    let mut server = End::new(server, &policy, of_server);
    let mut client = End::new(client, &policy, of_client);
    while let Some((&[action, len], rest)) = script.split_first_chunk() {
        let (payload, rest) = rest.split_at(rest.len().min(len.into()));
        script = rest;
        if action & 0x80 == 0 {
            server.act(action, payload, &mut shared, &mut client);
        } else {
            client.act(action, payload, &mut shared, &mut server);
        }
        if action & 0x40 != 0 {
            transfer(&mut server.endpoint, &mut client.endpoint);
            transfer(&mut client.endpoint, &mut server.endpoint);
        }
    }
    transfer(&mut server.endpoint, &mut client.endpoint);
    transfer(&mut client.endpoint, &mut server.endpoint);
    server.receive();
    client.receive();
    assert!(server.expected.is_empty() && client.expected.is_empty());
}
