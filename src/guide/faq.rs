//! Frequently asked questions.
//!
//! # Why does `advance` not return the message?
//!
//! A function that returns a message has to wait for it in a loop. If `advance` lent the message,
//! the borrow checker would reject that loop (E0499), because the endpoint would be borrowed in the
//! turns that do not return. So `advance` only says that there is a message, and
//! [`message`](crate::Endpoint::message) lends it.
//!
//! # Why is nothing sent?
//!
//! [`send`](crate::Endpoint::send) appends to the output, and performs no I/O. Call
//! [`advance`](crate::Endpoint::advance) and write the output when it returns
//! [`Step::Write`](crate::Step::Write). If your loop waits in a read at that moment, the output
//! waits as well. Use two [halves](super::halves), or a short [read time-out](super::timeouts#the-calls).
//! With TLS, [flush](super::tls#flush-before-you-wait).
//!
//! # Why do I have to go on after `close`?
//!
//! `close` begins the closing handshake: the Close is in the output, and the peer answers it. Until
//! then, messages may still arrive. If you drop the socket while it has unread bytes, some systems
//! discard what was written last, and the peer never sees your Close. So go on until
//! [`Step::Done`](crate::Step::Done), and limit the time with
//! [`Timeouts::close`](crate::Timeouts::close).
//!
//! # Why does `send` return `Closed` although the socket is open?
//!
//! After a Close in either direction, no message may be sent (§5.5.1). The same applies after the
//! peer has broken a rule. Treat [`SendError::Closed`](crate::SendError::Closed) as the end of your
//! sending, not as a failure: `Step::Done` contains the reason.
//!
//! # A browser closes the tab. What do I see?
//!
//! Usually a Close with the code 1001, so `Step::Done` contains `Ok`. If the browser crashes or the
//! network fails, it contains [`Failure::Cut`](crate::Failure::Cut), or a read fails. If nothing at
//! all arrives any more, only a [time-out](super::timeouts) shows it.
//!
//! # Which code is reported when there was no Close?
//!
//! [`Endpoint::close_code`](crate::Endpoint::close_code) returns the number that RFC 6455 §7.1.5
//! prescribes: 1005 for a Close without a code, 1006 if none has arrived.
//!
//! # Why is a message refused that is within `max_message`?
//!
//! The input buffer is too small. An array or slice of `n` bytes holds messages of up to `n - 125`
//! bytes: see [limits](super::limits#buffers).
//!
//! # How do I send a Ping, and measure the round trip?
//!
//! Send [`OutgoingFrame::ping`](crate::OutgoingFrame::ping) with a payload that you recognise. The
//! peer answers with a Pong of the same payload: `Step::Pong`, then
//! [`control`](crate::Endpoint::control). To find out whether the peer is alive,
//! [`tick`](crate::Endpoint::tick) is enough.
//!
//! # How do I send a message whose length I do not know yet?
//!
//! In fragments: [`Message::first_fragment`](crate::Message::first_fragment). Control frames may be
//! sent between them, but no other message.
//!
//! # How do I receive a message that is longer than my memory?
//!
//! With a [`Decoder`](crate::Decoder), which lends each part as it arrives.
//!
//! # Is permessage-deflate supported?
//!
//! Yes, with the feature `deflate`: see [compression](super::compression). It is never negotiated
//! without your call, and a message that is compressed nonetheless is refused.
//!
//! # Does it work in a browser?
//!
//! No. In a browser, the page uses the browser's own `WebSocket`. wsparse compiles to WebAssembly
//! for programs that have sockets or streams of their own. It uses the target feature `simd128` if
//! you enable it.
//!
//! # Does it work over HTTP/2 or HTTP/3?
//!
//! There, the opening handshake is an extended CONNECT request (RFC 8441, RFC 9220), which your
//! HTTP library receives. [`Connect`](crate::handshake::Connect) checks it, and
//! `Accept::connect_headers` returns the headers of the answer. After that, the bytes of the HTTP
//! stream are frames as usual: pass them to an [`Endpoint`](crate::Endpoint).
//!
//! # How do I test my program without a network?
//!
//! Connect two endpoints in memory: `pair` creates them, and `transfer` moves the output of one to
//! the input of the other (feature `alloc`). No threads and no sockets are needed:
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use wsparse::{Step, pair, transfer};
//!
//! let (mut server, mut client) = pair();
//! client.send("Hello")?;
//! transfer(&mut client, &mut server);
//! assert_eq!(server.advance(), Step::Message);
//! server.reply(|message, sender| sender.send(message))?; // your server's code
//! transfer(&mut server, &mut client);
//! assert_eq!(client.advance(), Step::Message);
//! assert_eq!(client.message().as_text(), Some("Hello"));
//! # }
//! # Ok::<(), wsparse::SendError>(())
//! ```
//!
//! # How do I report a vulnerability?
//!
//! Privately: see the repository's `SECURITY.md`.
