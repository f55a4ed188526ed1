//! The memory of compression: for each codec, in the steady state, and for a message that was made to
//! become very large.
//!
//! The allocations of a thread are counted, so this is a binary of its own.
//!
//! `cargo test --release --features deflate --test deflate_memory -- --ignored --nocapture` prints the
//! tables of the documentation.

#![cfg(all(feature = "deflate", not(any(miri, target_family = "wasm"))))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;
use wsparse::Rule;
use wsparse::deflate::{Agreed, Deflater, Direction, Inflater, Policy};

static BYTES: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);
/// The tests run one after the other.
static ALONE: Mutex<()> = Mutex::new(());

thread_local! {
    /// Whether the allocations of this thread are counted.
    static COUNTED: Cell<bool> = const { Cell::new(false) };
}

/// While this exists, the allocations of this thread are counted, and those of no other.
struct Alone {
    _guard: MutexGuard<'static, ()>,
}

fn alone() -> Alone {
    let alone = Alone { _guard: ALONE.lock().unwrap() };
    COUNTED.set(true);
    alone
}

impl Drop for Alone {
    fn drop(&mut self) {
        COUNTED.set(false);
    }
}

fn is_counted() -> bool {
    COUNTED.try_with(Cell::get).unwrap_or(false)
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

#[expect(unsafe_code, reason = "there is no other way to count allocations")]
// SAFETY: each call is passed on to the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_counted() {
            let bytes = BYTES.fetch_add(layout.size(), Relaxed) + layout.size();
            PEAK.fetch_max(bytes, Relaxed);
            CALLS.fetch_add(1, Relaxed);
        }
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, bytes: *mut u8, layout: Layout) {
        if is_counted() {
            BYTES.fetch_sub(layout.size(), Relaxed);
        }
        // SAFETY: the caller's.
        unsafe { System.dealloc(bytes, layout) }
    }
}

const fn agreed(window_bits: u8, context_takeover: bool) -> Agreed {
    let direction = Direction { window_bits, context_takeover };
    Agreed { outgoing: direction, incoming: direction }
}

/// The bytes that are allocated after this, and not freed.
fn kept<T>(make: impl FnOnce() -> T) -> (usize, T) {
    let before = BYTES.load(Relaxed);
    let value = make();
    (BYTES.load(Relaxed).saturating_sub(before), value)
}

fn compressor(window_bits: u8, memory_level: u8) -> usize {
    let policy = Policy { memory_level, threshold: 0, ..Policy::DEFAULT };
    let mut output = [0; 100];
    kept(|| {
        let mut deflater = Deflater::new(&policy, agreed(window_bits, true));
        deflater.compress(b"Hello", &mut output).unwrap();
        deflater
    })
    .0
}

#[test]
fn memory_is_allocated_by_the_first_message_and_released() {
    let _alone = alone();
    let agreed = agreed(15, false);
    let mut output = [0; 1000];
    let before = BYTES.load(Relaxed);
    let mut deflater = Deflater::new(&Policy::DEFAULT, agreed);
    let mut inflater = Inflater::new(agreed);
    inflater.begin(true, 1000);
    assert_eq!(deflater.compress(b"below the threshold", &mut output), Ok(None));
    assert_eq!(BYTES.load(Relaxed), before);

    let len = deflater.compress(&[b'a'; 500], &mut output).unwrap().unwrap();
    let mut inflated = [0; 500];
    inflater.inflate(&mut &output[..len], true, &mut inflated).unwrap();
    let both = BYTES.load(Relaxed) - before;
    assert!((300_000..450_000).contains(&both), "{both}");
    deflater.release();
    inflater.release();
    assert_eq!(BYTES.load(Relaxed), before);
}

/// Records that differ from each other, of about this length.
fn records(seed: usize, len: usize) -> Vec<u8> {
    let mut text = String::new();
    for n in 0.. {
        let (id, price) = ((seed * 1000 + n) * 7919 % 100_003, (seed + n) * 31_337 % 9973);
        text += &format!("{{\"id\":{id},\"price\":{price},\"even\":{}}},", id % 2 == 0);
        if text.len() >= len {
            return text.into_bytes();
        }
    }
    unreachable!()
}

#[test]
fn no_allocation_for_a_message_in_the_steady_state() {
    let _alone = alone();
    for (len, count) in [(64, 100), (1 << 10, 50), (64 << 10, 5)] {
        let messages: Vec<_> = (0..count).map(|seed| records(seed, len)).collect();
        for (level, context_takeover) in [(1, false), (1, true), (6, false), (6, true)] {
            let agreed = agreed(15, context_takeover);
            let policy = Policy { level, threshold: 0, ..Policy::DEFAULT };
            let mut deflater = Deflater::new(&policy, agreed);
            let (mut to_vec, mut to_slice) = (Inflater::new(agreed), Inflater::new(agreed));
            let (mut payload, mut inflated) = (Vec::new(), Vec::new());
            let mut piece = vec![0; len / 4];
            let mut before = 0;
            for round in 0..5 {
                if round == 2 {
                    before = CALLS.load(Relaxed);
                }
                for message in &messages {
                    payload.clear();
                    inflated.clear();
                    if !deflater.compress_to_vec(message, &mut payload) {
                        deflater.begin();
                        deflater.compress_part_to_vec(message, true, &mut payload);
                    }
                    to_vec.begin(true, 1 << 20);
                    to_vec.inflate_to_vec(&payload, true, &mut inflated).unwrap();
                    assert_eq!(inflated, *message);

                    to_slice.begin(true, 1 << 20);
                    let mut part = payload.as_slice();
                    while !to_slice.inflate(&mut part, true, &mut piece).unwrap().is_done {}
                }
            }
            assert_eq!(CALLS.load(Relaxed), before, "{len} {level} {context_takeover}");
        }
    }
}

/// However much earlier messages have grown, what is reserved for a message follows from its length.
#[test]
fn memory_is_reserved_for_what_was_received() {
    let _alone = alone();
    let agreed = agreed(15, false);
    let (mut deflater, mut inflater) =
        (Deflater::new(&Policy::DEFAULT, agreed), Inflater::new(agreed));
    let mut zeros = Vec::new();
    assert!(deflater.compress_to_vec(&vec![0; 1 << 20], &mut zeros));
    inflater.begin(false, 1 << 20);
    inflater.inflate_to_vec(&zeros, true, &mut Vec::new()).unwrap();
    for len in [10, 1000, 3000] {
        // A stored block.
        let [low, high] = u16::to_le_bytes(len);
        let mut payload = vec![0, low, high, !low, !high];
        payload.resize(5 + usize::from(len), b'x');
        payload.push(0);
        let mut message = Vec::new();
        inflater.begin(true, 1 << 20);
        inflater.inflate_to_vec(&payload, true, &mut message).unwrap();
        assert_eq!(message.len(), usize::from(len));
        assert!(message.capacity() <= 16 * payload.len() + 512, "{}", message.capacity());
    }
}

/// A message of 1 MiB that would become 1 GiB.
fn bomb() -> Vec<u8> {
    let policy = Policy { level: 9, ..Policy::DEFAULT };
    let mut deflater = Deflater::new(&policy, agreed(15, false));
    let mut bomb = Vec::new();
    deflater.begin();
    let zeros = vec![0; 1 << 20];
    for part in 1..=1024 {
        deflater.compress_part_to_vec(&zeros, part == 1024, &mut bomb);
    }
    bomb
}

/// Returns the peak of memory for a message with this limit, in addition to what is allocated before.
fn explode(bomb: &[u8], limit: u64) -> usize {
    let mut inflater = Inflater::new(agreed(15, false));
    let before = BYTES.load(Relaxed);
    PEAK.store(before, Relaxed);
    inflater.begin(true, limit);
    let error = inflater.inflate_to_vec(bomb, true, &mut Vec::new()).unwrap_err();
    assert_eq!((error.rule(), error.offset()), (Rule::MessageTooBig, limit));
    PEAK.load(Relaxed) - before
}

#[test]
fn a_message_is_refused_at_its_limit() {
    let _alone = alone();
    // The first part of one: the limit comes before the end.
    let deflated = {
        let mut deflater = Deflater::new(&Policy::DEFAULT, agreed(15, false));
        let mut output = Vec::new();
        assert!(deflater.compress_to_vec(&vec![0; 4 << 20], &mut output));
        output
    };
    for limit in [0, 1, 1000, 1 << 20] {
        let peak = explode(&deflated, limit);
        // The inflater, and at most twice the limit, in a `Vec` that grows.
        assert!(peak < 200_000 + 3 * limit as usize, "{limit}: {peak}");
    }
}

#[test]
#[ignore = "prints tables for the documentation"]
fn tables() {
    let _alone = alone();
    println!("bytes of a compressor; rows: window bits, columns: memory level 1 to 9");
    for window_bits in 9..=15 {
        let row: Vec<_> = (1..=9).map(|level| compressor(window_bits, level).to_string()).collect();
        println!("//! | {window_bits} | {} |", row.join(" | "));
    }
    let (inflater, _) = kept(|| {
        let mut inflater = Inflater::new(agreed(15, true));
        inflater.begin(true, 10);
        inflater.inflate(&mut b"\x00".as_slice(), true, &mut []).unwrap();
        inflater
    });
    println!("bytes of an inflater: {inflater}");
    println!("in the structs: {} and {}", size_of::<Deflater>(), size_of::<Inflater>());
    let bomb = bomb();
    for limit in [64 << 10, 1 << 20, 16 << 20, 64 << 20] {
        let began = Instant::now();
        let peak = explode(&bomb, limit);
        let time = began.elapsed();
        println!("bomb of {} bytes, limit {limit}: {time:?}, peak {peak} bytes", bomb.len());
    }
}
