use crate::error::Error;
use crate::opening::{Accepting, open, within};
use crate::stream::{self, Stream};
use crate::websocket::WebSocket;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use wsparse::handshake::{Accept, Offer, Uri};
use wsparse::{Limits, Timeouts};

/// How connections are opened, and what they accept from their peers.
///
/// ```no_run
/// # async fn example() -> Result<(), wsparse_tokio::Error> {
/// use std::time::Duration;
/// use wsparse::{Limits, Timeouts};
/// use wsparse_tokio::Config;
///
/// let config = Config {
///     limits: Limits { max_message: 1 << 20, ..Limits::DEFAULT },
///     timeouts: Timeouts { idle: Duration::from_secs(20), ..Timeouts::DEFAULT },
///     ..Config::default()
/// };
/// let socket = config.connect("ws://example.com/chat").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// What the peer may send.
    pub limits: Limits,
    /// How long the peer may take. Nobody checks it unless you receive.
    pub timeouts: Timeouts,
    /// How long the opening handshake may take, including the connection that a client makes.
    pub opening: Duration,
}

impl Default for Config {
    /// The default limits and time-outs, and 20 s for the opening handshake.
    fn default() -> Self {
        Self {
            limits: Limits::DEFAULT,
            timeouts: Timeouts::DEFAULT,
            opening: Duration::from_secs(20),
        }
    }
}

impl Config {
    /// Accepts a client: reads its request from the stream, and answers it.
    ///
    /// For a `TcpStream`, call `set_nodelay(true)` first, unless you prefer fewer packets to short
    /// delays.
    ///
    /// # Errors
    ///
    /// Those of [`read_request`](Self::read_request) and [`Accepting::accept`].
    pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> Result<WebSocket<S>, Error> {
        self.read_request(stream).await?.accept(&Accept::default()).await
    }

    /// Reads a client's request, which you may then inspect, and accept or refuse.
    ///
    /// # Errors
    ///
    /// [`Error::Opening`] if the request is malformed; it has been refused by then. [`Error::Io`],
    /// and [`Error::Failure`] if the client takes too long.
    pub async fn read_request<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> Result<Accepting<S>, Error> {
        Accepting::read(stream, *self).await
    }

    /// Creates the server's end of a connection whose opening handshake was performed by others,
    /// such as hyper. `received` are the bytes that they have read after the request: often none.
    pub fn upgraded<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        received: impl Into<Vec<u8>>,
    ) -> WebSocket<S> {
        let input = received.into();
        let end = input.len();
        WebSocket::new(stream, input, 0..end, self, None, None)
    }

    /// Connects to a server over TCP, and with the feature `rustls` or `native-roots` over TLS if
    /// the scheme is `wss`.
    ///
    /// # Errors
    ///
    /// [`Error::Response`] if the server answers with another status than 101, such as a redirect;
    /// [`Error::Opening`] if the URI or the response is malformed; [`Error::Io`], and
    /// [`Error::Failure`] if the server takes too long.
    pub async fn connect(&self, uri: &str) -> Result<WebSocket<Stream>, Error> {
        self.connect_with(&Offer::new(Uri::parse(uri)?)).await
    }

    /// Connects like [`connect`](Self::connect), with subprotocols and additional headers.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect).
    pub async fn connect_with(&self, offer: &Offer<'_>) -> Result<WebSocket<Stream>, Error> {
        within(self.opening, async {
            let stream = stream::connect(&offer.uri).await?;
            open(stream, offer, self).await
        })
        .await
    }

    /// Performs the opening handshake of a client over a stream that you have made, such as your own
    /// TLS stream.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect).
    pub async fn client<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        offer: &Offer<'_>,
    ) -> Result<WebSocket<S>, Error> {
        within(self.opening, open(stream, offer, self)).await
    }
}
