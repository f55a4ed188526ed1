//! The guard's rows about compression: wsparse's codec and zlib-rs alone.

use crate::codecs::{Codec, Setting, bare_deflate, bare_inflate, deflater, inflater};
use crate::groups::common::{Case, Meter, Role, Throughput, short};
use crate::json;
use std::hint::black_box;

const SUBJECTS: [(&str, Role); 2] = [("wsparse", Role::Ours), ("zlib-rs alone", Role::Limit)];

/// The length of the messages, and how many there are: more than the window holds.
const SIZES: [(usize, usize); 3] = [(64, 600), (1 << 10, 64), (64 << 10, 2)];

/// Measures level 1, which spends the least time in the codec.
pub fn run(meter: &mut dyn Meter) {
    for (len, count) in SIZES {
        let messages = json::messages(len, count);
        for (window, context_takeover) in [("empty", false), ("kept", true)] {
            let setting = Setting { level: 1, context_takeover };
            let name = format!("{}, {window}", short(len));
            let compressors: [Codec; 2] = [deflater(setting), bare_deflate(setting)];
            measure(meter, "deflate/compress", &name, compressors, &messages);

            let mut inflaters: [Codec; 2] = [inflater(setting, false), bare_inflate(setting)];
            // Those of the second round refer to the end of the first, which is the end of each round.
            let payloads = compressed(setting, &[&messages[..], &messages].concat());
            let (first, second) = payloads.split_at(messages.len());
            for codec in &mut inflaters {
                for (payload, message) in first.iter().zip(&messages) {
                    codec(payload, &mut |inflated| assert!(inflated == message));
                }
            }
            measure(meter, "deflate/inflate", &name, inflaters, second);
        }
    }
}

fn compressed(setting: Setting, messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut codec = bare_deflate(setting);
    let mut payloads = Vec::new();
    for message in messages {
        codec(message, &mut |payload| payloads.push(payload.to_vec()));
    }
    payloads
}

fn measure(
    meter: &mut dyn Meter,
    group: &'static str,
    name: &str,
    mut codecs: [Codec; 2],
    inputs: &[Vec<u8>],
) {
    let throughput = Throughput::Elements(inputs.len() as u64);
    let case = Case { group, name, throughput, unit: "message", subjects: &SUBJECTS };
    meter.measure(&case, &mut |n, turns| {
        for _ in 0..turns {
            for input in inputs {
                codecs[n](black_box(input), &mut |output| _ = black_box(output));
            }
        }
    });
}
