//! Fails if a ratio that this library has reached is lost: `cargo bench --bench guard --features deflate`.
//!
//! Each row of `guard.txt` is a case of the benchmarks, another way to do that work or a part of it,
//! and the most that ours may take of its time. The two take turns, so the ratio depends on neither the
//! speed of the machine nor on what else it does. `-- --list` prints all cases that can be rows.
//!
//! A row that is above its limit is measured again. It is broken if its ratio is above the limit each
//! time, by more than the attempts differ. If they differ by more, the machine is too busy to tell.
//!
//! A ratio does depend on the kind of CPU. On one that is not among [`CPUS`], the limits are higher.

use groups::Subjects;
use groups::common::{Case, Meter, Role, Scope};
use groups::limit::FORCED;
use std::fmt::{self, Display};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

#[cfg(feature = "deflate")]
mod codecs;
#[cfg(feature = "deflate")]
mod deflate;
#[allow(dead_code, reason = "benches/peers uses the rest")]
#[allow(unsafe_code, reason = "the limits of unmasking are vector loops")]
mod groups;
#[cfg(feature = "deflate")]
mod json;

/// The minimum duration of one subject's turn.
const PART: Duration = Duration::from_micros(100);
const ROUNDS: usize = 301;
const ATTEMPTS: usize = 5;
/// Between two attempts: what else the machine does may end.
const PAUSE: Duration = Duration::from_millis(500);

/// The CPUs on which the limits were measured: vendor, family and model in `/proc/cpuinfo`.
const CPUS: [&str; 1] = ["GenuineIntel 6 207"];
/// How much higher the limits are on another CPU.
const MARGIN: f64 = 1.3;

fn main() -> ExitCode {
    let has = |name| std::env::args().any(|argument| argument == name);
    let margin = if CPUS.contains(&cpu().as_str()) { 1.0 } else { MARGIN };
    let mut guard = Guard { rows: rows(include_str!("guard.txt"), margin), lists: has("--list") };
    // Without `--bench`, this was started as a test: nothing is timed there.
    if !has("--bench") && !guard.lists {
        return ExitCode::SUCCESS;
    }
    for attempt in 0..if guard.lists { 1 } else { ATTEMPTS } {
        if attempt > 0 {
            thread::sleep(PAUSE);
        }
        groups::run(&mut guard, &Subjects::ours());
        #[cfg(feature = "deflate")]
        deflate::run(&mut guard);
        if !guard.rows.iter().any(Row::is_open) {
            break;
        }
    }
    if guard.lists {
        return ExitCode::SUCCESS;
    }
    guard.report()
}

/// A line of `guard.txt`.
struct Row {
    group: &'static str,
    case: &'static str,
    reference: &'static str,
    most: f64,
    /// What the row needs, such as a feature.
    needs: &'static str,
    /// One for each attempt.
    ratios: Vec<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    TooSlow,
    TooBusy,
    NotFound,
    NotHere,
}

/// Vendor, family and model.
fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let fact = |name| {
        let facts = info.lines().filter_map(|line| line.split_once(':'));
        facts.filter(|(fact, _)| fact.trim() == name).map(|(_, value)| value.trim()).next()
    };
    ["vendor_id", "cpu family", "model"].map(|name| fact(name).unwrap_or("unknown")).join(" ")
}

fn rows(text: &'static str, margin: f64) -> Vec<Row> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let row = |line: &'static str| {
        let fields: Vec<_> = line.split('|').map(str::trim).collect();
        let [group, case, reference, most, needs] = fields[..] else {
            panic!("five fields: {line}")
        };
        let most = most.parse::<f64>().unwrap_or_else(|_| panic!("a number: {line}")) * margin;
        Row { group, case, reference, most, needs, ratios: Vec::new() }
    };
    lines.map(row).collect()
}

impl Row {
    fn is_possible(&self) -> bool {
        match self.needs {
            "" => true,
            "deflate" => cfg!(feature = "deflate"),
            "text" => checks_text(),
            needs => panic!("{needs} is unknown"),
        }
    }

    /// Returns the lowest ratio, which other programs have raised the least, and what the attempts
    /// differ by: their median divided by the lowest.
    fn measured(&self) -> Option<(f64, f64)> {
        let mut ratios = self.ratios.clone();
        ratios.sort_by(f64::total_cmp);
        let lowest = *ratios.first()?;
        Some((lowest, ratios[ratios.len() / 2] / lowest))
    }

    fn verdict(&self) -> Verdict {
        match self.measured() {
            _ if !self.is_possible() => Verdict::NotHere,
            // Otherwise a case that was renamed would no longer be guarded.
            None => Verdict::NotFound,
            Some((lowest, _)) if lowest <= self.most => Verdict::Fine,
            Some((lowest, difference)) if lowest <= self.most * difference => Verdict::TooBusy,
            Some(_) => Verdict::TooSlow,
        }
    }

    fn is_open(&self) -> bool {
        let verdict = self.verdict();
        self.ratios.is_empty() && verdict != Verdict::NotHere
            || matches!(verdict, Verdict::TooSlow | Verdict::TooBusy)
    }
}

/// Whether the backend checks text with its vectors. The others check it byte by byte.
fn checks_text() -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if !std::is_x86_feature_detected!("ssse3") {
        return false;
    }
    !matches!(FORCED, Some("word" | "portable" | "sse2"))
}

impl Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { group, case, reference, most, .. } = self;
        let ratio = self.measured().map_or("-".to_owned(), |(lowest, _)| format!("{lowest:.2}"));
        let verdict = match self.verdict() {
            Verdict::Fine => "",
            Verdict::TooSlow => "  TOO SLOW",
            Verdict::TooBusy => "  too busy to tell",
            Verdict::NotFound => "  NOT FOUND",
            Verdict::NotHere => return write!(f, "{group:<22} {case:<24} needs {}", self.needs),
        };
        write!(f, "{group:<22} {case:<24} {reference:<20} {ratio:>6} {most:>6.2}{verdict}")
    }
}

struct Guard {
    rows: Vec<Row>,
    lists: bool,
}

impl Meter for Guard {
    fn scope(&self) -> Scope {
        Scope::Compare
    }

    fn wants(&self, group: &str) -> bool {
        self.lists || self.rows.iter().any(|row| row.group == group && row.is_open())
    }

    fn measure(&mut self, case: &Case<'_>, work: &mut dyn FnMut(usize, u64)) {
        if self.lists {
            let names = case.subjects.iter().map(|(name, _)| *name).collect::<Vec<_>>();
            println!("{} | {} | {}", case.group, case.name, names.join(", "));
            return;
        }
        let ours = case.subjects.iter().position(|(_, role)| *role == Role::Ours);
        for row in self.rows.iter_mut().filter(|row| row.is_open()) {
            if (row.group, row.case) != (case.group, case.name) {
                continue;
            }
            let reference = case.subjects.iter().position(|(name, _)| *name == row.reference);
            let (Some(ours), Some(reference)) = (ours, reference) else { continue };
            row.ratios.push(ratio(ours, reference, work));
        }
    }
}

impl Guard {
    fn report(&self) -> ExitCode {
        let cpu = cpu();
        if !CPUS.contains(&cpu.as_str()) {
            println!(
                "The limits were measured on another CPU than {cpu}. They are {MARGIN} times as high here."
            );
        }
        let head = ["group", "case", "compared with", "ratio", "most"];
        let [group, case, reference, ratio, most] = head;
        println!("{group:<22} {case:<24} {reference:<20} {ratio:>6} {most:>6}");
        self.rows.iter().for_each(|row| println!("{row}"));
        if !cfg!(target_arch = "x86_64") {
            println!("The limits are for x86-64. Here, none of them is enforced.");
            return ExitCode::SUCCESS;
        }
        let has = |verdict| self.rows.iter().any(|row| row.verdict() == verdict);
        if has(Verdict::TooSlow) || has(Verdict::NotFound) {
            return ExitCode::FAILURE;
        }
        if has(Verdict::TooBusy) {
            println!("SKIPPED: too busy to measure");
        }
        ExitCode::SUCCESS
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
