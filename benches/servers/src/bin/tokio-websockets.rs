//! tokio-websockets.

use tokio_websockets::ServerBuilder;

fn main() -> std::io::Result<()> {
    wsparse_servers::run(|stream| async {
        let (_, socket) = ServerBuilder::new().accept(stream).await?;
        wsparse_servers::echo(socket, |message| message.is_text() || message.is_binary()).await
    })
}
