use crate::config::Config;
use crate::error::{Error, Response};
use crate::websocket::WebSocket;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use wsparse::handshake::{Accept, HandshakeError, Key, Offer, Refusal, Request};
use wsparse::{ClientOpening, Failure, OpeningError, ServerOpening};

/// A client's request that has arrived and has not been answered.
///
/// Created by [`Config::read_request`]. Drop it to close the connection without an answer.
#[derive(Debug)]
pub struct Accepting<S> {
    stream: S,
    opening: ServerOpening<Vec<u8>>,
    config: Config,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Accepting<S> {
    pub(crate) async fn read(stream: S, config: Config) -> Result<Self, Error> {
        let opening = ServerOpening::new(Vec::new());
        let mut accepting = Self { stream, opening, config };
        let Self { stream, opening, .. } = &mut accepting;
        within(config.opening, async {
            while opening.wants_read() {
                let len = stream.read(opening.space()).await?;
                opening.filled(len);
            }
            Ok(())
        })
        .await?;
        let error = match accepting.opening.request() {
            Ok(_) => return Ok(accepting),
            Err(error) => error,
        };
        if let OpeningError::Handshake(error) = error {
            accepting.answer_refusal(error.answer()).await?;
        }
        Err(error.into())
    }

    /// Returns the request: its path, headers, origin and subprotocols.
    ///
    /// It may be any HTTP request: [`Request::upgrade`] checks that it asks for a WebSocket.
    ///
    /// # Errors
    ///
    /// None in practice, because the request has been read.
    pub fn request(&self) -> Result<Request<'_>, Error> {
        Ok(self.opening.request()?)
    }

    /// Accepts the request. If it does not ask for a WebSocket as the RFC demands, it is refused.
    ///
    /// # Errors
    ///
    /// [`Error::Opening`] if it is refused, or the response cannot be written as `accept` demands,
    /// and [`Error::Io`].
    pub async fn accept(mut self, accept: &Accept<'_>) -> Result<WebSocket<S>, Error> {
        let is_accepted = self.request()?.upgrade().is_ok();
        let answer = self.opening.accept(accept);
        if is_accepted {
            write(&mut self.stream, answer, self.config.opening).await?;
        } else {
            refuse(&mut self.stream, answer, self.config).await?;
        }
        let (input, received) = self.opening.into_parts()?;
        let subprotocol = accept.subprotocol.map(Box::from);
        Ok(WebSocket::new(self.stream, input, received, &self.config, None, subprotocol))
    }

    /// Refuses the request with a status of your choice, and closes the stream.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], and [`Error::Opening`] if the refusal is malformed.
    pub async fn refuse(mut self, refusal: &Refusal<'_>) -> Result<(), Error> {
        let answer = self.opening.refuse(refusal);
        refuse(&mut self.stream, answer, self.config).await?;
        match self.opening.into_parts() {
            Err(OpeningError::Handshake(error)) => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn answer_refusal(&mut self, answer: &[u8]) -> Result<(), Error> {
        refuse(&mut self.stream, answer, self.config).await
    }
}

/// Writes a refusal, and closes the stream.
async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    answer: &[u8],
    config: Config,
) -> Result<(), Error> {
    write(stream, answer, config.opening).await?;
    // Some systems discard what was written last if a socket is dropped while it has unread bytes.
    let drain = async {
        stream.shutdown().await?;
        while stream.read(&mut [0; 1024]).await? > 0 {}
        io::Result::Ok(())
    };
    _ = timeout(config.timeouts.close, drain).await;
    Ok(())
}

async fn write(
    stream: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    limit: Duration,
) -> Result<(), Error> {
    within(limit, async {
        stream.write_all(bytes).await?;
        Ok(stream.flush().await?)
    })
    .await
}

/// Performs the opening handshake of a client.
pub(crate) async fn open<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    offer: &Offer<'_>,
    config: &Config,
) -> Result<WebSocket<S>, Error> {
    let mut opening = ClientOpening::new(offer, Key::new(rand::random()), Vec::new());
    stream.write_all(opening.request()?).await?;
    stream.flush().await?;
    while opening.wants_read() {
        let len = stream.read(opening.space()).await?;
        opening.filled(len);
    }
    let subprotocol = match opening.accepted() {
        Ok(accepted) => accepted.subprotocol().map(Box::from),
        Err(OpeningError::Handshake(HandshakeError::NotSwitching { .. })) => {
            let response = opening.response()?;
            return Err(Error::Response(Box::new(Response {
                status: response.status(),
                headers: response.headers().map(|h| (h.name.into(), h.value.into())).collect(),
                body: opening.rest().to_vec(),
            })));
        }
        Err(error) => return Err(error.into()),
    };
    let (input, received) = opening.into_parts()?;
    let keys: fn() -> [u8; 4] = rand::random;
    Ok(WebSocket::new(stream, input, received, config, Some(keys), subprotocol))
}

/// Limits how long an opening handshake may take.
pub(crate) async fn within<T>(
    limit: Duration,
    opening: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    timeout(limit, opening).await.unwrap_or(Err(Failure::TimedOut.into()))
}
