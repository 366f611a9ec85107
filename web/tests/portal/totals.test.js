import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { totals } from "../../portal/live/totals.js";

const usage = { mau: 12_345 };
const usd = { currency: "usd", minor_digits: 2 };
const bill = { ...usd, billable: true, total_minor: 4_900, projected_total_minor: 9_950 };
const requests = { name: "requests_per_minute", enforced: true, used: 3, remaining: 57 };
const limits = { livemode: true, tier: "pro", tier_version: 2, limits: [requests] };

/** @param {Partial<typeof requests> | { used: null }} limit */
function metersOf(limit) {
  return totals(usage, bill, { ...limits, limits: [{ ...requests, ...limit }] }).meters;
}

describe("The totals", () => {
  it("tell users, bill and tier in words", () => {
    const { meters, ...told } = totals(usage, bill, limits);
    assert.equal(meters.length, 1);
    assert.deepEqual(told, {
      mau: "12,345",
      billed: true,
      bill: "$49.00",
      projected: "$99.50",
      tier: "Tier pro, version 2 · live",
    });
  });

  it("say that test keys are never billed", () => {
    const told = totals(usage, { ...bill, billable: false }, { ...limits, livemode: false });
    assert.equal(told.billed, false);
    assert.equal(told.tier, "Tier pro, version 2 · test keys, never billed");
  });
});

describe("A limit's meter", () => {
  it("shows what is used of what there is, high from nine tenths on", () => {
    assert.deepEqual(metersOf({}), [
      {
        label: "requests_per_minute used",
        name: "requests per minute",
        words: "3 of 60",
        used: 3,
        max: 60,
        high: 54,
      },
    ]);
  });

  it("is not shown for what is not enforced or not counted", () => {
    assert.deepEqual(metersOf({ enforced: false }), []);
    assert.deepEqual(metersOf({ used: null }), []);
    assert.equal(metersOf({ used: 0 }).length, 1);
  });

  it("of a limit of nothing is empty, not full", () => {
    const [meter] = metersOf({ used: 0, remaining: 0 });
    assert.equal(meter?.words, "0 of 0");
    assert.equal(meter?.max, 1);
  });
});
