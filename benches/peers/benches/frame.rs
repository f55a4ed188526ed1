//! The frame and header groups of wsparse with other libraries beside it.

use wsparse_peers::groups::with_criterion::WithCriterion;
use wsparse_peers::groups::{assemble, encode, frame, header, stream};
use wsparse_peers::{assemble as assemblers, decode, encode as encoders, header as headers};

fn main() {
    let mut meter = WithCriterion::from_env();
    frame::run(&mut meter, &decode::subjects());
    stream::run(&mut meter, &stream::subjects());
    header::run(&mut meter, &headers::parsers(), &headers::encoders());
    encode::run(&mut meter, &encoders::subjects());
    assemble::run(&mut meter, &assemblers::subjects());
    meter.finish();
}
