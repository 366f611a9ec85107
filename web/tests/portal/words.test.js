import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cueName, cueState, jobState, money, mood } from "../../portal/live/words.js";

describe("The mood of a score", () => {
  for (const [score, words] of /** @type {const} */ ([
    [0, "Below 40: time for mood recovery"],
    [39.99, "Below 40: time for mood recovery"],
    [40, "Simmering"],
    [61.99, "Simmering"],
    [62, "The crowd is up"],
    [79.99, "The crowd is up"],
    [80, "The stand is on its feet"],
    [100, "The stand is on its feet"],
  ])) {
    it(`at ${score} is "${words}"`, () => assert.equal(mood(score), words));
  }
});

describe("A cue", () => {
  const cue = { id: "cue_1", state: "acknowledged", kind: "led", zone: "north" };

  it("is named by its kiosk, its kind and its pattern", () => {
    const named = { ...cue, kiosk_name: "Gate 4", payload: { pattern: "wave" } };
    assert.equal(cueName(named), "Gate 4 · led · wave");
  });

  it("is named by its zone where no kiosk is told, and by its kind alone at least", () => {
    assert.equal(cueName({ ...cue, kiosk_name: null }), "north · led");
    assert.equal(cueName({ ...cue, zone: null, payload: {} }), "led");
  });

  it("tells how long it took, to the millisecond, once that is known", () => {
    assert.equal(cueState({ ...cue, latency_ms: 41.6 }), "acknowledged in 42 ms");
    assert.equal(cueState({ ...cue, latency_ms: 0 }), "acknowledged in 0 ms");
    assert.equal(cueState({ ...cue, latency_ms: null }), "acknowledged");
    assert.equal(cueState(cue), "acknowledged");
  });
});

describe("A job", () => {
  const job = { id: "job_1", kind: "live_room.render", accelerator: "gpu", progress: 0.504 };

  it("shows its progress only while it runs", () => {
    assert.equal(jobState({ ...job, state: "running" }), "50 %");
    assert.equal(jobState({ ...job, state: "queued" }), "queued");
    assert.equal(jobState({ ...job, state: "succeeded", progress: 1 }), "succeeded");
  });
});

describe("Money", () => {
  it("is told from minor units, with its currency and its thousands", () => {
    assert.equal(money(0, { currency: "usd", minor_digits: 2 }), "$0.00");
    assert.equal(money(123_456_789, { currency: "eur", minor_digits: 2 }), "€1,234,567.89");
  });

  it("has no hundredths where the currency has none", () => {
    assert.equal(money(1_500, { currency: "jpy", minor_digits: 0 }), "¥1,500");
  });
});
