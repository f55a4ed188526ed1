//! Measures the echo servers of this crate: messages per second, CPU time and memory.
//!
//! `cargo run --release` starts each server in turn on one core, and drives it from another. See
//! BENCHMARKS.md for what it measures.

mod client;
mod load;
mod message;
mod options;
mod process;
mod report;
mod row;

use load::Load;
use options::Options;
use process::{Program, Server};
use report::{Better, Table};
use row::Row;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// How long the server works before the figures are taken.
const WARM_UP: Duration = Duration::from_millis(100);
/// The idle connections of the table of memory.
const IDLE: usize = 10_000;
/// The memory is first measured with this number, so that the program itself is not counted.
const FIRST: usize = 100;
/// When the idle connections take this number of bytes, no more are opened.
const MAX_MEMORY: u64 = 300 << 20;

fn main() -> ExitCode {
    let result = Options::parse(std::env::args().skip(1)).and_then(|options| {
        let folder = build().map_err(|error| format!("cannot build the servers: {error}"))?;
        pin(&options.load_core)?;
        measure(&options, &folder)
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Builds the servers, and returns the folder of their programs.
fn build() -> io::Result<PathBuf> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let cargo = std::env::var("CARGO").unwrap_or("cargo".into());
    let arguments = ["build", "--quiet", "--release", "--bins", "--manifest-path", manifest];
    if !Command::new(cargo).args(arguments).status()?.success() {
        return Err(io::Error::other("cargo build failed"));
    }
    let mut folder = std::env::current_exe()?;
    folder.pop();
    Ok(folder)
}

/// Restricts this process to a core.
fn pin(core: &str) -> Result<(), String> {
    let id = std::process::id().to_string();
    match Command::new("taskset").args(["-cp", core, &id]).output() {
        Ok(output) if output.status.success() => Ok(()),
        _ => Err(format!("taskset cannot choose core {core}; util-linux has it")),
    }
}

fn measure(options: &Options, folder: &Path) -> Result<(), String> {
    let programs = options.programs.as_slice();
    let mut rate = Table::new("Thousand messages per second", Better::Higher, programs);
    let mut cpu =
        Table::new("CPU time of the server, microseconds per message", Better::Lower, programs);
    let mut memory = Table::new(
        "Resident memory of the server, bytes per idle connection",
        Better::Lower,
        programs,
    );
    for row in Row::all().iter().filter(|row| options.wants(&row.to_string())) {
        eprintln!("{row}");
        let [rates, times] =
            medians(options, options.runs, |program| run(options, folder, program, row))?;
        rate.add(&row.to_string(), &rates);
        cpu.add(&row.to_string(), &times);
    }
    if options.wants("memory") {
        eprintln!("memory");
        let [bytes] = medians(options, 1, |program| idle(options, folder, program))?;
        memory.add(&format!("{IDLE} connections"), &bytes);
    }
    [rate, cpu, memory].iter().for_each(Table::print);
    Ok(())
}

/// Returns the median of each figure for each program. The programs take turns, in a changing order.
fn medians<const N: usize>(
    options: &Options,
    runs: usize,
    mut figures: impl FnMut(&Program) -> io::Result<Option<[f64; N]>>,
) -> Result<[Vec<Option<f64>>; N], String> {
    let programs = &options.programs;
    let mut figures_of = vec![Vec::new(); programs.len()];
    for run in 0..runs {
        for at in 0..programs.len() {
            let at = (run + at) % programs.len();
            let failed = |error| format!("{}: {error}", programs[at].name);
            figures_of[at].extend(figures(programs[at]).map_err(failed)?);
        }
    }
    let median = |runs: &[[f64; N]], figure: usize| {
        let mut values: Vec<_> = runs.iter().map(|run| run[figure]).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    Ok(std::array::from_fn(|figure| figures_of.iter().map(|runs| median(runs, figure)).collect()))
}

/// Returns the rate in thousand messages per second, and the CPU time of the server in microseconds
/// per message. Returns `None` if the server does not compress and should.
fn run(
    options: &Options,
    folder: &Path,
    program: &Program,
    row: &Row,
) -> io::Result<Option<[f64; 2]>> {
    let core = &options.server_core;
    let Some(server) = Server::start(folder, program, core, row.deflate)? else { return Ok(None) };
    let Some(mut load) = Load::start(server.address, row)? else { return Ok(None) };
    load.drive(WARM_UP)?;
    let (start, cpu, received) = (Instant::now(), server.cpu_time()?, load.received());
    load.drive(options.time)?;
    let time = start.elapsed();
    let cpu = server.cpu_time()? - cpu;
    let messages = (load.received() - received) as f64;
    load.stop()?;
    Ok(Some([messages / time.as_secs_f64() / 1e3, cpu.as_secs_f64() * 1e6 / messages]))
}

/// Returns how many bytes of resident memory an idle connection takes, after one message.
fn idle(options: &Options, folder: &Path, program: &Program) -> io::Result<Option<[f64; 1]>> {
    let Some(server) = Server::start(folder, program, &options.server_core, false)? else {
        return Ok(None);
    };
    let row = |connections| Row { connections, len: 20, depth: 1, deflate: false };
    let mut loads = Vec::new();
    let mut before = 0;
    let mut taken = 0;
    while loads.len() * FIRST < IDLE && taken < MAX_MEMORY {
        let Some(mut load) = Load::start(server.address, &row(FIRST))? else { return Ok(None) };
        load.stop()?;
        loads.push(load);
        let memory = server.memory()?;
        if loads.len() == 1 {
            before = memory;
        }
        taken = memory - before;
    }
    let connections = (loads.len() - 1) * FIRST;
    Ok(Some([taken as f64 / connections as f64]))
}
