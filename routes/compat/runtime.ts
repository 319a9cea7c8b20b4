/** /runtime/<endpoint>: the active API definition of that path is run, with the caller's name from X-Executed-By. */
import * as z from "zod";
import { isObject, type JsonObject } from "../../src/base/json.ts";
import { Problem } from "../../src/base/problem.ts";
import type { RouteContext } from "../route_table.ts";
import { RateLimit } from "../rate_limit.ts";
import type { CompatTable } from "./compat_table.ts";
import { jsonObject } from "./validation.ts";

/** Requests of one caller within the span (compat). */
const REQUESTS_MAX = 120;
const SPAN_MS = 60_000;
const NAME_CHARACTERS_MAX = 100;

export function runtimeRoutes(table: CompatTable, { deps }: RouteContext): void {
  const limit = new RateLimit({ clock: deps.clock, requests: REQUESTS_MAX, spanMs: SPAN_MS });
  const answer = async (request: Request, body: JsonObject | null) => {
    const executedBy = (request.headers.get("x-executed-by") ?? "anonymous").slice(0, NAME_CHARACTERS_MAX);
    if (!limit.take(executedBy)) {
      throw new Problem({
        ...{ status: 429, code: "rate_limited", detail: "Rate limit exceeded" },
        headers: { "retry-after": String(limit.secondsLeft(executedBy)) },
      });
    }
    const url = new URL(request.url);
    const query = Object.fromEntries(url.searchParams);
    const { method } = request;
    return {
      data: await deps.runtime.data({ method, path: url.pathname, query, body, executedBy }),
    };
  };
  const body = z.looseObject({ params: jsonObject.nullish() });
  // The query is the definition's own.
  const query = z.looseObject({});
  table.on("GET", "/runtime/*", { query }, ({ request }) => answer(request, null));
  for (const method of ["POST", "PUT", "DELETE"] as const) {
    table.on(method, "/runtime/*", { query, body }, ({ request, body: given }) => {
      return answer(request, isObject(given) ? given : {});
    });
  }
}
