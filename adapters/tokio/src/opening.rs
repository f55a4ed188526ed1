use crate::error::Error;
use crate::output::{Io, Stream};
use crate::socket::WebSocket;
use std::io;
use std::ops::Range;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wsparse::deflate::{Agreed, HeaderValue, Policy};
use wsparse::handshake::{
    Accept, HandshakeError, Key, Offer, OwnedResponse, Refusal, Request, Uri,
};
use wsparse::{ClientOpening, Failure, Limits, OpeningError, ServerOpening, Timeouts};

/// How connections are opened, and what they accept from their peers.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// What the peer may send.
    pub limits: Limits,
    /// How long the peer may take.
    pub timeouts: Timeouts,
    /// How long the opening handshake may take, together with connecting.
    pub opening: Duration,
    /// How messages are compressed, if the peer agrees. It needs the feature `deflate`, and is not
    /// negotiated if [`Accept`] or [`Offer`] has extensions.
    pub deflate: Option<Policy>,
}

impl Config {
    /// The default limits and time-outs, 20 s for the opening handshake, and no compression.
    pub const DEFAULT: Self = Self {
        limits: Limits::DEFAULT,
        timeouts: Timeouts::DEFAULT,
        opening: Duration::from_secs(20),
        deflate: None,
    };

    /// Returns the policy to negotiate.
    fn policy(&self) -> Option<Policy> {
        self.deflate.filter(|_| cfg!(feature = "deflate"))
    }

    /// Accepts a client over TCP, TLS or any other stream. Every path and every origin is accepted: to
    /// check them, call [`read_request`](Self::read_request). For TCP, call `TcpStream::set_nodelay`
    /// first, unless you prefer fewer packets to short delays.
    ///
    /// # Errors
    ///
    /// Those of [`read_request`](Self::read_request) and [`Accepting::accept`].
    pub async fn accept(&self, stream: impl Io + 'static) -> Result<WebSocket, Error> {
        let accepting = self.read_request(stream).await?;
        // Boxed, like in `within`.
        Box::pin(accepting.accept(&Accept::default())).await
    }

    /// Reads a client's request, which you may inspect, and then accept or refuse.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], and [`Error::Failure`] if the client takes too long.
    pub async fn read_request(&self, stream: impl Io + 'static) -> Result<Accepting, Error> {
        let mut stream: Stream = Box::pin(stream);
        let mut opening = ServerOpening::new(Vec::new());
        let read = async {
            while opening.wants_read() {
                let len = stream.read(opening.space()).await?;
                opening.filled(len);
            }
            Ok(Accepting { stream, opening, config: *self })
        };
        within(self.opening, read).await
    }

    /// Creates the server's end of a connection that an HTTP library, such as hyper, has opened.
    /// `received` are the bytes after the request that the library has read, if it returns them.
    /// `agreed` is what was [answered](Policy::answer) to the client's offer of compression: `None`
    /// without the feature `deflate`.
    pub fn upgraded(
        &self,
        stream: impl Io + 'static,
        received: impl Into<Vec<u8>>,
        agreed: Option<Agreed>,
    ) -> WebSocket {
        let input = received.into();
        let received = 0..input.len();
        WebSocket::new(Box::pin(stream), (input, received), self, None, None, agreed)
    }

    /// Connects to a server over TCP, or with the feature `rustls` over TLS if the scheme is `wss`.
    ///
    /// # Errors
    ///
    /// [`Error::Response`] if the server does not answer with status 101; [`Error::Opening`] if the
    /// URI or the answer is malformed; [`Error::Io`], and [`Error::Failure`] if it takes too long.
    pub async fn connect(&self, uri: &str) -> Result<WebSocket, Error> {
        self.connect_with(&Offer::new(Uri::parse(uri)?)).await
    }

    /// Connects like [`connect`](Self::connect), with subprotocols and additional headers.
    pub async fn connect_with(&self, offer: &Offer<'_>) -> Result<WebSocket, Error> {
        let open = async { self.client(connect(&offer.uri).await?, offer).await };
        within(self.opening, open).await
    }

    /// Performs the opening handshake of a client over a stream that you have connected, such as a
    /// TLS stream. Otherwise like [`connect`](Self::connect).
    pub async fn client(
        &self,
        stream: impl Io + 'static,
        offer: &Offer<'_>,
    ) -> Result<WebSocket, Error> {
        let policy = self.policy().filter(|_| offer.extensions.is_empty());
        let value = policy.map(|policy| policy.offer());
        let extensions = value.as_ref().map_or(offer.extensions, HeaderValue::as_str);
        let offer = &Offer { extensions, ..*offer };
        let mut stream: Stream = Box::pin(stream);
        let mut opening = ClientOpening::new(offer, Key::new(rand::random()), Vec::new());
        let open = async {
            stream.write_all(opening.request()?).await?;
            stream.flush().await?;
            while opening.wants_read() {
                let len = stream.read(opening.space()).await?;
                opening.filled(len);
            }
            Ok(())
        };
        within(self.opening, open).await?;
        let accepted = match opening.accepted() {
            Err(OpeningError::Handshake(HandshakeError::NotSwitching { .. })) => {
                let response = OwnedResponse::new(&opening.response()?, opening.rest());
                return Err(Error::Response(response));
            }
            accepted => accepted?,
        };
        let agreed = policy.map_or(Ok(None), |policy| policy.check(accepted.extensions()))?;
        let subprotocol = accepted.subprotocol().map(str::to_owned);
        let (parts, subprotocol) = (opening.into_parts()?, subprotocol.as_deref());
        Ok(WebSocket::new(stream, parts, self, Some(rand::random), subprotocol, agreed))
    }
}

/// A client's request, which waits for an answer: see [`Config::read_request`].
#[derive(Debug)]
pub struct Accepting {
    stream: Stream,
    opening: ServerOpening<Vec<u8>>,
    config: Config,
}

impl Accepting {
    /// Returns the request: its target, its headers, and with [`Request::upgrade`] the origin and
    /// the subprotocols. It may be any HTTP request.
    ///
    /// # Errors
    ///
    /// Why it is no HTTP request. [`accept`](Self::accept) then writes the answer.
    pub fn request(&self) -> Result<Request<'_>, OpeningError> {
        self.opening.request()
    }

    /// Accepts the request, or refuses it if it is no valid opening handshake.
    ///
    /// # Errors
    ///
    /// [`Error::Opening`] if it was refused, with status 500 if the client does not offer what
    /// `accept` contains; [`Error::Io`], and [`Error::Failure`] if the client takes too long.
    pub async fn accept(mut self, accept: &Accept<'_>) -> Result<WebSocket, Error> {
        let config = self.config;
        let agreed = self.opening.accept_deflate(accept, config.policy());
        let (stream, parts) = Box::pin(self.answer()).await?;
        Ok(WebSocket::new(stream, parts, &config, None, accept.subprotocol, agreed))
    }

    /// Refuses the request with a status that you choose, and closes the stream.
    ///
    /// # Errors
    ///
    /// [`Error::Opening`] if status 500 was sent, because `refusal` is malformed; [`Error::Io`], and
    /// [`Error::Failure`] if the client takes too long.
    pub async fn refuse(mut self, refusal: &Refusal<'_>) -> Result<(), Error> {
        self.opening.refuse(refusal);
        match self.answer().await {
            Ok(_) | Err(Error::Opening(OpeningError::Refused { .. })) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn answer(self) -> Result<(Stream, (Vec<u8>, Range<usize>)), Error> {
        let Self { mut stream, opening, config } = self;
        let write = async {
            stream.write_all(opening.answer()).await?;
            Ok(stream.flush().await?)
        };
        within(config.opening, write).await?;
        let refused = match opening.into_parts() {
            Ok(parts) => return Ok((stream, parts)),
            Err(error) => error,
        };
        // Waits until the client has closed: some systems discard what was written last if a socket is
        // dropped while it has unread bytes.
        let close = async {
            stream.shutdown().await?;
            copy(&mut stream, &mut sink()).await
        };
        _ = timeout(config.timeouts.close, close).await;
        Err(refused.into())
    }
}

async fn connect(uri: &Uri<'_>) -> Result<Stream, Error> {
    if uri.secure() && cfg!(not(feature = "rustls")) {
        let needed = "wss needs the feature rustls of wsparse-tokio";
        return Err(io::Error::new(io::ErrorKind::Unsupported, needed).into());
    }
    let stream = TcpStream::connect((uri.host(), uri.port())).await?;
    stream.set_nodelay(true)?;
    #[cfg(feature = "rustls")]
    if uri.secure() {
        return Ok(Box::pin(crate::tls::connect(uri.host(), stream).await?));
    }
    Ok(Box::pin(stream))
}

/// Limits how long an opening handshake may take.
async fn within<T>(
    limit: Duration,
    opening: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    // Boxed, so that a task that opens a connection does not keep the memory.
    timeout(limit, Box::pin(opening)).await.unwrap_or(Err(Failure::TimedOut.into()))
}
