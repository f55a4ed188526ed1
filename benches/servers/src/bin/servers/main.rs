//! Measures the echo servers of this crate: messages per second, CPU time and memory.
//!
//! `cargo run --release` starts the servers on one core, and drives one at a time from another. See
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

/// The servers are started this number of times for a row, because one start differs from the next.
const STARTS: usize = 5;
/// The first turns after a start do not count.
const WARM_UP: usize = 1;
/// Where turns take longer than they should, there are fewer, but at least this number for each start.
const MIN_TURNS: usize = 2;
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
        let [rates, times] = run(options, folder, row)?;
        rate.add(&row.to_string(), &rates);
        cpu.add(&row.to_string(), &times);
    }
    if options.wants("memory") {
        eprintln!("memory");
        let mut bytes = Vec::new();
        for program in programs {
            let failed = |error| format!("{}: {error}", program.name);
            bytes.push(Vec::from_iter(idle(options, folder, program).map_err(failed)?));
        }
        memory.add(&format!("{IDLE} connections"), &bytes);
    }
    [rate, cpu, memory].iter().for_each(Table::print);
    Ok(())
}

/// Returns for each server the rate of each turn in thousand messages per second, and its CPU time in
/// microseconds per message. Returns none for a server that does not compress and should.
///
/// All servers run at once, and take short turns in a changing order. So a machine that changes its speed
/// is about as fast for each.
fn run(options: &Options, folder: &Path, row: &Row) -> Result<[Vec<Vec<f64>>; 2], String> {
    let mut figures = [(); 2].map(|()| vec![Vec::new(); options.programs.len()]);
    for start in 0..STARTS {
        run_once(options, folder, row, start, &mut figures)?;
    }
    Ok(figures)
}

/// The same for one start of the servers. Adds to the figures.
fn run_once(
    options: &Options,
    folder: &Path,
    row: &Row,
    start: usize,
    [rates, times]: &mut [Vec<Vec<f64>>; 2],
) -> Result<(), String> {
    let programs = &options.programs;
    let turns = options.turns.div_ceil(STARTS);
    let mut servers = Vec::new();
    for program in programs {
        let start = || {
            let core = &options.server_core;
            let Some(server) = Server::start(folder, program, core, row.deflate)? else {
                return Ok(None);
            };
            Ok(Load::start(server.address, row)?.map(|load| (server, load)))
        };
        servers.push(start().map_err(|error: io::Error| format!("{}: {error}", program.name))?);
    }
    let mut order: Vec<_> = (0..programs.len()).filter(|&at| servers[at].is_some()).collect();
    let first = start % order.len().max(1);
    order.rotate_left(first);
    let end = Instant::now() + options.time * (order.len() * turns) as u32;
    for turn in 0..WARM_UP + turns {
        if turn >= WARM_UP + MIN_TURNS && Instant::now() >= end {
            break;
        }
        for &at in &order {
            let Some((server, load)) = &mut servers[at] else { continue };
            let figures = measure_turn(options.time, server, load);
            let [rate, time] =
                figures.map_err(|error| format!("{}: {error}", programs[at].name))?;
            if turn >= WARM_UP {
                rates[at].push(rate);
                times[at].push(time);
            }
        }
        // Not always after the same other server, nor twice in a row.
        match turn % 2 {
            0 if order.len() > 2 => order[1..].reverse(),
            _ if order.len() > 2 => order.rotate_left(1),
            _ => {}
        }
    }
    Ok(())
}

fn measure_turn(time: Duration, server: &Server, load: &mut Load) -> io::Result<[f64; 2]> {
    let (start, cpu) = (Instant::now(), server.cpu_time()?);
    let messages = load.run(time)? as f64;
    let time = start.elapsed();
    let cpu = server.cpu_time()? - cpu;
    Ok([messages / time.as_secs_f64() / 1e3, cpu.as_secs_f64() * 1e6 / messages])
}

/// Returns how many bytes of resident memory an idle connection takes, after one message.
fn idle(options: &Options, folder: &Path, program: &Program) -> io::Result<Option<f64>> {
    let Some(server) = Server::start(folder, program, &options.server_core, false)? else {
        return Ok(None);
    };
    let row = |connections| Row { connections, len: 20, depth: 1, deflate: false };
    let mut loads = Vec::new();
    let mut before = 0;
    let mut taken = 0;
    while loads.len() * FIRST < IDLE && taken < MAX_MEMORY {
        let Some(mut load) = Load::start(server.address, &row(FIRST))? else { return Ok(None) };
        load.run(Duration::ZERO)?;
        loads.push(load);
        let memory = server.memory()?;
        if loads.len() == 1 {
            before = memory;
        }
        taken = memory - before;
    }
    let connections = (loads.len() - 1) * FIRST;
    Ok(Some(taken as f64 / connections as f64))
}
