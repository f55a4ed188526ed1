// Headless Chromium on the page of the example `echo`: what the page does by itself, and messages
// of all kinds from a script in it. `chromium.mjs URL PICTURE` leaves a picture of the page.
// It is driven by the DevTools protocol over pipes, which needs no package.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [url, picture] = process.argv.slice(2);
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

// Runs in the page.
async function checks() {
    let checks = 0;
    const check = (what, got, expected) => {
        if (got !== expected) throw new Error(`${what}: ${got}, not ${expected}`);
        checks += 1;
    };
    const socket = new WebSocket(url); // the page's own
    socket.binaryType = "arraybuffer";
    const event = (name) => new Promise((resolve, reject) => {
        socket.addEventListener(name, resolve, { once: true });
        socket.addEventListener("error", () => reject(new Error("error")), { once: true });
    });
    await event("open");
    check("extensions", socket.extensions, "");
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
        check("first that differs", got.findIndex((byte, i) => byte !== bytes[i]), -1);
    }
    const closed = event("close");
    socket.close(1000, "enough");
    const { code, wasClean } = await closed;
    check("code", code, 1000);
    check("clean", wasClean, true);
    return checks;
}

// Runs in the page: whether its log has this line, at some time.
async function logged(pattern) {
    for (let tries = 0; tries < 500; tries++) {
        if (pattern.test(document.querySelector("#log").innerText)) return true;
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return document.querySelector("#log").innerText;
}

try {
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
        assert(tries < 1000, "the page does not load");
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const saw = async (pattern) => assert.equal(await evaluate(`(${logged})(${pattern})`), true);
    await saw(/→ text, 12 characters: hello server/);
    await saw(/← text, 12 characters: hello server/);
    const { data } = await call("Page.captureScreenshot", {}, sessionId);
    writeFileSync(picture, Buffer.from(data, "base64"));
    const count = await evaluate(`(${checks})()`);
    await evaluate("document.querySelector('#close').click()");
    await saw(/close 1000.*, clean/);
    const { product } = await call("Browser.getVersion");
    console.log(`${count} checks in ${product}, and 3 of the page itself; see ${picture}`);
    await call("Browser.close");
} finally {
    chromium.kill();
    await new Promise((resolve) => chromium.exitCode === null ? chromium.on("exit", resolve) : resolve());
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
}
