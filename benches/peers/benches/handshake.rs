//! The handshake groups of wsparse with other libraries beside it.

use wsparse_peers::groups::handshake;
use wsparse_peers::groups::with_criterion::WithCriterion;
use wsparse_peers::handshake as handshakes;

fn main() {
    let mut meter = WithCriterion::from_env();
    handshake::run(&mut meter, &handshakes::servers(), &handshakes::answers());
    meter.finish();
}
