//! A route of axum that echoes: `cargo run --example axum -- 127.0.0.1:9012`, then connect to `/ws`.

use axum::{Router, body::Body, extract::Request, http::Version, response::Response, routing::any};
use hyper_util::rt::TokioIo;
use std::{env::args, error::Error};
use wsparse_tokio::Config;
use wsparse_tokio::wsparse::handshake::{Accept, OriginPolicy, Upgrade};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = args().nth(1).unwrap_or("127.0.0.1:9012".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/ws", any(route))).await
}

async fn route(mut request: Request) -> Response {
    let stream = hyper::upgrade::on(&mut request);
    let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let is_1_1 = request.version() == Version::HTTP_11;
    let upgrade = Upgrade::from_headers(request.method().as_str(), "/ws", is_1_1, headers)
        .and_then(|u| OriginPolicy::SameHost.check(u.origin(), u.host()).map(|()| u));
    let accepted = upgrade.and_then(|upgrade| Accept::default().headers(&upgrade));
    let (status, headers) = match &accepted {
        Ok(accepted) => (101, accepted.iter().collect()),
        Err(error) => (error.status(), error.headers().to_vec()),
    };
    tokio::spawn(echo(stream)); // ends at once if the request is refused
    let response = Response::builder().status(status);
    let response = headers.iter().fold(response, |r, (name, value)| r.header(*name, *value));
    response.body(Body::empty()).unwrap_or_default()
}

async fn echo(stream: hyper::upgrade::OnUpgrade) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut socket = Config::DEFAULT.upgraded(TokioIo::new(stream.await?), [], None);
    while let Some(message) = socket.reader.next().await? {
        socket.writer.send(message).await?;
    }
    Ok(())
}
