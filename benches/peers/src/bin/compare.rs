//! Prints all groups as tables: wsparse beside the peers and the targets.
//!
//! `cargo run --release --bin compare -- [--report FOLDER] [PART OF A GROUP'S NAME]`
//!
//! Within each case the subjects take turns in many short rounds, so that a drift of the machine
//! affects all of them; the figures are medians over the rounds. `WSPARSE_BENCH_SHORT=1` measures
//! a few sizes only. `--report` writes the figures, a page and charts into the folder.

use std::path::PathBuf;
use wsparse_peers::groups::common::{Case, Meter, Role, Scope, Throughput};
use wsparse_peers::groups::limit::{FORCED, limit};
use wsparse_peers::groups::{self, Subjects};
use wsparse_peers::report::Report;
use wsparse_peers::rounds::medians;
use wsparse_peers::targets::{Figures, Verdict};
use wsparse_peers::{assemble, decode, deflate, encode, handshake, header, mask, text};

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    let folder = arguments
        .next_if(|argument| argument == "--report")
        .map(|_| PathBuf::from(arguments.next().expect("--report FOLDER")));
    let mut compare = Compare::new(arguments.next().unwrap_or_default());
    println!("{}", compare.report);
    let subjects = Subjects {
        unmask: mask::subjects(),
        decode: decode::subjects(),
        text: text::subjects(),
        parse_header: header::parsers(),
        write_header: header::encoders(),
        encode: encode::subjects(),
        assemble: assemble::subjects(),
        serve: handshake::servers(),
        answer_key: handshake::answers(),
        ..Subjects::ours()
    };
    groups::run(&mut compare, &subjects);
    deflate::run(&mut compare);
    compare.finish();
    if let Some(folder) = folder {
        compare.report.write(&folder).expect("the report can be written");
    }
}

fn machine() -> Report {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name| info.lines().find_map(|line| line.strip_prefix(name));
    // Virtual machines may hide the name, but not the number.
    let cpu = field("model name\t: ")
        .zip(field("model\t\t: "))
        .map(|(name, number)| format!("{name}, model {number}"));
    let native = if cfg!(target_feature = "avx2") { ", target-cpu with AVX2" } else { "" };
    let cpu = cpu.unwrap_or_else(|| std::env::consts::ARCH.to_owned()) + native;
    Report::new(cpu, FORCED, limit().0)
}

struct Compare {
    scope: Scope,
    filter: String,
    groups: Vec<Group>,
    report: Report,
}

/// The summary of a group.
struct Group {
    name: &'static str,
    /// How many rows have a target, and how many of those miss it.
    rows: usize,
    missed: usize,
    /// The worst ratio of our time to the best peer's, and its case.
    worst: (f64, String),
}

impl Compare {
    fn new(filter: String) -> Self {
        Self { scope: Scope::Compare.or_short(), filter, groups: Vec::new(), report: machine() }
    }

    fn add(&mut self, figures: Figures) {
        if self.groups.last().is_none_or(|group| group.name != figures.group) {
            print_head(&figures);
            let worst = (0.0, String::new());
            self.groups.push(Group { name: figures.group, rows: 0, missed: 0, worst });
        }
        let verdicts = figures.verdicts();
        print_row(&figures, &verdicts);
        let Some(group) = self.groups.last_mut() else { return };
        group.rows += usize::from(!verdicts.is_empty());
        group.missed += usize::from(verdicts.iter().any(|verdict| !verdict.holds));
        let ratio = figures.best(Role::Peer).map_or(0.0, |(_, time)| figures.ours() / time);
        if ratio > group.worst.0 {
            group.worst = (ratio, figures.case.clone());
        }
        self.report.add(figures);
    }

    /// Prints how each group did against its targets.
    fn finish(&self) {
        println!();
        for Group { name, rows, missed, worst: (ratio, case) } in &self.groups {
            println!(
                "{name:<22} {missed:>3} of {rows:>3} rows miss; \
                 at worst {ratio:.2} x the best peer ({case})"
            );
        }
    }
}

impl Meter for Compare {
    fn scope(&self) -> Scope {
        self.scope
    }

    fn wants(&self, group: &str) -> bool {
        group.contains(&self.filter)
    }

    fn measure(&mut self, case: &Case<'_>, work: &mut dyn FnMut(usize, u64)) {
        let units = match case.throughput {
            Throughput::Elements(units) => units,
            Throughput::Bytes(_) => 1,
        };
        let medians = medians(case.subjects.len(), work);
        let subjects = case.subjects.iter().zip(medians);
        let figures = Figures {
            group: case.group,
            case: case.name.to_owned(),
            throughput: case.throughput,
            unit: case.unit,
            subjects: subjects
                .map(|(&(name, role), time)| (name, role, time / units as f64))
                .collect(),
        };
        let per_second = 1e9 / figures.ours();
        self.add(figures);
        if case.group.starts_with("deflate") {
            println!("{:CASE$}{per_second:.0} messages per second", "");
        }
    }
}

const CASE: usize = 20;
const BEST: usize = 18;

fn width(name: &str) -> usize {
    name.len().max(8) + 1
}

fn print_head(figures: &Figures) {
    println!("\n{}: nanoseconds per {}", figures.group, figures.unit);
    print!("{:<CASE$}", "");
    for (name, role, _) in &figures.subjects {
        let mark = if *role == Role::Unequal { "*" } else { "" };
        print!("{:>1$}", format!("{name}{mark}"), width(name) + 1);
    }
    println!("  {:<BEST$}{:>8}{:>11}", "best peer", "ours/it", "ours/limit");
    if figures.best(Role::Unequal).is_some() {
        println!("{:<CASE$}(* does not count: checks fewer rules, or has wider vectors)", "");
    }
}

fn print_row(figures: &Figures, verdicts: &[Verdict]) {
    print!("{:<CASE$}", figures.case);
    for (name, _, time) in &figures.subjects {
        let decimals = if *time < 1000.0 { 2 } else { 0 };
        print!("{time:>0$.decimals$}", width(name) + 1);
    }
    let (name, best) = match figures.best(Role::Peer) {
        Some((name, time)) => (name, format!("{:.2}", figures.ours() / time)),
        None => ("-", "-".to_owned()),
    };
    let limit = match figures.best(Role::Limit) {
        // From here on the share of the limit is what counts.
        Some((_, time)) if figures.bytes() >= Some(4 << 10) => {
            format!("{:.1} %", 100.0 * time / figures.ours())
        }
        Some((_, time)) => format!("{:.2}", figures.ours() / time),
        None => "-".to_owned(),
    };
    let missed: Vec<_> = verdicts.iter().filter(|verdict| !verdict.holds).collect();
    let verdict = match (verdicts, missed.as_slice()) {
        ([], _) => String::new(),
        (_, []) => "ok".to_owned(),
        (_, missed) => {
            let bounds: Vec<_> = missed.iter().map(|verdict| verdict.bound.as_str()).collect();
            format!("MISS ({})", bounds.join(", "))
        }
    };
    println!("  {name:<BEST$}{best:>8}{limit:>11}  {verdict}");
}
