//! The example `embedded`, run as a user runs it; for a Cortex-M4 `tests/no_panic` has its loop.

// Neither Miri nor wasm can start another process.
#![cfg(not(any(miri, target_family = "wasm")))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panicking"
)]

mod oracle;
mod support;

use std::io::BufRead;
use std::num::NonZeroUsize;
use support::client::{Client, Got, noise, violations};
use support::program::Server;
use wsparse::{CloseCode, Message, Outgoing};

fn start() -> Server {
    Server::start("embedded", &["127.0.0.1:0"])
}

fn text(text: &str) -> Got {
    Got::Text(text.to_owned())
}

#[test]
fn it_says_what_memory_it_takes() {
    let server = start();
    let numbers: Vec<u32> = server.said[0]
        .split(|at: char| !at.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    assert_eq!(numbers.len(), 3, "{:?}", server.said);
    assert_eq!(numbers[0], 512);
    // Less than 1 KiB in all.
    assert!(numbers.iter().sum::<u32>() < 1024, "{:?}", server.said);
}

#[test]
fn commands_are_obeyed() {
    let mut server = start();
    let mut client = Client::connect(&server.address);
    for (command, reply) in [("led on", "the led is on"), ("led off", "the led is off")] {
        client.send(Message::Text(command));
        assert_eq!(client.receive(), text(reply));
        let mut line = String::new();
        server.stdout.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), reply);
    }
    client.send(Message::Text("fly"));
    assert_eq!(client.receive(), text("known commands: led on, led off"));
}

#[test]
fn what_fits_into_512_octets_is_done() {
    let server = start();
    let mut client = Client::connect(&server.address);
    for len in 0..=125 {
        client.send(Message::Binary(&noise(len)));
        assert_eq!(client.receive(), Got::Binary(noise(len)), "{len}");
    }
    // A message in two fragments and the longest of Pings between them, octet for octet.
    let octets = noise(125);
    let mut fragments = Message::Binary(&octets).fragments(NonZeroUsize::new(124).unwrap());
    let mut sent = client.encode(fragments.next().unwrap());
    sent.extend(client.encode(Outgoing::ping(&octets).unwrap()));
    sent.iter().for_each(|octet| client.write(&[*octet]));
    assert_eq!(client.receive(), Got::Pong(octets.clone()));
    client.send(fragments.next().unwrap());
    assert_eq!(client.receive(), Got::Binary(octets));
}

#[test]
fn many_commands_in_one_read() {
    let server = start();
    let mut client = Client::connect(&server.address);
    let command = client.encode(Message::Text("led on"));
    client.write(&command.repeat(100));
    for _ in 0..100 {
        assert_eq!(client.receive(), text("the led is on"));
    }
}

#[test]
fn the_client_closes_and_another_comes() {
    let server = start();
    for _ in 0..3 {
        let mut client = Client::connect(&server.address);
        client.send(Message::Text("led off"));
        assert_eq!(client.receive(), text("the led is off"));
        client.close(CloseCode::NORMAL, "");
        assert_eq!(client.receive(), Got::Close(1000, String::new()));
        assert_eq!(client.receive(), Got::End);
    }
    // One that goes without a word.
    drop(Client::connect(&server.address));
    let mut client = Client::connect(&server.address);
    client.send(Message::Binary(b"next"));
    assert_eq!(client.receive(), Got::Binary(b"next".to_vec()));
}

#[test]
fn violations_are_answered_with_their_code() {
    let server = start();
    for (name, octets, code) in violations() {
        assert_eq!(Client::connect(&server.address).violate(&octets), code, "{name}");
    }
    // One octet more than there is memory for.
    let mut client = Client::connect(&server.address);
    let long = client.encode(Message::Binary(&noise(126)));
    assert_eq!(client.violate(&long), 1009);
}
