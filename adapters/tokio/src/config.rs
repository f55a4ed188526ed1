use crate::error::{Error, Response};
use crate::opening::{Accepting, within};
use crate::shared::Io;
use crate::stream::{Stream, connect};
use crate::websocket::WebSocket;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wsparse::handshake::{Accept, HandshakeError, Key, Offer, Uri};
use wsparse::{ClientOpening, Limits, OpeningError, Timeouts};

/// How connections are opened, and what they accept from their peers.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// What the peer may send.
    pub limits: Limits,
    /// How long the peer may take.
    pub timeouts: Timeouts,
    /// How long the opening handshake may take, together with connecting.
    pub opening: Duration,
}

impl Config {
    /// The default limits and time-outs, and 20 s for the opening handshake.
    pub const DEFAULT: Self = Self {
        limits: Limits::DEFAULT,
        timeouts: Timeouts::DEFAULT,
        opening: Duration::from_secs(20),
    };

    /// Accepts a client over TCP, TLS or any other stream. Every path and every origin is accepted: to
    /// check them, call [`read_request`](Self::read_request). For TCP, call `TcpStream::set_nodelay`
    /// first, unless you prefer fewer packets to short delays.
    ///
    /// # Errors
    ///
    /// Those of [`read_request`](Self::read_request) and [`Accepting::accept`].
    pub async fn accept<S: Io>(&self, stream: S) -> Result<WebSocket<S>, Error> {
        let accept = async { self.read_request(stream).await?.accept(&Accept::default()).await };
        // So that a task that accepts does not keep the memory.
        Box::pin(accept).await
    }

    /// Reads a client's request, which you may inspect, and then accept or refuse.
    ///
    /// ```
    /// use wsparse_tokio::wsparse::handshake::{Accept, Refusal};
    /// use wsparse_tokio::{Config, Error};
    ///
    /// # async fn serve(stream: tokio::net::TcpStream) -> Result<(), Error> {
    /// let request = Config::DEFAULT.read_request(stream).await?;
    /// let is_known = request
    ///     .request()
    ///     .is_ok_and(|head| head.header("Authorization").next() == Some(b"Bearer secret"));
    /// if !is_known {
    ///     let headers = &[("WWW-Authenticate", "Bearer")];
    ///     return request.refuse(&Refusal { headers, ..Refusal::new(401) }).await;
    /// }
    /// let mut socket = request.accept(&Accept::default()).await?;
    /// # socket.send("Hello").await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Io`], and [`Error::Failure`] if the client takes too long.
    pub async fn read_request<S: Io>(&self, stream: S) -> Result<Accepting<S>, Error> {
        Accepting::read(stream, *self).await
    }

    /// Creates the server's end of a connection that an HTTP library, such as hyper, has opened.
    /// `received` are the bytes after the request that the library has read, if it returns them.
    pub fn upgraded<S: Io>(&self, stream: S, received: impl Into<Vec<u8>>) -> WebSocket<S> {
        let input = received.into();
        let received = 0..input.len();
        WebSocket::new(stream, (input, received), self, None, None)
    }

    /// Connects to a server over TCP, or with the feature `rustls` over TLS if the scheme is `wss`.
    ///
    /// # Errors
    ///
    /// [`Error::Response`] if the server does not answer with status 101; [`Error::Opening`] if the
    /// URI or the answer is malformed; [`Error::Io`], and [`Error::Failure`] if it takes too long.
    pub async fn connect(&self, uri: &str) -> Result<WebSocket<Stream>, Error> {
        self.connect_with(&Offer::new(Uri::parse(uri)?)).await
    }

    /// Connects like [`connect`](Self::connect), with subprotocols and additional headers.
    pub async fn connect_with(&self, offer: &Offer<'_>) -> Result<WebSocket<Stream>, Error> {
        within(self.opening, async { self.open(connect(&offer.uri).await?, offer).await }).await
    }

    /// Performs the opening handshake of a client over a stream that you have connected, such as a
    /// TLS stream. Otherwise like [`connect`](Self::connect).
    pub async fn client<S: Io>(&self, stream: S, offer: &Offer<'_>) -> Result<WebSocket<S>, Error> {
        within(self.opening, self.open(stream, offer)).await
    }

    async fn open<S: Io>(&self, mut stream: S, offer: &Offer<'_>) -> Result<WebSocket<S>, Error> {
        let mut opening = ClientOpening::new(offer, Key::new(rand::random()), Vec::new());
        stream.write_all(opening.request()?).await?;
        stream.flush().await?;
        while opening.wants_read() {
            let len = stream.read(opening.space()).await?;
            opening.filled(len);
        }
        let accepted = opening.accepted();
        if let Err(OpeningError::Handshake(HandshakeError::NotSwitching { status })) = accepted {
            let own = |value| String::from_utf8_lossy(value).into_owned();
            let headers = opening.response()?.headers();
            let headers = headers.map(|header| (header.name.to_owned(), own(header.value)));
            let (headers, body) = (headers.collect(), opening.rest().to_vec());
            return Err(Error::Response(Response { status, headers, body }));
        }
        let subprotocol = accepted?.subprotocol().map(Box::from);
        let keys: fn() -> [u8; 4] = rand::random;
        Ok(WebSocket::new(stream, opening.into_parts()?, self, Some(keys), subprotocol))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::DEFAULT
    }
}
