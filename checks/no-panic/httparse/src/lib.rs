//! Not httparse: what wsparse calls of it, giving results that the compiler cannot know. So the
//! proof holds whatever the real one returns; see ../Cargo.toml.
#![no_std]

use core::hint::black_box;
use core::marker::PhantomData;
use core::mem::MaybeUninit;

#[derive(Clone, Copy)]
pub struct Header<'b>(PhantomData<&'b ()>);

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

type Result = core::result::Result<Status<usize>, Error>;

pub struct Request<'h, 'b> {
    pub method: Option<&'b str>,
    pub path: Option<&'b str>,
    pub version: Option<u8>,
    headers: PhantomData<&'h mut [Header<'b>]>,
}

impl<'h, 'b> Request<'h, 'b> {
    pub fn new(_: &'h mut [Header<'b>]) -> Self {
        Self { method: None, path: None, version: None, headers: PhantomData }
    }

    pub fn parse_with_uninit_headers(
        &mut self,
        head: &'b [u8],
        headers: &'h mut [MaybeUninit<Header<'b>>],
    ) -> Result {
        self.method = str::from_utf8(black_box(head)).ok();
        self.path = str::from_utf8(black_box(head)).ok();
        self.version = black_box(None);
        any(headers)
    }
}

pub struct Response<'h, 'b> {
    pub code: Option<u16>,
    pub version: Option<u8>,
    headers: PhantomData<&'h mut [Header<'b>]>,
}

impl<'h, 'b> Response<'h, 'b> {
    pub fn new(_: &'h mut [Header<'b>]) -> Self {
        Self { code: None, version: None, headers: PhantomData }
    }
}

#[derive(Default)]
pub struct ParserConfig;

impl ParserConfig {
    pub fn parse_response_with_uninit_headers<'h, 'b>(
        &self,
        response: &mut Response<'h, 'b>,
        _: &'b [u8],
        headers: &'h mut [MaybeUninit<Header<'b>>],
    ) -> Result {
        response.code = black_box(None);
        response.version = black_box(None);
        any(headers)
    }
}

fn any(headers: &mut [MaybeUninit<Header<'_>>]) -> Result {
    black_box(headers);
    black_box(Ok(Status::Partial))
}
