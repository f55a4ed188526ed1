//! Targets without vectors, or without a kernel for theirs.

use super::backend::Backend;
use super::bytes::Bytes;
use super::vectors::Kernel;
use super::words;
pub(super) use super::words::run as run_narrow;

/// The only choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Isa {
    Portable,
}

impl Isa {
    pub(super) const ALL: &[Self] = &[Self::Portable];

    pub(super) const fn name(self) -> &'static str {
        "portable"
    }

    pub(super) const fn is_present(self) -> bool {
        true
    }
}

/// Runs a kernel on pairs of 64-bit integers.
#[inline(always)]
pub(super) fn run<K: Kernel<B>, B: Bytes>(backend: Backend, bytes: B, key: u32) -> K::Output {
    match backend.isa() {
        Isa::Portable => words::run_apart::<K, B>(bytes, key),
    }
}
