//! The command line.

pub(crate) const USAGE: &str = "\
Usage: echo [--addr HOST:PORT] [--max-message BYTES]

Serves a page at http://HOST:PORT/, and WebSockets (RFC 6455) on the same port,
at any path, whose messages it sends back. Ctrl-C closes them with 1001.

  --addr HOST:PORT      where to listen (127.0.0.1:9999); port 0 is any free one
  --max-message BYTES  longer messages are refused with 1009 (67108864)
  -h, --help            this text

Exit code: 0 after Ctrl-C, 1 when it cannot listen, 2 when the command line is
wrong.
";

pub(crate) struct Options {
    pub(crate) addr: String,
    pub(crate) max_message: usize,
}

pub(crate) enum Command {
    Help,
    Serve(Options),
}

/// Reads the arguments behind the program's name; the error says what is wrong with them.
pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut options = Options { addr: "127.0.0.1:9999".into(), max_message: 64 << 20 };
    while let Some(argument) = arguments.next() {
        // Both `--name value` and `--name=value`.
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        let mut value = || {
            let value = value.clone().or_else(|| arguments.next());
            value.ok_or_else(|| format!("{name} needs a value"))
        };
        match name {
            "--addr" => options.addr = value()?,
            "--max-message" => {
                let bytes = value()?;
                options.max_message = bytes
                    .parse()
                    .map_err(|_| format!("--max-message takes a number of bytes, not {bytes:?}"))?;
            }
            "-h" | "--help" => return Ok(Command::Help),
            _ => return Err(format!("unknown argument {argument:?}")),
        }
    }
    Ok(Command::Serve(options))
}
