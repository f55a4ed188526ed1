//! The client for Autobahn|Testsuite's `fuzzingserver`: echoes in each case, then has the reports
//! written. One argument: the server's URI.

use interop::{Client, Event, Result};
use wsparse::{Message, OutgoingFrame};

const AGENT: &str = "wsparse";

fn main() -> Result<()> {
    let server = std::env::args().nth(1).ok_or("usage: autobahn_client ws://HOST:PORT")?;
    let Event::Text(count) = Client::connect(&format!("{server}/getCaseCount"))?.receive()? else {
        return Err("no count of cases".into());
    };
    for case in 1..=count.parse::<u32>()? {
        // What is wrong with a case, the report says.
        if let Err(error) = echo(&format!("{server}/runCase?case={case}&agent={AGENT}")) {
            eprintln!("case {case}: {error}");
        }
    }
    let mut update = Client::connect(&format!("{server}/updateReports?agent={AGENT}"))?;
    while update.receive()? != Event::End {}
    Ok(())
}

fn echo(uri: &str) -> Result<()> {
    let mut client = Client::connect(uri)?;
    loop {
        match client.receive()? {
            Event::Text(text) => client.send(OutgoingFrame::text(&text))?,
            Event::Binary(bytes) => client.send(Message::Binary(&bytes))?,
            Event::End => return Ok(()),
            _ => {}
        }
    }
}
