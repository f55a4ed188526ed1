//! Connections that compress their messages (RFC 7692).

use crate::connection::Connection;
use crate::connection::endpoint::Endpoint;
use crate::connection::receiver::{Arrival, Receiver};
use crate::connection::sender::Sender;
use crate::connection::step::Step;
use crate::deflate::{Agreed, Deflater, Inflater};
use crate::payload::buffer::Buffer;
use crate::receive::assembler::Assembler;
use crate::receive::input::Input;
use crate::receive::messages::Received;
use crate::send::error::SendError;
use crate::send::frame::OutgoingFrame;
use crate::send::keys::KeySource;
use crate::wire::error::Error;
use alloc::vec::Vec;

/// Compression needs the feature `deflate`.
impl<I: Buffer, O: Buffer, K: KeySource> Endpoint<I, O, K> {
    /// Lets messages be compressed, as was negotiated in the opening handshake. `None` means that
    /// compression was not negotiated.
    ///
    /// Call it before anything is decoded. From then on, call [`advance_with`](Self::advance_with)
    /// instead of [`advance`](Self::advance), which fails with [`Rule::NoInflater`](crate::Rule::NoInflater) if a
    /// compressed message arrives. Send with [`send_deflated`](Self::send_deflated). The codecs are yours:
    /// connections without context takeover can share them.
    ///
    /// To receive compressed messages as they are, set
    /// [`Limits::allowed_rsv`](crate::Limits::allowed_rsv) instead.
    ///
    /// ```
    /// use wsparse::deflate::{Agreed, Deflater, Inflater, Policy};
    /// use wsparse::{Endpoint, Limits, Message, Step, transfer};
    ///
    /// let agreed = Agreed::WITHOUT_CONTEXT;
    /// let mut inflater = Inflater::new(agreed);
    /// let mut deflater = Deflater::new(&Policy::DEFAULT, agreed);
    ///
    /// let new = || Endpoint::server(Vec::new(), Vec::new(), Limits::DEFAULT);
    /// let mut server = new().with_deflate(Some(agreed));
    /// # let keys = || [1, 2, 3, 4];
    /// # let client = Endpoint::client(Vec::new(), Vec::new(), Limits::DEFAULT, keys);
    /// # let mut client = client.with_deflate(Some(agreed));
    /// # let text = "ten bytes.".repeat(20);
    /// # client.send_deflated(&text, &mut deflater)?;
    /// # assert!(client.output().len() < 40);
    /// # assert_eq!(server.advance_with(&mut inflater), Step::Read);
    /// # transfer(&mut client, &mut server);
    /// match server.advance_with(&mut inflater) {
    ///     Step::Message => {
    ///         server.reply(|message, sender| sender.send_deflated(message, &mut deflater))?;
    ///     }
    ///     _ => {} // as without compression
    /// }
    /// # assert!(server.output().len() < 40);
    /// # assert_eq!(server.message(), Message::Text(&text));
    /// # Ok::<(), wsparse::SendError>(())
    /// ```
    #[must_use]
    pub fn with_deflate(mut self, agreed: Option<Agreed>) -> Self {
        if agreed.is_some() {
            self.receiver.inbox.stream_mut().allow_compressed();
            self.receiver.inflates = true;
        }
        self.sender.encoder.set_deflate(agreed);
        self
    }

    /// Goes on to the next thing, like [`advance`](Self::advance), and inflates a message that is
    /// compressed: see [`Receiver::advance_with`].
    pub fn advance_with(&mut self, inflater: &mut Inflater) -> Step {
        self.advance_by(|receiver| receiver.advance_with(inflater))
    }

    /// Compresses a message and appends it to the output: see [`Sender::send_deflated`].
    ///
    /// # Errors
    ///
    /// The errors of [`Sender::send`].
    pub fn send_deflated<'m>(
        &mut self,
        message: impl Into<OutgoingFrame<'m>>,
        deflater: &mut Deflater,
    ) -> Result<(), SendError> {
        self.sender.send_deflated(message, deflater)
    }
}

/// Compression needs the feature `deflate`.
impl<I: Buffer> Receiver<I> {
    /// Goes on to the next thing, like [`advance`](Self::advance), and inflates a message that is
    /// compressed.
    ///
    /// The message is then in memory of the inflater, which the receiver keeps until the next call. So
    /// connections that share an inflater also share this memory. Each connection with context takeover
    /// needs an inflater of its own.
    ///
    /// If the message cannot be inflated, or becomes longer than
    /// [`Limits::max_message`](crate::Limits::max_message), the connection has failed, as after any rule
    /// that the peer breaks.
    pub fn advance_with(&mut self, inflater: &mut Inflater) -> Arrival {
        if let Some(plain) = self.inflated.take() {
            inflater.recycle(plain);
        }
        let arrival = self.step();
        let stream = self.inbox.stream();
        let (Arrival::Message, Some(is_text)) = (&arrival, stream.compressed()) else {
            return arrival;
        };
        let max_len = stream.limits().max_message;
        let mut plain = inflater.take();
        let payload = self.message();
        match inflater.inflate_into(payload.as_bytes(), is_text, max_len, &mut plain) {
            Ok(()) => {
                self.inflated = Some(plain);
                Arrival::Message
            }
            Err(error) => {
                inflater.recycle(plain);
                self.fail(error.rule());
                self.end()
            }
        }
    }
}

/// Compression needs the feature `deflate`.
impl<O: Buffer, K: KeySource> Sender<O, K> {
    /// Compresses a message and appends it to the output. If compression was not negotiated, or does not
    /// pay, the message is sent as it is: see
    /// [`Encoder::encode_deflated`](crate::Encoder::encode_deflated).
    ///
    /// With context takeover, all messages that are compressed for a connection must come from the same
    /// compressor, which serves no other connection.
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send).
    pub fn send_deflated<'m>(
        &mut self,
        message: impl Into<OutgoingFrame<'m>>,
        deflater: &mut Deflater,
    ) -> Result<(), SendError> {
        if !self.encoder.is_open() {
            return Err(SendError::Closed);
        }
        let message = message.into();
        let Some(max_len) = self.encoder.max_deflated_len(&message, deflater) else {
            return self.send(message);
        };
        self.append_at_most(&message, max_len, |encoder, output| {
            encoder.encode_deflated(message, deflater, output).map(<[u8]>::len)
        })
    }
}

/// Compression needs the feature `deflate`.
impl<K: KeySource> Connection<K> {
    /// Lets messages be compressed, as was negotiated in the opening handshake. `None` means that
    /// compression was not negotiated.
    ///
    /// Receive with [`next_inflated`](Self::next_inflated): [`next`](Self::next) fails with
    /// [`Rule::NoInflater`](crate::Rule::NoInflater) if a compressed message arrives. Send with
    /// [`send_deflated`](Self::send_deflated) or [`append_deflated`](Self::append_deflated). The codecs are
    /// yours: connections without context takeover can share them.
    #[must_use]
    pub fn with_deflate(mut self, agreed: Option<Agreed>) -> Self {
        if agreed.is_some() {
            self.messages.stream_mut().allow_compressed();
        }
        self.encoder.set_deflate(agreed);
        self
    }

    /// Takes the next message or control frame off the start of `input`, like [`next`](Self::next), and
    /// inflates the message if it is compressed: see
    /// [`Messages::next_inflated`](crate::Messages::next_inflated).
    ///
    /// # Errors
    ///
    /// The errors of `next` and of [`Inflater::inflate_message`].
    pub fn next_inflated<'a, 'b: 'a, B: Buffer>(
        &mut self,
        input: &mut Input<'b>,
        assembler: &'a mut Assembler<B>,
        inflater: &'a mut Inflater,
    ) -> Result<Option<Received<'a>>, Error> {
        self.receive(input, |messages, input| messages.next_inflated(input, assembler, inflater))
    }

    /// Compresses a message and writes it to the start of `output`: see
    /// [`Encoder::encode_deflated`](crate::Encoder::encode_deflated).
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send).
    pub fn send_deflated<'m, 'o>(
        &mut self,
        message: impl Into<OutgoingFrame<'m>>,
        deflater: &mut Deflater,
        output: &'o mut [u8],
    ) -> Result<&'o [u8], SendError> {
        self.open_encoder()?.encode_deflated(message, deflater, output)
    }

    /// Compresses a message and appends it to `output`: see
    /// [`Encoder::append_deflated`](crate::Encoder::append_deflated).
    ///
    /// # Errors
    ///
    /// The errors of [`append`](Self::append).
    pub fn append_deflated<'m>(
        &mut self,
        message: impl Into<OutgoingFrame<'m>>,
        deflater: &mut Deflater,
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.open_encoder()?.append_deflated(message, deflater, output)
    }
}
