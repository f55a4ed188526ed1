//! Our client against somebody else's server, which echoes, closes where a text says so and pings
//! where a text says so: interop.mjs and interop.py. One argument: the server's URI.

use interop::{Client, Event, Result};
use std::num::NonZeroUsize;
use wsparse::{CloseCode, Message, OutgoingFrame};

const BIG: usize = 10 << 20;

fn main() -> Result<()> {
    let uri = std::env::args().nth(1).ok_or("usage: client ws://HOST:PORT/")?;
    let mut checks = 0;
    let mut check = |what: &str, got: Event, expected: Event| {
        checks += 1;
        if got == expected { Ok(()) } else { Err(format!("{what}: {got:?}, not {expected:?}")) }
    };

    let mut client = Client::connect(&uri)?;
    for text in ["", "Hello", "Grüße, 世界 🦀"] {
        client.send(OutgoingFrame::text(text))?;
        check("text", client.receive()?, Event::Text(text.into()))?;
    }
    for len in [0, 1, 125, 126, 300, 65_535, 65_536, BIG] {
        let bytes = bytes(len);
        client.send(Message::Binary(&bytes))?;
        check("binary", client.receive()?, Event::Binary(bytes))?;
        let text = text(len);
        client.send(Message::Text(&text))?;
        check("text", client.receive()?, Event::Text(text))?;
    }

    for (len, size) in [(10, 1), (100, 7), (100_000, 999), (BIG, 100_000)] {
        let size = NonZeroUsize::new(size).ok_or("0")?;
        let (text, bytes) = (text(len), bytes(len));
        for fragment in Message::Text(&text).fragments(size) {
            // Not many at once: `ws` cuts who sends Pings and does not read the answers.
            client.send(OutgoingFrame::ping(b"between")?)?;
            check("between", client.receive()?, Event::Pong(b"between".into()))?;
            client.send(fragment)?;
        }
        check("fragments", client.receive()?, Event::Text(text))?;
        for fragment in Message::Binary(&bytes).fragments(size) {
            client.send(fragment)?;
        }
        check("fragments", client.receive()?, Event::Binary(bytes))?;
    }

    for payload in [vec![], b"Hello".to_vec(), bytes(125)] {
        client.send(OutgoingFrame::ping(&payload)?)?;
        check("ping", client.receive()?, Event::Pong(payload))?;
    }
    client.send(OutgoingFrame::text("ping me"))?;
    check("pinged", client.receive()?, Event::Ping(b"me".into()))?;
    check("pinged", client.receive()?, Event::Text("pong me".into()))?;
    client.send(OutgoingFrame::text("fragment 世界"))?;
    check("fragmented", client.receive()?, Event::Text("世界".into()))?;
    client.close(CloseCode::NORMAL, "")?;
    check("close", client.receive()?, Event::Close(1000, String::new()))?;
    check("end", client.receive()?, Event::End)?;

    let longest = "r".repeat(123);
    for (code, reason) in
        [(1000, "done"), (1001, ""), (1011, "Grüße"), (3000, "世界"), (4999, &longest)]
    {
        let mut client = Client::connect(&uri)?;
        client.close(CloseCode::new(code).ok_or("no code")?, reason)?;
        check("our close", client.receive()?, Event::Close(code, reason.into()))?;
        check("end", client.receive()?, Event::End)?;

        let mut client = Client::connect(&uri)?;
        client.send(OutgoingFrame::text(&format!("close {code} {reason}")))?;
        check("its close", client.receive()?, Event::Close(code, reason.into()))?;
        check("end", client.receive()?, Event::End)?;
    }
    println!("{checks} checks of our client");
    Ok(())
}

fn bytes(len: usize) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(len).collect()
}

/// Characters of one to four bytes, cut where they end.
fn text(len: usize) -> String {
    let mut text = "aé世🦀".repeat(len / 10 + 1);
    text.truncate(text.floor_char_boundary(len));
    text
}
