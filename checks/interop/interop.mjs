// Node's `ws` against us: `client URI` is a client of our server, `server` serves our client.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";

const { WebSocket, WebSocketServer } = createRequire(process.env.WS_FROM)("ws");
const BIG = 10 << 20;

const bytes = (length) => Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    .toString("latin1").repeat(length / 256 + 1).slice(0, length);
const binary = (length) => Buffer.from(bytes(length), "latin1");
const text = (length) => "aé世🦀".repeat(length / 10 + 1).slice(0, length);

async function client(uri) {
    let checks = 0;
    const check = (got, expected) => {
        assert.deepEqual(got, expected);
        checks += 1;
    };
    const open = async () => {
        const ws = new WebSocket(uri, { maxPayload: 0 });
        await once(ws, "open");
        return ws;
    };
    // What each message is an echo of: whether binary, and its bytes.
    const echoed = async (ws, ...fragments) => {
        const message = once(ws, "message");
        fragments.forEach((fragment, i) => ws.send(fragment, { fin: i + 1 === fragments.length }));
        const [data, isBinary] = await message;
        check(isBinary, Buffer.isBuffer(fragments[0]));
        check(Buffer.compare(data, Buffer.concat(fragments.map((part) => Buffer.from(part)))), 0);
    };
    const closed = async (ws) => {
        const [code, reason] = await once(ws, "close");
        return [code, reason.toString()];
    };

    const ws = await open();
    check(ws.extensions, ""); // it offers permessage-deflate
    for (const message of ["", "Hello", "Grüße, 世界 🦀"]) await echoed(ws, message);
    for (const length of [0, 1, 125, 126, 300, 65535, 65536, BIG]) {
        await echoed(ws, binary(length));
        await echoed(ws, text(length));
    }
    await echoed(ws, "H", "", "é", "llo 世", "界", "");
    await echoed(ws, binary(1), binary(70000), binary(0), binary(126));
    await echoed(ws, ...Array.from({ length: 1000 }, () => text(100)));

    for (const payload of [binary(0), Buffer.from("Hello"), binary(125)]) {
        const pong = once(ws, "pong");
        ws.ping(payload);
        check(Buffer.compare((await pong)[0], payload), 0);
    }
    // Between two fragments.
    const [pong, message] = [once(ws, "pong"), once(ws, "message")];
    ws.send("a", { fin: false });
    ws.ping("between");
    check((await pong)[0].toString(), "between");
    ws.send("b");
    check((await message)[0].toString(), "ab");

    ws.close(1000, "done");
    check((await closed(ws))[0], 1000);
    for (const [code, reason] of [[1001, ""], [1011, "Grüße"], [3000, "世界"], [4999, "r".repeat(123)]]) {
        const ws = await open();
        ws.close(code, reason);
        check((await closed(ws))[0], code);
    }
    const silent = await open();
    silent.close();
    check(await closed(silent), [1005, ""]);
    // What our server says of frames that break a rule: a reserved opcode, text that is not UTF-8,
    // more than it accepts.
    for (const [bytes, expected, what] of [
        [[0x83, 0x80, 0, 0, 0, 0], 1002, /opcode/],
        [[0x81, 0x81, 0, 0, 0, 0, 0xff], 1007, /UTF-8/],
        [[0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1009, /bigger/],
    ]) {
        const ws = await open();
        ws._socket.write(Buffer.from(bytes));
        const [code, reason] = await closed(ws);
        check(code, expected);
        assert.match(reason, what);
    }
    console.log(`${checks} checks of Node's client`);
}

function server() {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0, maxPayload: 0 });
    server.on("listening", () => console.log(`ws://127.0.0.1:${server.address().port}/`));
    server.on("connection", (ws) => {
        ws.on("error", (error) => {
            console.error(error);
            process.exitCode = 1;
        });
        ws.on("pong", (payload) => ws.send(`pong ${payload}`));
        ws.on("message", (data, isBinary) => {
            const [, command, argument, rest] =
                isBinary ? [] : /^(close|ping|fragment) (\S+) ?(.*)/.exec(data.toString()) ?? [];
            if (command === "close") ws.close(Number(argument), rest);
            else if (command === "ping") ws.ping(argument);
            else if (command === "fragment") {
                for (const part of argument) ws.send(part, { fin: false });
                ws.send("", { fin: true });
            } else ws.send(data, { binary: isBinary });
        });
    });
}

const [role, uri] = process.argv.slice(2);
if (role === "client") await client(uri);
else server();
