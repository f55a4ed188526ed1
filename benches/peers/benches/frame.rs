//! The frame and header groups of wsparse with other libraries beside it.

use wsparse_peers::groups::with_criterion::WithCriterion;
use wsparse_peers::groups::{frame, header};
use wsparse_peers::{decode, header as headers};

fn main() {
    let mut meter = WithCriterion::from_env();
    frame::run(&mut meter, &decode::subjects());
    header::run(&mut meter, &headers::parsers(), &headers::encoders());
    meter.finish();
}
