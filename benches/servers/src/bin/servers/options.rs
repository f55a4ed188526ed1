//! The command line.

use crate::process::{PROGRAMS, Program};
use std::time::Duration;

pub const USAGE: &str = "\
Usage: cargo run --release -- [OPTION]... [WORD]...

Measures the echo servers of this crate, and prints tables. Only the rows whose
name contains all words, such as: 64 KiB pipelined. The row of memory is
named memory.

  --turns N             turns of each server, of which the median counts (40)
  --seconds S           how long a turn takes, at most 1 (0.05)
  --servers NAME,NAME   only these servers
  --cores N,M           the cores of the server and of the load generator (0,1)
";

pub struct Options {
    pub turns: usize,
    pub time: Duration,
    pub programs: Vec<&'static Program>,
    pub server_core: String,
    pub load_core: String,
    words: Vec<String>,
}

impl Options {
    /// The error is a message for the user.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            turns: 40,
            time: Duration::from_millis(50),
            programs: PROGRAMS.iter().collect(),
            server_core: "0".into(),
            load_core: "1".into(),
            words: Vec::new(),
        };
        while let Some(argument) = arguments.next() {
            if !argument.starts_with('-') {
                options.words.push(argument);
                continue;
            }
            let value = arguments.next().ok_or(USAGE)?;
            match argument.as_str() {
                "--turns" => options.turns = value.parse().map_err(|_| USAGE)?,
                "--seconds" => {
                    // Servers send a Ping to a client that has not had a turn for 30 s.
                    let seconds =
                        value.parse().ok().filter(|seconds| (0.0..=1.0).contains(seconds));
                    options.time = Duration::from_secs_f64(seconds.ok_or(USAGE)?);
                }
                "--servers" => {
                    let names: Vec<_> = value.split(',').collect();
                    options.programs.retain(|program| names.contains(&program.name));
                    if options.programs.len() != names.len() {
                        return Err(format!("unknown server in {value}"));
                    }
                }
                "--cores" => {
                    let (server, load) = value.split_once(',').ok_or(USAGE)?;
                    (options.server_core, options.load_core) = (server.into(), load.into());
                }
                _ => return Err(USAGE.into()),
            }
        }
        if options.turns == 0 { Err(USAGE.into()) } else { Ok(options) }
    }

    pub fn wants(&self, row: &str) -> bool {
        self.words.iter().all(|word| row.contains(word.as_str()))
    }
}
