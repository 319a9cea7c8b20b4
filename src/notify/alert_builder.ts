/**
 * From what a step decided to the alert that people see. Pure: the same effect of the same version with the
 * same evidence gives the same alert, live, in a replay and in a simulation. The id is made of what caused
 * the alert (SEMANTICS 21), so every replay makes it again.
 */
import { assertNever } from "../base/assert.ts";
import { instant } from "../base/event_time.ts";
import { derivedId, placedId } from "../base/ids.ts";
import type { JsonObject, JsonScalar } from "../base/json.ts";
import type { AlertEffect, Cause } from "../engine/effects.ts";
import { canonicalKey } from "../engine/group_key.ts";
import type { Plan } from "../engine/plan.ts";
import type { Alert, Evidence } from "../model/alert.ts";
import { type Message, renderMessage } from "../model/message.ts";
import { messageContext } from "../model/message_context.ts";
import { NO_ACTION, type NotifyAction } from "../model/action.ts";
import type { Rule } from "../model/rule.ts";
import { filteredValue } from "./message_filters.ts";

/** Characters of JSON that the events of one alert may take; the oldest give way first. */
export const ALERT_EVENTS_CHARACTERS_MAX = 256_000;

export interface AlertParts {
  rule: Rule;
  rule_id: string;
  plan: Plan;
  effect: AlertEffect;
  /** The evidence that `effect.events` names, in its order. */
  events: readonly Evidence[];
}

export function buildAlert({ rule, rule_id, plan, effect, events }: AlertParts): Alert {
  const key = namedKey(plan, effect.key);
  const alert: Alert = {
    alert_id: alertId(rule_id, plan.generation, effect),
    rule_id,
    rule_name: rule.rule_name,
    rule_version: plan.rule_version,
    severity: rule.severity,
    status: effect.status,
    reason: effect.reason,
    key,
    event_time: instant(effect.event_time),
    fired_at: instant(effect.fired_at),
    resolved_at: effect.resolved_at === null ? null : instant(effect.resolved_at),
    window: windowOf(effect),
    values: { ...effect.values },
    match: null,
    events: [...events],
    event_count: effect.event_count,
    title: "",
    message: "",
    labels: labelsOf(rule, rule_id, key),
    dedup_key: derivedId("dk_", [rule_id, canonicalKey(effect.key)]),
    metadata: {},
    revision: effect.revision,
    degraded: false,
    ack: false,
    ack_at: null,
    ack_by: null,
  };
  const kept = withinBound(events);
  return { ...worded(alert, rule, effect), events: kept, match: matchOf(effect, kept) };
}

/** What is left of an alert that could not be built: its identity, and that it is one. */
export function degradedAlert({ rule, effect, ...parts }: AlertParts): Alert {
  const bare: AlertEffect = { ...effect, steps: null, values: {} };
  const plain: Rule = { ...rule, labels: {}, action: NO_ACTION };
  const alert = buildAlert({ ...parts, rule: plain, effect: bare });
  return { ...alert, degraded: true, message: `${rule.rule_name}: an alert whose details could not be told` };
}

function alertId(ruleId: string, generation: number, { key, cause, ordinal }: AlertEffect): string {
  const parts = [ruleId, generation, canonicalKey(key), ...causeParts(cause), ordinal];
  return placedId("al_", placeOf(cause), parts);
}

/** Where a cause stands among those of its kind. */
export function placeOf(cause: Cause): number {
  switch (cause.kind) {
    case "event":
      return cause.offset;
    case "match":
    case "absence":
    case "timeout":
      return cause.last;
    case "window":
    case "session":
      return cause.start;
    case "schedule":
      return cause.at;
    case "alerts_per_minute":
      return cause.minute;
  }
}

function causeParts(cause: Cause): readonly (string | number)[] {
  switch (cause.kind) {
    case "event":
      return [cause.kind, cause.offset];
    case "window":
      return [cause.kind, cause.start, cause.end];
    case "session":
      return [cause.kind, cause.start];
    case "match":
      return [cause.kind, cause.first, cause.last];
    case "absence":
    case "timeout":
      return [cause.kind, cause.first, cause.last, cause.at];
    case "schedule":
      return [cause.kind, cause.at];
    case "alerts_per_minute":
      return [cause.kind, cause.minute];
    default:
      return assertNever(cause);
  }
}

/** The events by the steps that took them. */
function matchOf({ steps }: AlertEffect, events: readonly Evidence[]): Alert["match"] {
  if (steps === null) return null;
  const match = new Map<string, Evidence[]>();
  for (const [i, step] of steps.entries()) {
    const taken = match.get(step);
    if (taken === undefined) match.set(step, [events[i]!]);
    else taken.push(events[i]!);
  }
  return Object.fromEntries(match);
}

function windowOf({ window }: AlertEffect): Alert["window"] {
  return window && { start: instant(window.start), end: instant(window.end) };
}

/** Members are named as group_by writes them. */
function namedKey(plan: Plan, key: readonly JsonScalar[]): JsonObject {
  return Object.fromEntries(key.map((value, i) => [plan.fields[plan.key[i]!]!, value]));
}

// What the product says of an alert stands above what a rule or a key happens to be called.
function labelsOf(rule: Rule, ruleId: string, key: JsonObject): Record<string, string> {
  const texts = Object.entries(key).map(([name, value]) => [name, value === null ? "" : String(value)]);
  return {
    ...rule.labels,
    ...Object.fromEntries(texts),
    alertname: rule.rule_name,
    rule_id: ruleId,
    severity: rule.severity,
  };
}

function worded(alert: Alert, rule: Rule, effect: AlertEffect): Alert {
  const { title, message } = ruleTexts(alert, rule);
  const titled = { ...alert, title };
  if (effect.cause.kind === "alerts_per_minute") return { ...titled, message: suppressedText(effect) };
  return { ...titled, message: message ?? ownText(titled) };
}

/** What the rule's notify says of an alert; `message` null: nothing. The title comes first: the message may name it. */
export function ruleTexts(
  alert: Alert,
  { action, rule_name }: Pick<Rule, "action" | "rule_name">,
): { title: string; message: string | null } {
  return notifyTexts(alert, { notify: action.notify, rule_name });
}

/** @param results what actions before came to, where it is told of */
export function notifyTexts(
  alert: Alert,
  { notify, rule_name, results }: {
    notify: NotifyAction | null;
    rule_name: string;
    results?: JsonObject;
  },
): { title: string; message: string | null } {
  const rendered = (text: Message, of: Alert) =>
    renderMessage(text, messageContext(of, results), filteredValue);
  const title = notify?.title ? rendered(notify.title, alert) : rule_name;
  return { title, message: notify?.message ? rendered(notify.message, { ...alert, title }) : null };
}

function ownText(alert: Alert): string {
  const { rule_name, key, status, reason, window } = alert;
  const members = Object.entries(key).map(([name, value]) =>
    `${name}=${value === null ? "" : String(value)}`
  );
  const of = members.length === 0 ? "" : ` for ${members.join(", ")}`;
  if (status === "resolved") return `${rule_name}: resolved${of}`;
  if (window !== null) return `${rule_name}: ${valuesText(alert)} from ${window.start} to ${window.end}${of}`;
  if (reason === "schedule") return `${rule_name}: due at ${alert.event_time}`;
  if (reason === "anomaly") {
    return `${rule_name}: ${alert.values.value} is unusual${of} (score ${alert.values.score})`;
  }
  if (reason === "pattern") return `${rule_name}: ${stepsText(alert)} by ${alert.event_time}${of}`;
  if (reason === "absence") {
    return `${rule_name}: ${absenceText(alert)} until ${alert.event_time}${of}`;
  }
  return `${rule_name}: an event of ${alert.event_time} matched${of}`;
}

function valuesText({ values }: Alert): string {
  return Object.entries(values).map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(", ");
}

/** The recipes `heartbeat` and `absence` name their one step "after", which says nothing more. */
function absenceText(alert: Alert): string {
  const steps = stepsText(alert);
  return steps === "after" ? "nothing followed" : `after ${steps} nothing followed`;
}

function stepsText({ values: { steps } }: Alert): string {
  const counts = Object.entries(steps ?? {});
  return counts.map(([name, count]) => count === 1 ? name : `${name} (${count} times)`).join(" → ");
}

function suppressedText({ values, event_time }: AlertEffect): string {
  return `${values.suppressed} further matches in the minute up to ${instant(event_time)} ` +
    "made no alerts of their own: the rule reached its limit alerts_per_minute";
}

/** The newest events that fit; the others keep their offsets. */
function withinBound(events: readonly Evidence[]): Evidence[] {
  let left = ALERT_EVENTS_CHARACTERS_MAX;
  const kept: Evidence[] = [];
  for (const evidence of events.toReversed()) {
    left -= evidence.event === null ? 0 : JSON.stringify(evidence.event).length;
    kept.push(left >= 0 ? evidence : { offset: evidence.offset, event: null, truncated: true });
  }
  return kept.reverse();
}
