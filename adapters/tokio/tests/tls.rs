//! `wss`, over a certificate that the test makes.

use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::io::ErrorKind;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::ring};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use wsparse_tokio::wsparse::handshake::{Offer, Uri};
use wsparse_tokio::wsparse::{CloseCode, Message};
use wsparse_tokio::{Config, Error};

#[tokio::test]
async fn messages_over_tls_and_a_certificate_that_is_not_trusted() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let provider = Arc::new(ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![cert.der().clone()],
            PrivateKeyDer::Pkcs8(signing_key.serialize_der().into()),
        )
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();

    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let serve = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket =
            Config::DEFAULT.accept(acceptor.accept(stream).await.unwrap()).await.unwrap();
        while let Some(message) = socket.reader.next().await.unwrap() {
            socket.writer.send(message).await.unwrap();
        }
        // The second client does not trust the certificate.
        let (stream, _) = listener.accept().await.unwrap();
        assert!(acceptor.accept(stream).await.is_err());
    });

    // Over a stream of the caller, whose roots contain the certificate.
    let uri = format!("wss://localhost:{port}/");
    let stream = TcpStream::connect(("localhost", port)).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap();
    let offer = Offer::new(Uri::parse(&uri).unwrap());
    let mut socket = Config::DEFAULT.client(stream, &offer).await.unwrap();
    for len in [0, 1, 16 << 10, 1 << 20] {
        let payload = vec![len as u8; len];
        socket.send(&payload).await.unwrap();
        assert_eq!(socket.next().await.unwrap(), Some(Message::Binary(&payload)));
    }
    let code = socket.close(CloseCode::NORMAL, "").await.unwrap();
    assert_eq!(code, Some(CloseCode::NORMAL));

    let error = Config::DEFAULT.connect(&uri).await.unwrap_err();
    let Error::Io(error) = error else { panic!("{error:?}") };
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    serve.await.unwrap();
}
