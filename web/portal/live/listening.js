// One socket after the other: when to open the next, and when never again.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
const LINK_ENDED = 4401; // the close code of a token that is not good, or no longer

/**
 * How long the attempt after the next one waits: from the start again once a socket has said hello.
 * @param {number} waitMs
 * @param {boolean} opened
 */
export function nextWait(waitMs, opened) {
  return opened ? FIRST_WAIT_MS : Math.min(waitMs * 2, LONGEST_WAIT_MS);
}

/**
 * Listens until the link has ended. `open` makes a socket, `later` is setTimeout.
 * @param {{
 *   open: () => Pick<WebSocket, "onmessage" | "onclose">,
 *   later: (call: () => void, ms: number) => unknown,
 *   isOver: () => boolean,
 *   onLive: () => void,
 *   onLost: () => void,
 *   onEnded: () => void,
 *   onEvent: (event: any) => void,
 * }} given
 * @param {number} [waitMs]
 */
export function listen(given, waitMs = FIRST_WAIT_MS) {
  const socket = given.open();
  let opened = false;
  socket.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    if (event.type === "hello") {
      opened = true;
      given.onLive();
    } else {
      given.onEvent(event);
    }
  };
  socket.onclose = ({ code }) => {
    if (code === LINK_ENDED) {
      given.onEnded();
    } else if (!given.isOver()) {
      given.onLost();
      given.later(() => listen(given, nextWait(waitMs, opened)), waitMs);
    }
  };
}
