//! The output for people: a heading for each stream, a line for each frame, a summary.

use crate::fault::Fault;
use crate::preview::preview;
use crate::report::{StreamReport, Total};
use crate::stream::{SeenFrame, Sender};
use std::io::{self, Write};
use wsparse::Rsv;

/// The escape sequences for the terminal's colours; all empty for output without colours.
#[derive(Default)]
pub(crate) struct Palette {
    heading: &'static str,
    faint: &'static str,
    client: &'static str,
    server: &'static str,
    fault: &'static str,
    plain: &'static str,
}

impl Palette {
    pub(crate) const COLOUR: Self = Self {
        heading: "\x1b[1m",
        faint: "\x1b[2m",
        client: "\x1b[36m",
        server: "\x1b[32m",
        fault: "\x1b[1;31m",
        plain: "\x1b[0m",
    };
}

/// Prints the heading of a stream. `head` is the length of the HTTP head, and its sender.
pub(crate) fn heading(
    output: &mut impl Write,
    palette: &Palette,
    file: &str,
    head: Option<(u64, Sender)>,
) -> io::Result<()> {
    let Palette { heading, faint, plain, .. } = palette;
    write!(output, "{heading}{file}{plain}")?;
    if let Some((bytes, sender)) = head {
        let name = sender.name();
        write!(output, ": sent by the {name}, HTTP head of {bytes} bytes")?;
    }
    writeln!(
        output,
        "\n{faint}{:>12}  {:<6}  {:<3}  {:<3}  {:<12}  {:<6}  {:>10}  {:<8}  payload{plain}",
        "offset", "from", "fin", "rsv", "opcode", "masked", "length", "key"
    )
}

pub(crate) fn frame(
    output: &mut impl Write,
    palette: &Palette,
    frame: &SeenFrame<'_>,
) -> io::Result<()> {
    let header = &frame.header;
    let side = match frame.sender {
        Sender::Client => palette.client,
        Sender::Server => palette.server,
    };
    let bit = |rsv| u8::from(header.rsv.contains(rsv));
    write!(
        output,
        "{:>12}  {side}{:<6}{plain}  {:<3}  {}{}{}  {:<12}  {:<6}  {:>10}  ",
        frame.offset,
        frame.sender.name(),
        if header.fin { "FIN" } else { "-" },
        bit(Rsv::RSV1),
        bit(Rsv::RSV2),
        bit(Rsv::RSV3),
        header.opcode,
        if header.masking_key.is_some() { "yes" } else { "no" },
        header.payload_len,
        plain = palette.plain,
    )?;
    let preview = preview(frame);
    match header.masking_key {
        Some(key) => write!(output, "{:08x}", u32::from_be_bytes(key))?,
        None if preview.is_empty() => write!(output, "-")?,
        None => write!(output, "{:<8}", "-")?,
    }
    match preview.as_str() {
        "" => writeln!(output),
        preview => writeln!(output, "  {preview}"),
    }
}

pub(crate) fn fault(output: &mut impl Write, palette: &Palette, fault: &Fault) -> io::Result<()> {
    let Palette { fault: colour, plain, .. } = palette;
    let offset = fault.offset;
    write!(output, "  {colour}error{plain} at offset {offset}: {fault}")?;
    match fault.close_code() {
        Some(code) => writeln!(output, "; the answer is Close {code}"),
        None => writeln!(output),
    }
}

pub(crate) fn summary(
    output: &mut impl Write,
    palette: &Palette,
    streams: &[StreamReport],
) -> io::Result<()> {
    let total = Total::of(streams);
    let rows = [
        ("streams", streams.len() as u64),
        ("frames", total.counts.frames),
        ("messages", total.counts.messages),
        ("payload bytes", total.counts.payload_bytes),
        ("errors", total.errors),
    ];
    writeln!(output, "{}Summary{}", palette.heading, palette.plain)?;
    for (name, number) in rows {
        writeln!(output, "  {name:<14}  {number}")?;
    }
    writeln!(
        output,
        "  {:<14}  {:.1} MB/s ({} bytes in {:.6} s)",
        "throughput",
        total.throughput(),
        total.bytes,
        total.elapsed.as_secs_f64()
    )
}
