//! Criterion as the one who takes the time.

use super::common::{Case, Meter, Scope};
use criterion::{BenchmarkId, Criterion, SamplingMode};
use std::time::{Duration, Instant};

pub struct WithCriterion {
    criterion: Criterion,
    scope: Scope,
}

impl WithCriterion {
    /// `WSPARSE_BENCH_SHORT=1` in the environment asks for a run of about a minute; all of it
    /// takes a quarter of an hour.
    pub fn from_env() -> Self {
        let short = std::env::var("WSPARSE_BENCH_SHORT").is_ok_and(|value| value != "0");
        let (scope, samples, resamples, warm_up, measurement) = match short {
            true => (Scope::Short, 10, 1_001, 30, 150),
            false => (Scope::Full, 30, 10_000, 100, 300),
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

    pub fn finish(self) {
        self.criterion.final_summary();
    }
}

impl Meter for WithCriterion {
    fn scope(&self) -> Scope {
        self.scope
    }

    /// Criterion filters by the whole name.
    fn wants(&self, _: &str) -> bool {
        true
    }

    fn measure(&mut self, case: &Case<'_>, work: &mut dyn FnMut(usize, u64)) {
        let mut group = self.criterion.benchmark_group(case.group);
        group.throughput(case.throughput.clone());
        // Work that takes milliseconds would not have enough turns for growing samples.
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
