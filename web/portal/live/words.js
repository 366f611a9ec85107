// What the live page says, from plain values.

/** @import { Cue, Job } from "../../types/api.js" */

/** @param {number} score 0 to 100 */
export function mood(score) {
  if (score >= 80) return "The stand is on its feet";
  if (score >= 62) return "The crowd is up";
  if (score >= 40) return "Simmering";
  return "Below 40: time for mood recovery";
}

/**
 * Where, what and how: "North 1 · led · wave".
 * @param {Cue} cue
 */
export function cueName(cue) {
  const where = cue.kiosk_name ?? cue.zone ?? "";
  return [where, cue.kind, cue.payload?.pattern].filter(Boolean).join(" · ");
}

/** @param {Cue} cue */
export function cueState({ state, latency_ms: ms }) {
  return ms === null || ms === undefined ? state : `${state} in ${Math.round(ms)} ms`;
}

/** @param {Job} job */
export function jobState({ state, progress }) {
  return state === "running" ? `${Math.round(progress * 100)} %` : state;
}

/**
 * @param {number} minor in the currency's minor units
 * @param {{ currency: string, minor_digits: number }} unit its name by ISO 4217, and how many
 *   decimals those units are
 */
export function money(minor, { currency, minor_digits: digits }) {
  return new Intl.NumberFormat("en", { style: "currency", currency }).format(minor / 10 ** digits);
}
