//! Prints one stream.

use crate::compression::Responses;
use crate::fault::{Fault, FaultKind};
use crate::human::{self, Palette};
use crate::json;
use crate::report::StreamReport;
use crate::stream::Stream;
use std::io::{self, Read, Write};
use std::time::Instant;

pub(crate) enum Format {
    Human(Palette),
    Json,
}

/// Shows one stream up to its end or its first fault. Fails only if the output cannot be written.
pub(crate) fn inspect(
    output: &mut impl Write,
    format: &Format,
    file: &str,
    reader: io::Result<impl Read>,
    responses: &Responses,
) -> io::Result<StreamReport> {
    let started = Instant::now();
    let mut report = StreamReport::new(file);
    let fault = match reader {
        Ok(reader) => {
            let mut stream = Stream::new(reader);
            let fault = show_frames(output, format, file, &mut stream, responses)?;
            report.counts = stream.counts();
            report.bytes = stream.position();
            fault
        }
        Err(error) => Some(Fault::unreadable(0, error)),
    };
    if let Some(fault) = &fault {
        show_fault(output, format, file, fault)?;
    }
    if let Format::Human(_) = format {
        writeln!(output)?;
    }
    report.failed = fault.is_some();
    report.elapsed = started.elapsed();
    Ok(report)
}

/// Returns the fault that ended the stream, if there was one.
fn show_frames(
    output: &mut impl Write,
    format: &Format,
    file: &str,
    stream: &mut Stream<impl Read>,
    responses: &Responses,
) -> io::Result<Option<Fault>> {
    let (head, fault) = match stream.skip_head(responses) {
        Ok(sender) => (sender.map(|sender| (stream.position(), sender)), None),
        Err(fault) => (None, Some(fault)),
    };
    if let Format::Human(palette) = format {
        human::heading(output, palette, file, head, stream.negotiated().description())?;
    }
    if fault.is_some() {
        return Ok(fault);
    }
    loop {
        match (stream.next_frame(), format) {
            (Ok(Some(frame)), Format::Human(palette)) => human::frame(output, palette, &frame)?,
            (Ok(Some(frame)), Format::Json) => json::frame(output, &frame)?,
            (Ok(None), _) => return Ok(None),
            (Err(fault), _) => return Ok(Some(fault)),
        }
    }
}

/// Prints a fault in the bytes on standard output, and a failure to read them on standard error.
fn show_fault(
    output: &mut impl Write,
    format: &Format,
    file: &str,
    fault: &Fault,
) -> io::Result<()> {
    let unreadable = matches!(fault.kind, FaultKind::Unreadable(_));
    match format {
        Format::Json => json::fault(output, file, fault)?,
        Format::Human(palette) if !unreadable => human::fault(output, palette, fault)?,
        Format::Human(_) => {}
    }
    if unreadable {
        output.flush()?;
        complain(format_args!("{file}: {fault}"));
    }
    Ok(())
}

/// Prints a line on standard error. If that is closed, there is nothing left to do.
pub(crate) fn complain(problem: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "inspect: {problem}");
}
