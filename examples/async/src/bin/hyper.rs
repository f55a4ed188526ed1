//! A hyper service with a page at `/` and a WebSocket that echoes at `/ws`:
//! `cargo run --release --bin hyper -- --addr 127.0.0.1:9997`.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::pin;
use tokio::net::TcpStream;
use tokio::sync::watch;
use wsparse::handshake::{Accept, HandshakeError, Upgrade};
use wsparse_async::echo::{BUFFER, echo};
use wsparse_async::listen;

const PAGE: &str = "<!doctype html><title>wsparse</title><pre></pre><input autofocus><script>
const socket = new WebSocket(`ws://${location.host}/ws`), input = document.querySelector('input');
const show = line => document.querySelector('pre').append(line + '\\n');
socket.onopen = () => show('open');
socket.onmessage = event => show(event.data);
socket.onclose = event => show(`closed: ${event.code} ${event.reason}`);
input.onchange = () => { socket.send(input.value); input.value = ''; };
</script>";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = listen::bind(&listen::address("127.0.0.1:9997")?).await?;
    let (stop, stopped) = watch::channel(());
    let mut ctrl_c = pin!(tokio::signal::ctrl_c());
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listen::accept(&listener) => accepted,
            _ = &mut ctrl_c => break,
        };
        tokio::spawn(serve(stream, peer, stopped.clone()));
    }

    eprintln!("stopping");
    drop((listener, stopped));
    stop.send_replace(());
    // Wait until each task has dropped its receiver. A peer that does not answer times out.
    stop.closed().await;
    Ok(())
}

async fn serve(stream: TcpStream, peer: SocketAddr, mut stopped: watch::Receiver<()>) {
    let for_upgrades = stopped.clone();
    let service = service_fn(move |request| respond(request, peer, for_upgrades.clone()));
    // hyper needs the timer to limit how long a head may take.
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        _ = stopped.changed() => {
            // Finish the current response.
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        eprintln!("{peer}: {error}");
    }
}

async fn respond(
    mut request: Request<Incoming>,
    peer: SocketAddr,
    stopped: watch::Receiver<()>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let response = match request.uri().path() {
        "/" => page(),
        "/ws" => match accept(&request) {
            Ok(response) => {
                // It resolves when hyper has sent the response, which is after this function.
                let upgrade = hyper::upgrade::on(&mut request);
                tokio::spawn(async move {
                    let ended = match upgrade.await {
                        // Frames that arrived with the request are part of the stream's first read.
                        Ok(stream) => echo(TokioIo::new(stream), vec![0; BUFFER], 0, stopped).await,
                        Err(error) => Err(std::io::Error::other(error)),
                    };
                    match ended {
                        Ok(ending) => eprintln!("{peer}: {ending}"),
                        Err(error) => eprintln!("{peer}: {error}"),
                    }
                });
                response
            }
            Err(error) => {
                eprintln!("{peer}: {error}");
                refuse(error)
            }
        },
        _ => status(StatusCode::NOT_FOUND),
    };
    Ok(response)
}

/// Checks the rules of §4.2.1 that hyper leaves to its users, and returns the response.
///
/// If cookies authenticate your users, choose an `OriginPolicy` as well (§10.2).
fn accept(request: &Request<Incoming>) -> Result<Response<Full<Bytes>>, HandshakeError> {
    let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let (method, path) = (request.method().as_str(), request.uri().path());
    let is_1_1 = request.version() >= Version::HTTP_11;
    let upgrade = Upgrade::from_headers(method, path, is_1_1, headers)?;
    Ok(with_headers(101, Accept::default().headers(&upgrade)?.iter()))
}

fn refuse(error: HandshakeError) -> Response<Full<Bytes>> {
    with_headers(error.status(), error.headers().iter().copied())
}

fn with_headers<'h>(
    status: u16,
    headers: impl Iterator<Item = (&'h str, &'h str)>,
) -> Response<Full<Bytes>> {
    let response = headers.fold(Response::builder().status(status), |response, (name, value)| {
        response.header(name, value)
    });
    response.body(Full::default()).expect("valid headers")
}

fn page() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(PAGE));
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

fn status(code: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = code;
    response
}
