// An answer that goes on is shown as far as it came in a while: the page would wait for its end.

const STREAM = "text/event-stream";
export const SHOWN_MS = 5_000;

/**
 * @param {SwaggerRequest} request
 * @param {number} shownMs for how long an answer that goes on is read
 */
export function shownInTime(request, shownMs = SHOWN_MS) {
  request.userFetch = (address, options) => begun(address, options, shownMs);
  return request;
}

/**
 * @param {string} address
 * @param {RequestInit} options
 * @param {number} shownMs
 */
async function begun(address, options, shownMs) {
  const answer = await fetch(address, options);
  if (!answer.body || !answer.headers.get("content-type")?.startsWith(STREAM)) return answer;
  const { status, statusText, headers } = answer;
  const text = await firstOf(answer.body, shownMs);
  return new Response(text, { status, statusText, headers });
}

/**
 * What comes of it in so many milliseconds, or until its end; then it is left.
 * @param {ReadableStream<Uint8Array>} body
 * @param {number} shownMs
 */
async function firstOf(body, shownMs) {
  const reader = body.getReader();
  const leaving = setTimeout(() => reader.cancel(), shownMs);
  const decoder = new TextDecoder();
  let text = "";
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    text += decoder.decode(piece.value, { stream: true });
  }
  clearTimeout(leaving);
  return text;
}
