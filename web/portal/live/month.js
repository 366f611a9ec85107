// The month's panel: active users, the bill, and how far each limit is used.

import { bar, element, text } from "./page.js";

/** @import { totals } from "./totals.js" */
/** @typedef {ReturnType<typeof totals>} Totals */

/** @param {Totals} told */
export function showTotals(told) {
  element("mau").textContent = told.mau;
  if (!told.billed) {
    element("bill-words").textContent = "Worth so far, not billed";
    element("projected-words").textContent = "At this pace, not billed";
  }
  element("bill").textContent = told.bill;
  element("projected").textContent = told.projected;
  element("tier").textContent = told.tier;
  element("limits").replaceChildren(...told.meters.map(limit));
}

/** @param {Totals["meters"][number]} told */
function limit({ label, name, words, used, max, high }) {
  const row = document.createElement("li");
  const meter = bar("meter", { label, value: used, max });
  meter.high = high;
  meter.optimum = 0;
  row.append(text("span", name), text("span", words), meter);
  return row;
}
