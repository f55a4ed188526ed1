//! The command line.

use std::ffi::OsString;

pub(crate) const USAGE: &str = "\
Usage: inspect [--json] [FILE]...

Prints the WebSocket frames (RFC 6455) in each FILE, which contains the bytes
that one side of a connection sent. An HTTP head at its start is skipped. FILE
`-` is standard input. Without FILE, prints both directions of a session that
was captured from Chromium.

Compressed messages (RFC 7692) are shown inflated, with their size before and
after, if the program was built with the feature `deflate`, and the server's
response is at the start of the same FILE or of another one (not of `-`).

  --json      print one JSON object per line: a frame has `opcode`, an error has
              `error`, the final summary has neither (`throughput` is in MB/s)
  -h, --help  print this text

Exit code: 0 if there were no errors, 1 if an input is invalid, truncated or
unreadable, 2 if the command line is wrong.
";

pub(crate) enum Command {
    Help,
    Inspect { json: bool, files: Vec<OsString> },
}

/// Parses the arguments after the program's name. The error is a message for the user.
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
