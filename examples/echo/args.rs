//! The command line.

use crate::deflate;
use std::str::FromStr;
use std::time::Duration;
use wsparse::Timeouts;
use wsparse::deflate::{Direction, Policy};

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
  --deflate MODE             how to compress messages, if the client offers it
                             (RFC 7692). Without the feature deflate: off.
                               off      not at all
                               shared   each message on its own; connections share
                                        their codecs (the default)
                               context  with references to earlier messages; each
                                        connection has codecs of its own
  --window-bits N            the largest window for compression, from 9 to 15 (15)
  -h, --help                 print this text

Exit code: 0 after Ctrl-C, 1 if it cannot listen, 2 if the command line is wrong.
";

pub(crate) struct Options {
    pub(crate) addr: String,
    pub(crate) max_message: usize,
    pub(crate) timeouts: Timeouts,
    /// `None` does not compress.
    pub(crate) deflate: Option<Policy>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            addr: "127.0.0.1:9999".into(),
            max_message: 64 << 20,
            timeouts: Timeouts::DEFAULT,
            deflate: deflate::IS_SUPPORTED.then_some(Policy::DEFAULT),
        }
    }
}

pub(crate) enum Command {
    Help,
    Serve(Options),
}

/// Parses the arguments after the program's name. The error is a message for the user.
pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut options = Options::default();
    let mut window_bits = 15;
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
            "--deflate" => options.deflate = policy(&value()?)?,
            "--window-bits" => window_bits = number(name, &value()?)?,
            "-h" | "--help" => return Ok(Command::Help),
            _ => return Err(format!("unknown argument {argument:?}")),
        }
    }
    if !(9..=15).contains(&window_bits) {
        return Err("--window-bits takes a number from 9 to 15".into());
    }
    if let Some(Policy { outgoing, incoming, .. }) = &mut options.deflate {
        (outgoing.window_bits, incoming.window_bits) = (window_bits, window_bits);
    }
    Ok(Command::Serve(options))
}

fn policy(mode: &str) -> Result<Option<Policy>, String> {
    let policy = match mode {
        "off" => return Ok(None),
        "shared" => Policy::DEFAULT,
        "context" => {
            let direction = Direction::WITH_CONTEXT;
            // With the context of earlier messages, short ones become shorter too.
            Policy { outgoing: direction, incoming: direction, threshold: 32, ..Policy::DEFAULT }
        }
        _ => return Err(format!("--deflate takes off, shared or context, not {mode:?}")),
    };
    if !deflate::IS_SUPPORTED {
        return Err(format!("--deflate {mode} needs a build with the feature deflate"));
    }
    Ok(Some(policy))
}

fn seconds(name: &str, value: &str) -> Result<Duration, String> {
    number(name, value).map(Duration::from_secs)
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name} takes a number, not {value:?}"))
}
