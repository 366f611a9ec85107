// Swagger UI's bundle is a script of its own, which the page loads first.

interface SwaggerRequest {
  url?: string;
  headers?: Record<string, string>;
  userFetch?: (address: string, options: RequestInit) => Promise<Response>;
}

interface Window {
  SwaggerUIBundle(settings: {
    url: string;
    dom_id: string;
    deepLinking: boolean;
    persistAuthorization: boolean;
    validatorUrl: null;
    docExpansion: string;
    requestInterceptor(request: SwaggerRequest): SwaggerRequest;
  }): unknown;
  ui: unknown;
}
