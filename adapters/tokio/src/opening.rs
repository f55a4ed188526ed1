use crate::config::Config;
use crate::error::Error;
use crate::shared::Io;
use crate::websocket::WebSocket;
use std::time::Duration;
use std::{fmt, io};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wsparse::handshake::{Accept, Refusal, Request};
use wsparse::{Failure, OpeningError, ServerOpening};

/// A client's request, which waits for an answer: see [`Config::read_request`].
pub struct Accepting<S> {
    stream: S,
    opening: ServerOpening<Vec<u8>>,
    config: Config,
}

impl<S: Io> Accepting<S> {
    pub(crate) async fn read(mut stream: S, config: Config) -> Result<Self, Error> {
        let mut opening = ServerOpening::new(Vec::new());
        within(config.opening, async {
            while opening.wants_read() {
                let len = stream.read(opening.space()).await?;
                opening.filled(len);
            }
            Ok(Self { stream, opening, config })
        })
        .await
    }

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
    pub async fn accept(mut self, accept: &Accept<'_>) -> Result<WebSocket<S>, Error> {
        write(&mut self.stream, self.opening.accept(accept), &self.config).await?;
        match self.opening.into_parts() {
            Ok(parts) => {
                let subprotocol = accept.subprotocol.map(Box::from);
                Ok(WebSocket::new(self.stream, parts, &self.config, None, subprotocol))
            }
            Err(error) => {
                linger(self.stream, self.config.timeouts.close).await;
                Err(error.into())
            }
        }
    }

    /// Refuses the request with a status that you choose, and closes the stream.
    ///
    /// # Errors
    ///
    /// [`Error::Opening`] if status 500 was sent, because `refusal` is malformed; [`Error::Io`], and
    /// [`Error::Failure`] if the client takes too long.
    pub async fn refuse(mut self, refusal: &Refusal<'_>) -> Result<(), Error> {
        write(&mut self.stream, self.opening.refuse(refusal), &self.config).await?;
        linger(self.stream, self.config.timeouts.close).await;
        match self.opening.into_parts() {
            Err(OpeningError::Refused { .. }) | Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl<S> fmt::Debug for Accepting<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepting").field("opening", &self.opening).finish_non_exhaustive()
    }
}

async fn write<S: Io>(stream: &mut S, bytes: &[u8], config: &Config) -> Result<(), Error> {
    let write = async {
        stream.write_all(bytes).await?;
        Ok(stream.flush().await?)
    };
    within(config.opening, write).await
}

/// Waits until the peer has closed. Some systems discard what was written last if a socket is
/// dropped while it has unread bytes.
async fn linger<S: Io>(mut stream: S, limit: Duration) {
    let close = async {
        stream.shutdown().await?;
        while stream.read(&mut [0; 1024]).await? > 0 {}
        io::Result::Ok(())
    };
    _ = timeout(limit, close).await;
}

/// Limits how long an opening handshake may take.
pub(crate) async fn within<T>(
    limit: Duration,
    opening: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    // Boxed, so that a task that opens a connection does not keep the memory.
    timeout(limit, Box::pin(opening)).await.unwrap_or(Err(Failure::TimedOut.into()))
}
