"""Compression between `echo` and the clients `websockets` and `aiohttp`: `deflate.py LIBRARY URI [ANSWER]`.

Makes all kinds of offers, or one offer that `echo` answers with ANSWER.
"""
import asyncio
import random
import sys
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

BOTH = "server_no_context_takeover; client_no_context_takeover"
WINDOWS = [f"server_max_window_bits={bits}; client_max_window_bits={bits}" for bits in [9, 10, 12]]
OFFERS = {
    "websockets": ["", *BOTH.split("; "), BOTH, *WINDOWS, f"{BOTH}; {WINDOWS[0]}"],
    # It makes no other offers.
    "aiohttp": ["", *(window.split("; ")[0] for window in WINDOWS)],
}


def small(number):
    return f'{{"id": {number}, "name": "first and last", "tags": ["first", "last"], "more": "{"ab" * 40}"}}'


def lines(length):
    return "".join(small(number) for number in range(length // 150 + 1))[:length]


class Relay:
    """Forwards one connection to a server, and counts the bytes."""

    def __init__(self, uri):
        self.to = urlsplit(uri)
        self.sent = self.received = 0
        self.ended = asyncio.Event()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return self, f"ws://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/"

    async def __aexit__(self, *_):
        await self.ended.wait()
        self.server.close()

    async def serve(self, reader, writer):
        from_server, to_server = await asyncio.open_connection(self.to.hostname, self.to.port)

        async def forward(reader, writer, name):
            while data := await reader.read(1 << 16):
                setattr(self, name, getattr(self, name) + len(data))
                writer.write(data)
                await writer.drain()
            writer.close()

        await asyncio.gather(forward(reader, to_server, "sent"), forward(from_server, writer, "received"))
        self.ended.set()


@asynccontextmanager
async def with_websockets(uri, offer):
    options = dict(parameter.split("=") if "=" in parameter else (parameter, True) for parameter in offer)
    options = {name: value if value is True else int(value) for name, value in options.items()}
    options = {"client_max_window_bits": True, **options}
    extensions = [ClientPerMessageDeflateFactory(**options)]
    async with connect(uri, max_size=None, compression=None, extensions=extensions) as ws:
        yield ws.send, ws.recv, ws.response.headers["Sec-WebSocket-Extensions"]


@asynccontextmanager
async def with_aiohttp(uri, offer):
    bits = int(offer[0].split("=")[1]) if offer else 15
    async with aiohttp.ClientSession() as session, session.ws_connect(uri, compress=bits, max_msg_size=0) as ws:

        async def send(message):
            await (ws.send_str(message) if isinstance(message, str) else ws.send_bytes(message))

        async def recv():
            return (await ws.receive()).data

        yield send, recv, ws._response.headers["Sec-WebSocket-Extensions"]


async def talk(library, uri, offer, answer):
    """Returns how many messages came back, and how many bytes were sent and received for a thousand bytes."""
    opened = with_websockets if library == "websockets" else with_aiohttp
    count = total = 0
    async with Relay(uri) as (relay, uri), opened(uri, offer) as (send, recv, answered):
        assert answered == answer, f"{answered!r} instead of {answer!r}"

        async def echoed(messages, expected, most):
            nonlocal count, total
            before = relay.sent, relay.received
            for batch in range(0, len(messages), 50):
                for message in messages[batch : batch + 50]:
                    await send(message)
                for message in expected[batch : batch + 50]:
                    got = await recv()
                    assert got == message, f"{str(got)[:80]!r} instead of {str(message)[:80]!r}"
            count += len(messages)
            length = sum(len(message) for message in expected)
            total += length
            for bytes, direction in (relay.sent - before[0], "sent"), (relay.received - before[1], "received"):
                assert most is None or bytes < length * most, f"{bytes} bytes {direction} for {length}"

        thousand = [small(number) for number in range(1000)]
        await echoed(thousand, thousand, 0.8)
        for message in [lines(10 << 20), lines(10 << 20).encode(), lines(300), lines(65536).encode()]:
            await echoed([message], [message], 0.5)
        for message in ["", "Hello", "Grüße, 世界 🦀", random.Random(1).randbytes(100_000)]:
            await echoed([message], [message], None)
        if library == "websockets":
            for parts in [[small(number) for number in range(1000)], [lines(100_000).encode(), b"", b"end"]]:
                await echoed([parts], [parts[0][:0].join(parts)], 0.8)
    return count, relay.sent * 1000 // total, relay.received * 1000 // total


async def main(library, uri, *answer):
    for offer in [""] if answer else OFFERS[library]:
        expected = answer[0] if answer else "; ".join(filter(None, ["permessage-deflate", offer]))
        count, sent, received = await talk(library, uri, offer.split("; ") if offer else [], expected)
        print(f"{library}, {count} messages; bytes for a thousand: {sent} sent, {received} received: {expected}")


asyncio.run(main(*sys.argv[1:]))
