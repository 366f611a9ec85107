// The live page: events as they happen over one socket, totals from the public API.
// The token stands behind the # of the address, so no server ever logs it.

import { Curve } from "./curve.js";

const told = location.hash.slice(1);
const token = told.startsWith("view_") ? told : ""; // never a key: addresses lie in histories
const $ = (id) => document.getElementById(id);
const curve = new Curve($("curve"));
const PARTS = ["applause", "cheer", "chant", "boo", "speech"];
const KEPT = 12;

function text(tag, content, className) {
  const element = document.createElement(tag);
  element.textContent = content;
  if (className) element.className = className;
  return element;
}

function status(state, words) {
  $("status").dataset.state = state;
  $("status").textContent = words;
}

function notice(words) {
  $("notice").textContent = words;
  $("notice").hidden = false;
}

// --- the crowd -------------------------------------------------------------------------------

function mood(score) {
  if (score >= 80) return "The stand is on its feet";
  if (score >= 62) return "The crowd is up";
  if (score >= 40) return "Simmering";
  return "Below 40: time for mood recovery";
}

function showScore(event) {
  $("score").textContent = Math.round(event.score);
  $("mood").textContent = mood(event.score);
  curve.add(event.score, performance.now());
  if (event.parts) showParts(event.parts);
}

function showParts(parts) {
  const rows = PARTS.filter((name) => name in parts).map((name) => {
    const row = document.createElement("div");
    const meter = document.createElement("meter");
    meter.max = 1;
    meter.value = parts[name];
    meter.setAttribute("aria-label", name);
    row.append(text("dt", name), text("dd", parts[name].toFixed(2)), meter);
    return row;
  });
  $("parts").replaceChildren(...rows);
}

// --- cues and jobs ---------------------------------------------------------------------------

function upsert(list, key, build) {
  list.querySelector(".empty")?.remove();
  let row = list.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!row) {
    row = document.createElement("li");
    row.dataset.key = key;
    list.prepend(row);
    while (list.children.length > KEPT) list.lastElementChild.remove();
  }
  build(row);
}

function showCue(cue) {
  upsert($("cues"), cue.id, (row) => {
    row.dataset.state = cue.state;
    const swatch = text("span", "", "swatch");
    const colour = cue.payload?.colour;
    if (colour && CSS.supports("color", colour)) swatch.style.backgroundColor = colour;
    const where = cue.kiosk_name ?? cue.zone ?? "";
    const name = [where, cue.kind, cue.payload?.pattern].filter(Boolean).join(" · ");
    const took = cue.latency_ms == null ? cue.state : `${cue.state} in ${Math.round(cue.latency_ms)} ms`;
    row.replaceChildren(swatch, text("span", name, "name"), text("span", took, "state"));
  });
}

function showJob(job) {
  upsert($("jobs"), job.id, (row) => {
    row.dataset.state = job.state;
    const share = job.state === "running" ? `${Math.round(job.progress * 100)} %` : job.state;
    row.replaceChildren(
      text("span", job.accelerator.toUpperCase(), "state"),
      text("span", job.kind, "name"),
      text("span", share, "state"),
    );
    if (job.state === "running") {
      const bar = document.createElement("progress");
      bar.max = 1;
      bar.value = job.progress;
      bar.setAttribute("aria-label", `Progress of ${job.kind}`);
      row.append(bar);
    }
  });
}

// --- totals ----------------------------------------------------------------------------------

async function read(path) {
  const answer = await fetch(path, { headers: { Authorization: `Bearer ${token}` } });
  if (!answer.ok) throw Object.assign(new Error(answer.statusText), { status: answer.status });
  return answer.json();
}

function money(cents, currency) {
  return new Intl.NumberFormat("en", { style: "currency", currency }).format(cents / 100);
}

function showLimits(limits) {
  const counted = limits.limits.filter((limit) => limit.enforced && limit.used !== null);
  const rows = counted.map((limit) => {
    const row = document.createElement("li");
    const meter = document.createElement("meter");
    const room = limit.used + limit.remaining;
    meter.max = Math.max(room, 1);
    meter.value = limit.used;
    meter.high = meter.max * 0.9;
    meter.optimum = 0;
    meter.setAttribute("aria-label", `${limit.name} used`);
    row.append(
      text("span", limit.name.replaceAll("_", " ")),
      text("span", `${limit.used} of ${room}`),
      meter,
    );
    return row;
  });
  $("limits").replaceChildren(...rows);
}

async function refreshTotals() {
  try {
    const [usage, bill, limits] = await Promise.all(
      ["/v1/usage", "/v1/invoices/preview", "/v1/limits"].map(read),
    );
    $("mau").textContent = usage.mau.toLocaleString("en");
    if (!bill.billable) {
      $("bill-words").textContent = "Worth so far, not billed";
      $("projected-words").textContent = "At this pace, not billed";
    }
    $("bill").textContent = money(bill.total_cents, bill.currency);
    $("projected").textContent = money(bill.projected_total_cents, bill.currency);
    const kind = limits.livemode ? "live" : "test keys, never billed";
    $("tier").textContent = `Tier ${limits.tier}, version ${limits.tier_version} · ${kind}`;
    showLimits(limits);
  } catch (error) {
    if (error.status === 401) expired();
  }
}

async function showHistory() {
  const [jobs, cues] = await Promise.all(["/v1/jobs?limit=12", "/v1/cues?limit=12"].map(read));
  jobs.data.toReversed().forEach(showJob);
  cues.data.toReversed().forEach(showCue);
}

// --- the socket ------------------------------------------------------------------------------

const show = { score: showScore, cue: showCue, job: showJob };
let over = false;

function expired() {
  over = true;
  status("lost", "Link ended");
  notice("This link has ended. Ask for a new one with POST /v1/view-links.");
}

function listen(wait = 500) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/v1/events`, ["tifo-v1", `view.${token}`]);
  let opened = false;
  socket.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    if (event.type === "hello") {
      opened = true;
      status("live", "Live");
    } else {
      show[event.type]?.(event);
    }
  };
  socket.onclose = ({ code }) => {
    if (code === 4401) return expired();
    if (over) return;
    status("lost", "Reconnecting …");
    setTimeout(() => listen(opened ? 500 : Math.min(wait * 2, 8000)), wait);
  };
}

function animate() {
  curve.draw();
  requestAnimationFrame(animate);
}

if (token) {
  listen();
  showHistory().catch((error) => error.status === 401 && expired());
  refreshTotals();
  setInterval(() => over || refreshTotals(), 2000);
  animate();
} else {
  status("lost", "No link");
  notice("Open this page through the address that POST /v1/view-links answers.");
  curve.draw();
}
