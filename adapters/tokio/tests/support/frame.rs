/// A frame of fewer than 126 bytes, masked with a key of zeros.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let second = 0x80 | u8::try_from(payload.len()).unwrap();
    [&[first, second, 0, 0, 0, 0], payload].concat()
}
