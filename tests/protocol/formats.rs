//! `defmt::Format` for the public types. That it compiles is the test: what a device logs is
//! decoded on the host.

use wsparse::{
    Arrival, Assembler, Boundary, Chunk, Close, CloseCode, Connection, Decoder, Duty,
    EncodedMessage, Encoder, Endpoint, Error, Event, Failure, Found, Fragments, Frame, Frames,
    Header, HeaderView, Input, Limits, Message, Messages, NoKeys, Opcode, OutgoingFrame, Received,
    Receiver, Role, Rsv, Rule, SendError, Sender, Status, Step, TextPieces, Traffic, Utf8,
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
    is_format::<(Connection, Endpoint<[u8; 9], [u8; 9]>, Receiver<[u8; 9]>, Sender<[u8; 9]>)>();
    is_format::<(Arrival, Duty, Failure, Step, Traffic)>();
    #[cfg(feature = "alloc")]
    is_format::<(EncodedMessage<std::sync::Arc<[u8]>>, wsparse::OwnedMessage)>();
    #[cfg(feature = "rand")]
    is_format::<wsparse::RandomKeys<rand::rngs::StdRng>>();
}

#[cfg(feature = "handshake")]
#[test]
fn types_of_the_handshake_can_be_logged() {
    use wsparse::handshake::{
        Accept, AcceptHeaders, AcceptKey, Accepted, Connect, Extension, Extensions, HandshakeError,
        HeadLimits, HeadReader, HeaderField, Headers, Key, Offer, Origin, OriginPolicy, ParamValue,
        Params, PseudoHeaders, Refusal, Request, Response, Subprotocols, Upgrade, Uri,
    };
    use wsparse::{ClientOpening, OpeningError, ServerOpening};

    is_format::<(ClientOpening<'_, [u8; 9]>, OpeningError, ServerOpening<[u8; 9]>)>();
    is_format::<(AcceptHeaders<'_>, Connect<'_>, Origin<'_>, OriginPolicy<'_>)>();
    is_format::<(PseudoHeaders<'_>, Refusal<'_>)>();

    is_format::<(Accept<'_>, AcceptKey, Accepted<'_>, HandshakeError)>();
    is_format::<(HeadLimits, HeadReader, HeaderField<'_>, Headers<'_>, Key)>();
    is_format::<(Extension<'_>, Extensions<'_>, ParamValue<'_>, Params<'_>, Subprotocols<'_>)>();
    is_format::<(Offer<'_>, Request<'_>, Response<'_>, Upgrade<'_>, Uri<'_>)>();

    use wsparse::deflate::{Agreed, Answer, Direction, HeaderValue, Policy};
    is_format::<(Agreed, Answer, Direction, HeaderValue, Policy)>();
    #[cfg(feature = "deflate")]
    is_format::<(wsparse::deflate::NoRoom, wsparse::deflate::Progress)>();
}
