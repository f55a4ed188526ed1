//! The log: a line on standard error for each event.

use std::fmt;
use std::io::{self, Write};

/// Writes a line at once. If standard error is closed, the server goes on without a log.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    _ = io::stderr().write_all(format!("{text}\n").as_bytes());
}
