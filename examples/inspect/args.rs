//! The command line.

use std::ffi::OsString;

pub(crate) const USAGE: &str = "\
Usage: inspect [--json] [FILE]...

Shows the WebSocket frames (RFC 6455) in files of raw bytes: what one side of a
connection sent. A leading HTTP head is skipped. FILE `-` is standard input;
without FILE, a session captured from Chromium is shown, both directions.

  --json      one JSON object a line: a frame has `opcode`, a fault has `error`,
              the closing summary has neither (`throughput` is in MB/s)
  -h, --help  this text

Exit code: 0 when all is well, 1 when the input is broken, truncated or
unreadable, 2 when the command line is wrong.
";

pub(crate) enum Command {
    Help,
    Inspect { json: bool, files: Vec<OsString> },
}

/// Reads the arguments behind the program's name; the error says what is wrong with them.
pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, String> {
    let mut json = false;
    let mut files = Vec::new();
    let mut options_end = false;
    for argument in arguments {
        if options_end || argument == "-" || !argument.as_encoded_bytes().starts_with(b"-") {
            files.push(argument);
            continue;
        }
        match argument.to_str() {
            Some("--") => options_end = true,
            Some("--json") => json = true,
            Some("-h" | "--help") => return Ok(Command::Help),
            _ => return Err(format!("unknown option {argument:?}")),
        }
    }
    Ok(Command::Inspect { json, files })
}
