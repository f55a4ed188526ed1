//! The protocol: every public function, checked against the oracle and the RFC's own examples.
//!
//! The modules mirror those of `src/`. `cargo test --test protocol wire::` runs one of them.

#[path = "../generate/mod.rs"]
mod generate;
#[path = "../oracle/mod.rs"]
mod oracle;
#[path = "../support/mod.rs"]
mod support;

#[cfg(feature = "defmt")]
mod formats;
mod target;

mod payload {
    mod masking;
    mod utf8;
}

mod wire {
    mod captures;
    mod close;
    mod encode;
    mod errors;
    mod frames;
    mod header;
    mod message;
    mod properties;
    mod rfc_examples;
}

mod receive {
    mod assembler;
    mod buffer;
    mod decoder;
    mod decoder_captures;
    mod decoder_limits;
    mod decoder_properties;
    mod decoder_splits;
    mod messages;
    mod messages_properties;
    mod text_pieces;
}

mod send {
    mod encoded;
    mod encoder;
    mod encoder_properties;
    mod keys;
    mod output;
}

mod connection {
    #[cfg(feature = "alloc")]
    #[path = "../../support/dialog.rs"]
    mod dialog;

    mod endpoint;
    mod endpoint_buffers;
    mod endpoint_steps;
    mod halves;
    #[cfg(all(feature = "alloc", feature = "handshake"))]
    mod opening;
    mod output;
    mod properties;
    mod tick;
}

#[cfg(feature = "handshake")]
mod handshake {
    #[path = "../../support/handshake.rs"]
    mod support;

    mod connect;
    mod key;
    mod lists;
    mod origin;
    mod properties;
    mod reader;
    mod refusal;
    mod request;
    mod response;
    mod uri;
    mod write;
}

#[cfg(any(feature = "deflate", feature = "handshake"))]
mod deflate {
    #[cfg(feature = "deflate")]
    mod bounds;
    #[cfg(all(feature = "deflate", feature = "handshake"))]
    mod captures;
    #[cfg(feature = "deflate")]
    mod codecs;
    #[cfg(feature = "deflate")]
    mod deflater;
    #[cfg(feature = "deflate")]
    mod inflater;
    #[cfg(feature = "handshake")]
    mod negotiation;
    #[cfg(feature = "deflate")]
    mod receiving;
    mod rsv;
    #[cfg(feature = "deflate")]
    mod sending;
    #[cfg(feature = "deflate")]
    mod zlib;
}
