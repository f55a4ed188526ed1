//! tokio-tungstenite.

use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

fn main() -> std::io::Result<()> {
    wsparse_servers::run(|stream| async {
        // See `tungstenite.rs`.
        let config = WebSocketConfig::default().read_buffer_size(16 << 10);
        let socket = accept_async_with_config(stream, Some(config)).await?;
        wsparse_servers::echo(socket, |message| message.is_text() || message.is_binary()).await
    })
}
