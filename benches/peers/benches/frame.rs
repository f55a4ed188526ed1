//! The frame and header groups of wsparse with other libraries beside it.

use wsparse_peers::groups::with_criterion::WithCriterion;
use wsparse_peers::groups::{encode, frame, header, stream};
use wsparse_peers::{decode, encode as encoders, header as headers};

fn main() {
    let mut meter = WithCriterion::from_env();
    frame::run(&mut meter, &decode::subjects());
    stream::run(&mut meter, &stream::subjects());
    header::run(&mut meter, &headers::parsers(), &headers::encoders());
    encode::run(&mut meter, &encoders::subjects());
    meter.finish();
}
