/**
 * An event of PagerDuty's Events API v2 as an alert becomes one. Details that would make it larger than
 * PagerDuty takes (512 KB, read as 512,000 bytes) give way to a note; the event is sent all the same.
 */
import { derivedId } from "../base/ids.ts";
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { type Alert, severitySchema } from "../model/alert.ts";
import type { Message } from "./channel.ts";
import { cutText, oneLine, utf8Bytes } from "./cut_text.ts";
import { titleOf } from "./facts.ts";

const SUMMARY_CHARS_MAX = 1024;
const SOURCE_CHARS_MAX = 255;
const DEDUP_KEY_CHARS_MAX = 255;
const EVENT_BYTES_MAX = 512_000;
const HASHED_CHARS = 24;

/** Members of the payload that a template may say, and their limits. */
const TEXTS = {
  summary: SUMMARY_CHARS_MAX,
  source: SOURCE_CHARS_MAX,
  component: SOURCE_CHARS_MAX,
  group: SOURCE_CHARS_MAX,
  class: SOURCE_CHARS_MAX,
};

/** Only a resolve needs no payload. */
export function pagerdutyEvent({ kind, alert, words }: Message, routingKey: string): object {
  const event = {
    routing_key: routingKey,
    dedup_key: dedupKeyOf(alert.dedup_key),
    event_action: kind === "ack" ? "acknowledge" : alert.status === "resolved" ? "resolve" : "trigger",
    client: "Tocsin",
  };
  const own = {
    summary: summaryOf(alert, kind),
    source: sourceOf(alert),
    severity: alert.severity,
    timestamp: alert.resolved_at ?? alert.fired_at,
    component: cutText(oneLine(alert.rule_name), SOURCE_CHARS_MAX),
    class: alert.reason,
  };
  const { custom_details = detailsOf(alert), ...payload } = { ...own, ...worded(words?.json) };
  const whole = { ...event, payload: { ...payload, custom_details } };
  if (utf8Bytes(JSON.stringify(whole)) <= EVENT_BYTES_MAX) return whole;
  return { ...event, payload: { ...payload, custom_details: tooLarge(alert) } };
}

/** What a template says of the payload, where PagerDuty takes it; the rest is as without one. */
function worded(json: JsonValue | undefined): Partial<Record<string, JsonValue>> {
  if (!isObject(json)) return {};
  const texts = Object.entries(TEXTS).flatMap(([name, limit]) => {
    const text = typeof json[name] === "string" ? cutText(oneLine(json[name]), limit) : "";
    return text === "" ? [] : [[name, text] as const];
  });
  const severity = severitySchema.safeParse(json.severity);
  return {
    ...Object.fromEntries(texts),
    ...(severity.success ? { severity: severity.data } : {}),
    ...(json.custom_details === undefined ? {} : { custom_details: json.custom_details }),
  };
}

function summaryOf(alert: Alert, kind: Message["kind"]): string {
  const message = oneLine(alert.message);
  const title = kind === "test" ? `[TEST] ${titleOf(alert)}` : titleOf(alert);
  return cutText(message === "" ? title : `${title}: ${message}`, SUMMARY_CHARS_MAX);
}

/** What is affected: the key's members, else the rule. */
function sourceOf({ key, rule_name, rule_id }: Alert): string {
  const members = Object.values(key).filter((value) => value !== null).map((value) => oneLine(String(value)));
  return cutText(members.join(" ").trim() || oneLine(rule_name) || rule_id, SOURCE_CHARS_MAX);
}

function detailsOf(
  { alert_id, message, key, values, window, event_count, metadata, labels }: Alert,
): JsonObject {
  return { alert_id, message, key, values, window, event_count, metadata, labels };
}

function tooLarge({ alert_id }: Alert): JsonObject {
  return { alert_id, note: "The details of this alert are too large for PagerDuty: see the alert itself." };
}

/** Keys that differ only past the limit must stay different. */
function dedupKeyOf(key: string): string {
  if ([...key].length <= DEDUP_KEY_CHARS_MAX) return key;
  return cutText(key, DEDUP_KEY_CHARS_MAX - HASHED_CHARS) + derivedId("-", [key]);
}
