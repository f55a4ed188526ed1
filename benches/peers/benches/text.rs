//! The text group of wsparse with other libraries beside it.

use wsparse_peers::groups::text;
use wsparse_peers::groups::with_criterion::WithCriterion;

fn main() {
    let mut meter = WithCriterion::from_env();
    text::run(&mut meter, &wsparse_peers::text::subjects());
    meter.finish();
}
