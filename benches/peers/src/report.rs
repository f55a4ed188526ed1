//! What a run of `compare` leaves behind: a file for programs, a page for readers, and charts.

use crate::charts;
use crate::groups::common::Role;
use crate::targets::Figures;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{fmt, fs, io};

/// One run of all groups, on one machine, with one backend.
#[derive(Serialize)]
pub struct Report {
    cpu: String,
    /// The backend that was forced, or "chosen at run time".
    backend: &'static str,
    /// The width of the limit's vectors.
    limit: &'static str,
    compiler: String,
    date: String,
    command: String,
    rows: Vec<Figures>,
}

/// The machine, in one line.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu, backend, limit, .. } = self;
        write!(f, "CPU: {cpu}; wsparse_backend: {backend}; limit: {limit}")
    }
}

impl Report {
    pub fn new(cpu: String, backend: Option<&'static str>, limit: &'static str) -> Self {
        let flags =
            backend.map(|backend| format!("RUSTFLAGS='--cfg wsparse_backend=\"{backend}\"' "));
        Self {
            cpu,
            backend: backend.unwrap_or("chosen at run time"),
            limit,
            compiler: said("rustc", &["--version"]),
            date: said("date", &["-u", "+%F"]),
            command: flags.unwrap_or_default()
                + "cargo run --release --bin compare -- --report ../reports",
            rows: Vec::new(),
        }
    }

    pub fn add(&mut self, mut figures: Figures) {
        for (.., time) in &mut figures.subjects {
            *time = (*time * 1000.0).round() / 1000.0;
        }
        self.rows.push(figures);
    }

    /// Writes the files into `folder`. Their names contain the CPU and the backend, so that figures from
    /// another machine are kept.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let name = self.name();
        fs::create_dir_all(folder)?;
        let json = serde_json::to_string(self)?;
        fs::write(folder.join(format!("{name}.json")), json + "\n")?;
        fs::write(folder.join(format!("{name}.md")), self.page(&name))?;
        for (kind, chart) in charts::of(&self.rows) {
            fs::write(folder.join(format!("{name}-{kind}.svg")), chart)?;
        }
        println!("\nwritten: {}/{name}.{{json,md}} and its charts", folder.display());
        Ok(())
    }

    /// Lower-case letters, digits and hyphens.
    fn name(&self) -> String {
        let backend = self.backend.replace("chosen at run time", self.limit);
        let all = format!("{} {backend}", self.cpu).to_lowercase().replace("(r)", " ");
        let words = all.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-")
    }

    fn page(&self, name: &str) -> String {
        let Self { cpu, backend, limit, compiler, date, command, rows } = self;
        let mut page = format!(
            "# {cpu}, {date}\n\
             Backend: {backend}. The limit's vectors: {limit}. {compiler}.\n\n\
             `{command}` wrote this page in `benches/peers`. [BENCHMARKS.md](../../BENCHMARKS.md#method) describes \
             how it measures.\nAll times are nanoseconds, medians of one run. \"Ours ÷ best peer\" below 1 means that \
             wsparse is faster.\n",
        );
        for (kind, _) in charts::of(rows) {
            _ = write!(page, "\n![{}]({name}-{kind}.svg)\n", charts::title(kind));
        }
        let mut group = "";
        for row in rows {
            if row.group != group {
                group = row.group;
                _ = write!(
                    page,
                    "\n## {group}\n| case | per | wsparse | best peer | | ours ÷ best peer | ours ÷ limit |\n\
                     |---|---|---:|---|---:|---:|---:|\n",
                );
            }
            page += &line(row);
        }
        page
    }
}

fn line(row: &Figures) -> String {
    let ours = row.ours();
    let ratio = |role| {
        let best = row.best(role);
        best.map_or_else(|| "–".to_owned(), |(_, time)| format!("{:.2}", ours / time))
    };
    let (peer, time) = row
        .best(Role::Peer)
        .map_or(("–", String::new()), |(name, time)| (name, nanoseconds(time)));
    let [peers, limit] = [Role::Peer, Role::Limit].map(ratio);
    let (case, unit) = (&row.case, row.unit);
    format!("| {case} | {unit} | {} | {peer} | {time} | {peers} | {limit} |\n", nanoseconds(ours))
}

fn nanoseconds(time: f64) -> String {
    let decimals = if time < 100.0 { 2 } else { 0 };
    format!("{time:.decimals$}")
}

/// The first line that a program prints.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.ok()
        .and_then(|text| text.lines().next().map(str::to_owned))
        .unwrap_or_else(|| "unknown".into())
}
