//! The output for people: a heading for each stream, a line for each frame, a summary.

use crate::compression;
use crate::fault::Fault;
use crate::preview::preview;
use crate::report::{Counts, StreamReport, Tally, Total};
use crate::stream::{SeenFrame, Sender, Sizes};
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

/// Prints the heading of a stream. `head` is the length of the HTTP head, and its sender. `extension`
/// describes what was negotiated, or is empty.
pub(crate) fn heading(
    output: &mut impl Write,
    palette: &Palette,
    file: &str,
    head: Option<(u64, Sender)>,
    extension: &str,
) -> io::Result<()> {
    let Palette { heading, faint, plain, .. } = palette;
    write!(output, "{heading}{file}{plain}")?;
    if let Some((bytes, sender)) = head {
        let name = sender.name();
        write!(output, ": sent by the {name}, HTTP head of {bytes} bytes")?;
    }
    if !extension.is_empty() {
        write!(output, ", {extension}")?;
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
    let mut cells = Vec::from_iter(frame.sizes.and_then(sizes));
    cells.extend(Some(preview(frame)).filter(|preview| !preview.is_empty()));
    match header.masking_key {
        Some(key) => write!(output, "{:08x}", u32::from_be_bytes(key))?,
        None if cells.is_empty() => write!(output, "-")?,
        None => write!(output, "{:<8}", "-")?,
    }
    match cells.as_slice() {
        [] => writeln!(output),
        cells => writeln!(output, "  {}", cells.join(" ")),
    }
}

/// Describes the length of a message before and after it was inflated.
fn sizes(sizes: Sizes) -> Option<String> {
    let Sizes { compressed, inflated } = sizes;
    Some(format!("<{compressed} -> {} bytes>", inflated?))
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
    let Counts { compressed, inflated, .. } = total.counts;
    if compressed.messages > 0 {
        let Tally { messages, bytes } = compressed;
        writeln!(output, "  {:<14}  {messages} messages, {bytes} bytes", "compressed")?;
    }
    if inflated.messages > 0 {
        let Tally { messages, bytes } = inflated;
        writeln!(output, "  {:<14}  {messages} messages, {bytes} bytes", "inflated")?;
    }
    let opaque = compressed.messages.saturating_sub(inflated.messages);
    if opaque > 0 {
        let hint = compression::HINT;
        writeln!(output, "  {:<14}  {opaque} messages: {hint}", "not inflated")?;
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
