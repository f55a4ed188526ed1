//! The state of each type, without the buffers that it is given. `.ci/size` reads the sizes of these
//! symbols.
#![no_std]
#![no_main]

use core::mem::MaybeUninit;
use size::keep;
use wsparse::handshake::HeadReader;
use wsparse::{
    Assembler, Connection, Decoder, Encoder, Endpoint, Messages, ServerOpening, Timeouts, Utf8,
};

type State<T> = MaybeUninit<T>;

#[unsafe(export_name = "ram:Utf8")]
static UTF8: State<Utf8> = State::uninit();
#[unsafe(export_name = "ram:Decoder")]
static DECODER: State<Decoder> = State::uninit();
#[unsafe(export_name = "ram:Messages")]
static MESSAGES: State<Messages> = State::uninit();
#[unsafe(export_name = "ram:Assembler")]
static ASSEMBLER: State<Assembler<[u8; 0]>> = State::uninit();
#[unsafe(export_name = "ram:Encoder")]
static ENCODER: State<Encoder> = State::uninit();
#[unsafe(export_name = "ram:Connection")]
static CONNECTION: State<Connection> = State::uninit();
#[unsafe(export_name = "ram:Timeouts")]
static TIMEOUTS: State<Timeouts> = State::uninit();
#[unsafe(export_name = "ram:HeadReader")]
static HEAD_READER: State<HeadReader> = State::uninit();
#[unsafe(export_name = "ram:ServerOpening")]
static SERVER_OPENING: State<ServerOpening<[u8; 0]>> = State::uninit();
#[unsafe(export_name = "ram:Endpoint")]
static ENDPOINT: State<Endpoint<[u8; 0], [u8; 0]>> = State::uninit();

#[unsafe(no_mangle)]
extern "C" fn _start() {
    // The linker removes symbols that are never used.
    keep(&UTF8);
    keep(&DECODER);
    keep(&MESSAGES);
    keep(&ASSEMBLER);
    keep(&ENCODER);
    keep(&CONNECTION);
    keep(&TIMEOUTS);
    keep(&HEAD_READER);
    keep(&SERVER_OPENING);
    keep(&ENDPOINT);
}
