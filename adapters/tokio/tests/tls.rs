//! `wss`, over a certificate that the test makes.

use rcgen::{Certificate, CertifiedKey, generate_simple_self_signed};
use std::io::ErrorKind;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::ring};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use wsparse_tokio::wsparse::handshake::{Offer, Uri};
use wsparse_tokio::wsparse::{CloseCode, Message};
use wsparse_tokio::{Config, Error};

/// A server's certificate for `localhost`, and what accepts connections with it.
fn certified() -> (Certificate, TlsAcceptor) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (cert, TlsAcceptor::from(Arc::new(server)))
}

/// Sends all messages of one connection back.
async fn echo(listener: &TcpListener, acceptor: &TlsAcceptor) {
    let (stream, _) = listener.accept().await.unwrap();
    let stream = acceptor.accept(stream).await.unwrap();
    let mut socket = Config::DEFAULT.accept(stream).await.unwrap();
    while let Some(message) = socket.reader.next().await.unwrap() {
        socket.writer.send(message).await.unwrap();
    }
}

#[tokio::test]
async fn messages_over_tls_and_a_certificate_that_is_not_trusted() {
    let (cert, acceptor) = certified();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();

    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = tokio::spawn(async move {
        echo(&listener, &acceptor).await;
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

/// `Config::connect` trusts the roots of the operating system, which OpenSSL's variable replaces. A
/// variable belongs to a whole process, so that the client is a program of its own.
#[cfg(feature = "native-roots")]
#[tokio::test]
async fn a_program_connects_to_a_certificate_that_its_system_trusts() {
    use std::process::Stdio;
    use std::time::Duration;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::join;
    use tokio::time::timeout;

    let (cert, acceptor) = certified();
    let name = format!("wsparse-tokio-{}.pem", std::process::id());
    let roots = std::env::temp_dir().join(name);
    std::fs::write(&roots, cert.pem()).unwrap();
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let uri = format!("wss://localhost:{}/", listener.local_addr().unwrap().port());

    // target/debug/deps/tls-0123456789abcdef
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples").join("reconnect");
    let mut child = tokio::process::Command::new(program)
        .arg(uri)
        .env("SSL_CERT_FILE", &roots)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("cargo test builds the examples");
    let talk = async {
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"over TLS\n").await.unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
        drop(stdin); // the client closes
        (line, child.wait().await.unwrap())
    };
    let both = async { join!(talk, echo(&listener, &acceptor)) };
    let ((line, status), ()) = timeout(Duration::from_secs(20), both).await.unwrap();
    std::fs::remove_file(&roots).unwrap();
    assert_eq!(line, "Text(\"over TLS\")\n");
    assert!(status.success());
}
