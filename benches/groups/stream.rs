//! Decoding a stream of masked frames that arrives in reads of one size, whatever they contain.

use super::common::{Buffer, Case, Meter, Role, Subject, Throughput, roster};
use super::frame::{Decoder, Read, Sum};
use std::hint::black_box;
use wsparse::{Event, Frames, Input, Limits, Role as Peer};

/// Makes a decoder for reads of this size.
pub type NewStreamDecoder = fn(usize) -> Decoder;

pub fn subjects() -> Vec<Subject<NewStreamDecoder>> {
    vec![
        Subject::new("wsparse", Role::Ours, decoder as NewStreamDecoder),
        Subject::new("whole frames", Role::Limit, |_| Box::new(whole_frames)),
    ]
}

/// A frame that is split over reads counts with the bytes that come first and last.
fn decoder(read: usize) -> Decoder {
    let mut decoder = wsparse::Decoder::new(Peer::Server, Limits::DEFAULT);
    Box::new(move |stream| {
        let mut sum = Sum::default();
        for bytes in stream.chunks_mut(read) {
            let mut input = Input::new(bytes);
            loop {
                match decoder.next(&mut input) {
                    Ok(Some(Event::Data(data))) => sum.add(data.payload),
                    Ok(Some(Event::Control(..))) => {}
                    Ok(None) => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
        sum
    })
}

/// All of the stream in one slice.
fn whole_frames(stream: &mut [u8]) -> Sum {
    let mut sum = Sum::default();
    for frame in Frames::new(stream) {
        match frame {
            Ok(frame) => sum.add(frame.payload),
            Err(error) => panic!("{error}"),
        }
    }
    sum
}

/// What finds text in whole frames, and checks it then.
fn whole_text(stream: &mut [u8]) -> Sum {
    let mut sum = Sum::default();
    for frame in Frames::new(stream) {
        match frame.map(|frame| str::from_utf8(frame.payload)) {
            Ok(Ok(text)) => sum.add(text.as_bytes()),
            wrong => panic!("{wrong:?}"),
        }
    }
    sum
}

pub fn run(meter: &mut dyn Meter, subjects: &[Subject<NewStreamDecoder>]) {
    let streams = [
        ("8", Read::filled_with(8)),
        ("32", Read::filled_with(32)),
        ("1-125, 1000 frames", Read::mixed(1000)),
        ("1-125, 60000 frames", Read::mixed(60_000)),
        ("1Ki", Read::filled_with(1 << 10)),
        ("16Ki", Read::of_frames(16 << 10, 4)),
        ("1Mi", Read::of_frames(1 << 20, 1)),
    ];
    const GROUPS: [(&str, usize); 3] =
        [("stream/1500", 1500), ("stream/16Ki", 16 << 10), ("stream/64Ki", 64 << 10)];
    for (group, read) in GROUPS {
        in_reads(meter, group, read, &streams, subjects);
    }
    let texts = streams.map(|(name, read)| (name, read.text()));
    let check_after = |_| Box::new(whole_text) as Decoder;
    let check_after = Subject::new("whole frames, core", Role::Peer, check_after as _);
    let subjects: Vec<_> = subjects.iter().copied().chain([check_after]).collect();
    in_reads(meter, "stream/text", 64 << 10, &texts, &subjects);
}

fn in_reads(
    meter: &mut dyn Meter,
    group: &'static str,
    read: usize,
    streams: &[(&str, Read)],
    subjects: &[Subject<NewStreamDecoder>],
) {
    if !meter.wants(group) {
        return;
    }
    for (name, stream) in streams {
        let mut decoders: Vec<_> = subjects.iter().map(|s| (s.run)(read)).collect();
        let mut bytes = Buffer::of(&stream.bytes);
        let case = Case {
            group,
            name,
            throughput: Throughput::Elements(stream.frames() as u64),
            unit: "frame",
            subjects: &roster(subjects),
        };
        meter.measure(&case, &mut |n, turns| {
            for _ in 0..turns {
                black_box(decoders[n](black_box(bytes.all())));
            }
        });
    }
}
