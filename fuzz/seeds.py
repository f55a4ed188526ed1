#!/usr/bin/env python3
"""Writes fuzz/seeds: for each fuzz target a few inputs from the captured sessions in tests/data.

Each input starts with the parameters that its target reads first. If you change them, change them here,
and run this script again. Messages with a frame of more than 400 bytes are left out.
"""

import hashlib
import shutil
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
DATA = FUZZ.parent / "tests" / "data"
LONGEST = 400
RSV1 = 4
CUTS = b"\x12\x34\x56\x78"  # seeds a target's generator of cuts


class Frame:
    def __init__(self, rest):
        masked, length = rest[1] >> 7, rest[1] & 0x7F
        extended = {126: 2, 127: 8}.get(length, 0)
        if extended:
            length = int.from_bytes(rest[2 : 2 + extended], "big")
        start = 2 + extended + 4 * masked
        self.bytes = rest[: start + length]
        self.fin, self.opcode = rest[0] >> 7, rest[0] & 0x0F
        self.key = rest[start - 4 : start] if masked else bytes(4)
        self.wire_payload = self.bytes[start:]
        self.payload = bytes(byte ^ self.key[i % 4] for i, byte in enumerate(self.wire_payload))


class Direction:
    """What one side of a session sent."""

    def __init__(self, path):
        self.name = path.name.replace(".", "-")
        self.to_server = path.suffix == ".client"
        self.compressed = "deflate" in path.name
        data = path.read_bytes()
        end = data.index(b"\r\n\r\n") + 4
        self.head, rest = data[:end], data[end:]
        self.frames = []
        while rest:
            self.frames.append(Frame(rest))
            rest = rest[len(self.frames[-1].bytes) :]

    def messages(self):
        """The data frames of each short message, in order."""
        message = []
        for frame in self.frames:
            if frame.opcode < 8:
                message.append(frame)
                if frame.fin:
                    if all(len(part.payload) <= LONGEST for part in message):
                        yield message
                    message = []

    def payloads(self):
        """The payload of each short message, and whether it is text."""
        for message in self.messages():
            yield b"".join(frame.payload for frame in message), message[0].opcode == 1

    def stream(self):
        """The frames without the long messages."""
        kept = {id(frame) for message in self.messages() for frame in message}
        return b"".join(f.bytes for f in self.frames if f.opcode >= 8 or id(f) in kept)


def write(target, name, *parts):
    folder = FUZZ / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"".join(bytes(part) for part in parts))


def stream_seeds(side):
    rsv = RSV1 if side.compressed else 0
    # Three times three cuts.
    flags = side.to_server | rsv << 1 | 3 << 5
    stream = side.stream()
    write("frames", side.name, [rsv], stream)
    write("peers", side.name, [side.to_server], stream)
    write("decoder", side.name, [flags, 0, 0, 0], CUTS, stream)
    write("messages", side.name, [flags, 255, 0, 0], CUTS, stream)
    write("endpoint", side.name, [0x80, flags, 255, 0, 0], CUTS, stream)
    # Limits: frames of 64 bytes, messages of 128, 2 fragments.
    write("decoder", side.name + "-limits", [flags | 0x10, 64, 128, 2], CUTS, stream)
    write("messages", side.name + "-limits", [flags | 0x10, 128, 64, 2], CUTS, stream)
    if side.compressed and not side.to_server:
        # Windows of 15 bits with context takeover, reads of 64 bytes.
        write("compressed", side.name, [0x14, 255, 63, 0], stream)


def handshake_seeds(side):
    parameters = [0, 0, 0, 20, 100, 255]
    write("handshake", side.name, parameters, side.head)
    write("handshake", side.name + "-frames", parameters, side.head, side.frames[0].bytes)


def payload_seeds(side):
    if side.compressed:
        for i, (payload, is_text) in enumerate(side.payloads()):
            # The first of two messages is all of it.
            write("deflate", f"{side.name}-{i}", [0xF1 | is_text << 1, 63, 15, 255], payload)
        return
    for i, message in enumerate(side.messages()):
        frame = message[0]
        if len(frame.payload) > 32 and side.to_server:
            parameters = [3, len(frame.payload) // 2, 5, 0], (2**64 - 7).to_bytes(8, "big")
            write("masking", f"{side.name}-{i}", frame.key, *parameters, frame.wire_payload)
    for i, (payload, is_text) in enumerate(side.payloads()):
        if is_text and not payload.isascii():
            # Three parts, cut within characters.
            write("utf8", f"{side.name}-{i}", [len(payload) // 3, len(payload) // 3], b"key!", payload)
        if len(payload) > 32 and side.to_server:
            write("deflate", f"{side.name}-{i}-back", [4, 63, 15, 0x66], payload)


def dialog_seeds(side):
    """Endpoints that send the messages of a session to each other."""
    actions = b""
    for i, (payload, is_text) in enumerate(side.payloads()):
        payload = payload[:255]
        action = (i % 2) << 7 | 0x40 | (i % 6) << 1 | (not is_text)
        actions += bytes([action, len(payload)]) + payload
    write("compressed", side.name + "-dialog", [0x86, 0x14, 0x14, 0x26], actions)


def script_seeds():
    """Scripts of which each byte chooses an action."""
    for i in range(4):
        script = b"".join(hashlib.sha256(bytes([i, j])).digest() for j in range(12))
        write("connection", f"script-{i}", [i % 2 << 7], script)
        write("endpoint", f"script-{i}", [0], script)


def main():
    shutil.rmtree(FUZZ / "seeds", ignore_errors=True)
    paths = sorted([*DATA.glob("*.client"), *DATA.glob("*.server")])
    for side in map(Direction, paths):
        stream_seeds(side)
        handshake_seeds(side)
        payload_seeds(side)
        if not side.compressed and side.to_server:
            dialog_seeds(side)
    script_seeds()
    offer = "ws://example.com/chat?room=1|chat|superchat|permessage-deflate; client_max_window_bits|Cookie|a=b|X-Id|7"
    write("handshake", "offer", [0x6E, 0, 0, 20, 100, 255], offer.replace("|", "\x01").encode())
    write("utf8", "boundaries", [3, 9], b"key!", "aé€🌍\u07ff\u0800\uffff\U00010000\U0010ffffz".encode())


if __name__ == "__main__":
    main()
