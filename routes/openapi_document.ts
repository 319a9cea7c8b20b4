/**
 * GET /api/v1/openapi.json: what every route takes and answers. Made when it is first asked
 * for, then kept. It tells nothing of data, and the page at /docs links to it: it is served to anybody.
 */
import { createHash } from "node:crypto";
import { jsonResponse } from "./answer.ts";
import { isKnown } from "./etag.ts";
import { type AllRoutes, openapiDocument } from "./openapi/document.ts";
import type { RouteTable } from "./route_table.ts";

/** @param all every route, once all are registered */
export function openapiRoutes(routes: RouteTable, all: () => AllRoutes): void {
  let made: { json: string; etag: string } | null = null;
  routes.raw("GET", "/api/v1/openapi.json", (request) => {
    const { json, etag } = made ??= tagged(openapiDocument(all()));
    const headers = { etag, "cache-control": "no-cache" };
    if (isKnown(request.headers, etag)) return new Response(null, { status: 304, headers });
    return jsonResponse(json, 200, headers);
  }, "open");
}

function tagged(document: object): { json: string; etag: string } {
  const json = JSON.stringify(document);
  const hash = createHash("sha256").update(json).digest("base64url").slice(0, 22);
  return { json, etag: `"${hash}"` };
}
