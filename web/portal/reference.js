// Swagger UI from our own static files, with nothing asked of any other host.

import { shownInTime } from "./reference/going-on.js";
import { plainlyAsked } from "./reference/plainly.js";

window.addEventListener("DOMContentLoaded", () => {
  window.ui = window.SwaggerUIBundle({
    url: "/openapi.yaml",
    dom_id: "#reference",
    deepLinking: true,
    persistAuthorization: false,
    validatorUrl: null,
    docExpansion: "list",
    requestInterceptor: (request) => shownInTime(plainlyAsked(request)),
  });
});
