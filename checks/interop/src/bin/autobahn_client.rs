//! The client for the `fuzzingserver` of Autobahn|Testsuite. Echoes in each case, then makes the
//! server write its reports. The argument is the server's URI.

use interop::{Client, Event, Result};
use wsparse::Message;
use wsparse::deflate::{Direction, Policy};

const AGENT: &str = "wsparse";

fn main() -> Result<()> {
    let server = std::env::args().nth(1).ok_or("usage: autobahn_client ws://HOST:PORT")?;
    let Event::Text(count) = Client::connect(&format!("{server}/getCaseCount"))?.receive()? else {
        return Err("expected the number of cases".into());
    };
    for case in 1..=count.parse::<u32>()? {
        // Whether the case is OK is in the report.
        if let Err(error) = echo(&format!("{server}/runCase?case={case}&agent={AGENT}")) {
            eprintln!("case {case}: {error}");
        }
    }
    let mut update = Client::connect(&format!("{server}/updateReports?agent={AGENT}"))?;
    while update.receive()? != Event::End {}
    Ok(())
}

fn echo(uri: &str) -> Result<()> {
    // The server accepts the offer only in the cases about compression.
    let direction = Direction::WITH_CONTEXT;
    let policy = Policy { outgoing: direction, incoming: direction, ..Policy::DEFAULT };
    let mut client = Client::connect_with(uri, Some(&policy))?;
    loop {
        match client.receive()? {
            Event::Text(text) => client.send_deflated(Message::Text(&text))?,
            Event::Binary(bytes) => client.send_deflated(Message::Binary(&bytes))?,
            Event::End => return Ok(()),
            _ => {}
        }
    }
}
