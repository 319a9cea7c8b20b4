/**
 * ETag and Location of an answer that was kept: the store keeps status and body, and both headers are said
 * in the body of a rule or channel already.
 */
import { isObject, type JsonValue } from "../src/base/json.ts";
import type { Reply } from "../src/store/event_log.ts";
import { etag } from "./etag.ts";

const CREATED = 201;
/** POSTs that answer a rule or channel. */
const NOUNS = /^(\/api\/v1\/(?:rules|channels))(?:\/[^/]+\/(?:enable|disable))?$/;

/** @param path of the request that `kept` answered */
export function nounHeaders(
  path: string,
  kept: Pick<Reply, "status" | "body">,
): Readonly<Record<string, string>> {
  const list = NOUNS.exec(path)?.[1];
  if (list === undefined) return {};
  const noun: JsonValue = JSON.parse(kept.body);
  if (!isObject(noun) || typeof noun.version !== "number") return {};
  const id = noun.rule_id ?? noun.channel_id;
  if (kept.status !== CREATED || typeof id !== "string") return etag(noun.version);
  return { ...etag(noun.version), location: `${list}/${encodeURIComponent(id)}` };
}
