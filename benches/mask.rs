//! `unmask` and `copy_masked` beside the naive loop and the limit of the machine.
//!
//! `WSPARSE_BENCH_SHORT=1 cargo bench` for a quick look; `benches/peers` for other libraries.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "not library code: it may panic; the groups serve other programs too, as public modules"
)]

mod groups {
    pub mod common;
    pub mod copy;
    pub mod limit;
    pub mod mask;
    pub mod with_criterion;
}

use groups::with_criterion::WithCriterion;
use groups::{copy, mask};

fn main() {
    let mut meter = WithCriterion::from_env();
    mask::run(&mut meter, &mask::subjects());
    copy::run(&mut meter, &copy::subjects());
    meter.finish();
}
