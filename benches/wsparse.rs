//! All groups of benchmarks, measured with criterion: `cargo bench [-- FILTER]`.
//!
//! `WSPARSE_BENCH_SHORT=1` measures a few sizes, each for a short time. `benches/peers` runs the
//! same groups beside other libraries.

use criterion::{BenchmarkId, Criterion, SamplingMode};
use groups::Subjects;
use groups::common::{Case, Meter, Scope, Throughput};
use std::time::{Duration, Instant};

#[allow(dead_code, reason = "benches/peers uses the rest")]
#[allow(unsafe_code, reason = "the limits of unmasking are vector loops")]
mod groups;

fn main() {
    let mut meter = WithCriterion::from_env();
    groups::run(&mut meter, &Subjects::ours());
    meter.criterion.final_summary();
}

struct WithCriterion {
    criterion: Criterion,
    scope: Scope,
}

impl WithCriterion {
    fn from_env() -> Self {
        let scope = Scope::Full.or_short();
        let (samples, resamples, warm_up, measurement) = match scope {
            Scope::Short => (10, 1_001, 30, 150),
            _ => (30, 10_000, 100, 300),
        };
        let criterion = Criterion::default()
            .without_plots()
            .sample_size(samples)
            .nresamples(resamples)
            .warm_up_time(Duration::from_millis(warm_up))
            .measurement_time(Duration::from_millis(measurement))
            .configure_from_args();
        Self { criterion, scope }
    }
}

impl Meter for WithCriterion {
    fn scope(&self) -> Scope {
        self.scope
    }

    /// Criterion's filter is matched against the full name of a benchmark, which is not known here.
    fn wants(&self, _: &str) -> bool {
        true
    }

    fn measure(&mut self, case: &Case<'_>, work: &mut dyn FnMut(usize, u64)) {
        let mut group = self.criterion.benchmark_group(case.group);
        group.throughput(match case.throughput {
            Throughput::Bytes(bytes) => criterion::Throughput::Bytes(bytes),
            Throughput::Elements(elements) => criterion::Throughput::Elements(elements),
        });
        // A turn can take milliseconds: samples of growing length would take too long.
        group.sampling_mode(SamplingMode::Flat);
        for (n, (subject, _)) in case.subjects.iter().enumerate() {
            group.bench_function(BenchmarkId::new(case.name, subject), |bencher| {
                bencher.iter_custom(|turns| {
                    let start = Instant::now();
                    work(n, turns);
                    start.elapsed()
                });
            });
        }
        group.finish();
    }
}
