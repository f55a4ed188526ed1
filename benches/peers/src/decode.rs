//! Decoders of whole frames.

use crate::groups::common::{Role, Subject};
use crate::groups::frame::{self, Decoder, NewDecoder, Read, Sum};
use bytes::BytesMut;
use soketto::Parsing;
use soketto::base::Codec;
use std::io::Cursor;
use tungstenite::protocol::frame::FrameHeader;
use websocket_sans_io::{WebsocketFrameDecoder, WebsocketFrameEvent};

/// All that decode. Soketto counts as one that checks the rules, although it lets a length pass
/// in too long a form.
pub fn subjects() -> Vec<Subject<NewDecoder>> {
    let peers: [Subject<NewDecoder>; 5] = [
        Subject::new("soketto", Role::Peer, |_| Box::new(soketto)),
        Subject::new("sockudo-ws", Role::Peer, sockudo_ws),
        // Lets control frames be fragmented and long, and lengths have any form.
        Subject::new("edge-ws", Role::Unequal, |_| Box::new(edge_ws)),
        // As edge-ws, and leaves the RSV bits to its caller.
        Subject::new("tungstenite", Role::Unequal, |_| Box::new(tungstenite)),
        // Refuses nothing.
        Subject::new("websocket-sans-io", Role::Unequal, |_| Box::new(websocket_sans_io)),
    ];
    frame::subjects().into_iter().chain(peers).collect()
}

fn soketto(mut read: &mut [u8]) -> Sum {
    let mut sum = Sum::default();
    let codec = Codec::new();
    while let Parsing::Done { value: header, offset } =
        codec.decode_header(read).expect("a legal header")
    {
        let (payload, rest) = read[offset..].split_at_mut(header.payload_len());
        Codec::apply_mask(&header, payload);
        sum.add(payload);
        read = rest;
    }
    sum
}

/// Its kernel is private; fastwebsockets has the same.
fn tungstenite(mut read: &mut [u8]) -> Sum {
    let mut sum = Sum::default();
    loop {
        let mut cursor = Cursor::new(&*read);
        let Some((header, len)) = FrameHeader::parse(&mut cursor).expect("a legal header") else {
            return sum;
        };
        let offset = cursor.position() as usize;
        let (payload, rest) = read[offset..].split_at_mut(len as usize);
        if let Some(key) = header.mask {
            fastwebsockets::unmask(payload, key);
        }
        sum.add(payload);
        read = rest;
    }
}

fn websocket_sans_io(mut read: &mut [u8]) -> Sum {
    let mut sum = Sum::default();
    let mut decoder = WebsocketFrameDecoder::new();
    loop {
        let Ok(result) = decoder.add_data(read);
        let (consumed, rest) = read.split_at_mut(result.consumed_bytes);
        read = rest;
        match result.event {
            // A payload that is all there comes in one chunk.
            Some(WebsocketFrameEvent::PayloadChunk { .. }) => sum.add(consumed),
            Some(_) => {}
            None if consumed.is_empty() => return sum,
            None => {}
        }
    }
}

fn edge_ws(mut read: &mut [u8]) -> Sum {
    let mut sum = Sum::default();
    while !read.is_empty() {
        let (header, offset) = edge_ws::FrameHeader::deserialize(read).expect("a legal header");
        let (payload, rest) = read[offset..].split_at_mut(header.payload_len as usize);
        header.mask(payload, 0);
        sum.add(payload);
        read = rest;
    }
    sum
}

/// It cuts frames off a `BytesMut` of its own, which is made whole again afterwards instead of
/// being filled from the read: a server would have it filled by the socket.
fn sockudo_ws(read: &Read) -> Decoder {
    let len = read.bytes.len();
    let mut buffer = BytesMut::from(&*read.bytes);
    let start = buffer.as_ptr();
    Box::new(move |_| {
        let mut sum = Sum::default();
        let mut parser = sockudo_ws::frame::FrameParser::new(usize::MAX, true);
        while let Some(frame) = parser.parse(&mut buffer).expect("a legal header") {
            sum.add(&frame.payload);
        }
        assert!(buffer.is_empty() && buffer.try_reclaim(len) && buffer.as_ptr() == start);
        // SAFETY: all frames are gone; it is the same allocation, initialised up to `len`.
        unsafe { buffer.set_len(len) };
        sum
    })
}
