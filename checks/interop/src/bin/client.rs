//! The client of wsparse against the servers of `interop.mjs` and `interop.py`, which echo, and
//! close or send a Ping if a text message says so. The argument is the server's URI.

use interop::{Client, Event, Result};
use std::num::NonZeroUsize;
use wsparse::deflate::{Direction, Policy};
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
            // One at a time: `ws` drops a client that sends Pings and does not read the Pongs.
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
        client.close(CloseCode::new(code).ok_or("not a close code")?, reason)?;
        check("our close", client.receive()?, Event::Close(code, reason.into()))?;
        check("end", client.receive()?, Event::End)?;

        let mut client = Client::connect(&uri)?;
        client.send(OutgoingFrame::text(&format!("close {code} {reason}")))?;
        check("its close", client.receive()?, Event::Close(code, reason.into()))?;
        check("end", client.receive()?, Event::End)?;
    }
    println!("{checks} checks of the client of wsparse");

    let [alone, kept] = [Direction::WITHOUT_CONTEXT, Direction::WITH_CONTEXT];
    let window = |window_bits| Direction { window_bits, ..kept };
    for (outgoing, incoming) in [
        (kept, kept),
        (kept, alone),
        (alone, kept),
        (alone, alone),
        (window(9), window(9)),
        (window(10), window(10)),
        (window(12), window(12)),
        (Direction { window_bits: 9, ..alone }, Direction { window_bits: 9, ..alone }),
    ] {
        compressed(&uri, &Policy { outgoing, incoming, threshold: 0, ..Policy::DEFAULT })?;
    }
    Ok(())
}

/// Exchanges compressed messages. Fails unless the bytes on the wire are fewer.
fn compressed(uri: &str, policy: &Policy) -> Result<()> {
    let mut client = Client::connect_with(uri, Some(policy))?;
    let agreed = client.agreed().ok_or("compression was not negotiated")?;
    for (wanted, got) in [(policy.outgoing, agreed.outgoing), (policy.incoming, agreed.incoming)] {
        if got.window_bits > wanted.window_bits || got.context_takeover != wanted.context_takeover {
            return Err(format!("{got:?} was negotiated, not {wanted:?}").into());
        }
    }
    let (mut count, mut total) = (0, 0);
    let small: Vec<String> = (0..1000).map(small).collect();
    for batch in small.chunks(50) {
        for text in batch {
            client.send_deflated(Message::Text(text))?;
        }
        for text in batch {
            expect(client.receive()?, &Event::Text(text.clone()))?;
            (count, total) = (count + 1, total + text.len());
        }
    }
    check_traffic(&client, total)?;

    let longest = if agreed.outgoing.window_bits > 10 { BIG } else { 1 << 20 };
    for len in [0, 1, 125, 126, 300, 65_535, 65_536, longest] {
        let (bytes, text) = (bytes(len), text(len));
        client.send_deflated(Message::Binary(&bytes))?;
        client.send_deflated(Message::Text(&text))?;
        total += bytes.len() + text.len();
        expect(client.receive()?, &Event::Binary(bytes))?;
        expect(client.receive()?, &Event::Text(text))?;
        count += 2;
    }
    let all = small.concat();
    for size in [200, 10_000] {
        client.send_fragments(&all, size)?;
        total += all.len();
        expect(client.receive()?, &Event::Text(all.clone()))?;
        // A message may be sent uncompressed at any time.
        client.send(Message::Text("plain"))?;
        expect(client.receive()?, &Event::Text("plain".into()))?;
        count += 2;
    }
    client.send_deflated(Message::Text("fragment aaaabbbb世界"))?;
    expect(client.receive()?, &Event::Text("aaaabbbb世界".into()))?;
    let noise: Vec<u8> = (0..100_000).map(|_| rand::random()).collect();
    client.send_deflated(Message::Binary(&noise))?;
    expect(client.receive()?, &Event::Binary(noise))?;
    check_traffic(&client, total)?;
    let [sent, received] = [client.sent, client.received].map(|bytes| bytes * 1000 / total);
    println!(
        "{} compressed messages; bytes for a thousand: {sent} sent, {received} received: {agreed:?}",
        count + 2,
    );
    client.close(CloseCode::NORMAL, "")?;
    expect(client.receive()?, &Event::Close(1000, String::new()))?;
    expect(client.receive()?, &Event::End)
}

fn expect(got: Event, expected: &Event) -> Result<()> {
    if got == *expected { Ok(()) } else { Err(format!("{got:?}, not {expected:?}").into()) }
}

/// Fails unless both directions took at most four fifths of the length of the messages.
fn check_traffic(client: &Client, total: usize) -> Result<()> {
    if client.sent.max(client.received) > total / 5 * 4 {
        let Client { sent, received, .. } = client;
        return Err(format!("{sent} bytes sent and {received} received for {total}").into());
    }
    Ok(())
}

/// Returns a short message that is similar to the others.
fn small(number: usize) -> String {
    format!(r#"{{"id": {number}, "name": "first and last", "more": "{}"}}"#, "ab".repeat(50))
}

fn bytes(len: usize) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(len).collect()
}

/// Returns characters of one to four bytes, at most `len` bytes together.
fn text(len: usize) -> String {
    let mut text = "aé世🦀".repeat(len / 10 + 1);
    text.truncate(text.floor_char_boundary(len));
    text
}
