//! Stability: what may change, and when.
//!
//! # Before 1.0
//!
//! Versions follow [Semantic Versioning](https://semver.org/) as Cargo understands it. From 0.1 to
//! 0.2, anything may change; `CHANGELOG.md` lists what did, old name beside new. From 0.1.0 to
//! 0.1.1, nothing is removed or renamed.
//!
//! # The minimum Rust version
//!
//! It is the `rust-version` in `Cargo.toml`, 1.93 at present, and the tests build the crate with
//! it. A higher one is a minor release (0.1 to 0.2, 1.0 to 1.1), never a patch release, and the
//! changelog states it.
//!
//! # What 1.0 will promise
//!
//! Until 2.0, a program that compiles keeps compiling, and keeps its behaviour:
//!
//! - the names and signatures of public items;
//! - that the events, the errors and their offsets do not depend on how the stream is split into
//!   reads;
//! - that every rule of RFC 6455 remains checked;
//! - that no input causes a panic, and that memory is bounded as documented;
//! - what the features add, and that the crate allocates nothing without `alloc`.
//!
//! These may change in a minor release:
//!
//! - new variants of enums that are marked `#[non_exhaustive]`, such as [`Rule`](crate::Rule) and
//!   [`SendError`](crate::SendError);
//! - the text of messages, and the output of `Debug`;
//! - the sizes of types, and how fast a `Vec` grows, within the documented bounds;
//! - which instruction set is chosen for a CPU;
//! - items that are marked `#[doc(hidden)]`, and this guide.
//!
//! If the crate accepts something that the RFC forbids, that is a bug. It is fixed in a patch
//! release, even if a peer depends on it.
//!
//! # Adapters
//!
//! `wsparse-tokio` and `wsparse-embedded-io` are crates of their own, because their dependencies
//! have versions of their own. Their public types contain types of wsparse. So before 1.0, they
//! follow its minor version: version 0.1 of an adapter works with version 0.1 of wsparse, whatever
//! the patch versions are. When wsparse makes a breaking release, each adapter makes one too.
//!
//! An adapter may make a breaking release on its own, for example for a new major version of tokio
//! or rustls. After 1.0, this can mean that `wsparse-tokio` 2 belongs to `wsparse` 1. The adapter's
//! `Cargo.toml` states the version. `wsparse-tokio` also re-exports the crate, so that a program can
//! use exactly that version: `wsparse_tokio::wsparse`.
