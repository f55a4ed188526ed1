//! What the operator reads: a line for each event, on the standard error.

use std::fmt;
use std::io::{self, Write};

/// Written at once; where nobody can read it, the server goes on.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    _ = io::stderr().write_all(format!("{text}\n").as_bytes());
}
