//! Not httparse, but the functions of it that wsparse calls, with results that the compiler cannot
//! know. The proof then holds for every result of the real ones; see ../Cargo.toml.
#![no_std]

use core::hint::black_box;

#[derive(Clone, Copy)]
pub struct Header<'b> {
    pub name: &'b str,
    pub value: &'b [u8],
}

pub const EMPTY_HEADER: Header<'static> = Header { name: "", value: b"" };

#[derive(Clone, Copy)]
pub enum Status<T> {
    Complete(T),
    Partial,
}

#[derive(Clone, Copy)]
pub enum Error {
    HeaderName,
    HeaderValue,
    NewLine,
    Status,
    Token,
    TooManyHeaders,
    Version,
}

pub type Result<T> = core::result::Result<Status<T>, Error>;

pub fn parse_headers<'b: 'h, 'h>(
    lines: &'b [u8],
    headers: &'h mut [Header<'b>],
) -> Result<(usize, &'h [Header<'b>])> {
    black_box((lines, headers));
    black_box(Ok(Status::Partial))
}
