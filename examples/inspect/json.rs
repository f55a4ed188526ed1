//! The output for programs: one JSON object per line.

use crate::fault::Fault;
use crate::preview::preview;
use crate::report::{StreamReport, Tally, Total};
use crate::stream::SeenFrame;
use serde_json::{Value, json};
use std::io::{self, Write};
use wsparse::Rsv;

pub(crate) fn frame(output: &mut impl Write, frame: &SeenFrame<'_>) -> io::Result<()> {
    let header = &frame.header;
    let key = header.masking_key.map(|key| format!("{:08x}", u32::from_be_bytes(key)));
    let object = json!({
        "offset": frame.offset,
        "direction": frame.sender.name(),
        "fin": header.fin,
        "rsv1": header.rsv.contains(Rsv::RSV1),
        "rsv2": header.rsv.contains(Rsv::RSV2),
        "rsv3": header.rsv.contains(Rsv::RSV3),
        "opcode": header.opcode.to_string(),
        "masked": header.masking_key.is_some(),
        "length": header.payload_len,
        "key": key,
        "preview": preview(frame),
        // In the last frame of a compressed message.
        "compressed_bytes": frame.sizes.map(|sizes| sizes.compressed),
        "inflated_bytes": frame.sizes.and_then(|sizes| sizes.inflated),
    });
    line(output, &object)
}

pub(crate) fn fault(output: &mut impl Write, file: &str, fault: &Fault) -> io::Result<()> {
    let object = json!({
        "file": file,
        "error": fault.to_string(),
        "rfc": fault.rfc(),
        "section": fault.section(),
        "offset": fault.offset,
        "close_code": fault.close_code().map(|code| code.get()),
        "missing": fault.missing(),
    });
    line(output, &object)
}

pub(crate) fn summary(output: &mut impl Write, streams: &[StreamReport]) -> io::Result<()> {
    let total = Total::of(streams);
    let object = json!({
        "frames": total.counts.frames,
        "messages": total.counts.messages,
        "payload_bytes": total.counts.payload_bytes,
        "compressed": tally(total.counts.compressed),
        "inflated": tally(total.counts.inflated),
        "bytes": total.bytes,
        "errors": total.errors,
        "seconds": total.elapsed.as_secs_f64(),
        "throughput": total.throughput(),
        // In the order in which their frames were printed.
        "streams": streams.iter().map(stream).collect::<Value>(),
    });
    line(output, &object)
}

fn stream(stream: &StreamReport) -> Value {
    json!({
        "file": stream.file,
        "frames": stream.counts.frames,
        "messages": stream.counts.messages,
        "payload_bytes": stream.counts.payload_bytes,
        "compressed": tally(stream.counts.compressed),
        "inflated": tally(stream.counts.inflated),
        "bytes": stream.bytes,
        "failed": stream.failed,
    })
}

fn tally(tally: Tally) -> Value {
    json!({ "messages": tally.messages, "bytes": tally.bytes })
}

fn line(output: &mut impl Write, object: &Value) -> io::Result<()> {
    serde_json::to_writer(&mut *output, object)?;
    output.write_all(b"\n")
}
