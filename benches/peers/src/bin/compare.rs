//! Prints all groups as tables: wsparse beside the peers and the targets.
//!
//! `cargo run --release --bin compare [PART OF A GROUP'S NAME]`

use wsparse_peers::groups::common::Scope;
use wsparse_peers::groups::meter::{Figures, Meter};
use wsparse_peers::groups::{self, Subjects};
use wsparse_peers::{assemble, decode, encode, handshake, header, mask, text};

fn main() {
    let mut meter = Meter::from_env(Scope::Compare, Figures::verdicts);
    let subjects = Subjects {
        unmask: mask::subjects(),
        decode: decode::subjects(),
        text: text::subjects(),
        parse_header: header::parsers(),
        write_header: header::encoders(),
        encode: encode::subjects(),
        assemble: assemble::subjects(),
        serve: handshake::servers(),
        answer_key: handshake::answers(),
        ..Subjects::ours()
    };
    groups::run(&mut meter, &subjects);
    meter.finish();
}
