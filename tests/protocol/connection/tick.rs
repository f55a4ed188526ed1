//! The time-outs of an endpoint, and the rate of control frames: tables of what `tick` returns.

use super::endpoint::{assert_refuses_to_send, assert_silent, each_role, each_role_rated, plain};
use crate::support::sample;
use crate::support::stream::{frame, frames};
use core::time::Duration;
use wsparse::{Due, Phase, Rule, Side, Timeouts};

pub(super) const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn until(n: u64) -> Due {
    Due::Wait { until: seconds(n) }
}

/// Idle 30 s, answer 20 s, close 5 s.
pub(super) const TIMEOUTS: Timeouts =
    Timeouts { idle: seconds(30), answer: seconds(20), close: seconds(5), message: seconds(1_800) };

#[test]
fn a_silent_peer_is_asked_then_given_up() {
    each_role(|endpoint, _| {
        for (now, due) in [
            (100, until(130)),
            (100, until(130)),
            (129, until(130)),
            (130, Due::Ping),
            (130, until(150)),
            (149, until(150)),
        ] {
            assert_eq!(endpoint.tick(seconds(now), &TIMEOUTS), due, "at {now}");
        }
        assert_eq!(endpoint.transmit().unwrap(), b"\x89\x00");
        assert_silent(endpoint);
        for now in [150, 150, 1_000] {
            assert_eq!(endpoint.tick(seconds(now), &TIMEOUTS), Due::GiveUp);
        }
        assert_silent(endpoint);
        assert_eq!((endpoint.phase(), endpoint.should_close()), (Phase::Open, false));
    });
}

/// A late call does not shorten the time that the peer has to answer.
#[test]
fn the_time_to_answer_begins_with_the_ping() {
    each_role(|endpoint, _| {
        for (now, due) in [
            (0, until(30)),
            (1_000, Due::Ping),
            (1_001, until(1_020)),
            (1_019, until(1_020)),
            (1_020, Due::GiveUp),
        ] {
            assert_eq!(endpoint.tick(seconds(now), &TIMEOUTS), due, "at {now}");
        }
    });
}

/// Any byte will do, be it a part of a header.
#[test]
fn bytes_of_the_peer_begin_it_anew() {
    each_role(|endpoint, to_server| {
        let mut bytes = frame(to_server, 0x82, &[0; 40]).into_iter();
        let mut byte = || bytes.next().unwrap();
        assert_eq!(endpoint.tick(seconds(0), &TIMEOUTS), until(30));
        endpoint.receive(&[byte()]);
        assert_eq!(endpoint.tick(seconds(29), &TIMEOUTS), until(59));
        assert_eq!(endpoint.tick(seconds(58), &TIMEOUTS), until(59));
        endpoint.receive(&[byte()]);
        assert_eq!(endpoint.tick(seconds(59), &TIMEOUTS), until(89));
        assert_eq!(endpoint.tick(seconds(89), &TIMEOUTS), Due::Ping);
        endpoint.receive(&[byte()]);
        assert_eq!(endpoint.tick(seconds(90), &TIMEOUTS), until(120));
        // The Ping is still waiting; sending it now does no harm.
        assert_eq!(endpoint.transmit().unwrap(), b"\x89\x00");
        assert_eq!(endpoint.tick(seconds(120), &TIMEOUTS), Due::Ping);
        assert_eq!(endpoint.tick(seconds(139), &TIMEOUTS), until(140));
        endpoint.receive(&[byte()]);
        assert_eq!(endpoint.tick(seconds(140), &TIMEOUTS), until(170));
    });
}

/// To look whether something was read is not to read something.
#[test]
fn no_bytes_do_not_count() {
    each_role(|endpoint, _| {
        assert_eq!(endpoint.tick(seconds(0), &TIMEOUTS), until(30));
        for (now, due) in [(29, until(30)), (30, Due::Ping), (49, until(50)), (50, Due::GiveUp)] {
            endpoint.receive(&[]);
            assert_eq!(endpoint.tick(seconds(now), &TIMEOUTS), due, "at {now}");
        }
    });
}

/// What the peer had sent before it knew of the Close may take long to arrive.
#[test]
fn bytes_of_the_peer_extend_the_time_for_its_close() {
    each_role(|endpoint, to_server| {
        let mut bytes = frame(to_server, 0x82, &[0; 40]).into_iter();
        assert_eq!(endpoint.tick(seconds(0), &TIMEOUTS), until(30));
        endpoint.close(1000, "").unwrap();
        assert_eq!(endpoint.tick(seconds(10), &TIMEOUTS), until(15));
        for now in [14, 18, 22] {
            endpoint.receive(&[bytes.next().unwrap()]);
            assert_eq!(endpoint.tick(seconds(now), &TIMEOUTS), until(now + 5));
        }
        endpoint.receive(&[]);
        assert_eq!(endpoint.tick(seconds(26), &TIMEOUTS), until(27));
        assert_eq!(endpoint.tick(seconds(27), &TIMEOUTS), Due::GiveUp);
    });
    // Not for ever.
    each_role(|endpoint, to_server| {
        endpoint.close(1000, "").unwrap();
        for now in (0..1_800).step_by(4) {
            endpoint.receive(&frame(to_server, 0x81, b"but"));
            let next = (now + 5).min(1_800);
            assert_eq!(endpoint.tick(seconds(now), &TIMEOUTS), until(next), "at {now}");
        }
        endpoint.receive(&frame(to_server, 0x81, b"but"));
        assert_eq!(endpoint.tick(seconds(1_800), &TIMEOUTS), Due::GiveUp);
    });
}

/// Nothing that arrives then is decoded any more.
#[test]
fn a_chatty_peer_does_not_delay_the_end_of_the_stream() {
    for wrong in [true, false] {
        each_role(|endpoint, to_server| {
            endpoint.tick(seconds(0), &TIMEOUTS);
            endpoint.close(1000, "").unwrap();
            endpoint.tick(seconds(3), &TIMEOUTS);
            if wrong {
                assert!(endpoint.receive(&[0xFF]).1.is_some());
            } else {
                endpoint.receive(&frame(to_server, 0x88, b""));
            }
            assert_eq!(endpoint.tick(seconds(7), &TIMEOUTS), until(12));
            for now in 8..12 {
                endpoint.receive(&frame(to_server, 0x81, b"but"));
                assert_eq!(endpoint.tick(seconds(now), &TIMEOUTS), until(12));
            }
            endpoint.receive(&frame(to_server, 0x81, b"but"));
            assert_eq!(endpoint.tick(seconds(12), &TIMEOUTS), Due::GiveUp);
        });
    }
    // Nor does what it did not answer before.
    for (wrong, close) in [(true, false), (false, true), (false, false)] {
        each_role(|endpoint, to_server| {
            endpoint.tick(seconds(0), &TIMEOUTS);
            assert_eq!(endpoint.tick(seconds(49), &TIMEOUTS), Due::Ping);
            match (wrong, close) {
                (true, _) => assert!(endpoint.receive(&[0xFF]).1.is_some()),
                (_, true) => _ = endpoint.receive(&frame(to_server, 0x88, b"")),
                _ => _ = endpoint.close(1000, "").unwrap(),
            }
            assert_eq!(endpoint.tick(seconds(50), &TIMEOUTS), until(55));
            assert_eq!(endpoint.tick(seconds(54), &TIMEOUTS), until(55));
            assert_eq!(endpoint.tick(seconds(55), &TIMEOUTS), Due::GiveUp);
        });
    }
}

/// One byte every 29 s is never silence, yet the message does not end.
#[test]
fn a_message_that_never_ends_is_given_up() {
    let streams: [fn(bool) -> Vec<u8>; 3] = [
        |to_server| frame(to_server, 0x82, &[0; 125]),
        |to_server| frame(to_server, 0x8A, &[0; 125]),
        // Empty fragments, in turn with Pings.
        |to_server| {
            let parts = frames(to_server, &[(0x00, b""), (0x89, b"")]).repeat(20);
            [frame(to_server, 0x01, b""), parts].concat()
        },
    ];
    for stream in streams {
        each_role(|endpoint, to_server| {
            let timeouts = Timeouts { message: seconds(1_000), ..TIMEOUTS };
            let mut bytes = stream(to_server).into_iter();
            endpoint.receive(&frame(to_server, 0x81, b"another"));
            assert_eq!(endpoint.tick(seconds(0), &timeouts), until(30));
            for now in (29..1_029).step_by(29) {
                endpoint.receive(&[bytes.next().unwrap()]);
                assert_eq!(endpoint.tick(seconds(now), &timeouts), until((now + 30).min(1_029)));
            }
            assert_eq!(endpoint.tick(seconds(1_028), &timeouts), until(1_029));
            assert_eq!(endpoint.tick(seconds(1_029), &timeouts), Due::GiveUp);
        });
    }
}

/// Each message has its own time, also if no tick falls between two.
#[test]
fn the_time_of_a_message_begins_with_the_message() {
    each_role(|endpoint, to_server| {
        let timeouts = Timeouts { idle: Duration::MAX, message: seconds(100), ..TIMEOUTS };
        let never = Due::Wait { until: Duration::MAX };
        let (start, end) = (frame(to_server, 0x01, b"a"), frame(to_server, 0x80, b"b"));
        assert_eq!(endpoint.tick(seconds(0), &timeouts), never);
        endpoint.receive(&start);
        assert_eq!(endpoint.tick(seconds(10), &timeouts), until(110));
        // A Ping inside it changes nothing.
        endpoint.receive(&frame(to_server, 0x89, b""));
        assert_eq!(endpoint.tick(seconds(50), &timeouts), until(110));
        endpoint.receive(&[&end[..], &start].concat());
        assert_eq!(endpoint.tick(seconds(60), &timeouts), until(160));
        endpoint.receive(&end);
        assert_eq!(endpoint.tick(seconds(70), &timeouts), never);
        // A part of a header counts.
        endpoint.receive(&start[..1]);
        assert_eq!(endpoint.tick(seconds(80), &timeouts), until(180));
        assert_eq!(endpoint.tick(seconds(180), &timeouts), Due::GiveUp);
    });
}

/// Pings and Pongs in turn, masked or not.
fn controls(to_server: bool, count: usize) -> Vec<u8> {
    let two = frames(to_server, &[(0x89, b""), (0x8A, b"")]);
    let len = two.len() / 2 * count;
    two.into_iter().cycle().take(len).collect()
}

/// The limit is 1 000 in a second. Each row: how many control frames are read before a tick at how
/// many milliseconds, and whether the last tick finds too many.
#[test]
fn s10_4_the_rate_of_control_frames_is_limited() {
    let table: [(&[(usize, u64)], bool); 16] = [
        // A tick after each read.
        (&[(1_000, 0)], false),
        (&[(1_001, 0)], true),
        (&[(1_000, 0), (1, 0)], true),
        (&[(1_000, 0), (1, 999)], true),
        (&[(400, 100), (400, 500), (200, 900)], false),
        (&[(400, 100), (400, 500), (200, 900), (1, 999)], true),
        // In the next second, it is not known in which of the two they arrived.
        (&[(1_000, 999), (1_000, 1_000), (1_000, 1_999), (0, 1_999)], false),
        (&[(1_000, 999), (1_000, 1_000), (1_000, 1_999), (1, 1_999)], true),
        (&[(1_000, 999), (1_001, 1_000)], true),
        (&[(1_000, 500), (0, 1_000), (1_000, 1_500), (0, 2_000), (1_000, 2_999)], false),
        // A tick every 30 s.
        (&[(0, 0), (31_000, 30_000), (30_000, 59_999)], false),
        (&[(0, 0), (31_001, 30_000)], true),
        (&[(0, 0), (31_000, 30_000), (31_001, 60_000)], true),
        // The clock began long before the connection.
        (&[(50_000, 1_000_000_000), (1_000, 1_000_000_001)], false),
        (&[(50_000, 1_000_000_000), (1_001, 1_000_000_001)], true),
        // It goes back.
        (&[(0, 60_000), (1_000, 30_000), (1_000, 30_001)], false),
    ];
    for (row, (reads, is_flooded)) in table.into_iter().enumerate() {
        each_role_rated(1_000, |endpoint, to_server| {
            let (mut taken, mut last) = (0, Duration::ZERO);
            for (at, (count, now)) in reads.iter().enumerate() {
                assert_eq!(endpoint.phase(), Phase::Open, "row {row}, read {at}");
                let stream = controls(to_server, *count);
                taken += stream.len() as u64;
                assert_eq!(endpoint.receive(&stream).1, None);
                last = Duration::from_millis(*now);
                let due = endpoint.tick(last, &Timeouts { idle: Duration::MAX, ..TIMEOUTS });
                assert!(matches!(due, Due::Wait { .. }));
            }
            if !is_flooded {
                assert_eq!(endpoint.phase(), Phase::Open, "row {row}");
                return;
            }
            let Phase::Failed(error) = endpoint.phase() else { panic!("row {row}") };
            assert_eq!((error.rule(), error.offset()), (Rule::TooManyControls, taken));
            assert_eq!(endpoint.close_code(), Some(1006));
            assert_refuses_to_send(endpoint);
            for bytes in [controls(to_server, 1), frame(to_server, 0x81, b"never"), vec![]] {
                assert_eq!(endpoint.receive(&bytes), (vec![], Some(error)));
            }
            let payload = [b"\x03\xf0", error.rule().reason().as_bytes()].concat();
            assert!(endpoint.wants_transmit() && !endpoint.should_close());
            assert_eq!(endpoint.transmit().unwrap(), plain(0x88, &payload));
            assert_silent(endpoint);
            assert!(endpoint.should_close());
            let until = last + TIMEOUTS.close;
            assert_eq!(endpoint.tick(last, &TIMEOUTS), Due::Wait { until });
            assert_eq!(endpoint.tick(until, &TIMEOUTS), Due::GiveUp);
        });
    }
}

#[test]
fn control_frames_around_closes_and_in_messages() {
    // In a message; the payloads do not matter, and a message is none.
    each_role_rated(1_000, |endpoint, to_server| {
        endpoint.receive(&frame(to_server, 0x01, b"a"));
        endpoint.receive(&frame(to_server, 0x89, &sample(125)).repeat(1_000));
        endpoint.receive(&frames(to_server, &[(0x80, b"b"), (0x81, b"c")]));
        endpoint.receive(&frame(to_server, 0x81, b"c").repeat(5_000));
        endpoint.tick(seconds(0), &TIMEOUTS);
        assert_eq!(endpoint.phase(), Phase::Open);
        endpoint.receive(&frame(to_server, 0x89, b""));
        endpoint.tick(seconds(0), &TIMEOUTS);
        assert!(matches!(endpoint.phase(), Phase::Failed(_)));
    });
    // A Ping that is due serves no purpose then.
    each_role_rated(1_000, |endpoint, to_server| {
        endpoint.tick(seconds(0), &TIMEOUTS);
        assert_eq!(endpoint.tick(seconds(30), &TIMEOUTS), Due::Ping);
        endpoint.receive(&controls(to_server, 50_000));
        assert_eq!(endpoint.tick(seconds(30), &TIMEOUTS), until(35));
        assert_eq!(endpoint.transmit().unwrap()[2..4], *b"\x03\xf0");
        assert_silent(endpoint);
    });
    // After this side's Close, there is nothing more to say.
    each_role_rated(1_000, |endpoint, to_server| {
        endpoint.close(1000, "").unwrap();
        endpoint.receive(&controls(to_server, 1_001));
        assert_eq!(endpoint.tick(seconds(0), &TIMEOUTS), until(5));
        assert!(matches!(endpoint.phase(), Phase::Failed(_)));
        assert_silent(endpoint);
        assert!(endpoint.should_close());
    });
    // The peer's Close, or the end of its stream, came before the tick.
    each_role_rated(1_000, |endpoint, to_server| {
        let stream = [controls(to_server, 2_000), frame(to_server, 0x88, b"")].concat();
        endpoint.receive(&stream);
        endpoint.tick(seconds(0), &TIMEOUTS);
        assert_eq!(endpoint.phase(), Phase::Closing(Side::Remote));
    });
    each_role_rated(1_000, |endpoint, to_server| {
        endpoint.receive(&controls(to_server, 2_000));
        endpoint.end();
        endpoint.tick(seconds(0), &TIMEOUTS);
        assert_eq!(endpoint.phase(), Phase::Cut);
    });
}

/// Both ends of the range; without a tick, nothing is known of the time.
#[test]
fn the_rate_of_control_frames_is_configurable() {
    for (max, count, is_open) in [(0, 0, true), (0, 1, false), (u32::MAX, 10_000, true)] {
        each_role_rated(max, |endpoint, to_server| {
            endpoint.receive(&controls(to_server, count));
            assert_eq!(endpoint.phase(), Phase::Open);
            endpoint.tick(seconds(0), &TIMEOUTS);
            assert_eq!(endpoint.phase() == Phase::Open, is_open);
        });
    }
}

#[test]
fn never_is_never_and_a_clock_may_stand_still() {
    let never = Due::Wait { until: Duration::MAX };
    let times = [Duration::ZERO, seconds(1), Duration::MAX - seconds(1), Duration::MAX];
    each_role(|endpoint, _| {
        let timeouts = Timeouts { idle: Duration::MAX, ..TIMEOUTS };
        for now in times {
            assert_eq!(endpoint.tick(now, &timeouts), never);
        }
        assert_silent(endpoint);
    });
    each_role(|endpoint, _| {
        let timeouts = Timeouts { answer: Duration::MAX, ..TIMEOUTS };
        endpoint.tick(seconds(0), &timeouts);
        assert_eq!(endpoint.tick(seconds(30), &timeouts), Due::Ping);
        for now in &times[2..] {
            assert_eq!(endpoint.tick(*now, &timeouts), never);
        }
    });
    each_role(|endpoint, _| {
        let timeouts = Timeouts { close: Duration::MAX, message: Duration::MAX, ..TIMEOUTS };
        endpoint.close(1000, "").unwrap();
        for now in times {
            assert_eq!(endpoint.tick(now, &timeouts), never);
        }
    });
    // It began at the end of time.
    each_role(|endpoint, _| {
        for _ in 0..3 {
            assert_eq!(endpoint.tick(Duration::MAX, &TIMEOUTS), never);
        }
    });
    each_role(|endpoint, _| {
        for _ in 0..100 {
            assert_eq!(endpoint.tick(seconds(7), &TIMEOUTS), until(37));
        }
        // Nor does going back do harm.
        assert_eq!(endpoint.tick(seconds(1), &TIMEOUTS), until(37));
    });
    // No time at all.
    each_role(|endpoint, _| {
        let timeouts = Timeouts { idle: Duration::ZERO, answer: Duration::ZERO, ..TIMEOUTS };
        assert_eq!(endpoint.tick(seconds(7), &timeouts), Due::Ping);
        assert_eq!(endpoint.tick(seconds(7), &timeouts), Due::GiveUp);
    });
}
