//! sockudo-ws.

use sockudo_ws::deflate::DeflateConfig;
use sockudo_ws::handshake::{build_response, generate_accept_key, parse_request};
use sockudo_ws::{CompressedWebSocketStream, Config, Error, Message, WebSocketStream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn main() -> std::io::Result<()> {
    let is_data = |message: &Message| matches!(message, Message::Text(_) | Message::Binary(_));
    let deflate = wsparse_servers::deflate().then(|| DeflateConfig {
        server_no_context_takeover: true,
        client_no_context_takeover: true,
        compression_level: 1,
        ..DeflateConfig::default()
    });
    wsparse_servers::run(move |mut stream| {
        let deflate = deflate.clone();
        async move {
            open(&mut stream, deflate.as_ref()).await?;
            let config = Config::default();
            match deflate {
                Some(deflate) => {
                    let socket = CompressedWebSocketStream::server(stream, config, deflate);
                    wsparse_servers::echo(socket, is_data).await
                }
                None => {
                    wsparse_servers::echo(WebSocketStream::server(stream, config), is_data).await
                }
            }
        }
    })
}

/// Performs the opening handshake, in the way of its examples.
async fn open(stream: &mut TcpStream, deflate: Option<&DeflateConfig>) -> Result<(), Error> {
    let mut head = Vec::new();
    loop {
        if stream.read_buf(&mut head).await? == 0 {
            return Err(Error::ConnectionClosed);
        }
        if let Some((request, _)) = parse_request(&head)? {
            let key = generate_accept_key(request.key);
            let extensions = deflate.map(DeflateConfig::to_response_header);
            let response = build_response(&key, None, extensions.as_deref());
            return Ok(stream.write_all(&response).await?);
        }
    }
}
