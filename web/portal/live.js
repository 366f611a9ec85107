// The live page: events as they happen over one socket, totals from the public API.
// The token stands behind the # of the address, so no server ever logs it.

import { Curve } from "./curve.js";
import { showScore } from "./live/crowd.js";
import { showCue, showJob } from "./live/feed.js";
import { eventsAddress, hasEnded, reader, subprotocols, tokenOf } from "./live/link.js";
import { listen } from "./live/listening.js";
import { showTotals } from "./live/month.js";
import { element, showNotice, showStatus } from "./live/page.js";
import { totals } from "./live/totals.js";

/** @import { LiveEvent } from "../types/api.js" */

const TOTALS_EVERY_MS = 2_000;
const token = tokenOf(location.hash);
const read = reader(token, (path, asked) => fetch(path, asked));
const curve = new Curve(/** @type {HTMLCanvasElement} */ (element("curve")));
let over = false;

function end() {
  over = true;
  showStatus("lost", "Link ended");
  showNotice("This link has ended. Ask for a new one with POST /v1/view-links.");
}

/** @param {LiveEvent} event */
function show(event) {
  if (event.type === "cue") showCue(event);
  if (event.type === "job") showJob(event);
  if (event.type === "score") {
    showScore(event);
    curve.add(event.score, performance.now());
  }
}

async function refreshTotals() {
  try {
    const [usage, bill, limits] = await Promise.all(
      ["/v1/usage", "/v1/invoices/preview", "/v1/limits"].map(read),
    );
    showTotals(totals(usage, bill, limits));
  } catch (error) {
    if (hasEnded(error)) end(); // any other trouble passes: the next round asks again
  }
}

async function showHistory() {
  try {
    const [jobs, cues] = await Promise.all(["/v1/jobs?limit=12", "/v1/cues?limit=12"].map(read));
    jobs.data.toReversed().forEach(showJob);
    cues.data.toReversed().forEach(showCue);
  } catch (error) {
    if (hasEnded(error)) end();
  }
}

function animate() {
  curve.draw();
  requestAnimationFrame(animate);
}

if (token) {
  listen({
    open: () => new WebSocket(eventsAddress(location), subprotocols(token)),
    later: (call, ms) => setTimeout(call, ms),
    isOver: () => over,
    onLive: () => showStatus("live", "Live"),
    onLost: () => showStatus("lost", "Reconnecting …"),
    onEnded: end,
    onEvent: show,
  });
  showHistory();
  refreshTotals();
  setInterval(() => over || refreshTotals(), TOTALS_EVERY_MS);
  animate();
} else {
  showStatus("lost", "No link");
  showNotice("Open this page through the address that POST /v1/view-links answers.");
  curve.draw();
}
