// What a call of the reference page asks for.

export const DRY_RUN = "application/vnd.tifo.dry-run+json";

/**
 * The page offers the first answer of status 2xx in number, which is a dry run's where a call
 * answers 201 or 202. Whoever asks for no dry run asks for JSON, also in the command to copy.
 * @param {SwaggerRequest} request
 */
export function plainlyAsked(request) {
  const headers = request.headers ?? {};
  if (headers["Tifo-Dry-Run"] === "?1") return request;
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() === "accept" && headers[name] === DRY_RUN) {
      headers[name] = "application/json";
    }
  }
  return request;
}
