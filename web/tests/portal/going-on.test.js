import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";
import { shownInTime } from "../../portal/reference/going-on.js";

const EVENT = "event: job\ndata: {}\n\n";
/** @type {import("node:http").Server} */
let server;
/** @type {Promise<void>} */
let left;
let address = "";

before(async () => {
  left = new Promise((resolve) => {
    server = createServer((request, response) => {
      const kind = request.url === "/plain" ? "application/json" : "text/event-stream";
      response.writeHead(200, { "Content-Type": kind, "X-Request-Id": "req_1" });
      response.write(EVENT);
      if (request.url !== "/endless") response.end(EVENT);
      else response.on("close", resolve);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const at = server.address();
  assert.ok(at && typeof at === "object");
  address = `http://127.0.0.1:${at.port}`;
});

after(() => server.close());

/** @param {string} path */
function fetched(path) {
  const { userFetch } = shownInTime({ url: address + path }, 100);
  assert.ok(userFetch);
  return userFetch(address + path, {});
}

describe("An answer of the reference page", () => {
  it("that goes on is shown as far as it came, and left", async () => {
    const answer = await fetched("/endless");
    assert.equal(await answer.text(), EVENT);
    assert.equal(answer.headers.get("x-request-id"), "req_1");
    await left;
  });

  it("that ends is shown at once and whole", async () => {
    const began = performance.now();
    assert.equal(await (await fetched("/ending")).text(), EVENT + EVENT);
    assert.ok(performance.now() - began < 100);
  });

  it("of another kind is left to the page", async () => {
    const answer = await fetched("/plain");
    assert.equal(answer.url, `${address}/plain`);
    assert.equal(await answer.text(), EVENT + EVENT);
  });
});
