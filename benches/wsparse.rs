//! All groups of benchmarks: `cargo bench [-- PART OF A GROUP'S NAME]`.
//!
//! `WSPARSE_BENCH_SHORT=1` measures a few sizes only. `benches/peers` runs the same groups beside
//! other libraries.

#[allow(dead_code, reason = "benches/peers uses the rest")]
#[allow(unsafe_code, reason = "the limits of unmasking are vector loops")]
mod groups;

use groups::Subjects;
use groups::common::Scope;
use groups::meter::Meter;

fn main() {
    let mut meter = Meter::from_env(Scope::Full, |_| Vec::new());
    groups::run(&mut meter, &Subjects::ours());
}
