/**
 * One test of a rule file: events with times through the simulator under virtual time, without a server, and what
 * differs from what it expects. `at` of an event is a time, or a duration from {@linkcode START}; it is written
 * where the rule reads event time.
 */
import { parseDuration } from "../src/base/duration.ts";
import type { Clock } from "../src/base/clock.ts";
import { instant, timeOf } from "../src/base/event_time.ts";
import { isObject, type JsonObject, type JsonValue } from "../src/base/json.ts";
import { readDraft } from "../actors/rule_document.ts";
import { simulate } from "../actors/simulation.ts";
import { nearestName } from "../src/model/nearest_name.ts";
import { usageError } from "./command.ts";
import type { FiledRule } from "./rule_files.ts";

/** Where durations begin: 2026-01-01T00:00:00Z. */
export const START = 1_767_225_600_000;
const MEMBERS = ["name", "events", "advance_to", "received_at", "call_answers", "expect"];
const EXPECTED = ["count", "alerts"];

export interface TestOutcome {
  rule_id: string;
  name: string;
  passed: boolean;
  /** What differs, a line each. */
  differences: string[];
}

/** @throws CommandError for a test that cannot be read, Problem for a rule that is refused */
export async function runRuleTest(rule: FiledRule, test: JsonValue, clock: Clock): Promise<TestOutcome> {
  const read = readTest(rule, test);
  const drafted = readDraft(rule.doc);
  const field = drafted.trigger.time.field ?? "timestamp";
  const result = await simulate({
    rule: drafted,
    rule_id: rule.rule_id || "rule",
    events: read.events.map((event) => dated(event, field, read.place)),
    received_at: read.received_at === undefined
      ? null
      : timeAt(read.received_at, `${read.place}: received_at`),
    advance_to: advanceOf(read.advance_to, read.place),
    ...(isObject(read.call_answers) && { call_answers: read.call_answers }),
  }, clock);
  const differences = compare(result.alerts as unknown as JsonObject[], read.expect);
  return { rule_id: rule.rule_id, name: read.name, passed: differences.length === 0, differences };
}

function readTest({ file, rule_id }: FiledRule, test: JsonValue) {
  if (!isObject(test)) throw usageError(`${file}: a test of "${rule_id}" is no object`);
  const name = typeof test.name === "string" ? test.name : "unnamed";
  const place = `${file}: test "${name}" of "${rule_id}"`;
  refuseUnknown(test, MEMBERS, place);
  const { events, expect, advance_to, received_at, call_answers } = test;
  if (!Array.isArray(events) || !events.every(isObject)) {
    throw usageError(`${place}: events is no list of objects`);
  }
  if (!isObject(expect)) throw usageError(`${place}: expect is required: {count} or {alerts}`);
  refuseUnknown(expect, EXPECTED, `${place}: expect`);
  if (expect.count === undefined && expect.alerts === undefined) {
    throw usageError(`${place}: expect says nothing: give count or alerts`);
  }
  if (expect.alerts !== undefined && !Array.isArray(expect.alerts)) {
    throw usageError(`${place}: expect.alerts is no list`);
  }
  return { name, place, events: events as JsonObject[], expect, advance_to, received_at, call_answers };
}

function refuseUnknown(given: JsonObject, known: readonly string[], place: string): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  throw usageError(`${place}: unknown member "${unknown}"${nearest ? `: did you mean "${nearest}"?` : ""}`);
}

/** An event with `at` where the rule reads its time. */
function dated({ at, ...event }: JsonObject, field: string, place: string): JsonObject {
  return at === undefined ? event : { ...event, [field]: instant(timeAt(at, `${place}: at`)) };
}

function advanceOf(given: JsonValue | undefined, place: string): "end" | number | null {
  if (given === undefined || given === "end") return "end";
  return given === null ? null : timeAt(given, `${place}: advance_to`);
}

function timeAt(given: JsonValue, place: string): number {
  const after = typeof given === "string" ? parseDuration(given) : undefined;
  const time = after === undefined ? timeOf(given, null) : START + after;
  if (!Number.isNaN(time)) return time;
  throw usageError(`${place}: cannot use ${JSON.stringify(given)}: expected a time or a duration like "90s"`);
}

function compare(alerts: readonly JsonObject[], { count, alerts: expected }: JsonObject): string[] {
  const wanted = Array.isArray(expected) ? expected : null;
  const number = count ?? wanted?.length;
  const differing = alerts.length === number ? [] : [`alerts: expected ${number}, got ${alerts.length}`];
  if (wanted === null) return differing;
  const parts = wanted.flatMap((one, i) =>
    alerts[i] === undefined ? [] : missing(one, alerts[i], `alerts/${i}`)
  );
  const extra = alerts.slice(wanted.length).map((alert) => `not expected: ${briefly(alert)}`);
  return [...differing, ...parts, ...(count === undefined ? extra : [])];
}

/** What `expected` says that `actual` does not; members that it does not name may be anything. */
function missing(expected: JsonValue, actual: JsonValue | undefined, at: string): string[] {
  if (isObject(expected) && isObject(actual)) {
    return Object.entries(expected).flatMap(([name, value]) => missing(value, actual[name], `${at}/${name}`));
  }
  if (JSON.stringify(expected) === JSON.stringify(actual)) return [];
  return [
    `${at}: expected ${JSON.stringify(expected)}, got ${
      actual === undefined ? "nothing" : JSON.stringify(actual)
    }`,
  ];
}

function briefly({ event_time, key, title }: JsonObject): string {
  return JSON.stringify({ event_time, key, title });
}
