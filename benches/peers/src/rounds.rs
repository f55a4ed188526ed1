//! Subjects take turns, so that a drift of the machine affects all of them.

use std::time::{Duration, Instant};

/// The minimum duration of a subject's part of a round.
const PART: Duration = Duration::from_micros(200);

const ROUNDS: usize = 31;

/// Used if a part takes longer than `LONG`.
const ROUNDS_OF_LONG_PARTS: usize = 15;
const LONG: Duration = Duration::from_millis(5);

/// A subject that takes more than this many times as long as the fastest is measured separately.
/// At large sizes, a subject that runs after tens of milliseconds of another's work would be slower
/// for many turns, because other programs have used the machine in the meantime.
const STRAGGLER: f64 = 4.0;

/// Returns the median time of one turn of each subject, in nanoseconds. `work(n, turns)` runs the
/// `n`th subject `turns` times.
pub fn medians(subjects: usize, work: &mut dyn FnMut(usize, u64)) -> Vec<f64> {
    let mut time = |subject, turns| {
        let start = Instant::now();
        work(subject, turns);
        start.elapsed()
    };
    let turns: Vec<_> = (0..subjects).map(|n| turns_of_part(&mut |turns| time(n, turns))).collect();
    let mut turn = |n: usize| {
        // The first turn replaces what the previous subject left in the caches.
        time(n, 1);
        time(n, turns[n]).as_nanos() as f64 / turns[n] as f64
    };

    let estimates: Vec<_> = (0..subjects).map(&mut turn).collect();
    let fastest = estimates.iter().copied().fold(f64::INFINITY, f64::min);
    let (stragglers, contenders): (Vec<_>, Vec<_>) =
        (0..subjects).partition(|&n| estimates[n] > STRAGGLER * fastest);

    let mut times = vec![Vec::new(); subjects];
    for league in [contenders, stragglers] {
        let part = |&n: &usize| estimates[n] * turns[n] as f64;
        let longest = league.iter().map(part).fold(0.0, f64::max);
        let long = longest > LONG.as_nanos() as f64;
        for round in 0..if long { ROUNDS_OF_LONG_PARTS } else { ROUNDS } {
            for n in 0..league.len() {
                // Neither the first nor the neighbours are always the same.
                let n = (round + n) % league.len();
                let n = league[if round % 2 == 0 { n } else { league.len() - 1 - n }];
                times[n].push(turn(n));
            }
        }
    }
    times.into_iter().map(median).collect()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// How many turns take `PART`.
fn turns_of_part(time: &mut dyn FnMut(u64) -> Duration) -> u64 {
    let mut turns = 1;
    loop {
        // The shortest of a few: others use the machine too.
        let taken = (0..3).map(|_| time(turns)).min().unwrap_or(PART);
        if taken * 4 >= PART {
            let exact = turns as f64 * PART.as_secs_f64() / taken.as_secs_f64();
            return (exact.ceil() as u64).max(1);
        }
        turns *= 2;
    }
}
