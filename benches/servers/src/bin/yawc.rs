//! yawc, over hyper.

use futures_util::StreamExt;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::task::{spawn_local, unconstrained};
use yawc::{
    CompressionLevel, DeflatePool, Frame, HttpWebSocket, OpCode, Options, WebSocket, WebSocketError,
};

fn main() -> std::io::Result<()> {
    // Faster for 100 KiB than its 8 KiB.
    let options = Options::default()
        .with_utf8()
        .with_read_buffer_capacity(64 << 10)
        .with_write_buffer_capacity(128 << 10);
    let options = match wsparse_servers::deflate() {
        true => options
            .with_compression_level(CompressionLevel::fast())
            .with_deflate_pool(DeflatePool::new(1)),
        false => options.without_compression(),
    };
    wsparse_servers::run(move |stream| {
        let options = options.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            let options = options.clone();
            async move {
                let (response, socket) = WebSocket::upgrade_with_options(&mut request, options)?;
                spawn_local(unconstrained(async {
                    let socket: HttpWebSocket = socket.await?;
                    let socket = socket.map(Ok::<_, WebSocketError>);
                    let is_data =
                        |frame: &Frame| matches!(frame.opcode(), OpCode::Text | OpCode::Binary);
                    wsparse_servers::echo(socket, is_data).await
                }));
                Ok::<_, WebSocketError>(response)
            }
        });
        http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades()
    })
}
