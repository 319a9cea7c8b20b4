/**
 * Which form of body a request says it sends. Decided by Content-Type alone, but for CloudEvents in binary
 * mode, whose `ce-*` headers decide (CloudEvents HTTP binding 1.0.2, section 3.1). Anything unknown is 415:
 * a body is never guessed at.
 */
import { Problem } from "../base/problem.ts";

export type BodyForm = "json" | "ndjson" | "cloudevent" | "cloudevent_batch" | "cloudevent_binary";

/** The same content types come again and again; an attacker's own ones must not pile up. */
const KNOWN_TYPES_MAX = 64;
const known = new Map<string, BodyForm | null>([["application/json", "json"]]);

export const NDJSON_TYPES = [
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/x-jsonlines",
] as const;
const FORMS: Readonly<Record<string, BodyForm>> = {
  "application/json": "json",
  ...Object.fromEntries(NDJSON_TYPES.map((type) => [type, "ndjson" as const])),
  "application/cloudevents+json": "cloudevent",
  "application/cloudevents-batch+json": "cloudevent_batch",
};

/** @throws Problem 415 */
export function bodyForm(headers: Headers): BodyForm {
  const type = headers.get("content-type");
  const form = type === null ? null : formOfType(type);
  if (form === "cloudevent" || form === "cloudevent_batch") return form;
  if (hasCloudEventHeaders(headers)) return "cloudevent_binary";
  if (form === null) throw unsupportedType(type, Object.keys(FORMS));
  return form;
}

/** 415 that names what would be taken. */
export function unsupportedType(type: string | null, taken: readonly string[]): Problem {
  return new Problem({
    status: 415,
    code: "unsupported_media_type",
    detail: `Cannot read the body as one of ${taken.join(", ")} (UTF-8): Content-Type is ${
      type === null ? "missing" : JSON.stringify(type.slice(0, 100))
    }`,
  });
}

/** No body is unpacked: what it unpacks to has no bound. @throws Problem 415 */
export function refuseEncoded(headers: Headers): void {
  const encoding = headers.get("content-encoding");
  if (encoding === null || encoding === "identity") return;
  throw new Problem({
    status: 415,
    code: "unsupported_content_encoding",
    detail: "Cannot read the body: expected no Content-Encoding",
    headers: { "accept-encoding": "identity" },
  });
}

/** The media type in lower case and whether its charset is UTF-8 (or not named). */
export function mediaType(text: string): { type: string; utf8: boolean } {
  const [type = "", ...parameters] = text.split(";");
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/i.exec(one)?.[1]).find(
    Boolean,
  );
  return {
    type: type.trim().toLowerCase(),
    utf8: charset === undefined || /^utf-?8$/i.test(charset),
  };
}

function formOfType(text: string): BodyForm | null {
  const seen = known.get(text);
  if (seen !== undefined) return seen;
  const { type, utf8 } = mediaType(text);
  const form = utf8 && Object.hasOwn(FORMS, type) ? FORMS[type]! : null;
  if (known.size < KNOWN_TYPES_MAX) known.set(text, form);
  return form;
}

function hasCloudEventHeaders(headers: Headers): boolean {
  return headers.has("ce-specversion") || headers.has("ce-id") || headers.has("ce-type");
}
