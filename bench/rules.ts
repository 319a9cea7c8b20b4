/**
 * The rules of the cases, as documents. Each has 3 conditions; constants differ from rule to rule, so that
 * no two rules share a test by being equal; and each matches about two events in a million, so that what is
 * measured is evaluation and not the writing of alerts.
 */
import type { JsonObject } from "../src/base/json.ts";
import { DEVICES, HOSTS, serviceName, SERVICES } from "./events.ts";

export const TOPIC = "metrics";

type Test = readonly [field: string, op: string, value: string | number | string[]];

function rule(name: string, tests: readonly Test[], more: JsonObject = {}): JsonObject {
  const conditions = tests.map(([field, op, value]) => ({ field, op, value }));
  return {
    rule_name: name,
    trigger_type: "event",
    trigger_spec: { topics: [TOPIC], conditions },
    ...more,
  };
}

/** Numbers, equality, text and lists in turn; the first kind cannot be found by an index. */
const KINDS: readonly ((i: number, share: number) => Test[])[] = [
  (_, share) => [["cpu", ">", 99 + share], ["mem", ">", 98.5 + share], ["latency_ms", ">", 1960 + share]],
  (i, share) => [["host", "==", `h${i % HOSTS}`], ["status", "==", "failed"], ["cpu", ">", 80 + share]],
  (i, share) => [
    ["service", "starts_with", ["api", "pay", "cart", "mail"][i % 4]!],
    ["latency_ms", ">=", 1999],
    ["cpu", ">", 98 + share],
  ],
  (i, share) => [
    ["service", "in", [serviceName(i % SERVICES), serviceName((i + 7) % SERVICES)]],
    ["status", "==", "failed"],
    ["mem", ">", 99.7 + share / 10],
  ],
];

/** `count` rules on one topic, a quarter of each kind. */
export function variedRules(count: number): JsonObject[] {
  return Array.from({ length: count }, (_, i) => rule(`varied ${i}`, KINDS[i % 4]!(i, i / count)));
}

/** `count` rules, each for one device: `count / DEVICES` of them can match any one event. */
export function deviceRules(count: number): JsonObject[] {
  return Array.from({ length: count }, (_, i) => {
    const device: Test = ["device", "==", `d${i % DEVICES}`];
    return rule(`device ${i}`, [device, ["cpu", ">", 99 + i / count], ["status", "==", "failed"]]);
  });
}

/** A rule that turns every event into an alert and a delivery to `channel`. */
export function everyEventRule(channel: string): JsonObject {
  return rule("every event", [["cpu", ">=", 0], ["mem", ">=", 0]], {
    limits: { alerts_per_minute: null },
    action_spec: { type: "notify", channels: [channel] },
  });
}
