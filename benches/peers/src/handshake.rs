//! Servers' sides of the opening handshake, where a library has it without I/O.

use crate::groups::common::{Role, Subject};
use crate::groups::handshake::{self, Answer, NewServe, digest};
use std::hint::black_box;
use tungstenite::handshake::machine::TryParse;
use tungstenite::handshake::server::{Request, create_response, write_response};

/// All that serve. After each read they parse from the start, as their own loops over a socket do.
pub fn servers() -> Vec<Subject<NewServe>> {
    let peers: [Subject<NewServe>; 2] = [
        // Checks the key, lists, the target; no head of more than 8 KiB.
        Subject::new("sockudo-ws", Role::Peer, || Box::new(sockudo_ws)),
        // Looks at neither Host nor target nor lists; the subprotocol is its caller's to choose.
        Subject::new("tungstenite", Role::Unequal, || Box::new(tungstenite)),
    ];
    handshake::servers().into_iter().chain(peers).collect()
}

fn sockudo_ws(stream: &[u8], read: usize) -> usize {
    let mut filled = 0_usize;
    loop {
        filled = stream.len().min(filled.saturating_add(read));
        let parsed = sockudo_ws::handshake::parse_request(&stream[..filled]);
        let Some((request, _)) = parsed.expect("legal") else { continue };
        let accept = sockudo_ws::handshake::generate_accept_key(request.key);
        let offered = request.protocol.unwrap_or_default();
        let chat = offered.split(", ").find(|offered| *offered == "chat");
        let response = sockudo_ws::handshake::build_response(&accept, chat, None);
        return black_box(response).len();
    }
}

fn tungstenite(stream: &[u8], read: usize) -> usize {
    let mut filled = 0_usize;
    loop {
        filled = stream.len().min(filled.saturating_add(read));
        if let Some((_, request)) = Request::try_parse(&stream[..filled]).expect("legal") {
            let mut out = Vec::with_capacity(512);
            let response = create_response(&request).expect("legal");
            write_response(&mut out, &response).expect("legal");
            return black_box(out).len();
        }
    }
}

/// They do not look whether it is a key.
pub fn answers() -> Vec<Subject<Answer>> {
    let peers: [Subject<Answer>; 2] = [
        Subject::new("tungstenite", Role::Unequal, |key| {
            digest(tungstenite::handshake::derive_accept_key(key.as_bytes()).as_bytes())
        }),
        Subject::new("sockudo-ws", Role::Unequal, |key| {
            digest(sockudo_ws::handshake::generate_accept_key(key).as_bytes())
        }),
    ];
    handshake::answers().into_iter().chain(peers).collect()
}
