//! Links only if no panic can be reached from the library: the panic handler calls a function that
//! does not exist, so the linker fails unless the compiler has proved that the handler is dead.
//!
//! Each public function is called here on inputs that the compiler cannot know. Built and not run,
//! by `.ci/no-panic`; which also builds it with the feature `prove-the-proof`, where it must fail.
#![no_std]
#![no_main]

use core::fmt::{self, Write};
use core::hint::black_box;
use core::mem::MaybeUninit;
use wsparse::{
    Close, CloseCode, Config, Decoder, Error, Event, Frame, Frames, Header, HeaderView, Opcode,
    Role, Rsv, Status, Utf8,
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
    header();
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

fn decode(input: &mut [u8]) {
    let config = Config {
        role: black_box(Role::Server),
        allowed_rsv: black_box(Rsv::RSV1),
        max_frame: black_box(1 << 40),
        max_message: black_box(u64::MAX),
        max_fragments: black_box(u32::MAX),
    };
    let mut decoder = Decoder::new(config);
    loop {
        let mut rest = black_box(&mut *input);
        match decoder.decode(&mut rest) {
            Ok(Some(Event::Data(data))) => _ = black_box(data),
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

fn header() {
    let mut buffer = [0; Header::MAX_LEN];
    if let Some(opcode) = black_box(Opcode::new(black_box(9)))
        && let Ok(header) = Header::new(opcode, black_box(70_000))
    {
        black_box(header.with_masking_key(black_box([1; 4])).encode(&mut buffer));
        if let Ok(header) = header.unfinished() {
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
    black_box((error.rule(), error.offset(), error.close_code(), error.after(black_box(9))));
    black_box((error.rule().section(), error.rule().description(), error.rule().close_code()));
}
