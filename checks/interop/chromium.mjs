// Headless Chromium on the page of the example `echo`: checks what the page does when it is opened, then
// sends all kinds of messages from a script in it. `chromium.mjs PICTURE [URL ANSWER]...` saves a screenshot
// of the last page. ANSWER is how each server answers the offer to compress; it is empty if it does not.
// The browser is driven by the DevTools protocol over pipes, which needs no package.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [picture, ...servers] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "interop-"));
const options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--no-first-run", "--no-proxy-server", "--disable-background-networking", "--window-size=900,900",
    "--remote-debugging-pipe", `--user-data-dir=${profile}`];
const chromium = spawn("chromium", options, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const [, , , to, from] = chromium.stdio;

let id = 0;
const waiting = new Map();
let received = "";
from.setEncoding("utf8").on("data", (data) => {
    const messages = (received + data).split("\0");
    received = messages.pop();
    for (const text of messages) {
        const { id, result, error } = JSON.parse(text);
        const { resolve, reject } = waiting.get(id) ?? {};
        if (error) reject?.(new Error(error.message));
        else resolve?.(result);
    }
});
const call = (method, params = {}, sessionId) => new Promise((resolve, reject) => {
    waiting.set(++id, { resolve, reject });
    to.write(JSON.stringify({ id, method, params, sessionId }) + "\0");
});

// Its processes go on writing for a moment after the first one has ended.
async function remove(folder) {
    for (let tries = 0; tries < 100; tries++) {
        try {
            return rmSync(folder, { recursive: true, force: true });
        } catch {
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
    }
    console.log(`chromium: ${folder} is still in use, and was not removed`);
}

// Forwards connections to a server, and counts the bytes.
async function relay(to) {
    const count = { sent: 0, received: 0 };
    const server = createServer((client) => {
        const server = connect(to.port, to.hostname);
        client.on("data", (data) => count.sent += data.length).on("error", () => {}).pipe(server);
        server.on("data", (data) => count.received += data.length).on("error", () => {}).pipe(client);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return { count, server, url: `http://127.0.0.1:${server.address().port}/` };
}

// Runs in the page. Returns how many checks there were, and how long the messages were together.
async function checks(answer) {
    let [checks, bytes] = [0, 0];
    const check = (what, got, expected) => {
        if (got !== expected) throw new Error(`${what}: ${got} instead of ${expected}`);
        checks += 1;
    };
    const socket = new WebSocket(url); // opened by the page
    socket.binaryType = "arraybuffer";
    const event = (name) => new Promise((resolve, reject) => {
        socket.addEventListener(name, resolve, { once: true });
        socket.addEventListener("error", () => reject(new Error("error")), { once: true });
    });
    await event("open");
    check("extensions", socket.extensions, answer);
    check("protocol", socket.protocol, "");
    const echo = async (data) => {
        const message = event("message");
        socket.send(data);
        return (await message).data;
    };
    for (const text of ["Hello", "Grüße, 世界 🦀", "", "é".repeat(70000)]) {
        check("text", await echo(text), text);
    }
    for (const length of [300, 1 << 20, 0]) {
        const bytes = new Uint8Array(length).map((_, i) => i * 31 + (i >> 8));
        const got = new Uint8Array(await echo(bytes));
        check("length", got.length, length);
        check("first difference", got.findIndex((byte, i) => byte !== bytes[i]), -1);
    }
    const small = (number) => `{"id": ${number}, "name": "first and last", "more": "${"ab".repeat(50)}"}`;
    const lines = (length) => Array.from({ length }, (_, i) => small(i)).join("");
    const long = lines(75_000); // 10 MiB
    check("long", await echo(long) === long, true);
    let count = 0;
    const thousand = new Promise((resolve) => socket.onmessage = ({ data }) => {
        check("small", data, small(count++));
        if (count === 1000) resolve();
    });
    for (let i = 0; i < 1000; i++) socket.send(small(i));
    await thousand;
    bytes = long.length + lines(1000).length;
    const closed = event("close");
    socket.close(1000, "enough");
    const { code, wasClean } = await closed;
    check("code", code, 1000);
    check("clean", wasClean, true);
    return { checks, bytes };
}

// Runs in the page: waits until its log has a line that matches.
async function logged(pattern) {
    for (let tries = 0; tries < 500; tries++) {
        if (pattern.test(document.querySelector("#log").innerText)) return true;
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return document.querySelector("#log").innerText;
}

async function visit(uri, answer) {
    const { count, server, url } = await relay(new URL(uri));
    const { targetId } = await call("Target.createTarget", { url });
    const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
    const evaluate = async (expression) => {
        const answer = await call("Runtime.evaluate",
            { expression, awaitPromise: true, returnByValue: true }, sessionId);
        if (answer.exceptionDetails) {
            throw new Error(answer.exceptionDetails.exception.description);
        }
        return answer.result.value;
    };
    const loaded = "location.protocol === 'http:' && document.readyState === 'complete'";
    for (let tries = 0; !await evaluate(loaded); tries++) {
        assert(tries < 1000, "the page did not load");
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const saw = async (pattern) => assert.equal(await evaluate(`(${logged})(${pattern})`), true);
    await saw(/→ text, 12 characters: hello server/);
    await saw(/← text, 12 characters: hello server/);
    const compression = await evaluate("document.querySelector('#compression').innerText");
    assert.equal(compression, answer || "not compressed");
    const { data } = await call("Page.captureScreenshot", {}, sessionId);
    writeFileSync(picture, Buffer.from(data, "base64"));
    const before = { ...count };
    const done = await evaluate(`(${checks})(${JSON.stringify(answer)})`);
    const [sent, received] = [count.sent - before.sent, count.received - before.received];
    // Some messages are not counted in `bytes`.
    assert(!answer === sent > done.bytes && !answer === received > done.bytes, `${sent}, ${received}`);
    await evaluate("document.querySelector('#close').click()");
    await saw(/close 1000.*, clean/);
    const thousand = [sent, received].map((bytes) => Math.trunc(bytes * 1000 / done.bytes));
    console.log(`${done.checks} checks, and 4 of the page itself; ` +
        `bytes for a thousand: ${thousand.join(" sent, ")} received: ${compression}`);
    await call("Target.closeTarget", { targetId });
    server.close();
}

try {
    for (let i = 0; i < servers.length; i += 2) await visit(servers[i], servers[i + 1]);
    const { product } = await call("Browser.getVersion");
    console.log(`${product}; screenshot: ${picture}`);
    await call("Browser.close");
} finally {
    chromium.kill();
    await new Promise((resolve) => chromium.exitCode === null ? chromium.on("exit", resolve) : resolve());
    await remove(profile);
}
