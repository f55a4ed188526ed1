use hyper::body::Incoming;
use hyper::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use hyper::{Request, Response, server::conn::http1, service::service_fn, upgrade::Upgraded};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wsparse::{Assembler, Connection, Header, Input, Limits, Received, handshake::accept_key};

type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:9996").await?;
    loop {
        let stream = TokioIo::new(listener.accept().await?.0);
        let connection = http1::Builder::new().serve_connection(stream, service_fn(upgrade));
        tokio::spawn(connection.with_upgrades());
    }
}

async fn upgrade(mut request: Request<Incoming>) -> hyper::http::Result<Response<String>> {
    let key = request.headers().get(SEC_WEBSOCKET_KEY).map(|key| key.as_bytes());
    let accept = match accept_key(key.unwrap_or_default()) {
        Ok(accept) => accept,
        Err(error) => return Response::builder().status(400).body(error.to_string()),
    };
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move { echo(upgraded.await?).await });
    Response::builder()
        .status(101)
        .header(UPGRADE, "websocket")
        .header(CONNECTION, "Upgrade")
        .header(SEC_WEBSOCKET_ACCEPT, accept.as_str())
        .body(String::new())
}

async fn echo(upgraded: Upgraded) -> Result<(), Error> {
    let mut stream = TokioIo::new(upgraded);
    let mut connection = Connection::server(Limits::DEFAULT);
    let mut assembler = Assembler::new(Vec::new());
    let (mut buffer, mut header) = (vec![0; 16 << 10], [0; Header::MAX_LEN]);
    let mut output = [0; Connection::MAX_TRANSMIT];
    loop {
        let read = timeout(Duration::from_secs(60), stream.read(&mut buffer)).await??;
        if read == 0 {
            return Ok(());
        }
        let mut input = Input::new(&mut buffer[..read]);
        while let Ok(Some(received)) = connection.next(&mut input, &mut assembler) {
            match received {
                Received::Message(message) => {
                    stream.write_all(connection.encode_header(message, &mut header)?).await?;
                    stream.write_all(message.as_bytes()).await?;
                }
                Received::Ping(_) => stream.write_all(connection.transmit(&mut output)?).await?,
                _ => {}
            }
        }
        stream.write_all(connection.transmit(&mut output)?).await?; // here, a Close
        if connection.should_close() {
            // The peer ends its half next: with bytes unread, the Close might not reach it.
            _ = stream.shutdown().await;
        }
    }
}
