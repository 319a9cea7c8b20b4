/** Answers as routes make them. */
import type { JsonObject, JsonValue } from "../src/base/json.ts";

export interface Answer {
  status: number;
  /** null: no body. */
  body: JsonObject | null;
  headers?: Readonly<Record<string, string>>;
}

export function ok(body: JsonObject, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, body, headers };
}

/** One page of a list. */
export function page(items: readonly JsonValue[], next_cursor: string | null): Answer {
  return ok({ items: [...items], next_cursor });
}

export const noContent: Answer = { status: 204, body: null };

export function respond({ status, body, headers }: Answer): Response {
  if (body === null) return new Response(null, { status, ...(headers && { headers }) });
  return jsonResponse(JSON.stringify(body), status, headers);
}

/** `json` is the body's text. */
export function jsonResponse(
  json: string,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(json, { status, headers: { "content-type": "application/json", ...headers } });
}
