/**
 * The request of an `api_call` as its document writes it: an endpoint in which `{{ name }}` stands for the
 * value of a field, percent-encoded, and params whose values may be `{"ref": "name"}`. A field named by `key`
 * goes along under its own name.
 */
import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import { secretNameOf } from "./secret_marks.ts";

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;
/** A text, or the name of a value that stands there. */
export type EndpointPart = string | { name: string };

/** Texts and names in turn; the first is a text. */
export function endpointParts(endpoint: string): EndpointPart[] {
  const parts: EndpointPart[] = [];
  let from = 0;
  for (const match of endpoint.matchAll(PLACEHOLDER)) {
    parts.push(endpoint.slice(from, match.index), { name: match[1]! });
    from = match.index + match[0].length;
  }
  return [...parts, endpoint.slice(from)];
}

/** The name that a value of params refers to; null: it is meant as it is. */
export function refOf(value: JsonValue): string | null {
  if (!isObject(value) || Object.keys(value).length !== 1) return null;
  return typeof value.ref === "string" && value.ref !== "" ? value.ref : null;
}

/** Names that a request reads, and the members in which they stand; names of secrets are none of them. */
export function* callNames(
  { endpoint, params, key }: { endpoint: string; params: JsonObject; key: string | null },
): Generator<{ member: string; name: string }> {
  for (const part of endpointParts(endpoint)) {
    if (typeof part === "string" || secretNameOf(part.name) !== null) continue;
    yield { member: "endpoint", name: part.name };
  }
  for (const value of Object.values(params)) {
    const name = refOf(value);
    if (name !== null) yield { member: "params", name };
  }
  if (key !== null) yield { member: "key", name: key };
}

/** Whether a segment of the path of a URL is "." or "..", which readers of URLs take away, and others with it. */
export function climbs(url: string): boolean {
  const [beforeQuery = ""] = url.split(/[?#]/, 1);
  return beforeQuery.split("/").slice(3).some((segment) => /^(\.|%2e){1,2}$/i.test(segment));
}
