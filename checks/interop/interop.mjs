// Node's `ws` and wsparse: `client URI` connects to `echo`, `compressed URI [ANSWER]` does so with all kinds
// of offers to compress, or with one that `echo` answers with ANSWER. `server` serves the client of wsparse.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
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
    // Sends a message, and checks the kind and the bytes of its echo.
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
    // The answers to frames that break a rule: a reserved opcode, text that is not UTF-8, a message
    // that is too long.
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

const BOTH = "server_no_context_takeover; client_no_context_takeover";
const WINDOWS = [9, 10, 12].map((bits) => `server_max_window_bits=${bits}; client_max_window_bits=${bits}`);
const OFFERS = ["", ...BOTH.split("; "), BOTH, ...WINDOWS, `${BOTH}; ${WINDOWS[0]}`];

// Exchanges messages on a connection with this offer. Fails unless the bytes on the wire are fewer.
async function talk(uri, offer, answer) {
    const perMessageDeflate = { threshold: 0 };
    for (const parameter of offer ? offer.split("; ") : []) {
        const [name, value] = parameter.split("=");
        perMessageDeflate[name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())] = value ? Number(value) : true;
    }
    const ws = new WebSocket(uri, { maxPayload: 0, perMessageDeflate });
    ws.once("upgrade", (response) => assert.equal(response.headers["sec-websocket-extensions"], answer));
    await once(ws, "open");
    const socket = ws._socket;
    const first = [socket.bytesWritten, socket.bytesRead];
    let [count, total] = [0, 0];
    // Each message is a list of fragments. `most` is the part of their length that may be on the wire.
    const echoed = async (messages, most = Infinity) => {
        const before = [socket.bytesWritten, socket.bytesRead];
        const expected = messages.map((fragments) => Buffer.concat(fragments.map((part) => Buffer.from(part))));
        let got = 0;
        const all = new Promise((resolve, reject) => {
            ws.on("message", (data, isBinary) => {
                const isEqual = isBinary === Buffer.isBuffer(messages[got][0]) && data.equals(expected[got]);
                if (!isEqual) return reject(new Error(`message ${got} of ${messages.length} is different`));
                if (++got === messages.length) resolve();
            });
        });
        for (const fragments of messages) {
            fragments.forEach((part, i) => ws.send(part, { fin: i + 1 === fragments.length }));
        }
        await all;
        ws.removeAllListeners("message");
        const length = expected.reduce((sum, message) => sum + message.length, 0);
        [count, total] = [count + got, total + length];
        for (const bytes of [socket.bytesWritten - before[0], socket.bytesRead - before[1]]) {
            assert(bytes <= length * most || most === Infinity, `${bytes} bytes for ${length}`);
        }
    };
    const small = (number) => `{"id": ${number}, "name": "first and last", "more": "${"ab".repeat(50)}"}`;
    const lines = (length) => Array.from({ length: length / 140 + 1 }, (_, i) => small(i)).join("").slice(0, length);
    await echoed(Array.from({ length: 1000 }, (_, i) => [small(i)]), 0.8);
    for (const message of [lines(BIG), Buffer.from(lines(BIG)), lines(300), Buffer.from(lines(65536))]) {
        await echoed([[message]], 0.5);
    }
    for (const message of ["", "Hello", "Grüße, 世界 🦀", randomBytes(100_000)]) await echoed([[message]]);
    await echoed([Array.from({ length: 1000 }, (_, i) => small(i))], 0.8);
    await echoed([[Buffer.from(lines(100_000)), binary(0), binary(9)]], 0.5);
    const thousand = [socket.bytesWritten - first[0], socket.bytesRead - first[1]]
        .map((bytes) => Math.trunc(bytes * 1000 / total));
    console.log(`${count} messages; bytes for a thousand: ${thousand.join(" sent, ")} received: ${answer}`);
    ws.close(1000);
    await once(ws, "close");
}

async function compressed(uri, answer) {
    for (const offer of answer ? [""] : OFFERS) {
        await talk(uri, offer, answer ?? ["permessage-deflate", offer].filter(Boolean).join("; "));
    }
}

function server() {
    const options = { host: "127.0.0.1", port: 0, maxPayload: 0, perMessageDeflate: { threshold: 0 } };
    const server = new WebSocketServer(options);
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

const [role, uri, answer] = process.argv.slice(2);
if (role === "client") await client(uri);
else if (role === "compressed") await compressed(uri, answer);
else server();
