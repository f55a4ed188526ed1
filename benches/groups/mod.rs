//! The groups of benchmarks. `benches/peers` includes them.

pub mod assemble;
pub mod common;
pub mod copy;
pub mod encode;
pub mod frame;
pub mod handshake;
pub mod header;
pub mod limit;
pub mod mask;
pub mod sparse;
pub mod stream;
pub mod text;

use common::{Meter, Subject};

/// What is compared in each group.
pub struct Subjects {
    pub unmask: Vec<Subject<mask::Unmask>>,
    pub copy: Vec<Subject<copy::Copy>>,
    pub decode: Vec<Subject<frame::NewDecoder>>,
    pub stream: Vec<Subject<stream::NewStreamDecoder>>,
    pub text: Vec<Subject<text::UnmaskText>>,
    pub parse_header: Vec<Subject<header::Parse>>,
    pub write_header: Vec<Subject<header::Encode>>,
    pub encode: Vec<Subject<encode::Encode>>,
    pub assemble: Vec<Subject<assemble::NewReader>>,
    pub serve: Vec<Subject<handshake::NewServe>>,
    pub answer_key: Vec<Subject<handshake::Answer>>,
}

impl Subjects {
    /// wsparse, a naive implementation, and the part of the work that every implementation has to do.
    pub fn ours() -> Self {
        Self {
            unmask: mask::subjects(),
            copy: copy::subjects(),
            decode: frame::subjects(),
            stream: stream::subjects(),
            text: text::subjects(),
            parse_header: header::parsers(),
            write_header: header::encoders(),
            encode: encode::subjects(),
            assemble: assemble::subjects(),
            serve: handshake::servers(),
            answer_key: handshake::answers(),
        }
    }
}

/// Measures all groups that the meter wants.
pub fn run(meter: &mut dyn Meter, subjects: &Subjects) {
    mask::run(meter, &subjects.unmask);
    copy::run(meter, &subjects.copy);
    frame::run(meter, &subjects.decode);
    stream::run(meter, &subjects.stream);
    text::run(meter, &subjects.text);
    header::run(meter, &subjects.parse_header, &subjects.write_header);
    encode::run(meter, &subjects.encode);
    assemble::run(meter, &subjects.assemble);
    handshake::run(meter, &subjects.serve, &subjects.answer_key);
}
