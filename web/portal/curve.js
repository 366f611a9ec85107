// The score over the last minute, drawn on a canvas: one point per event, newest at the right.

import { heightOf, LEVELS, Trace } from "./live/trace.js";

export class Curve {
  #trace = new Trace();

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  /**
   * @param {number} score 0 to 100
   * @param {number} at on the clock of `performance.now()`
   */
  add(score, at) {
    this.#trace.add(score, at);
  }

  draw(now = performance.now()) {
    const { width, height } = this.#fit();
    this.#grid(width, height);
    const points = this.#trace.placed(now, { width, height });
    if (points.length >= 2) this.#area(points, height);
  }

  #fit() {
    const scale = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.canvas.width !== across) this.canvas.width = across; // setting it clears the canvas
    if (this.canvas.height !== down) this.canvas.height = down;
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    this.context.clearRect(0, 0, width, height);
    return { width, height };
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  #grid(width, height) {
    const c = this.context;
    c.font = "11px system-ui, sans-serif";
    c.fillStyle = "#9aa1b5";
    c.strokeStyle = "#272c3b";
    c.lineWidth = 1;
    for (const level of LEVELS) {
      const y = heightOf(level, height);
      c.fillText(String(level), 0, y + 4);
      c.beginPath();
      c.moveTo(30, y);
      c.lineTo(width, y);
      c.stroke();
    }
  }

  /**
   * @param {{ x: number, y: number }[]} points two or more
   * @param {number} height
   */
  #area(points, height) {
    const c = this.context;
    const line = new Path2D();
    for (const { x, y } of points) line.lineTo(x, y); // the first one moves
    const fill = new Path2D(line);
    fill.lineTo(points.at(-1)?.x ?? 0, height);
    fill.lineTo(points[0]?.x ?? 0, height);
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
