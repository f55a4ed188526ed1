//! wsparse over tokio.

use wsparse_tokio::wsparse::deflate::Policy;
use wsparse_tokio::{Config, Error};

fn main() -> std::io::Result<()> {
    let deflate = wsparse_servers::deflate().then_some(Policy::DEFAULT);
    let config = Config { deflate, ..Config::DEFAULT };
    wsparse_servers::run(move |stream| async move {
        let mut socket = config.accept(stream).await?;
        while let Some(message) = socket.reader.next().await? {
            socket.writer.feed(message).await?;
        }
        Ok::<_, Error>(())
    })
}
