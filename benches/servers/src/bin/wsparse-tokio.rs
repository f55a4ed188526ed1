//! wsparse over tokio.

use wsparse_tokio::{Config, Error};

fn main() -> std::io::Result<()> {
    wsparse_servers::run(|stream| async {
        let mut socket = Config::DEFAULT.accept(stream).await?;
        while let Some(message) = socket.reader.next().await? {
            socket.writer.send(message).await?;
        }
        Ok::<_, Error>(())
    })
}
