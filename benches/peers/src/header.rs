//! Readers and writers of single headers, where a library has one to call.

use crate::groups::common::{Role, Subject};
use crate::groups::header::{self, Encode, Head, Parse, Slot, digest, each};
use edge_ws::FrameType;
use soketto::Parsing;
use soketto::base::Codec;
use std::io::Cursor;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Data, OpCode};

pub fn parsers() -> Vec<Subject<Parse>> {
    let peers: [Subject<Parse>; 3] = [
        Subject::new("soketto", Role::Peer, |slots| sum(slots, soketto)),
        Subject::new("edge-ws", Role::Unequal, |slots| sum(slots, edge_ws)),
        Subject::new("tungstenite", Role::Unequal, |slots| sum(slots, tungstenite)),
    ];
    header::parsers().into_iter().chain(peers).collect()
}

#[inline(always)]
fn sum(slots: &[Slot], digest: impl Fn(&Slot) -> u64) -> u64 {
    slots.iter().map(digest).fold(0, u64::wrapping_add)
}

fn soketto(slot: &Slot) -> u64 {
    match Codec::new().decode_header(slot) {
        Ok(Parsing::Done { value: header, .. }) => {
            let key = header.is_masked().then(|| header.mask().to_be_bytes());
            digest(header.payload_len() as u64, key)
        }
        other => panic!("{other:?}"),
    }
}

fn tungstenite(slot: &Slot) -> u64 {
    match FrameHeader::parse(&mut Cursor::new(slot)) {
        Ok(Some((header, payload_len))) => digest(payload_len, header.mask),
        other => panic!("{other:?}"),
    }
}

fn edge_ws(slot: &Slot) -> u64 {
    let (header, _) = edge_ws::FrameHeader::deserialize(slot).expect("a legal header");
    digest(header.payload_len, header.mask_key.map(u32::to_be_bytes))
}

/// Those that write to where the caller wants.
pub fn encoders() -> Vec<Subject<Encode>> {
    let peers: [Subject<Encode>; 2] = [
        Subject::new("edge-ws", Role::Peer, |heads, slots| each(heads, slots, edge_ws_encode)),
        Subject::new("tungstenite", Role::Peer, |heads, slots| {
            each(heads, slots, tungstenite_encode)
        }),
    ];
    header::encoders().into_iter().chain(peers).collect()
}

fn tungstenite_encode(head: &Head, slot: &mut Slot) -> usize {
    let header = FrameHeader {
        opcode: OpCode::Data(Data::Binary),
        mask: head.masking_key,
        ..FrameHeader::default()
    };
    let mut rest = slot.as_mut_slice();
    header.format(head.payload_len, &mut rest).expect("room for any header");
    Slot::default().len() - rest.len()
}

fn edge_ws_encode(head: &Head, slot: &mut Slot) -> usize {
    let header = edge_ws::FrameHeader {
        frame_type: FrameType::Binary(false),
        payload_len: head.payload_len,
        mask_key: head.masking_key.map(u32::from_be_bytes),
    };
    header.serialize(slot).expect("room for any header")
}
