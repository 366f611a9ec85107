import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { heightOf, SPAN_MS, Trace } from "../../portal/live/trace.js";

const CANVAS = { width: 334, height: 122 };

describe("The trace of the score", () => {
  it("has the newest at the right and a minute's age at the labels", () => {
    const trace = new Trace();
    trace.add(100, 0);
    trace.add(50, SPAN_MS / 2);
    trace.add(0, SPAN_MS);
    assert.deepEqual(trace.placed(SPAN_MS, CANVAS), [
      { x: 34, y: 16 },
      { x: 184, y: 66 },
      { x: 334, y: 116 },
    ]);
  });

  it("moves to the left as time goes on", () => {
    const trace = new Trace();
    trace.add(50, 0);
    assert.deepEqual(
      [0, SPAN_MS / 10].map((now) => trace.placed(now, CANVAS)[0]?.x),
      [334, 304],
    );
  });

  it("forgets what is older than a minute when the next score comes", () => {
    const trace = new Trace();
    for (const at of [0, 1, SPAN_MS]) trace.add(50, at);
    assert.equal(trace.placed(SPAN_MS, CANVAS).length, 3);
    trace.add(50, SPAN_MS + 1);
    assert.equal(trace.placed(SPAN_MS, CANVAS).length, 3);
  });

  it("leaves room above 100 and below 0", () => {
    assert.equal(heightOf(0, 122), 116);
    assert.equal(heightOf(100, 122), 16);
  });
});
