//! Writers of whole frames into a buffer of the caller, where a library has the pieces for it. None
//! of them masks while it copies, and none knows what was sent before.

use crate::groups::common::{Role, Subject};
use crate::groups::encode::{self, Encode};
use edge_ws::FrameType;
use fastwebsockets::{Frame, OpCode, Payload};
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding;

/// All that encode.
pub fn subjects() -> Vec<Subject<Encode>> {
    let peers: [Subject<Encode>; 3] = [
        Subject::new("fastwebsockets", Role::Peer, fastwebsockets),
        Subject::new("tungstenite", Role::Peer, tungstenite),
        Subject::new("edge-ws", Role::Peer, edge_ws),
    ];
    encode::subjects().into_iter().chain(peers).collect()
}

fn fastwebsockets(payload: &[u8], key: Option<[u8; 4]>, output: &mut [u8]) -> usize {
    let mut frame = Frame::new(true, OpCode::Binary, key, Payload::Borrowed(payload));
    let header_len = frame.fmt_head(output);
    let place = &mut output[header_len..][..payload.len()];
    place.copy_from_slice(payload);
    if let Some(key) = key {
        fastwebsockets::unmask(place, key);
    }
    header_len + payload.len()
}

/// Its kernel is private; fastwebsockets has the same.
fn tungstenite(payload: &[u8], key: Option<[u8; 4]>, output: &mut [u8]) -> usize {
    let header = FrameHeader {
        opcode: coding::OpCode::Data(coding::Data::Binary),
        mask: key,
        ..FrameHeader::default()
    };
    let len = output.len();
    let mut rest = &mut *output;
    header.format(payload.len() as u64, &mut rest).expect("room for any header");
    let header_len = len - rest.len();
    let place = &mut output[header_len..][..payload.len()];
    place.copy_from_slice(payload);
    if let Some(key) = key {
        fastwebsockets::unmask(place, key);
    }
    header_len + payload.len()
}

fn edge_ws(payload: &[u8], key: Option<[u8; 4]>, output: &mut [u8]) -> usize {
    let header = edge_ws::FrameHeader {
        frame_type: FrameType::Binary(false),
        payload_len: payload.len() as u64,
        mask_key: key.map(u32::from_be_bytes),
    };
    let header_len = header.serialize(output).expect("room for any header");
    let place = &mut output[header_len..][..payload.len()];
    place.copy_from_slice(payload);
    header.mask(place, 0);
    header_len + payload.len()
}
