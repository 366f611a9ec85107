const DRY_RUN = "application/vnd.tifo.dry-run+json";

// The page offers the first answer of status 2xx in number, which is a dry run's where a call answers
// 201 or 202. Whoever asks for no dry run asks for JSON, also in the command to copy.
function plainlyAsked(request) {
  const { headers } = request;
  for (const name of Object.keys(headers ?? {})) {
    if (name.toLowerCase() === "accept" && headers[name] === DRY_RUN && headers["Tifo-Dry-Run"] !== "?1") {
      headers[name] = "application/json";
    }
  }
  return request;
}

// Swagger UI from our own static files, with nothing asked of any other host.
window.addEventListener("DOMContentLoaded", () => {
  window.ui = window.SwaggerUIBundle({
    url: "/openapi.yaml",
    dom_id: "#reference",
    deepLinking: true,
    persistAuthorization: false,
    validatorUrl: null,
    docExpansion: "list",
    requestInterceptor: plainlyAsked,
  });
});
