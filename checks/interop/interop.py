"""Python's `websockets` against us: `client URI` is a client of our server, `server` serves ours."""
import asyncio
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

BIG = 10 << 20


def binary(length):
    return (bytes(range(256)) * (length // 256 + 1))[:length]


def text(length):
    return ("aé世🦀" * (length // 4 + 1))[:length]


async def client(uri):
    checks = 0

    def check(got, expected):
        nonlocal checks
        assert got == expected, f"{str(got)[:80]!r}, not {str(expected)[:80]!r}"
        checks += 1

    def opened():
        return connect(uri, max_size=None)

    async def closed(ws):
        try:
            await ws.recv()
        except ConnectionClosed:
            return ws.close_code, ws.close_reason
        raise AssertionError("a message")

    async with opened() as ws:
        check(ws.protocol.extensions, [])  # it offers permessage-deflate
        for message in ["", "Hello", "Grüße, 世界 🦀"]:
            await ws.send(message)
            check(await ws.recv(), message)
        for length in [0, 1, 125, 126, 300, 65535, 65536, BIG]:
            for message in [binary(length), text(length // 3)]:
                await ws.send(message)
                check(await ws.recv(), message)
        for parts in [
            ["H", "", "é", "llo 世", "界", ""],
            [binary(1), binary(70000), binary(0), binary(126)],
            [text(100)] * 1000,
        ]:
            await ws.send(parts)
            check(await ws.recv(), parts[0][:0].join(parts))
        for payload in [b"", b"Hello", binary(125)]:
            await asyncio.wait_for(await ws.ping(payload), 10)
            check(True, True)

        async def parts():
            yield "a"
            await asyncio.wait_for(await ws.ping("between"), 10)
            yield "b"

        await ws.send(parts())
        check(await ws.recv(), "ab")
        await ws.close(1000, "done")
        check(ws.close_code, 1000)

    for code, reason in [(1001, ""), (1011, "Grüße"), (3000, "世界"), (4999, "r" * 123)]:
        async with opened() as ws:
            await ws.close(code, reason)
            check(ws.close_code, code)
    # What our server says of frames that break a rule: a reserved opcode, text that is not UTF-8,
    # more than it accepts.
    for bytes, code, what in [
        (b"\x83\x80" + bytes(4), 1002, "opcode"),
        (b"\x81\x81" + bytes(4) + b"\xff", 1007, "UTF-8"),
        (b"\x82\xff\x40" + bytes(11), 1009, "bigger"),
    ]:
        async with opened() as ws:
            ws.transport.write(bytes)
            got, reason = await closed(ws)
            check((got, what in reason), (code, True))
    print(f"{checks} checks of Python's client")


async def echo(ws):
    while True:
        try:
            message = await ws.recv()
        except ConnectionClosed:
            return
        command, _, rest = message.partition(" ") if isinstance(message, str) else ("", "", "")
        if command == "close":
            code, _, reason = rest.partition(" ")
            await ws.close(int(code), reason)
        elif command == "ping":
            await asyncio.wait_for(await ws.ping(rest), 10)
            await ws.send(f"pong {rest}")
        elif command == "fragment":
            await ws.send(list(rest) + [""])
        else:
            await ws.send(message)


async def server():
    async with serve(echo, "127.0.0.1", 0, max_size=None) as listening:
        print(f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}/", flush=True)
        await listening.serve_forever()


asyncio.run(client(sys.argv[2]) if sys.argv[1] == "client" else server())
