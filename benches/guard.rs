//! Fails if a ratio that this library has reached is lost: `cargo bench --bench guard`.
//!
//! Each row of `guard.txt` is a case of the benchmarks, another way to do that work or a part of it,
//! and the most that ours may take of its time. The two take turns, so the ratio depends on neither the
//! speed of the machine nor on what else it does. `-- --list` prints all cases that can be rows.

use groups::Subjects;
use groups::common::{Case, Meter, Role, Scope};
use std::fmt::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[allow(dead_code, reason = "benches/peers uses the rest")]
#[allow(unsafe_code, reason = "the limits of unmasking are vector loops")]
mod groups;

/// The minimum duration of one subject's turn.
const PART: Duration = Duration::from_micros(100);
const ROUNDS: usize = 301;
/// A ratio is lost if it is too high each time. When other programs run, it may be high once.
const ATTEMPTS: usize = 4;

fn main() -> ExitCode {
    let has = |name| std::env::args().any(|argument| argument == name);
    let mut guard = Guard { rows: rows(include_str!("guard.txt")), lists: has("--list") };
    // Without `--bench`, this was started as a test: nothing is timed there.
    if !has("--bench") && !guard.lists {
        return ExitCode::SUCCESS;
    }
    groups::run(&mut guard, &Subjects::ours());
    if guard.lists {
        return ExitCode::SUCCESS;
    }
    let (table, is_broken) = guard.report();
    print!("{table}");
    if is_broken { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// A line of `guard.txt`.
struct Row {
    group: &'static str,
    case: &'static str,
    reference: &'static str,
    most: f64,
    /// The lowest that was measured.
    ratio: Option<f64>,
}

fn rows(text: &'static str) -> Vec<Row> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let row = |line: &'static str| {
        let fields: Vec<_> = line.split('|').map(str::trim).collect();
        let [group, case, reference, most] = fields[..] else { panic!("four fields: {line}") };
        let most = most.parse().unwrap_or_else(|_| panic!("a number at the end: {line}"));
        Row { group, case, reference, most, ratio: None }
    };
    lines.map(row).collect()
}

struct Guard {
    rows: Vec<Row>,
    lists: bool,
}

impl Meter for Guard {
    fn scope(&self) -> Scope {
        Scope::Short
    }

    fn wants(&self, group: &str) -> bool {
        self.lists || self.rows.iter().any(|row| row.group == group)
    }

    fn measure(&mut self, case: &Case<'_>, work: &mut dyn FnMut(usize, u64)) {
        if self.lists {
            let names = case.subjects.iter().map(|(name, _)| *name).collect::<Vec<_>>();
            println!("{} | {} | {}", case.group, case.name, names.join(", "));
            return;
        }
        let ours = case.subjects.iter().position(|(_, role)| *role == Role::Ours);
        for row in &mut self.rows {
            if (row.group, row.case) != (case.group, case.name) {
                continue;
            }
            let reference = case.subjects.iter().position(|(name, _)| *name == row.reference);
            let (Some(ours), Some(reference)) = (ours, reference) else { continue };
            for _ in 0..ATTEMPTS {
                let ratio = ratio(ours, reference, work);
                row.ratio = Some(row.ratio.map_or(ratio, |lowest| lowest.min(ratio)));
                if row.ratio <= Some(row.most) {
                    break;
                }
            }
        }
    }
}

impl Guard {
    /// Returns the table, and whether a row of it is broken.
    fn report(&self) -> (String, bool) {
        let mut table = format!(
            "{:<22} {:<24} {:<20} {:>6} {:>6}\n",
            "group", "case", "compared with", "ratio", "most"
        );
        let mut is_broken = false;
        for Row { group, case, reference, most, ratio } in &self.rows {
            let verdict = match ratio {
                Some(ratio) if ratio <= most => "",
                Some(_) => "  TOO SLOW",
                // Otherwise a case that was renamed would no longer be guarded.
                None => "  NOT FOUND",
            };
            is_broken |= !verdict.is_empty();
            let ratio = ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
            _ = writeln!(
                table,
                "{group:<22} {case:<24} {reference:<20} {ratio:>6} {most:>6.2}{verdict}"
            );
        }
        (table, is_broken)
    }
}

/// Returns how long one subject takes, divided by another: the median of many rounds in which both
/// have a turn.
fn ratio(ours: usize, reference: usize, work: &mut dyn FnMut(usize, u64)) -> f64 {
    let mut time = |subject, turns| {
        let start = Instant::now();
        work(subject, turns);
        start.elapsed().as_secs_f64() / turns as f64
    };
    let turns = [ours, reference].map(|subject| {
        let mut turns = 1;
        // The shortest of some: others use the machine too.
        while (0..3).map(|_| time(subject, turns)).fold(f64::INFINITY, f64::min) * (turns as f64)
            < PART.as_secs_f64()
        {
            turns *= 2;
        }
        turns
    });
    let mut ratios: Vec<_> = (0..ROUNDS)
        .map(|round| {
            // Neither is always the first.
            let (first, second) = if round % 2 == 0 { (0, 1) } else { (1, 0) };
            let mut times = [0.0; 2];
            for n in [first, second] {
                times[n] = time([ours, reference][n], turns[n]);
            }
            times[0] / times[1]
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}
