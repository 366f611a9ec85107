import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { listen, nextWait } from "../../portal/live/listening.js";

/** A page that listens to sockets of the test's own, whose timers ring when the test says so. */
class Page {
  /** @type {any[]} */
  sockets = [];
  /** @type {number[]} */
  waits = [];
  /** @type {unknown[]} */
  seen = [];
  over = false;
  #ring = () => {};

  constructor() {
    listen({
      open: () => {
        const socket = { onmessage: null, onclose: null };
        this.sockets.push(socket);
        return socket;
      },
      later: (call, ms) => {
        this.waits.push(ms);
        this.#ring = call;
      },
      isOver: () => this.over,
      onLive: () => this.seen.push("live"),
      onLost: () => this.seen.push("lost"),
      onEnded: () => this.seen.push("ended"),
      onEvent: (event) => this.seen.push(event),
    });
  }

  /** @param {object} event */
  hear(event) {
    this.sockets.at(-1).onmessage({ data: JSON.stringify(event) });
  }

  /** @param {number} [code] */
  close(code = 1006) {
    this.sockets.at(-1).onclose({ code });
  }

  ring() {
    this.#ring();
  }
}

describe("Listening", () => {
  it("is live from the hello on, and hands on every other event", () => {
    const page = new Page();
    assert.deepEqual(page.seen, []);
    page.hear({ type: "hello" });
    page.hear({ type: "score", score: 50 });
    assert.deepEqual(page.seen, ["live", { type: "score", score: 50 }]);
  });

  it("waits twice as long after each failure, eight seconds at most", () => {
    const page = new Page();
    for (let failure = 0; failure < 7; failure += 1) {
      page.close();
      page.ring();
    }
    assert.deepEqual(page.waits, [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
    assert.equal(page.sockets.length, 8);
  });

  it("opens the next socket only when the wait is over", () => {
    const page = new Page();
    page.close();
    assert.deepEqual(page.seen, ["lost"]);
    assert.equal(page.sockets.length, 1);
    page.ring();
    assert.equal(page.sockets.length, 2);
  });

  it("starts from the shortest wait again once a socket has said hello", () => {
    const page = new Page();
    for (let failure = 0; failure < 3; failure += 1) {
      page.close();
      page.ring();
    }
    page.hear({ type: "hello" });
    page.close();
    page.ring();
    page.close();
    assert.equal(page.waits.at(-1), 500);
    assert.equal(nextWait(8_000, true), 500);
    assert.equal(nextWait(8_000, false), 8_000);
  });

  it("never opens another when the link has ended", () => {
    const page = new Page();
    page.close(4401);
    assert.deepEqual(page.seen, ["ended"]);
    assert.deepEqual(page.waits, []);
  });

  it("says nothing more once the page knows by another way that the link has ended", () => {
    const page = new Page();
    page.over = true;
    page.close();
    assert.deepEqual(page.seen, []);
    assert.deepEqual(page.waits, []);
  });
});
