//! What is `Send`, and what is `Sync`.
//!
//! All types of this crate are plain data: they contain no pointers of their own, no locks, and no
//! reference to a thread. So each is [`Send`] and [`Sync`] if what you put into it is.
//!
//! | Type | Depends on |
//! |---|---|
//! | `Endpoint<I, O, K>` | the buffers and the source of keys |
//! | `Receiver<I>`, `Assembler<B>`, `ServerOpening<I>`, `ClientOpening<I>` | the buffer |
//! | `Sender<O, K>` | the buffer and the source of keys |
//! | `Connection<K>`, `Encoder<K>` | the source of keys |
//! | `EncodedMessage<B>` | the bytes: `Arc<[u8]>` and `&[u8]` are both |
//! | `Duty`, `Step`, `Failure`, `Error`, `Decoder`, `Messages`, `Traffic`, `Deflater`, `Inflater` | nothing: always both |
//!
//! ```
//! use wsparse::{Connection, Duty, Endpoint, Limits, Receiver, Sender};
//!
//! fn is_both<T: Send + Sync>() {}
//! fn is_send<T: Send>(_: T) {}
//!
//! is_both::<Endpoint<[u8; 4096], &mut [u8]>>();
//! is_both::<Receiver<[u8; 4096]>>();
//! is_both::<Sender<[u8; 4096]>>();
//! is_both::<Duty>();
//!
//! // A function as the source of keys can move to another thread.
//! is_send(Connection::client(Limits::DEFAULT, rand::random));
//! ```
//!
//! `Sync` is of little use for an endpoint: everything that it does needs `&mut`. To use one
//! connection from two threads or tasks, [split it](super::halves) and pass duties through a
//! channel. A lock around the endpoint also works, if no task waits for a read while it holds the
//! lock.
//!
//! # Masking keys
//!
//! The source of keys is the usual reason why a client cannot move between threads. A generator
//! that belongs to a thread, such as `ThreadRng` of the crate `rand`, is not `Send`. The function
//! `rand::random` is: it looks up the generator of the current thread in each call. A seeded
//! generator of your own, such as `StdRng`, is `Send` too.
//!
//! # A struct field for either role
//!
//! `K` is a part of the type. A closure has no name, so use a function pointer, or `RandomKeys`
//! (feature `rand`). With an `Option`, one type serves as client and as server:
//!
//! ```
//! use wsparse::{Endpoint, Limits, SendError};
//!
//! struct Peer {
//!     endpoint: Endpoint<[u8; 1024], [u8; 1024], Option<fn() -> [u8; 4]>>,
//! }
//!
//! let (input, output, limits) = ([0; 1024], [0; 1024], Limits::DEFAULT);
//! let mut server = Peer { endpoint: Endpoint::new(input, output, limits, None) };
//! let mut client = Peer { endpoint: Endpoint::new(input, output, limits, Some(rand::random)) };
//! server.endpoint.send("Hello")?;
//! client.endpoint.send("Hello")?;
//! assert_eq!(server.endpoint.output().len(), 2 + 5);
//! assert_eq!(client.endpoint.output().len(), 2 + 4 + 5); // with a masking key
//! # Ok::<(), SendError>(())
//! ```
