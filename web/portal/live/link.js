// The link that opened the page: its token, and what is asked with it.

/**
 * The token behind the # of the address, or "" for anything else, a key above all: addresses lie
 * in histories.
 * @param {string} hash
 */
export function tokenOf(hash) {
  const told = hash.slice(1);
  return told.startsWith("view_") ? told : "";
}

/**
 * The address of the events, on the host that served the page.
 * @param {{ protocol: string, host: string }} location
 */
export function eventsAddress({ protocol, host }) {
  return `${protocol === "https:" ? "wss" : "ws"}://${host}/v1/events`;
}

/**
 * The subprotocols that carry the token: a browser's socket can set no header.
 * @param {string} token
 */
export function subprotocols(token) {
  return ["tifo-v1", `view.${token}`];
}

/** The API answered with another status than a good one. */
export class Refused extends Error {
  /**
   * @param {string} message
   * @param {number} status
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * Did the API say that the link has ended?
 * @param {unknown} error
 */
export function hasEnded(error) {
  return error instanceof Refused && error.status === 401;
}

/**
 * A function that reads paths of the API with the token.
 * @param {string} token
 * @param {typeof globalThis.fetch} fetch
 */
export function reader(token, fetch) {
  /**
   * @param {string} path
   * @returns {Promise<any>}
   */
  return async (path) => {
    const answer = await fetch(path, { headers: { Authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Refused(answer.statusText, answer.status);
    return answer.json();
  };
}
