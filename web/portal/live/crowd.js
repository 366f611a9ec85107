// The crowd's panel: the score, its mood, and what it is made of.

import { bar, element, text } from "./page.js";
import { mood } from "./words.js";

/** @import { Score } from "../../types/api.js" */

const PARTS = ["applause", "cheer", "chant", "boo", "laughter", "speech"];

/** @param {Score} event */
export function showScore({ score, parts }) {
  element("score").textContent = String(Math.round(score));
  element("mood").textContent = mood(score);
  if (parts) element("parts").replaceChildren(...PARTS.flatMap((name) => part(name, parts[name])));
}

/**
 * @param {string} name
 * @param {number | undefined} value 0 to 1
 */
function part(name, value) {
  if (value === undefined) return [];
  const row = document.createElement("div");
  const meter = bar("meter", { label: name, value, max: 1 });
  row.append(text("dt", name), text("dd", value.toFixed(2)), meter);
  return [row];
}
