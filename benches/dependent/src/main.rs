//! Prints what decoding takes, in nanoseconds for a frame. `compare` runs this with two profiles in turns.

use groups::Subjects;
use groups::common::{Case, Meter, Role, Scope, Throughput};
use std::time::{Duration, Instant};

#[allow(dead_code, reason = "benches/peers uses the rest")]
#[allow(unsafe_code, reason = "the limits of unmasking are vector loops")]
#[path = "../../groups/mod.rs"]
mod groups;

const PART: Duration = Duration::from_micros(200);
const ROUNDS: usize = 101;

struct Print;

impl Meter for Print {
    fn scope(&self) -> Scope {
        Scope::Short
    }

    fn wants(&self, group: &str) -> bool {
        group == "decode" || group.starts_with("stream")
    }

    fn measure(&mut self, case: &Case<'_>, work: &mut dyn FnMut(usize, u64)) {
        let ours = case.subjects.iter().position(|(_, role)| *role == Role::Ours);
        let (Some(ours), true) = (ours, self.wants(case.group)) else { return };
        let units = match case.throughput {
            Throughput::Elements(units) => units,
            Throughput::Bytes(_) => 1,
        };
        let mut time = |turns| {
            let start = Instant::now();
            work(ours, turns);
            start.elapsed()
        };
        let mut turns = 1;
        while time(turns) < PART {
            turns *= 2;
        }
        let mut times: Vec<_> = (0..ROUNDS).map(|_| time(turns)).collect();
        times.sort();
        let nanoseconds = times[ROUNDS / 2].as_secs_f64() * 1e9 / (turns * units) as f64;
        println!("{}: {}|{nanoseconds:.3}", case.group, case.name);
    }
}

fn main() {
    groups::run(&mut Print, &Subjects::ours());
}
