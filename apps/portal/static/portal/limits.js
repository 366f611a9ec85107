// The tiers' published numbers as a table, read from the same address that programs read.

function per(ms) {
  if (ms === 1000) return "a second";
  if (ms % 3_600_000 === 0) return ms === 3_600_000 ? "any 60 minutes" : `any ${ms / 3_600_000} h`;
  return `every ${ms / 1000} s`;
}

function words(limit) {
  if (!limit) return "unlimited";
  const { algorithm, quantity, per_ms: ms, burst } = limit;
  if (algorithm === "concurrency") return `${quantity.toLocaleString("en")} at the same time`;
  if (algorithm === "window") return `${quantity.toLocaleString("en")} in ${per(ms)}`;
  return `${quantity.toLocaleString("en")} ${per(ms)}, burst of ${burst.toLocaleString("en")}`;
}

function row(head, cells) {
  const tr = document.createElement("tr");
  for (const [i, content] of [head, ...cells].entries()) {
    const cell = document.createElement(i === 0 ? "th" : "td");
    cell.textContent = content;
    tr.append(cell);
  }
  return tr;
}

const { data } = await (await fetch("/v1/tiers")).json();
const limit = (tier, name) => words(tier.limits.find((l) => l.name === name));
const users = (tier) =>
  tier.mau_to === null
    ? `${tier.mau_from.toLocaleString("en")} and more`
    : `${tier.mau_from.toLocaleString("en")} to ${tier.mau_to.toLocaleString("en")}`;
document.querySelector("#tiers tbody").replaceChildren(
  row("", data.map((tier) => tier.name)),
  row("Active users a month", data.map(users)),
  row("Price per active user", data.map((tier) => `$${Number(tier.price_per_mau)}${tier.sla ? " + SLA" : ""}`)),
  row("Requests", data.map((tier) => limit(tier, "requests"))),
  row("Generative effects", data.map((tier) => limit(tier, "effects"))),
  row("Live sessions", data.map((tier) => limit(tier, "live_sessions"))),
);
