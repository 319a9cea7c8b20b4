/**
 * What the default messages of channels tell of an alert besides title and message: a headline, and its key,
 * values and metadata as pairs of texts. Made of the alert alone, so that every attempt says the same.
 */
import type { JsonValue } from "../base/json.ts";
import type { Alert } from "../model/alert.ts";
import type { Message } from "./channel.ts";
import { oneLine, plainText } from "./cut_text.ts";

export interface Fact {
  name: string;
  value: string;
}

/** "[CRITICAL] High CPU", "[RESOLVED] High CPU" or "[TEST] …", on one line. */
export function headline({ kind, alert }: Message): string {
  return `[${kind === "test" ? "TEST" : stateOf(alert)}] ${titleOf(alert)}`;
}

function stateOf({ status, severity }: Alert): string {
  return (status === "resolved" ? status : severity).toUpperCase();
}

/** The title on one line; the rule's name where it is blank. */
export function titleOf({ title, rule_name }: Alert): string {
  return oneLine(title) || oneLine(rule_name);
}

/** Key, values and metadata in this order; a name that comes again, null and blank texts are left out. */
export function factsOf({ key, values, metadata }: Alert): Fact[] {
  const facts = new Map<string, string>();
  for (const [name, value] of [key, values, metadata].flatMap((part) => Object.entries(part))) {
    const text = printed(value);
    if (text.trim() !== "" && !facts.has(name)) facts.set(name, text);
  }
  return [...facts].map(([name, value]) => ({ name: oneLine(name) || "-", value }));
}

/** When it happened: RFC 3339. */
export function timeOf(alert: Alert): string {
  return alert.resolved_at ?? alert.fired_at;
}

function printed(value: JsonValue): string {
  if (value === null) return "";
  return plainText(typeof value === "object" ? JSON.stringify(value) : String(value));
}
