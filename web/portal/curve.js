// The score over the last minute, drawn on a canvas: one point per event, newest at the right.

const SPAN_MS = 60_000;

export class Curve {
  #points = [];

  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  add(score, at) {
    this.#points.push({ score, at });
    while (this.#points.length && this.#points[0].at < at - SPAN_MS) this.#points.shift();
  }

  draw(now = performance.now()) {
    const { width, height } = this.#fit();
    const y = (score) => height - 6 - (score / 100) * (height - 22);
    const x = (at) => width - ((now - at) / SPAN_MS) * (width - 34);
    this.#grid(width, y);
    if (this.#points.length < 2) return;
    this.#area(x, y, height);
  }

  #fit() {
    const scale = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (this.canvas.width !== Math.round(width * scale)) this.canvas.width = Math.round(width * scale);
    if (this.canvas.height !== Math.round(height * scale)) this.canvas.height = Math.round(height * scale);
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    this.context.clearRect(0, 0, width, height);
    return { width, height };
  }

  #grid(width, y) {
    const c = this.context;
    c.font = "11px system-ui, sans-serif";
    c.fillStyle = "#9aa1b5";
    c.strokeStyle = "#272c3b";
    c.lineWidth = 1;
    for (const level of [0, 40, 70, 100]) {
      c.fillText(String(level), 0, y(level) + 4);
      c.beginPath();
      c.moveTo(30, y(level));
      c.lineTo(width, y(level));
      c.stroke();
    }
  }

  #area(x, y, height) {
    const c = this.context;
    const line = new Path2D();
    this.#points.forEach(({ score, at }, i) => line[i ? "lineTo" : "moveTo"](x(at), y(score)));
    const fill = new Path2D(line);
    fill.lineTo(x(this.#points.at(-1).at), height);
    fill.lineTo(x(this.#points[0].at), height);
    const glow = c.createLinearGradient(0, 0, 0, height);
    glow.addColorStop(0, "rgba(255, 77, 109, .55)");
    glow.addColorStop(1, "rgba(255, 176, 0, .03)");
    c.fillStyle = glow;
    c.fill(fill);
    c.strokeStyle = "#ffb000";
    c.lineWidth = 2.5;
    c.lineJoin = "round";
    c.stroke(line);
  }
}
