//! The masking groups of wsparse with other libraries beside it.

use wsparse_peers::groups::with_criterion::WithCriterion;
use wsparse_peers::groups::{copy, mask};

fn main() {
    let mut meter = WithCriterion::from_env();
    mask::run(&mut meter, &wsparse_peers::mask::subjects());
    copy::run(&mut meter, &copy::subjects());
    meter.finish();
}
