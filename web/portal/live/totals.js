// The month so far, from three answers of the API: what is to be shown of it.

import { money } from "./words.js";

/** @import { Bill, Limit, Limits, Usage } from "../../types/api.js" */

/**
 * @param {Usage} usage
 * @param {Bill} bill
 * @param {Limits} limits
 */
export function totals(usage, bill, limits) {
  const kind = limits.livemode ? "live" : "test keys, never billed";
  return {
    mau: usage.mau.toLocaleString("en"),
    billed: bill.billable,
    bill: money(bill.total_minor, bill),
    projected: money(bill.projected_total_minor, bill),
    tier: `Tier ${limits.tier}, version ${limits.tier_version} · ${kind}`,
    meters: limits.limits.flatMap(meter),
  };
}

/**
 * A limit's meter; none for what is not enforced or not counted.
 * @param {Limit} limit
 */
function meter({ name, enforced, used, remaining }) {
  if (!enforced || used === null) return [];
  const room = used + remaining;
  const max = Math.max(room, 1); // a meter of nothing would be drawn full
  return [
    {
      label: `${name} used`,
      name: name.replaceAll("_", " "),
      words: `${used} of ${room}`,
      used,
      max,
      high: max * 0.9,
    },
  ];
}
