// The elements that the live page's template names, and small ones to put into them.

/**
 * The element of this id: the template has it, so its absence is a mistake of ours.
 * @param {string} id
 */
export function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}

/**
 * @param {string} tag
 * @param {string} content
 * @param {string} [className]
 */
export function text(tag, content, className) {
  const made = document.createElement(tag);
  made.textContent = content;
  if (className) made.className = className;
  return made;
}

/**
 * A bar that a screen reader names by its label.
 * @template {"meter" | "progress"} Tag
 * @param {Tag} tag
 * @param {{ label: string, value: number, max: number }} told
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function bar(tag, { label, value, max }) {
  const made = document.createElement(tag);
  made.max = max;
  made.value = value;
  made.setAttribute("aria-label", label);
  return made;
}

/**
 * @param {"live" | "lost"} state
 * @param {string} words
 */
export function showStatus(state, words) {
  element("status").dataset.state = state;
  element("status").textContent = words;
}

/** @param {string} words */
export function showNotice(words) {
  element("notice").textContent = words;
  element("notice").hidden = false;
}
