//! The command line.

use std::str::FromStr;
use std::time::Duration;
use wsparse::Timeouts;

pub(crate) const USAGE: &str = "\
Usage: echo [OPTION]...

Serves a page at http://HOST:PORT/, and WebSockets (RFC 6455) at any path of the
same port. Sends every message back. Ctrl-C closes all connections with 1001.

  --addr HOST:PORT           address to listen on (127.0.0.1:9999); port 0 picks a
                             free port
  --max-message BYTES        longest message that is accepted (67108864); a longer
                             one is refused with 1009
  --close-timeout SECONDS    how long a closing peer may neither send nor read
                             anything (5)
  --message-timeout SECONDS  how long a message may take to arrive, or output to be
                             sent (1800)
  -h, --help                 print this text

Exit code: 0 after Ctrl-C, 1 if it cannot listen, 2 if the command line is wrong.
";

pub(crate) struct Options {
    pub(crate) addr: String,
    pub(crate) max_message: usize,
    pub(crate) timeouts: Timeouts,
}

impl Default for Options {
    fn default() -> Self {
        Self { addr: "127.0.0.1:9999".into(), max_message: 64 << 20, timeouts: Timeouts::DEFAULT }
    }
}

pub(crate) enum Command {
    Help,
    Serve(Options),
}

/// Parses the arguments after the program's name. The error is a message for the user.
pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut options = Options::default();
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
            "--max-message" => options.max_message = number(name, &value()?)?,
            "--close-timeout" => options.timeouts.close = seconds(name, &value()?)?,
            "--message-timeout" => options.timeouts.message = seconds(name, &value()?)?,
            "-h" | "--help" => return Ok(Command::Help),
            _ => return Err(format!("unknown argument {argument:?}")),
        }
    }
    Ok(Command::Serve(options))
}

fn seconds(name: &str, value: &str) -> Result<Duration, String> {
    number(name, value).map(Duration::from_secs)
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name} takes a number, not {value:?}"))
}
