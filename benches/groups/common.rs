//! What all groups share: what is compared, what measures it, and bytes at known addresses.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// What a subject is compared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// This library.
    Ours,
    /// The work done byte by byte, as the RFC states it.
    Naive,
    /// A part of the work that every implementation has to do.
    Limit,
    /// Another way to do the same work.
    Peer,
    /// One that no target is set against: it checks fewer rules than ours, or its vectors are
    /// wider than those of the backend that was forced.
    Unequal,
}

/// One that does the work of a group.
#[derive(Clone, Copy)]
pub struct Subject<F> {
    pub name: &'static str,
    pub role: Role,
    pub run: F,
}

impl<F> Subject<F> {
    pub const fn new(name: &'static str, role: Role, run: F) -> Self {
        Self { name, role, run }
    }
}

/// How many of the cases are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A few sizes.
    Short,
    /// All sizes; the offsets and misalignments that can make a difference.
    Compare,
    /// Everything.
    Full,
}

impl Scope {
    /// Returns `Short` if the environment has `WSPARSE_BENCH_SHORT=1`.
    pub fn or_short(self) -> Self {
        match std::env::var("WSPARSE_BENCH_SHORT") {
            Ok(value) if value != "0" => Self::Short,
            _ => self,
        }
    }
}

/// The same work, done by several subjects.
pub struct Case<'a> {
    pub group: &'static str,
    pub name: &'a str,
    pub throughput: Throughput,
    /// What times are given for: a call, a frame, a header.
    pub unit: &'static str,
    pub subjects: &'a [(&'static str, Role)],
}

/// What one turn of the work amounts to.
#[derive(Clone, Copy, Debug)]
pub enum Throughput {
    /// One call with this number of bytes.
    Bytes(u64),
    /// This number of calls, frames or headers.
    Elements(u64),
}

/// Measures cases: with criterion in `cargo bench`, in rounds in `compare` of `benches/peers`.
pub trait Meter {
    fn scope(&self) -> Scope;

    /// Returns whether to measure any case of the group.
    fn wants(&self, group: &str) -> bool;

    /// Measures one case. `work(n, turns)` runs the `n`th subject `turns` times.
    fn measure(&mut self, case: &Case<'_>, work: &mut dyn FnMut(usize, u64));
}

pub fn roster<F>(subjects: &[Subject<F>]) -> Vec<(&'static str, Role)> {
    subjects.iter().map(|subject| (subject.name, subject.role)).collect()
}

/// RFC 6455 §5.3, word by word.
pub fn naive(payload: &mut [u8], key: [u8; 4]) {
    for (i, byte) in payload.iter_mut().enumerate() {
        *byte ^= key[i % 4];
    }
}

/// The same numbers in each run.
pub fn random() -> StdRng {
    StdRng::seed_from_u64(6455)
}

/// Bytes that start at a multiple of 64.
pub struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// Random bytes. Pages that were never written would all map to the same zero page.
    pub fn random(len: usize) -> Self {
        let mut buffer = Self::zeroed(len);
        random().fill(buffer.all());
        buffer
    }

    pub fn of(bytes: &[u8]) -> Self {
        let mut buffer = Self::zeroed(bytes.len());
        buffer.all().copy_from_slice(bytes);
        buffer
    }

    fn zeroed(len: usize) -> Self {
        let bytes = vec![0; len + 64];
        let start = bytes.as_ptr().align_offset(64);
        Self { bytes, start, len }
    }

    pub fn all(&mut self) -> &mut [u8] {
        self.at(0, self.len)
    }

    pub fn at(&mut self, offset: usize, len: usize) -> &mut [u8] {
        &mut self.bytes[self.start + offset..][..len]
    }
}

/// `4Ki` for 4096.
pub fn short(bytes: usize) -> String {
    match bytes {
        0 => "0".to_owned(),
        n if n % (1 << 20) == 0 => format!("{}Mi", n >> 20),
        n if n % (1 << 10) == 0 => format!("{}Ki", n >> 10),
        n => n.to_string(),
    }
}
