use crate::error::Error;
use crate::shared::Io;
use std::io;
use tokio::net::TcpStream;
use wsparse::handshake::Uri;

/// A stream to a server: TCP, or TLS over it.
pub type Stream = Box<dyn Io + Send + Sync>;

pub(crate) async fn connect(uri: &Uri<'_>) -> Result<Stream, Error> {
    if uri.secure() && cfg!(not(feature = "rustls")) {
        let needed = "wss needs the feature rustls of wsparse-tokio";
        return Err(io::Error::new(io::ErrorKind::Unsupported, needed).into());
    }
    let stream = TcpStream::connect((uri.host(), uri.port())).await?;
    stream.set_nodelay(true)?;
    #[cfg(feature = "rustls")]
    if uri.secure() {
        return Ok(Box::new(tls(uri.host(), stream).await?));
    }
    Ok(Box::new(stream))
}

#[cfg(feature = "rustls")]
async fn tls(
    host: &str,
    stream: TcpStream,
) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    use std::sync::{Arc, LazyLock};
    use tokio_rustls::rustls::crypto::ring::default_provider;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};

    static CONFIG: LazyLock<Result<Arc<ClientConfig>, tokio_rustls::rustls::Error>> =
        LazyLock::new(|| {
            let mut roots = RootCertStore::empty();
            #[cfg(not(feature = "native-roots"))]
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            #[cfg(feature = "native-roots")]
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
                .with_safe_default_protocol_versions()?
                .with_root_certificates(roots)
                .with_no_client_auth();
            Ok(Arc::new(config))
        });
    let config = CONFIG.clone().map_err(io::Error::other)?;
    let host = host.to_owned().try_into().map_err(io::Error::other)?;
    tokio_rustls::TlsConnector::from(config).connect(host, stream).await
}
