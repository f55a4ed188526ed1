//! Whole frames and headers, read and written, beside a naive way and a part of the work.
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
    pub mod assemble;
    pub mod common;
    pub mod encode;
    pub mod frame;
    pub mod header;
    pub mod stream;
    pub mod with_criterion;
}

use groups::with_criterion::WithCriterion;
use groups::{assemble, encode, frame, header, stream};

fn main() {
    let mut meter = WithCriterion::from_env();
    frame::run(&mut meter, &frame::subjects());
    stream::run(&mut meter, &stream::subjects());
    header::run(&mut meter, &header::parsers(), &header::encoders());
    encode::run(&mut meter, &encode::subjects());
    assemble::run(&mut meter, &assemble::subjects());
    meter.finish();
}
