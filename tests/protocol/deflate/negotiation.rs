//! The negotiation of permessage-deflate (RFC 7692 §5, §7.1), each answer byte for byte.

use wsparse::deflate::{Agreed, Direction, Policy};
use wsparse::handshake::{
    Accept, Extensions, HandshakeError, HeadLimits, HeadReader, Key, Offer, Response, Upgrade, Uri,
};
use wsparse::{Role, Status};

const fn direction(window_bits: u8, context_takeover: bool) -> Direction {
    Direction { window_bits, context_takeover }
}

const fn policy(outgoing: Direction, incoming: Direction) -> Policy {
    Policy { outgoing, incoming, ..Policy::DEFAULT }
}

/// All windows are as large as possible and kept: the RFC's default.
const LARGEST: Policy = policy(direction(15, true), direction(15, true));
/// The least memory: small windows, not kept.
const SMALLEST: Policy = policy(direction(9, false), direction(9, false));
/// Different in each direction.
const MIXED: Policy = policy(direction(12, true), direction(10, false));

/// Adds the name to the parameters of an answer; `-` stands for none.
fn named(answer: &str) -> Option<String> {
    match answer {
        "-" => None,
        "" => Some("permessage-deflate".to_owned()),
        params => Some(format!("permessage-deflate; {params}")),
    }
}

fn answer(policy: Policy, offered: &str) -> Option<String> {
    let offered = Extensions::new(offered.as_bytes()).map(Result::unwrap);
    policy.answer(offered).map(|answer| answer.as_str().to_owned())
}

/// An offer's parameters, and those of the answer of a server with each of the policies `LARGEST`,
/// `SMALLEST` and `MIXED`.
#[rustfmt::skip]
const ANSWERS: &[(&str, [&str; 3])] = &[
    // A server may ask for anything on its own, except for `client_max_window_bits`.
    ("", ["",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9",
        "client_no_context_takeover; server_max_window_bits=12"]),
    // It must be in the answer.
    ("server_no_context_takeover", ["server_no_context_takeover",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12"]),
    // A hint, which is confirmed.
    ("client_no_context_takeover", ["client_no_context_takeover",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9",
        "client_no_context_takeover; server_max_window_bits=12"]),
    // It must be in the answer, same or smaller.
    ("server_max_window_bits=15", ["server_max_window_bits=15",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9",
        "client_no_context_takeover; server_max_window_bits=12"]),
    ("server_max_window_bits=11", ["server_max_window_bits=11",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9",
        "client_no_context_takeover; server_max_window_bits=11"]),
    ("server_max_window_bits=9", ["server_max_window_bits=9",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9",
        "client_no_context_takeover; server_max_window_bits=9"]),
    // Cannot be kept.
    ("server_max_window_bits=8", ["-", "-", "-"]),
    // With and without a value in an offer, always with one in an answer, never above the offer.
    ("client_max_window_bits", ["",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=9",
        "client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=10"]),
    ("client_max_window_bits=15", ["",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=9",
        "client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=10"]),
    ("client_max_window_bits=14", ["client_max_window_bits=14",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=9",
        "client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=10"]),
    // What a peer compresses with 8 can be inflated.
    ("client_max_window_bits=8", ["client_max_window_bits=8",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=8",
        "client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=8"]),
    // Quoted or not.
    ("server_max_window_bits=\"10\"; client_max_window_bits=\"1\\1\"",
        ["server_max_window_bits=10; client_max_window_bits=11",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=9",
        "client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=10"]),
    // All four, in any order.
    ("client_max_window_bits=13; client_no_context_takeover; server_max_window_bits=14; server_no_context_takeover",
        ["server_no_context_takeover; client_no_context_takeover; server_max_window_bits=14; client_max_window_bits=13",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=9",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=10"]),
];

/// Parameters of an offer that no server may accept.
const DECLINED: [&str; 31] = [
    "unknown",
    "unknown=1",
    "Server_no_context_takeover",
    "server_no_context_takeover; unknown",
    "server_no_context_takeover; server_no_context_takeover",
    "client_no_context_takeover; client_no_context_takeover",
    "server_max_window_bits=10; server_max_window_bits=10",
    "client_max_window_bits; client_max_window_bits",
    "client_max_window_bits=10; client_max_window_bits",
    "client_max_window_bits; client_max_window_bits=10",
    "server_no_context_takeover=1",
    "server_no_context_takeover=true",
    "client_no_context_takeover=1",
    "client_no_context_takeover=\"1\"",
    "server_max_window_bits",
    "server_max_window_bits=7",
    "server_max_window_bits=16",
    "server_max_window_bits=0",
    "server_max_window_bits=08",
    "server_max_window_bits=010",
    "server_max_window_bits=+10",
    "server_max_window_bits=-9",
    "server_max_window_bits=1e1",
    "server_max_window_bits=0xA",
    "server_max_window_bits=256",
    "server_max_window_bits=265",
    "client_max_window_bits=7",
    "client_max_window_bits=16",
    "client_max_window_bits=09",
    "client_max_window_bits=\"010\"",
    "client_max_window_bits=true",
];

#[test]
fn a_server_answers_an_offer() {
    for (offer, answers) in ANSWERS {
        let offered = named(offer).unwrap();
        for (policy, expected) in [LARGEST, SMALLEST, MIXED].into_iter().zip(answers) {
            assert_eq!(answer(policy, &offered), named(expected), "{offer}: {policy:?}");
        }
    }
}

#[test]
fn a_server_declines_what_is_not_allowed() {
    for offer in DECLINED {
        let offered = named(offer).unwrap();
        assert_eq!(answer(LARGEST, &offered), None, "{offer}");
        // A bad first offer does not cost the good second.
        let both = format!("{offered}, permessage-deflate; client_no_context_takeover");
        assert_eq!(answer(LARGEST, &both), named("client_no_context_takeover"), "{offer}");
    }
}

#[test]
fn the_first_offer_that_can_be_accepted() {
    let rows = [
        ("permessage-deflate, permessage-deflate; server_max_window_bits=10", ""),
        (
            "permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=9",
            "server_max_window_bits=9",
        ),
        ("permessage-deflate; server_max_window_bits=8", "-"),
        (
            "mux; max-channels=4, permessage-deflate; server_no_context_takeover",
            "server_no_context_takeover",
        ),
        // Other extensions, and the name that older drafts and Safari used.
        ("x-webkit-deflate-frame", "-"),
        ("permessage-compress; method=deflate", "-"),
        ("PERMESSAGE-DEFLATE", "-"),
        ("", "-"),
    ];
    for (offered, expected) in rows {
        assert_eq!(answer(LARGEST, offered), named(expected), "{offered}");
    }
}

#[test]
fn windows_out_of_range_count_as_the_nearest() {
    for (bits, counts_as) in [(0, 9), (8, 9), (9, 9), (16, 15), (255, 15)] {
        let policy = policy(direction(bits, true), direction(bits, true));
        let like = self::policy(direction(counts_as, true), direction(counts_as, true));
        assert_eq!(policy.offer(), like.offer());
        let offered = "permessage-deflate; client_max_window_bits";
        assert_eq!(answer(policy, offered), answer(like, offered));
    }
}

/// The agreed values of an answer, as the server and as the client see them.
#[test]
fn what_an_answer_means() {
    let rows = [
        ("", direction(15, true), direction(15, true)),
        ("server_no_context_takeover", direction(15, false), direction(15, true)),
        ("client_no_context_takeover", direction(15, true), direction(15, false)),
        ("server_max_window_bits=8", direction(8, true), direction(15, true)),
        ("server_max_window_bits=9", direction(9, true), direction(15, true)),
        ("client_max_window_bits=8", direction(15, true), direction(8, true)),
        (
            "client_max_window_bits=11; server_max_window_bits=12",
            direction(12, true),
            direction(11, true),
        ),
    ];
    for (answer, server, client) in rows {
        let answer = named(answer).unwrap();
        let accepted = || Extensions::new(answer.as_bytes()).flatten();
        let seen = Agreed::from_answer(accepted(), Role::Server);
        assert_eq!(seen, Ok(Some(Agreed { outgoing: server, incoming: client })), "{answer}");
        let seen = Agreed::from_answer(accepted(), Role::Client);
        assert_eq!(seen, Ok(Some(Agreed { outgoing: client, incoming: server })), "{answer}");
    }
}

#[test]
fn a_client_makes_an_offer() {
    assert_eq!(LARGEST.offer().as_str(), "permessage-deflate; client_max_window_bits");
    assert_eq!(
        SMALLEST.offer().as_str(),
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
        server_max_window_bits=9; client_max_window_bits=9",
    );
    assert_eq!(
        MIXED.offer().as_str(),
        "permessage-deflate; server_no_context_takeover; server_max_window_bits=10; \
        client_max_window_bits=12",
    );
    // The longest value.
    let longest = policy(direction(11, false), direction(12, false)).offer();
    assert_eq!(longest.as_str().len(), 128);
    assert!(longest.as_str().ends_with("; client_max_window_bits=11"));
    assert_eq!(longest.to_string(), longest.as_str());
}

fn check(policy: Policy, answer: &str) -> Result<Option<Agreed>, HandshakeError> {
    policy.check(Extensions::new(answer.as_bytes()).map(Result::unwrap))
}

/// An answer's parameters, and what the client then sends and receives with.
#[rustfmt::skip]
const ACCEPTED: &[(Policy, &str, Direction, Direction)] = &[
    (LARGEST, "", direction(15, true), direction(15, true)),
    // Not offered, but a server may add it.
    (LARGEST, "server_no_context_takeover", direction(15, true), direction(15, false)),
    (LARGEST, "client_no_context_takeover", direction(15, false), direction(15, true)),
    (LARGEST, "server_max_window_bits=8", direction(15, true), direction(8, true)),
    (LARGEST, "server_max_window_bits=\"15\"", direction(15, true), direction(15, true)),
    // Offered without a value.
    (LARGEST, "client_max_window_bits=15", direction(15, true), direction(15, true)),
    (LARGEST, "client_max_window_bits=9", direction(9, true), direction(15, true)),
    (LARGEST, "client_max_window_bits=8", direction(8, true), direction(15, true)),
    // The hints of this client are kept if the answer does not repeat them.
    (SMALLEST, "server_no_context_takeover; server_max_window_bits=9", direction(9, false), direction(9, false)),
    (SMALLEST, "server_no_context_takeover; server_max_window_bits=8; client_max_window_bits=9; client_no_context_takeover",
        direction(9, false), direction(8, false)),
    (MIXED, "server_max_window_bits=10; client_max_window_bits=11; server_no_context_takeover", direction(11, true), direction(10, false)),
];

/// Answers that fail the connection.
const REFUSED: &[(Policy, &str)] = &[
    // Required by the offer, and missing or larger.
    (SMALLEST, ""),
    (SMALLEST, "server_no_context_takeover"),
    (SMALLEST, "server_max_window_bits=9"),
    (SMALLEST, "server_no_context_takeover; server_max_window_bits=10"),
    (MIXED, "server_no_context_takeover; server_max_window_bits=11"),
    (MIXED, "server_max_window_bits=10"),
    // Above the offered one.
    (MIXED, "server_no_context_takeover; server_max_window_bits=10; client_max_window_bits=13"),
    // Without a value.
    (LARGEST, "client_max_window_bits"),
];

#[test]
fn a_client_checks_an_answer() {
    for (policy, answer, outgoing, incoming) in ACCEPTED {
        let agreed = Agreed { outgoing: *outgoing, incoming: *incoming };
        assert_eq!(check(*policy, &named(answer).unwrap()), Ok(Some(agreed)), "{answer}");
    }
    for (policy, answer) in REFUSED {
        let result = check(*policy, &named(answer).unwrap());
        assert_eq!(result, Err(HandshakeError::DeflateParameters), "{answer}");
    }
    for twice in
        ["permessage-deflate, permessage-deflate", "permessage-deflate, mux, permessage-deflate; x"]
    {
        assert_eq!(check(LARGEST, twice), Err(HandshakeError::DeflateParameters));
    }
    for answer in DECLINED {
        let result = check(LARGEST, &named(answer).unwrap());
        assert_eq!(result, Err(HandshakeError::DeflateParameters), "{answer}");
    }
    // No answer, no extension.
    assert_eq!(check(LARGEST, ""), Ok(None));
    assert_eq!(check(LARGEST, "mux"), Ok(None));
}

#[test]
fn a_client_makes_several_offers() {
    let policies = [SMALLEST, MIXED, LARGEST];
    let check = |answer: &str| {
        let answer = named(answer).unwrap();
        Policy::check_any(&policies, Extensions::new(answer.as_bytes()).flatten())
    };
    let agreed = |outgoing, incoming| Ok(Some(Agreed { outgoing, incoming }));
    // The last one is the only one that it answers.
    assert_eq!(check(""), agreed(direction(15, true), direction(15, true)));
    let answer = "server_no_context_takeover; server_max_window_bits=9";
    assert_eq!(check(answer), agreed(direction(9, false), direction(9, false)));
    let answer = "server_no_context_takeover; server_max_window_bits=10";
    assert_eq!(check(answer), agreed(direction(12, true), direction(10, false)));
}

/// Whatever a server of ours answers, a client of ours accepts, and both agree.
#[test]
fn both_sides_agree() {
    let directions =
        || (9..=15).flat_map(|bits| [false, true].map(|takeover| direction(bits, takeover)));
    let policies: Vec<_> = directions()
        .flat_map(|outgoing| directions().map(move |incoming| policy(outgoing, incoming)))
        .collect();
    for client in &policies {
        let offer = client.offer();
        for server in &policies {
            let offered = Extensions::new(offer.as_str().as_bytes()).map(Result::unwrap);
            let answer = server.answer(offered).unwrap();
            let accepted = Extensions::new(answer.as_str().as_bytes()).map(Result::unwrap);
            let agreed = client.check(accepted).unwrap().unwrap();
            let Agreed { outgoing, incoming } = answer.agreed;
            assert_eq!(agreed, Agreed { outgoing: incoming, incoming: outgoing });
            // Neither does more than its policy allows.
            for (agreed, policy) in [(agreed, client), (answer.agreed, server)] {
                assert!(agreed.outgoing.window_bits <= policy.outgoing.window_bits);
                assert!(agreed.outgoing.context_takeover <= policy.outgoing.context_takeover);
                assert!(agreed.incoming.context_takeover <= policy.incoming.context_takeover);
            }
        }
    }
}

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

fn upgrade(head: &str) -> Upgrade<'_> {
    let Status::Complete(request) =
        HeadReader::new(HeadLimits::default()).request(head.as_bytes()).unwrap()
    else {
        panic!("{head:?} is incomplete");
    };
    request.upgrade().unwrap()
}

#[test]
fn offers_in_several_headers() {
    let head = format!(
        "{REQUEST}Sec-WebSocket-Extensions: mux, permessage-deflate; server_max_window_bits=8\r\n\
        Sec-WebSocket-Extensions: permessage-deflate; unknown\r\n\
        Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10, permessage-deflate\r\n\r\n"
    );
    let upgrade = upgrade(&head);
    let answer = LARGEST.answer(upgrade.extensions()).unwrap();
    assert_eq!(answer.as_str(), "permessage-deflate; server_max_window_bits=10");
}

/// A whole handshake of two endpoints of ours.
#[test]
fn a_whole_handshake() {
    let key = Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==").unwrap();
    let offered = MIXED.offer();
    let offer =
        Offer { extensions: offered.as_str(), ..Offer::new(Uri::parse("ws://a/").unwrap()) };
    let mut request = [0; 512];
    let request = str::from_utf8(offer.write(key, &mut request).unwrap()).unwrap();

    let upgrade = upgrade(request);
    let answer = SMALLEST.answer(upgrade.extensions()).unwrap();
    let mut response = [0; 512];
    let accept = Accept { extensions: answer.as_str(), ..Accept::default() };
    let response = accept.write(&upgrade, &mut response).unwrap();

    let mut reader = HeadReader::new(HeadLimits::default());
    let Status::Complete(response): Status<Response<'_>> = reader.response(response).unwrap()
    else {
        panic!("incomplete");
    };
    let accepted = response.accepted(&offer, key).unwrap();
    let agreed = MIXED.check(accepted.extensions()).unwrap().unwrap();
    assert_eq!(agreed, Agreed { outgoing: direction(9, false), incoming: direction(9, false) });

    // A client that does not offer it gets no answer, and a server that answers unasked is refused.
    let without = Offer { extensions: "", ..offer };
    assert_eq!(response.accepted(&without, key).map(drop), Err(HandshakeError::UnofferedExtension));
}

#[test]
fn the_error_names_the_rfc() {
    let error = HandshakeError::DeflateParameters;
    assert_eq!((error.section(), error.status()), ("7.1", 500));
    assert!(error.to_string().ends_with(" (RFC 7692 section 7.1)"), "{error}");
}
