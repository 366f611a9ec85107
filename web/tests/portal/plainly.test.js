import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DRY_RUN, plainlyAsked } from "../../portal/reference/plainly.js";

describe("A call of the reference page", () => {
  it("asks for JSON where it is no dry run, however the header is written", () => {
    for (const name of ["accept", "Accept"]) {
      for (const run of [{}, { "Tifo-Dry-Run": "?0" }]) {
        const { headers } = plainlyAsked({ headers: { ...run, [name]: DRY_RUN } });
        assert.deepEqual(headers, { ...run, [name]: "application/json" });
      }
    }
  });

  it("asks for the dry run's answer where it is one", () => {
    const headers = { accept: DRY_RUN, "Tifo-Dry-Run": "?1" };
    assert.deepEqual(plainlyAsked({ headers: { ...headers } }).headers, headers);
  });

  it("leaves every other header and a call without any as they are", () => {
    const headers = { accept: "audio/wav", "content-type": DRY_RUN };
    assert.deepEqual(plainlyAsked({ headers: { ...headers } }).headers, headers);
    assert.deepEqual(plainlyAsked({}), {});
  });
});
