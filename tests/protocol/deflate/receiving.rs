//! Compressed messages through each type that receives whole messages: the messages, the errors, the Close.

use wsparse::deflate::{Agreed, Deflater, Inflater, Policy};
use wsparse::{
    Arrival, Assembler, Connection, Endpoint, Error, Failure, Input, Limits, Message, Messages,
    OwnedMessage, Phase, Received, Role, Rsv, Rule, Step,
};

const WITH_CONTEXT: Agreed = Agreed::WITH_CONTEXT;
const WITHOUT_CONTEXT: Agreed = Agreed::WITHOUT_CONTEXT;

const LIMITS: Limits = Limits { max_message: 100, ..Limits::DEFAULT };

/// What has been received, and the error after it.
type Outcome = (Vec<OwnedMessage>, Option<Error>);

fn by_messages(stream: &[u8], read_len: usize, agreed: Agreed) -> Outcome {
    let limits = Limits { allowed_rsv: Rsv::RSV1, ..LIMITS };
    let mut messages = Messages::new(Role::Client, limits);
    let (mut assembler, mut inflater) = (Assembler::new(Vec::new()), Inflater::new(agreed));
    let mut all = Vec::new();
    for read in stream.chunks(read_len) {
        let mut read = read.to_vec();
        let mut input = Input::new(&mut read);
        loop {
            match messages.next_inflated(&mut input, &mut assembler, &mut inflater) {
                Ok(Some(Received::Message(message))) => all.push(message.into()),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    // Errors are final.
                    let mut more = *b"\x81\x00";
                    let more = messages.next_inflated(
                        &mut Input::new(&mut more),
                        &mut assembler,
                        &mut inflater,
                    );
                    assert_eq!(more, Err(error));
                    return (all, Some(error));
                }
            }
        }
    }
    (all, None)
}

fn by_connection(stream: &[u8], read_len: usize, agreed: Agreed) -> Outcome {
    let mut client = Connection::client(LIMITS, || [0; 4]).with_deflate(Some(agreed));
    let (mut assembler, mut inflater) = (Assembler::new([0; 300]), Inflater::new(agreed));
    let mut all = Vec::new();
    for read in stream.chunks(read_len) {
        let mut read = read.to_vec();
        let mut input = Input::new(&mut read);
        loop {
            match client.next_inflated(&mut input, &mut assembler, &mut inflater) {
                Ok(Some(Received::Message(message))) => all.push(message.into()),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(client.phase(), Phase::Failed(error));
                    let mut output = [0; Connection::MAX_TRANSMIT];
                    assert_reports(client.transmit(&mut output).unwrap(), error);
                    return (all, Some(error));
                }
            }
        }
    }
    (all, None)
}

fn by_endpoint(stream: &[u8], read_len: usize, agreed: Agreed) -> Outcome {
    let client = Endpoint::client([0; 300], [0; 300], LIMITS, || [0; 4]);
    let (mut client, mut inflater) = (client.with_deflate(Some(agreed)), Inflater::new(agreed));
    let (mut all, mut written, mut reads) = (Vec::new(), Vec::new(), stream.chunks(read_len));
    loop {
        match client.advance_with(&mut inflater) {
            Step::Message => all.push(client.message().into()),
            Step::Read => {
                let read = reads.next().unwrap_or_default();
                client.space()[..read.len()].copy_from_slice(read);
                client.filled(read.len());
            }
            Step::Write => {
                written.extend_from_slice(client.output());
                client.wrote(client.output().len());
            }
            Step::Done(Err(Failure::Cut)) => return (all, None),
            Step::Done(Err(Failure::Rule(error))) => {
                assert_eq!(client.advance_with(&mut inflater), Step::Done(Err(error.into())));
                assert_reports(&written[written.len() - error_close_len(error)..], error);
                return (all, Some(error));
            }
            _ => {}
        }
    }
}

fn by_receiver(stream: &[u8], read_len: usize, agreed: Agreed) -> Outcome {
    let client = Endpoint::client(Vec::new(), Vec::new(), LIMITS, || [0; 4]);
    let (mut receiver, mut sender) = client.with_deflate(Some(agreed)).split();
    let (mut all, mut inflater) = (Vec::new(), Inflater::new(agreed));
    let mut reads = stream.chunks(read_len);
    loop {
        match receiver.advance_with(&mut inflater) {
            Arrival::Message => all.push(receiver.message().into()),
            Arrival::Read => {
                let read = reads.next().unwrap_or_default();
                receiver.space()[..read.len()].copy_from_slice(read);
                receiver.filled(read.len());
            }
            Arrival::Duty(duty) => {
                sender.wrote(sender.output().len());
                sender.perform(&duty).unwrap();
            }
            Arrival::Done(Err(Failure::Cut)) => return (all, None),
            Arrival::Done(Err(Failure::Rule(error))) => {
                assert_reports(sender.output(), error);
                return (all, Some(error));
            }
            _ => {}
        }
    }
}

fn error_close_len(error: Error) -> usize {
    6 + 2 + error.rule().reason().len()
}

/// The Close of a client whose masking key is 0.
fn assert_reports(close: &[u8], error: Error) {
    assert_eq!(close.len(), error_close_len(error));
    assert_eq!((close[0], &close[6..8]), (0x88, &error.close_code().get().to_be_bytes()[..]));
}

fn text(text: &str) -> OwnedMessage {
    Message::Text(text).into()
}

fn binary(bytes: &[u8]) -> OwnedMessage {
    Message::Binary(bytes).into()
}

fn assert_receives(
    stream: &[u8],
    agreed: Agreed,
    messages: &[OwnedMessage],
    broken: Option<(Rule, u64)>,
) {
    for read_len in 1..=stream.len() {
        for receive in [by_messages, by_connection, by_endpoint, by_receiver] {
            let (received, error) = receive(stream, read_len, agreed);
            assert_eq!(received, messages, "{stream:x?}");
            let error = error.map(|error| (error.rule(), error.offset()));
            assert_eq!(error, broken, "{stream:x?} in reads of {read_len}");
        }
    }
}

#[test]
fn messages() {
    let hello = || text("Hello");
    for (stream, received) in [
        // RFC 7692 §7.2.3.1, in one frame and in two, with a Ping in between.
        (b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00".as_slice(), vec![hello()]),
        (b"\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00", vec![hello()]),
        (b"\x41\x03\xf2\x48\xcd\x89\x02hi\x80\x04\xc9\xc9\x07\x00", vec![hello()]),
        // Empty fragments, the first and the last of them too.
        (b"\x41\x00\x00\x07\xf2\x48\xcd\xc9\xc9\x07\x00\x80\x00", vec![hello()]),
        // A stored block, a final one, two blocks (§7.2.3.3 to §7.2.3.5), and an empty message.
        (b"\xc1\x0b\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", vec![hello()]),
        (b"\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00", vec![hello()]),
        (b"\xc1\x0d\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", vec![hello()]),
        (b"\xc1\x01\x00\xc2\x01\x00", vec![text(""), binary(b"")]),
        // Binary, whose bytes are not text.
        (b"\xc2\x07\x00\x01\x00\xfe\xff\xff\x00", vec![binary(b"\xff")]),
        // Plain ones between compressed ones: whole, in fragments, empty.
        (
            b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\x81\x02ab\x82\x00\x01\x01c\x80\x01d\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00",
            vec![hello(), text("ab"), binary(b""), text("cd"), hello()],
        ),
    ] {
        for agreed in [WITH_CONTEXT, WITHOUT_CONTEXT] {
            assert_receives(stream, agreed, &received, None);
        }
    }
}

#[test]
fn a_window_is_kept_if_that_was_agreed_on() {
    let stream = b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00";
    assert_receives(stream, WITH_CONTEXT, &[text("Hello"), text("Hello")], None);
    let broken = Some((Rule::InvalidDeflate, stream.len() as u64));
    assert_receives(stream, WITHOUT_CONTEXT, &[text("Hello")], broken);
}

#[test]
fn errors() {
    let policy = Policy { threshold: 0, ..Policy::DEFAULT };
    let mut bomb = Vec::new();
    assert!(Deflater::new(&policy, WITHOUT_CONTEXT).compress_to_vec(&[b'a'; 101], &mut bomb));
    let bomb = [&[0xC1, bomb.len() as u8], &bomb[..]].concat();
    assert!(bomb.len() < 20);
    let mut fits = Vec::new();
    assert!(Deflater::new(&policy, WITHOUT_CONTEXT).compress_to_vec(&[b'a'; 100], &mut fits));
    let fits = [&[0xC1, fits.len() as u8], &fits[..]].concat();
    assert_receives(&fits, WITHOUT_CONTEXT, &[text(&"a".repeat(100))], None);

    for (frame, rule, code) in [
        // A block of the type that does not exist; a stored block with lengths that differ.
        (b"\xc1\x02\x07\x00".as_slice(), Rule::InvalidDeflate, 1007),
        (b"\xc2\x06\x00\x01\x00\x00\x00\x00", Rule::InvalidDeflate, 1007),
        // Ends inside a block, or without the empty block.
        (b"\xc1\x03\xf2\x48\xcd", Rule::UnfinishedDeflate, 1007),
        (b"\xc1\x00", Rule::UnfinishedDeflate, 1007),
        // Not UTF-8, and UTF-8 that ends inside a character: a stored block, and the empty one.
        (b"\xc1\x07\x00\x01\x00\xfe\xff\xff\x00", Rule::InvalidUtf8, 1007),
        (b"\xc1\x07\x00\x01\x00\xfe\xff\xc3\x00", Rule::InvalidUtf8, 1007),
        (&bomb, Rule::MessageTooBig, 1009),
    ] {
        assert_eq!(rule.close_code().get(), code, "{rule:?}");
        // Whatever follows is not decoded.
        let stream = [b"\x81\x02ab", frame, b"\x81\x02cd"].concat();
        let end = 4 + frame.len() as u64;
        for agreed in [WITH_CONTEXT, WITHOUT_CONTEXT] {
            assert_receives(&stream, agreed, &[text("ab")], Some((rule, end)));
        }
    }
}

#[test]
fn without_an_inflater() {
    // A plain message before the compressed one, whole and in fragments.
    for stream in [
        b"\x81\x02ab\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00".as_slice(),
        b"\x81\x02ab\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00",
    ] {
        let new = || Endpoint::client([0; 300], [0; 300], LIMITS, || [0; 4]);
        let mut client = new().with_deflate(Some(Agreed::WITH_CONTEXT));
        client.space()[..stream.len()].copy_from_slice(stream);
        client.filled(stream.len());
        assert_eq!(client.advance(), Step::Message);
        assert_eq!(client.advance(), Step::Write);
        let Phase::Failed(error) = client.phase() else { panic!("{:?}", client.phase()) };
        assert_eq!((error.rule(), error.offset()), (Rule::NoInflater, stream.len() as u64));
        assert_reports(client.output(), error);
        assert_eq!(error.close_code().get(), 1011);

        let mut client =
            Connection::client(LIMITS, || [0; 4]).with_deflate(Some(Agreed::WITH_CONTEXT));
        let (mut assembler, mut read) = (Assembler::new([0; 300]), stream.to_vec());
        let mut input = Input::new(&mut read);
        assert!(client.next(&mut input, &mut assembler).is_ok());
        assert_eq!(client.next(&mut input, &mut assembler), Err(error));

        // Who has only allowed RSV1 receives the message as it is.
        let limits = Limits { allowed_rsv: Rsv::RSV1, ..LIMITS };
        let mut client = Endpoint::client([0; 300], [0; 300], limits, || [0; 4]);
        client.space()[..stream.len()].copy_from_slice(stream);
        client.filled(stream.len());
        assert_eq!(client.advance(), Step::Message);
        assert_eq!(client.advance(), Step::Message);
        assert_eq!(client.message(), Message::Binary(b"\xf2\x48\xcd\xc9\xc9\x07\x00"));
    }
}
