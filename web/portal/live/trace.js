// The scores of the last minute, and where each lies on a canvas: newest at the right.

export const SPAN_MS = 60_000;
export const LEVELS = [0, 40, 70, 100];
const LABELS_PX = 34;

/**
 * @param {number} score 0 to 100
 * @param {number} height of the canvas, in CSS pixels
 */
export function heightOf(score, height) {
  return height - 6 - (score / 100) * (height - 22);
}

export class Trace {
  /** @type {{ score: number, at: number }[]} */
  #points = [];

  /**
   * @param {number} score
   * @param {number} at in milliseconds, on the clock that `placed` is asked by
   */
  add(score, at) {
    this.#points.push({ score, at });
    while (this.#points[0] && this.#points[0].at < at - SPAN_MS) this.#points.shift();
  }

  /**
   * @param {number} now
   * @param {{ width: number, height: number }} canvas
   */
  placed(now, { width, height }) {
    return this.#points.map(({ score, at }) => ({
      x: width - ((now - at) / SPAN_MS) * (width - LABELS_PX),
      y: heightOf(score, height),
    }));
  }
}
