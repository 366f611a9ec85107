// The two lists that move: cues and jobs, newest first, each in one row however often it changes.

import { bar, element, text } from "./page.js";
import { cueName, cueState, jobState } from "./words.js";

/** @import { Cue, Job } from "../../types/api.js" */

const KEPT = 12;

/**
 * The row of this key in the list, made where there is none yet.
 * @param {HTMLElement} list
 * @param {string} key
 */
function row(list, key) {
  list.querySelector(".empty")?.remove();
  /** @type {HTMLElement | null} */
  const found = list.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (found) return found;
  const made = document.createElement("li");
  made.dataset.key = key;
  list.prepend(made);
  while (list.children.length > KEPT) list.lastElementChild?.remove();
  return made;
}

/** @param {Cue} cue */
export function showCue(cue) {
  const line = row(element("cues"), cue.id);
  line.dataset.state = cue.state;
  const swatch = text("span", "", "swatch");
  const colour = cue.payload?.colour;
  if (colour && CSS.supports("color", colour)) swatch.style.backgroundColor = colour;
  line.replaceChildren(
    swatch,
    text("span", cueName(cue), "name"),
    text("span", cueState(cue), "state"),
  );
}

/** @param {Job} job */
export function showJob(job) {
  const line = row(element("jobs"), job.id);
  line.dataset.state = job.state;
  line.replaceChildren(
    text("span", job.accelerator.toUpperCase(), "state"),
    text("span", job.kind, "name"),
    text("span", jobState(job), "state"),
  );
  if (job.state === "running") {
    const label = `Progress of ${job.kind}`;
    line.append(bar("progress", { label, value: job.progress, max: 1 }));
  }
}
