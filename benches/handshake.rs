//! The opening handshake beside what httparse takes alone.
//!
//! `WSPARSE_BENCH_SHORT=1 cargo bench` for a quick look; `benches/peers` for other libraries.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "not library code: it may panic; the groups serve other programs too, as public modules"
)]

mod groups {
    pub mod common;
    pub mod handshake;
    pub mod with_criterion;
}

use groups::handshake;
use groups::with_criterion::WithCriterion;

fn main() {
    let mut meter = WithCriterion::from_env();
    handshake::run(&mut meter, &handshake::servers(), &handshake::answers());
    meter.finish();
}
