//! fastwebsockets, over hyper.

use fastwebsockets::{FragmentCollector, OpCode, WebSocketError, upgrade::upgrade};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::task::{spawn_local, unconstrained};

fn main() -> std::io::Result<()> {
    wsparse_servers::run(|stream| {
        let service = service_fn(|mut request: Request<Incoming>| async move {
            let (response, socket) = upgrade(&mut request)?;
            spawn_local(unconstrained(async {
                let mut socket = FragmentCollector::new(socket.await?);
                loop {
                    let frame = socket.read_frame().await?;
                    match frame.opcode {
                        OpCode::Close => return Ok::<_, WebSocketError>(()),
                        OpCode::Text | OpCode::Binary => socket.write_frame(frame).await?,
                        _ => {}
                    }
                }
            }));
            Ok::<_, WebSocketError>(response)
        });
        http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades()
    })
}
