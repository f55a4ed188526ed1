"""Compresses messages with Python's zlib, for tests/protocol/deflate/zlib.rs.

    python3 tests/data/zlib.py >tests/data/zlib.txt

Each block is what one peer sends: its window, and whether messages refer to earlier ones. Each line of it is a
message (hexadecimal, and how often that is repeated) and its payload. A block of payloads that are wrong has the
number of bytes that they become, instead of a message.
"""

import sys

sys.path.pop(0)  # This file has the name of the module.
import zlib

TAIL = b"\x00\x00\xff\xff"

MESSAGES = [
    (b"Hello", 1),
    (b"Hello", 1),
    (b"", 1),
    (b'{"id":4711,"name":"Ann","tags":["a","b"],"ok":true},', 9),
    (b'{"id":4712,"name":"Bob","tags":["b","c"],"ok":false},', 1),
    ("Größe: 3 € für 🌍 ".encode(), 20),
    (bytes(range(150, 200)), 1),
    (b"a", 1000),
    (b"The quick brown fox jumps over the lazy dog. ", 60),
    (b"Hello", 1),
]


def compressed(codec, message, flush):
    payload = codec.compress(message) + codec.flush(flush)
    if flush == zlib.Z_FINISH:
        return payload + b"\x00"  # RFC 7692 section 7.2.3.4
    assert payload.endswith(TAIL)
    return payload[:-4] or b"\x00"


def block(window, level, memory_level, strategy, kept, flush=zlib.Z_SYNC_FLUSH):
    def new():
        return zlib.compressobj(level, zlib.DEFLATED, -window, memory_level, strategy)

    print(f"window {window} {'kept' if kept else 'empty'}")
    codec = new()
    for message, count in MESSAGES:
        if not kept:
            codec = new()
        payload = compressed(codec, message * count, flush)
        # An empty message is one byte (section 7.2.3.6). zlib flushes nothing twice.
        if not message:
            payload = b"\x00"
        print(f"{message.hex() or '-'} {count} {payload.hex()}")


def inflated(payload):
    """Returns how many bytes zlib makes of this before it fails, or None if it is right."""
    codec, message = zlib.decompressobj(-15), b""
    for byte in payload + TAIL + b"\x00" + TAIL:
        try:
            message += codec.decompress(bytes([byte]))
        except zlib.error:
            return len(message)
    return None


def wrong():
    """Each bit of some payloads changed, if zlib refuses the result."""
    print("wrong")
    dynamic = b"".join(bytes([97 + n * n % 5, 97 + n % 3]) for n in range(40))
    for message in [b"Hello, hello, hello", dynamic]:
        payload = compressed(zlib.compressobj(6, zlib.DEFLATED, -15), message, zlib.Z_SYNC_FLUSH)
        for bit in range(min(len(payload), 20) * 8):
            changed = bytearray(payload)
            changed[bit // 8] ^= 1 << bit % 8
            if (len_ := inflated(bytes(changed))) is not None:
                print(f"{len_} {changed.hex()}")


for window in range(9, 16):
    block(window, 1 + window % 9, 1 + window % 8, zlib.Z_DEFAULT_STRATEGY, window % 4 > 0)
for strategy in [zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED]:
    block(15, 6, 8, strategy, True)
block(15, 0, 8, zlib.Z_DEFAULT_STRATEGY, False)
block(15, 6, 8, zlib.Z_DEFAULT_STRATEGY, True, zlib.Z_FULL_FLUSH)
block(15, 6, 8, zlib.Z_DEFAULT_STRATEGY, False, zlib.Z_FINISH)
wrong()
