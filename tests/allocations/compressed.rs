//! Compressed connections: once their memory has grown, no message allocates.

use crate::COUNTER;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use wsparse::deflate::{Agreed, Deflater, Direction, Inflater, Policy};
use wsparse::{Message, Step, pair, transfer};

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// Sends messages to a server, which sends each of them back.
fn dialog(direction: Direction, rounds: impl Fn(&mut dyn FnMut())) {
    let agreed = Agreed { outgoing: direction, incoming: direction };
    let policy = Policy { level: 6, ..Policy::DEFAULT };
    let new = || (Deflater::new(&policy, agreed), Inflater::new(agreed));
    let (mut servers, mut clients) = (new(), new());
    let (server, client) = pair();
    let (mut server, mut client) =
        (server.with_deflate(Some(agreed)), client.with_deflate(Some(agreed)));
    let record = r#"{"id": 17, "name": "Grüße", "tags": ["a", "b"]}, "#;
    let texts = [10, 1_000, 65_536, 300_000].map(|len| record.repeat(len / record.len() + 1));

    let mut round = || {
        for text in &texts {
            client.send_deflated(text, &mut clients.0).unwrap();
            transfer(&mut client, &mut server);
            assert_eq!(server.advance_with(&mut servers.1), Step::Message);
            server.reply(|message, sender| sender.send_deflated(message, &mut servers.0)).unwrap();
            assert_eq!(server.advance_with(&mut servers.1), Step::Write);
            transfer(&mut server, &mut client);
            assert_eq!(client.advance_with(&mut clients.1), Step::Message);
            assert_eq!(client.message(), Message::Text(text));
            assert_eq!(client.advance_with(&mut clients.1), Step::Read);
        }
    };
    rounds(&mut round);
}

#[test]
fn nothing_allocates_after_the_first_round() {
    for direction in [Direction::WITH_CONTEXT, Direction::WITHOUT_CONTEXT] {
        dialog(direction, |round| {
            round();
            ALLOCATIONS.store(0, Ordering::Relaxed);
            COUNTER.set(Some(&ALLOCATIONS));
            // To see that they are counted.
            drop(black_box(Box::new(7)));
            for _ in 0..20 {
                round();
            }
            COUNTER.set(None);
            assert_eq!(ALLOCATIONS.load(Ordering::Relaxed), 1, "{direction:?}");
        });
    }
}
