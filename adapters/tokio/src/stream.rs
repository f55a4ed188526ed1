use crate::error::Error;
use std::io;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use wsparse::handshake::Uri;

/// A stream to a server: TCP, or TLS over it.
pub type Stream = Box<dyn Io>;

/// What a [`Stream`] can do.
pub trait Io: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> Io for S {}

pub(crate) async fn connect(uri: &Uri<'_>) -> Result<Stream, Error> {
    if uri.secure() && !cfg!(any(feature = "rustls", feature = "native-roots")) {
        let what = "wss needs the feature rustls or native-roots of wsparse-tokio";
        return Err(io::Error::new(io::ErrorKind::Unsupported, what).into());
    }
    let stream = TcpStream::connect((uri.host(), uri.port())).await?;
    stream.set_nodelay(true)?;
    #[cfg(any(feature = "rustls", feature = "native-roots"))]
    if uri.secure() {
        return Ok(Box::new(tls::connect(uri.host(), stream).await?));
    }
    Ok(Box::new(stream))
}

#[cfg(any(feature = "rustls", feature = "native-roots"))]
mod tls {
    use std::io;
    use std::sync::{Arc, OnceLock};
    use tokio::net::TcpStream;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::client::TlsStream;
    use tokio_rustls::rustls::crypto::ring;
    use tokio_rustls::rustls::pki_types::ServerName;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};

    pub(super) async fn connect(host: &str, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
        let config = match CONFIG.get() {
            Some(config) => config,
            None => {
                let config = config()?;
                CONFIG.get_or_init(|| config)
            }
        };
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(config.clone()).connect(name, stream).await
    }

    fn config() -> io::Result<Arc<ClientConfig>> {
        let mut roots = RootCertStore::empty();
        #[cfg(feature = "rustls")]
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        #[cfg(feature = "native-roots")]
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }
}
