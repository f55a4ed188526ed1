//! tokio-tungstenite.

fn main() -> std::io::Result<()> {
    wsparse_servers::run(|stream| async {
        let socket = tokio_tungstenite::accept_async(stream).await?;
        wsparse_servers::echo(socket, |message| message.is_text() || message.is_binary()).await
    })
}
