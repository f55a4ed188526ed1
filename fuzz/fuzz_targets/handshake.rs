//! Any bytes as a head, split into any reads, have the same result, also in an opening. Any text in
//! an offer or a response is refused, or read back unchanged.
#![no_main]

#[path = "../../tests/support/handshake.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use support::{
    assert_client_opening, assert_requests, assert_responses, assert_round_trip,
    assert_server_opening,
};
use wsparse::handshake::{Accept, HeadLimits, Key, Offer, Uri};

/// Reads the stream into a fixed buffer and into one that grows.
fn open(stream: &[u8], limits: HeadLimits, ends: &[usize]) {
    let headers = [("Set-Cookie", "a=b"), ("X-Long", &"x".repeat(200))];
    let accept = Accept { headers: &headers[..stream.len() % 3], ..Accept::default() };
    let mut memory = vec![0; 4 * ends.iter().sum::<usize>()];
    assert_server_opening(stream, limits, ends, memory.as_mut_slice(), &accept);
    assert_server_opening(stream, limits, ends, Vec::new(), &accept);
    assert_client_opening(stream, limits, ends, memory.as_mut_slice());
    assert_client_opening(stream, limits, ends, Vec::new());
}

fuzz_target!(|data: &[u8]| {
    let Some((parameters, stream)) = data.split_first_chunk::<6>() else { return };
    let [flags, max_head, max_headers, ends @ ..] = parameters.map(usize::from);
    let limits = match flags & 1 {
        1 => HeadLimits { max_head: max_head * 4, max_headers },
        _ => HeadLimits::default(),
    };
    _ = assert_requests(stream, limits, &ends);
    _ = assert_responses(stream, limits, &ends);
    open(stream, limits, &ends);

    let Ok(text) = str::from_utf8(stream) else { return };
    // The fields are separated by a character that none of them may contain.
    let mut fields = text.split('\u{1}');
    let mut field = || fields.next().unwrap_or_default();
    let Ok(uri) = Uri::parse(field()) else { return };
    let subprotocols = [field(), field()];
    let (extensions, headers) = (field(), [(field(), field()), (field(), field())]);
    let offer = Offer {
        uri,
        subprotocols: &subprotocols[..flags >> 1 & 1],
        extensions,
        headers: &headers[..flags >> 2 & 1],
    };
    let accept = Accept {
        subprotocol: (flags & 8 != 0).then_some(subprotocols[flags >> 4 & 1]),
        extensions: if flags & 32 != 0 { extensions } else { field() },
        headers: &headers[..(flags >> 6).min(2)],
        ..Accept::default()
    };
    _ = assert_round_trip(&offer, Key::new([0; 16]), &accept);
});
