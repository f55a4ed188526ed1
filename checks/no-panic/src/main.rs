//! Links only if no panic can be reached from the library: the panic handler calls a function that
//! does not exist, so the linker fails unless the compiler has proved that the handler is dead.
//!
//! Each public function is called here on inputs that the compiler cannot know. Built and not run,
//! by `.ci/no-panic`; which also builds it with the feature `prove-the-proof`, where it must fail.
#![no_std]
#![no_main]

mod endpoint;

use core::fmt::{self, Write};
use core::hint::black_box;
use core::mem::MaybeUninit;
use core::num::NonZeroUsize;
use core::time::Duration;
use rand_core::{Infallible, TryCryptoRng, TryRng};
use wsparse::deflate::{Agreed, Policy};
use wsparse::handshake::{
    self, Accept, Connect, Extension, Extensions, HeadLimits, HeadReader, Headers, Key, Offer,
    Origin, OriginPolicy, PseudoHeaders, Refusal, Request, Response, Subprotocols, Upgrade, Uri,
};
use wsparse::{
    Assembler, Buffer, Close, CloseCode, Connection, Decoder, Due, EncodedMessage, Encoder, Error,
    Event, Frame, Frames, Header, HeaderView, Input, KeySource, Limits, Message, Messages, Opcode,
    OutgoingFrame, Received, Role, Rsv, SendError, Status, TextPieces, Timeouts, Utf8,
    masking_keys,
};

unsafe extern "C" {
    fn wsparse_can_panic() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: there is no such function, so this never runs.
    unsafe { wsparse_can_panic() }
}

#[unsafe(no_mangle)]
pub extern "C" fn _start() -> ! {
    let mut memory = [0_u8; 4096];
    let input = black_box(memory.as_mut_slice());
    let allowed = black_box(Rsv::RSV1 | Rsv::RSV2 | Rsv::RSV3);

    view(HeaderView::parse(input));
    view(HeaderView::parse_with(input, allowed));
    if let Ok(Status::Complete((frame, rest))) = Frame::parse(input) {
        black_box((frame, rest));
    }
    if let Ok(Status::Complete((frame, rest))) = Frame::parse_with(input, allowed) {
        black_box((frame, rest));
    }
    let mut frames = Frames::with_rsv(input, allowed);
    for frame in &mut frames {
        match frame {
            Ok(frame) => _ = black_box(frame),
            Err(error) => describe(error),
        }
    }
    black_box((frames.consumed(), frames.missing(), frames.into_rest()));
    let input = black_box(memory.as_mut_slice());
    black_box(Frames::new(input).next());

    decode(input);
    let mut assembler = Assembler::new(black_box([0; 512]));
    messages(input, &mut assembler);
    connection(Connection::server(limits()), input, &mut assembler);
    let mut server = black_box(Connection::server(limits()));
    let beside = Message::Binary(black_box(input));
    _ = black_box(server.encode_header(beside, &mut [0; Header::MAX_LEN]).map_err(cannot));
    black_box(assembler.into_buffer());
    let mut storage = [0; 512];
    let mut assembler = Assembler::new(black_box(storage.as_mut_slice()));
    messages(input, &mut assembler);
    let client = Connection::client(limits(), || black_box([1; 4]));
    connection(client, input, &mut assembler);
    black_box(assembler.into_buffer());
    header();
    endpoint::endpoints();

    send(input);
    serve(input);
    connect(input);
    wsparse::unmask(input, black_box([1; 4]));
    wsparse::unmask_from(input, black_box([1; 4]), black_box(u64::MAX));
    let mut output = [MaybeUninit::uninit(); 4096];
    let output = black_box(output.as_mut_slice());
    black_box(wsparse::copy_masked(input, black_box([1; 4]), black_box(3), output));
    if let Some(code) = CloseCode::new(black_box(1000)) {
        _ = write!(Nowhere, "{code} {}", black_box(code.get()));
    }
    #[cfg(feature = "prove-the-proof")]
    black_box(black_box(input.len()) / black_box(0));
    loop {}
}

fn view(result: Result<Status<HeaderView<'_>>, Error>) {
    if let Ok(Status::Complete(view)) = result {
        black_box((view.fin(), view.rsv(), view.opcode(), view.masked(), view.payload_len()));
        black_box((view.masking_key(), view.as_bytes(), view.to_header()));
        _ = write!(Nowhere, "{}", view.opcode());
        black_box((view.header_len(), view.rsv().contains(Rsv::RSV1 | Rsv::RSV2)));
        black_box((view.opcode().is_control(), view.opcode().is_data(), view.opcode().get()));
    }
}

fn limits() -> Limits {
    Limits {
        allowed_rsv: black_box(Rsv::RSV1),
        max_frame: black_box(1 << 40),
        max_message: black_box(u64::MAX),
        max_fragments: black_box(u32::MAX),
        max_control_rate: black_box(u32::MAX),
    }
}

fn decode(input: &mut [u8]) {
    let mut decoder = Decoder::new(black_box(Role::Server), limits());
    let mut pieces = black_box(TextPieces::new());
    loop {
        let mut rest = Input::new(black_box(&mut *input));
        match decoder.next(&mut rest) {
            Ok(Some(Event::Data(data))) => {
                let data = black_box(data);
                _ = black_box(pieces.push(&data));
            }
            Ok(Some(Event::Control(opcode, payload))) => {
                _ = black_box((opcode, Close::parse(payload).map_err(describe)));
            }
            Ok(None) => break,
            Err(error) => return describe(error),
        }
    }
    black_box(decoder.offset());
    let mut text = black_box(Utf8::new());
    _ = black_box((text.check(black_box(input)), text.is_complete()));
    _ = black_box(text.unmask(black_box(input), black_box([1; 4]), black_box(u64::MAX)));
    _ = black_box(wsparse::unmask_text(black_box(input), black_box([1; 4])));
}

fn messages(input: &mut [u8], assembler: &mut Assembler<impl Buffer>) {
    let mut messages = Messages::new(black_box(Role::Server), limits());
    loop {
        let mut rest = Input::new(black_box(&mut *input));
        match messages.next(&mut rest, assembler) {
            Ok(Some(received)) => _ = black_box(received),
            Ok(None) => break,
            Err(error) => return describe(error),
        }
    }
    _ = write!(Nowhere, "{assembler:?}");
    black_box((messages.offset(), assembler.max_message(), assembler.is_idle()));
    assembler.clear();
}

fn connection<K: KeySource>(
    mut connection: Connection<K>,
    input: &mut [u8],
    assembler: &mut Assembler<impl Buffer>,
) {
    let mut memory = [0; 512];
    let output = black_box(memory.as_mut_slice());
    loop {
        let mut rest = Input::new(black_box(&mut *input));
        match connection.next(&mut rest, assembler) {
            Ok(Some(Received::Message(message))) => {
                _ = black_box(connection.send(message, output));
            }
            Ok(Some(Received::Ping(payload))) => _ = black_box(connection.pong(payload, output)),
            Ok(Some(received)) => _ = black_box(received),
            Ok(None) => break,
            Err(error) => describe(error),
        }
        black_box((connection.wants_transmit(), connection.phase(), connection.should_close()));
        _ = black_box(connection.transmit(black_box(output)));
        let [now, idle, answer, close, message] =
            [1, 2, 3, 4, 5].map(|n| Duration::from_secs(black_box(n)));
        let timeouts = Timeouts { idle, answer, close, message };
        match connection.tick(now, &timeouts) {
            Due::Wait { until } => _ = black_box(until),
            due => _ = black_box(due),
        }
        black_box((connection.tick(now, &black_box(Timeouts::default())), connection.close_code()));
        let mut header = [0; Header::MAX_LEN];
        _ = black_box(connection.mask_binary_in_place(black_box(output), &mut header));
        _ = black_box(connection.mask_text_in_place(black_box(output), &mut header));
        black_box(connection.encoded_len(Message::Binary(black_box(output))));
        let mut memory = [MaybeUninit::uninit(); 64];
        let sent = connection.send_uninit(Message::Binary(black_box(output)), &mut memory);
        _ = black_box(sent.map_err(cannot));
        black_box(connection.transmit_len());
        if black_box(false) {
            connection.handle_eof();
        }
    }
    // `{connection:?}` shows RSV bits as strings, and core's `Debug` of those is not proved.
    let code = black_box(CloseCode::NORMAL);
    if let Err(error) = connection.close(code, black_box("reason"), output) {
        _ = write!(Nowhere, "{error}");
    }
}

fn header() {
    let mut buffer = [0; Header::MAX_LEN];
    if let Some(opcode) = black_box(Opcode::new(black_box(9)))
        && let Ok(header) = Header::new(opcode, black_box(70_000))
    {
        black_box(header.with_masking_key(black_box([1; 4])).encode(&mut buffer));
        if let Ok(header) = header.not_final() {
            black_box((header.encoded_len(), header.encode(&mut buffer)));
        }
    }
    let by_hand = Header {
        fin: black_box(false),
        rsv: black_box(Rsv::RSV3),
        opcode: black_box(Opcode::Close),
        payload_len: black_box(u64::MAX),
        masking_key: black_box(Some([1; 4])),
    };
    black_box((by_hand.encoded_len(), by_hand.encode(&mut buffer)));
}

fn send(bytes: &mut [u8]) {
    let mut server = black_box(Encoder::server());
    let mut buffer = [0; Header::MAX_LEN];
    each_frame(black_box(bytes), |frame| {
        _ = black_box(server.encode_header(frame, &mut buffer).map_err(cannot));
    });
    encode(&mut server, bytes);
    let keys: fn() -> [u8; 4] = black_box(|| [1; 4]);
    encode(&mut black_box(Encoder::client(|| black_box([1; 4]))), bytes);
    black_box(Encoder::client(keys).is_closed());
    encode(&mut Encoder::client(masking_keys(Generator)), bytes);
    let mut either = Encoder::new(black_box(Some(keys)));
    encode(&mut either, bytes);
    if let Ok(encoded) = EncodedMessage::new(Message::Binary(bytes), black_box(&mut [0; 64])) {
        _ = black_box(server.send_encoded(black_box(&encoded)).map_err(cannot));
        _ = black_box(either.send_encoded(black_box(&encoded)).map_err(cannot));
        _ = black_box(either.encode(black_box(&encoded), &mut [0; 64]).map_err(cannot));
        _ = write!(Nowhere, "{encoded:?}");
    }
}

fn encode<K: KeySource>(encoder: &mut Encoder<K>, bytes: &mut [u8]) {
    let mut output = [0; 512];
    let output = black_box(output.as_mut_slice());
    each_frame(black_box(bytes), |frame| {
        black_box(encoder.encoded_len(frame));
        _ = black_box(encoder.encode(frame, black_box(output)).map_err(cannot));
    });
    let mut uninit = [MaybeUninit::uninit(); 512];
    let uninit = black_box(uninit.as_mut_slice());
    each_frame(black_box(bytes), |frame| {
        _ = black_box(encoder.encode_uninit(frame, black_box(uninit)).map_err(cannot));
    });
    let mut header = [0; Header::MAX_LEN];
    _ = black_box(encoder.mask_text_in_place(black_box(bytes), &mut header).map_err(cannot));
    _ = black_box(encoder.mask_binary_in_place(black_box(bytes), &mut header).map_err(cannot));
    _ = write!(Nowhere, "{encoder:?}");
    black_box((encoder.is_closed(), encoder.masks()));
}

/// All frames that can be made of these bytes.
fn each_frame(bytes: &[u8], mut f: impl FnMut(OutgoingFrame<'_>)) {
    let text = str::from_utf8(bytes).unwrap_or("Hello");
    let code = black_box(CloseCode::new(black_box(1000)));
    f(OutgoingFrame::text(text));
    f(OutgoingFrame::binary(bytes));
    let frames = [
        OutgoingFrame::ping(bytes),
        OutgoingFrame::pong(bytes),
        OutgoingFrame::close(Close { code, reason: text }),
    ];
    frames.into_iter().for_each(|frame| match frame {
        Ok(frame) => f(frame),
        Err(error) => _ = black_box(cannot(error)),
    });
    if let Some(size) = NonZeroUsize::new(black_box(7)) {
        for message in [Message::Text(text), Message::Binary(bytes)] {
            f(message.into());
            f(message.first_fragment());
            f(message.next_fragment());
            f(message.last_fragment());
            for frame in message.fragments(size) {
                black_box((frame.payload(), frame.opcode(), frame.fin()));
                f(frame);
            }
        }
    }
}

fn serve(input: &mut [u8]) {
    let limits = HeadLimits { max_head: black_box(4096), max_headers: black_box(100) };
    let mut reader = HeadReader::new(black_box(limits));
    match reader.request(black_box(input)) {
        Ok(Status::Complete(request)) => answer(&request),
        Ok(Status::Incomplete { missing }) => _ = black_box(missing),
        Err(error) => refuse(error),
    }
    black_box((reader.searched(), Limits::default()));
    black_box(handshake::accept_key(black_box("key")).map_err(refuse)).ok();
    let headers = black_box([("host", b"example.com".as_slice()), ("connection", b"Upgrade")]);
    match Upgrade::from_headers(black_box("GET"), black_box("/"), black_box(true), headers) {
        Ok(upgrade) => accept(&upgrade),
        Err(error) => refuse(error),
    }
    if let Some(origin) = Origin::parse(black_box("https://example.com")) {
        black_box((origin.scheme(), origin.host(), origin.port(), origin.is_same(&origin)));
        black_box(origin.has_host(black_box("example.com")));
    }
    let pseudo = black_box(PseudoHeaders::default());
    match Connect::from_headers(pseudo, headers) {
        Ok(connect) => {
            black_box((connect.secure(), connect.host(), connect.path(), connect.query()));
            black_box((connect.origin(), connect.subprotocols().last()));
            black_box(connect.select_subprotocol(black_box(&["chat"])));
            connect.extensions().for_each(extension);
            _ = with(|accept| {
                accept.connect_headers(&connect).map(|h| _ = black_box(h.iter().last()))
            });
        }
        Err(error) => refuse(error),
    }
}

fn answer(request: &Request<'_>) {
    black_box((request.head_len(), request.method(), request.target()));
    headers(request.headers());
    black_box(request.header(black_box("Cookie")).last());
    match request.upgrade() {
        Ok(upgrade) => accept(&upgrade),
        Err(error) => refuse(error),
    }
}

fn accept(upgrade: &Upgrade<'_>) {
    black_box((upgrade.host(), upgrade.path(), upgrade.query()));
    black_box((upgrade.origin(), upgrade.key().as_str(), upgrade.version()));
    black_box(upgrade.subprotocols().last());
    black_box(upgrade.select_subprotocol(black_box(&["chat"])));
    upgrade.extensions().for_each(extension);
    if let Some(answer) = black_box(Policy::DEFAULT).answer(upgrade.extensions()) {
        black_box((answer.as_str(), answer.agreed));
    }
    let mut output = [0; 512];
    _ = with(|accept| accept.write(upgrade, black_box(&mut output)).map(|out| _ = black_box(out)));
    _ = with(|accept| accept.headers(upgrade).map(|h| _ = black_box(h.iter().last())));
    let headers = [("WWW-Authenticate", "Basic")];
    let refusal = Refusal {
        headers: black_box(&headers),
        body: black_box(b"no"),
        ..Refusal::new(black_box(401))
    };
    _ = refusal.write(black_box(&mut output)).map(black_box).map_err(refuse);
}

/// Calls `f` with an answer that the compiler does not know.
fn with(f: impl FnOnce(&Accept<'_>) -> Result<(), handshake::HandshakeError>) -> Result<(), ()> {
    let headers = [("Set-Cookie", "crumb")];
    let accept = Accept {
        subprotocol: black_box(Some("chat")),
        extensions: black_box("permessage-deflate"),
        headers: black_box(&headers),
        origins: black_box(OriginPolicy::Listed(&["https://example.com"])),
    };
    f(&accept).map_err(refuse)
}

fn connect(input: &mut [u8]) {
    let mut output = [0; 512];
    let key = Key::new(black_box([7; 16]));
    _ = Key::parse(black_box(input)).map(black_box).map_err(refuse);
    _ = write!(Nowhere, "{key} {}", key.accept());
    black_box((key.as_str(), key.accept().as_str()));
    let uri = match Uri::parse(black_box("wss://example.com")) {
        Ok(uri) => uri,
        Err(error) => return refuse(error),
    };
    black_box((uri.secure(), uri.host(), uri.port(), uri.path(), uri.query()));
    let (subprotocols, headers) = (["chat"], [("Origin", "http://example.com")]);
    let offer = Offer {
        subprotocols: black_box(&subprotocols),
        extensions: black_box("permessage-deflate"),
        headers: black_box(&headers),
        ..Offer::new(black_box(uri))
    };
    _ = offer.write(key, black_box(&mut output)).map(black_box).map_err(refuse);
    match HeadReader::new(black_box(HeadLimits::default())).response(black_box(input)) {
        Ok(Status::Complete(response)) => take(&response, &offer, key),
        Ok(Status::Incomplete { missing }) => _ = black_box(missing),
        Err(error) => refuse(error),
    }
    black_box(Subprotocols::new(black_box(input)).last());
    Extensions::new(black_box(input)).flatten().for_each(extension);
}

fn take(response: &Response<'_>, offer: &Offer<'_>, key: Key) {
    black_box((response.head_len(), response.status()));
    headers(response.headers());
    black_box(response.header(black_box("Location")).last());
    match response.accepted(black_box(offer), black_box(key)) {
        Ok(accepted) => {
            black_box(accepted.subprotocol());
            accepted.extensions().for_each(extension);
            let policies = black_box([Policy::DEFAULT; 2]);
            black_box(policies[0].offer().as_str());
            _ = black_box(policies[0].check(accepted.extensions()).map_err(refuse));
            _ = black_box(Policy::check_any(&policies, accepted.extensions()).map_err(refuse));
            let role = black_box(Role::Client);
            _ = black_box(Agreed::from_answer(accepted.extensions(), role).map_err(refuse));
        }
        Err(error) => refuse(error),
    }
}

fn headers(headers: Headers<'_>) {
    for header in headers {
        black_box((header.name, header.value));
    }
}

fn extension(extension: Extension<'_>) {
    black_box(extension.name());
    for (name, value) in extension.params() {
        if let Some(value) = value {
            _ = write!(Nowhere, "{name}={value}");
            black_box((value == "15", value.bytes().last()));
        }
    }
}

fn cannot(error: SendError) -> SendError {
    _ = write!(Nowhere, "{error}");
    error
}

struct Generator;

impl TryRng for Generator {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(black_box(1))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(black_box(1))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(black_box(1));
        Ok(())
    }
}

impl TryCryptoRng for Generator {}

fn refuse(error: handshake::HandshakeError) {
    _ = write!(Nowhere, "{error}");
    black_box((error.section(), error.status(), error.answer(), error.description()));
    black_box((error.headers(), error.connect_status(), error.connect_headers()));
}

/// Somewhere for what is written with `Display`.
struct Nowhere;

impl fmt::Write for Nowhere {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        black_box(text);
        Ok(())
    }
}

fn describe(error: Error) {
    _ = write!(Nowhere, "{error}");
    black_box((error.rule(), error.offset(), error.close_code(), error.offset_by(black_box(9))));
    black_box(error.found());
    black_box((error.rule().section(), error.rule().description(), error.rule().close_code()));
}
