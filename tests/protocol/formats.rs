//! `defmt::Format` for the public types. That it compiles is the test: what a device logs is
//! decoded on the host.

use wsparse::{
    Assembler, Boundary, Chunk, Close, CloseCode, Decoder, EncodedMessage, Encoder, Error, Event,
    Found, Fragments, Frame, Frames, Header, HeaderView, Input, Limits, Message, Messages, NoKeys,
    Opcode, OutgoingFrame, Received, Role, Rsv, Rule, SendError, Status, TextPieces, Utf8,
};

fn is_format<T: defmt::Format>() {}

#[test]
fn public_types_can_be_logged() {
    // Of the wire.
    is_format::<(Close<'_>, CloseCode, Error, Found, Rule)>();
    is_format::<(Frame<'_>, Frames<'_>, Header, HeaderView<'_>, Opcode, Rsv)>();
    is_format::<(Message<'_>, Role, Status<u8>, Utf8)>();
    // Of what is received.
    is_format::<(Assembler<[u8; 9]>, Boundary, Chunk<'_>, Decoder, Event<'_, '_>)>();
    is_format::<(Input<'_>, Limits, Messages, Received<'_>, TextPieces)>();
    // Of what is sent. A source of keys need not be logged, and its keys must not.
    is_format::<(EncodedMessage<&[u8]>, Fragments<'_>, OutgoingFrame<'_>, SendError)>();
    is_format::<(NoKeys, Encoder, Encoder<fn() -> [u8; 4]>)>();
    is_format::<(wsparse::Due, wsparse::Phase, wsparse::Side, wsparse::Timeouts)>();
    #[cfg(feature = "alloc")]
    is_format::<(EncodedMessage<std::sync::Arc<[u8]>>, wsparse::OwnedMessage)>();
    #[cfg(feature = "rand")]
    is_format::<wsparse::RandomKeys<rand::rngs::StdRng>>();
}

#[cfg(feature = "handshake")]
#[test]
fn types_of_the_handshake_can_be_logged() {
    use wsparse::handshake::{
        Accept, AcceptKey, Accepted, Extension, Extensions, HandshakeError, HeadLimits, HeadReader,
        HeaderField, Headers, Key, Offer, ParamValue, Params, Request, Response, Subprotocols,
        Upgrade, Uri,
    };

    is_format::<(Accept<'_>, AcceptKey, Accepted<'_>, HandshakeError)>();
    is_format::<(HeadLimits, HeadReader, HeaderField<'_>, Headers<'_>, Key)>();
    is_format::<(Extension<'_>, Extensions<'_>, ParamValue<'_>, Params<'_>, Subprotocols<'_>)>();
    is_format::<(Offer<'_>, Request<'_>, Response<'_>, Upgrade<'_>, Uri<'_>)>();
}
