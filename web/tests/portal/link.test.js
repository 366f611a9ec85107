import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  eventsAddress,
  hasEnded,
  Refused,
  reader,
  subprotocols,
  tokenOf,
} from "../../portal/live/link.js";

describe("The token of the address", () => {
  it("is what stands behind the #", () => assert.equal(tokenOf("#view_abc"), "view_abc"));

  for (const hash of ["", "#", "#tifo_live_abc", "#tifo_test_abc", "#curve", "# view_abc"]) {
    it(`is none in "${hash}"`, () => assert.equal(tokenOf(hash), ""));
  }
});

describe("The socket of the events", () => {
  it("is as safe as the page, and on its host", () => {
    const host = "tifo.example:8443";
    assert.equal(eventsAddress({ protocol: "https:", host }), `wss://${host}/v1/events`);
    assert.equal(eventsAddress({ protocol: "http:", host }), `ws://${host}/v1/events`);
  });

  it("carries the token among its subprotocols, never in its address", () => {
    assert.deepEqual(subprotocols("view_abc"), ["tifo-v1", "view.view_abc"]);
  });
});

describe("What is read with the link", () => {
  /** @param {Response} answer */
  function answering(answer) {
    /** @type {[unknown, RequestInit | undefined][]} */
    const calls = [];
    const read = reader("view_abc", (path, asked) => {
      calls.push([path, asked]);
      return Promise.resolve(answer);
    });
    return { calls, read };
  }

  it("is asked for with the token as a header", async () => {
    const { calls, read } = answering(Response.json({ mau: 1 }));
    assert.deepEqual(await read("/v1/usage"), { mau: 1 });
    assert.deepEqual(calls, [["/v1/usage", { headers: { Authorization: "Bearer view_abc" } }]]);
  });

  for (const [status, ended] of /** @type {const} */ ([
    [401, true],
    [403, false],
    [429, false],
    [503, false],
  ])) {
    it(`${ended ? "ends" : "does not end"} the link with ${status}`, async () => {
      const { read } = answering(new Response("{}", { status }));
      await assert.rejects(read("/v1/usage"), (error) => {
        assert.ok(error instanceof Refused);
        return hasEnded(error) === ended;
      });
    });
  }

  it("goes on with the link when no answer came", () => {
    assert.equal(hasEnded(new TypeError("Failed to fetch")), false);
  });
});
