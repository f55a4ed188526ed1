//! Prints the frames in captured WebSocket streams: `cargo run --release --example inspect`.
//!
//! The library is used in `stream.rs`: `HeaderView::parse_with` parses a header as soon as it is
//! complete, and `unmask_from` unmasks the payload as it arrives, so memory does not grow with the
//! length that a header declares.

mod args;
mod compression;
mod fault;
mod human;
mod input;
mod json;
mod preview;
mod report;
mod show;
mod stream;

use args::Command;
use compression::Responses;
use human::Palette;
use show::{Format, complain, inspect};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

/// Shown if no file is named: both directions of one connection.
const EMBEDDED: [(&str, &[u8]); 2] = [
    ("tests/data/chromium-plain.client", include_bytes!("../../tests/data/chromium-plain.client")),
    ("tests/data/chromium-plain.server", include_bytes!("../../tests/data/chromium-plain.server")),
];

fn main() -> ExitCode {
    let result = match args::parse(std::env::args_os().skip(1)) {
        Ok(Command::Help) => io::stdout().write_all(args::USAGE.as_bytes()).map(|()| true),
        Ok(Command::Inspect { json, files }) => run(&format(json), &files),
        Err(problem) => {
            complain(format_args!("{problem}\n\n{}", args::USAGE.trim_end()));
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // The reader of the pipe, such as `head`, has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!("cannot write the output: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn format(json: bool) -> Format {
    let colour = io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    match (json, colour) {
        (true, _) => Format::Json,
        (false, true) => Format::Human(Palette::COLOUR),
        (false, false) => Format::Human(Palette::default()),
    }
}

/// Shows all streams, and returns whether none had a fault. Fails only if the output cannot be
/// written.
fn run(format: &Format, files: &[OsString]) -> io::Result<bool> {
    let mut output = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    let mut streams = Vec::new();
    let responses = Responses::collect(files);
    if files.is_empty() {
        for (name, bytes) in EMBEDDED {
            streams.push(inspect(&mut output, format, name, Ok(bytes), &responses)?);
        }
    }
    for file in files {
        let name = preview::text(file.as_encoded_bytes());
        streams.push(if file == "-" {
            inspect(&mut output, format, "standard input", Ok(io::stdin().lock()), &responses)?
        } else {
            inspect(&mut output, format, &name, File::open(file), &responses)?
        });
    }
    match format {
        Format::Human(palette) => human::summary(&mut output, palette, &streams)?,
        Format::Json => json::summary(&mut output, &streams)?,
    }
    output.flush()?;
    Ok(streams.iter().all(|stream| !stream.failed))
}
