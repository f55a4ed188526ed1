//! The opening handshake as a state machine, the endpoint, and its halves: the loop of a device.

use crate::{Nowhere, cannot, describe, limits, refuse};
use core::fmt::Write;
use core::hint::black_box;
use core::time::Duration;
use wsparse::handshake::{Accept, Key, Offer, Refusal, Uri};
use wsparse::{
    Arrival, Buffer, ClientOpening, CloseCode, Duty, EncodedMessage, Endpoint, Failure, KeySource,
    Message, NoKeys, OpeningError, OutgoingFrame, Receiver, Sender, ServerOpening, Step, Timeouts,
};

pub(crate) fn endpoints() {
    let mut memory = [0; 1024];
    serve(black_box(memory.as_mut_slice()));
    connect(black_box([0; 1024]));
}

fn read(space: &mut [u8]) -> Result<usize, ()> {
    black_box(space);
    black_box(Ok(9))
}

fn write(output: &[u8]) -> Result<usize, ()> {
    black_box(output);
    black_box(Ok(9))
}

fn serve(input: &mut [u8]) {
    let mut opening = ServerOpening::new(input);
    while opening.wants_read() {
        _ = black_box(opening.read_with(read));
    }
    match opening.request() {
        Ok(request) => _ = black_box((request.target(), request.header("Origin").next())),
        Err(error) => fail(error),
    }
    let headers = [("Set-Cookie", black_box("crumb"))];
    let accept = Accept { headers: black_box(&headers), ..Accept::default() };
    let mut out = [0; 512];
    match black_box(0) {
        0 => _ = black_box(opening.accept(black_box(&accept))),
        1 => _ = black_box(opening.accept_into(black_box(&accept), &mut out).map_err(refuse)),
        _ => _ = black_box(opening.refuse(black_box(&Refusal::new(black_box(404))))),
    }
    black_box((opening.answer(), opening.upgrade().is_ok()));
    match opening.into_endpoint(black_box([0; 512]), limits()) {
        Ok(server) => talk(server),
        Err(error) => fail(error),
    }
}

fn connect(input: [u8; 1024]) {
    let Ok(uri) = Uri::parse(black_box("ws://example.com")) else { return };
    let offer = Offer::new(black_box(uri));
    let mut opening = ClientOpening::new(&offer, Key::new(black_box([7; 16])), input);
    _ = black_box(opening.request().map_err(refuse));
    while opening.wants_read() {
        _ = black_box(opening.read_with(read));
    }
    match opening.response() {
        Ok(response) => _ = black_box((response.status(), response.header("Location").next())),
        Err(error) => fail(error),
    }
    black_box((opening.accepted().is_ok(), opening.rest().len()));
    let mut output = [0; 512];
    match opening.into_endpoint(output.as_mut_slice(), limits(), || black_box([1; 4])) {
        Ok(client) => talk(client),
        Err(error) => fail(error),
    }
    let input = black_box([0; 512]);
    let range = black_box(7)..black_box(3);
    talk(Endpoint::with_received(input, range, black_box([0; 512]), limits(), NoKeys));
}

fn talk<I: Buffer, O: Buffer, K: KeySource>(mut endpoint: Endpoint<I, O, K>) {
    let mut memory = [0; 64];
    let news = EncodedMessage::new(black_box("news"), black_box(&mut memory));
    loop {
        match endpoint.advance() {
            Step::Read => _ = black_box(endpoint.read_with(read)),
            Step::Write => _ = black_box(endpoint.write_with(write)),
            Step::Message => {
                let sent = endpoint.reply(|message, sender| sender.send(black_box(message)));
                _ = black_box(sent.map_err(cannot));
            }
            Step::Ping | Step::Pong => _ = black_box(endpoint.control()),
            Step::Close => _ = black_box(endpoint.close_frame()),
            Step::Shutdown => _ = black_box(()),
            Step::Done(outcome) => {
                _ = black_box(outcome.map_err(end));
                break;
            }
        }
        if let Ok(news) = &news {
            _ = black_box(endpoint.send(news).map_err(cannot));
        }
        black_box(endpoint.space()).fill(black_box(1));
        endpoint.filled(black_box(9));
        endpoint.wrote(black_box(9));
        let timeouts = black_box(Timeouts::default());
        _ = black_box(endpoint.tick(Duration::from_secs(black_box(1)), &timeouts));
        black_box((endpoint.phase(), endpoint.close_code(), endpoint.message()));
        black_box((endpoint.received(), endpoint.sent(), endpoint.output()));
        if black_box(false) {
            _ = black_box(endpoint.close(black_box(CloseCode::NORMAL), black_box("reason")));
        }
    }
    let (receiver, sender) = endpoint.split();
    halves(receiver, sender);
}

fn halves<I: Buffer, O: Buffer, K: KeySource>(mut receiver: Receiver<I>, mut sender: Sender<O, K>) {
    loop {
        match receiver.advance() {
            Arrival::Read => _ = black_box(receiver.read_with(read)),
            Arrival::Message => {
                _ = black_box(sender.send(receiver.message()).map_err(cannot));
            }
            Arrival::Pong => _ = black_box(receiver.control()),
            Arrival::Duty(duty) => _ = black_box(sender.perform(&black_box(duty))),
            Arrival::Done(outcome) => {
                _ = black_box(outcome.map_err(end));
                break;
            }
        }
        _ = black_box(sender.perform(&Duty::PING));
        receiver.close_was_sent();
        black_box((receiver.close(), receiver.is_idle(), receiver.received()));
        black_box((sender.encoded_len(Message::Text(black_box("a"))), sender.masks()));
        black_box((sender.is_closed(), sender.is_over(), sender.sent()));
        black_box((sender.waiting(), sender.payload_left()));
        _ = black_box(sender.append_payload(black_box(&[1, 2])));
        _ = black_box(sender.write_with(write));
        if let Ok(ping) = OutgoingFrame::ping(black_box(&[])) {
            _ = black_box(sender.send(ping));
        }
    }
    black_box((receiver.into_buffer().max_len(), sender.into_buffer().max_len()));
}

fn fail(error: OpeningError) {
    _ = write!(Nowhere, "{error}");
}

fn end(failure: Failure) {
    if let Failure::Rule(error) = failure {
        describe(error);
    }
    _ = write!(Nowhere, "{failure}");
}
