//! A service of hyper that echoes: `cargo run --example hyper -- 127.0.0.1:9013`.

use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::upgrade::{OnUpgrade, on};
use hyper::{Request, Response, Version, http, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{env, error::Error, future::ready};
use tokio::net::TcpListener;
use wsparse_tokio::Config;
use wsparse_tokio::wsparse::handshake::{Accept, OriginPolicy, Upgrade};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:9013".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let service = service_fn(|request| ready(respond(request)));
        let http = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(http.with_upgrades());
    }
}

fn respond(mut request: Request<Incoming>) -> http::Result<Response<Empty<Bytes>>> {
    let stream = on(&mut request);
    let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let (method, path) = (request.method().as_str(), request.uri().path());
    let upgrade =
        Upgrade::from_headers(method, path, request.version() == Version::HTTP_11, headers)
            .and_then(|u| OriginPolicy::SameHost.check(u.origin(), u.host()).map(|()| u));
    let accepted = upgrade.and_then(|upgrade| Accept::default().headers(&upgrade));
    let (status, headers) = match &accepted {
        Ok(accepted) => (101, accepted.iter().collect()),
        Err(error) => (error.status(), error.headers().to_vec()),
    };
    tokio::spawn(echo(stream)); // ends at once if the request is refused
    let response = Response::builder().status(status);
    let response = headers.iter().fold(response, |r, (name, value)| r.header(*name, *value));
    response.body(Empty::new())
}

async fn echo(stream: OnUpgrade) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut socket = Config::DEFAULT.upgraded(TokioIo::new(stream.await?), [], None);
    while let Some(message) = socket.reader.next().await? {
        socket.writer.send(message).await?;
    }
    Ok(())
}
