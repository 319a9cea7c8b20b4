/** The cases of test/vectors/patterns, and how what they expect is compared. */
import type { JsonObject } from "../../../src/base/json.ts";
import { vectors } from "../../vector_rows.ts";

export interface PatternCase {
  id: string;
  pattern: JsonObject;
  events: { label: string; ts: number; fields: JsonObject }[];
  /** Labels in the order of the steps. */
  matches: string[][];
  named_matches?: Record<string, string[]>[];
  timeouts?: { events: string[]; at: number }[];
  error?: string;
  after?: { active_partials?: number; advance_to?: number };
  requires?: string[];
}

const FILES = [
  "AfterMatchSkipITCase",
  "GreedyITCase",
  "GroupITCase",
  "IterativeConditionsITCase",
  "NFAITCase",
  "NotPatternITCase",
  "SameElementITCase",
  "TimesOrMoreITCase",
  "TimesRangeITCase",
  "UntilConditionITCase",
];

/** Events go by their times here: those that are fed in another order are late. */
const LEFT_OUT = ["unordered_feed"];

export function patternCases(): PatternCase[] {
  return FILES.flatMap((file) => vectors<{ cases: PatternCase[] }>(`patterns/${file}.json`).cases);
}

export function isLeftOut({ requires = [] }: PatternCase): boolean {
  return requires.some((feature) => LEFT_OUT.includes(feature));
}

export function specOf({ pattern }: PatternCase): JsonObject {
  return { topics: ["t"], pattern, time: { field: "ts", unit: "ms", idle_after: "1h" } };
}

export function documentsOf({ events }: PatternCase): JsonObject[] {
  return events.map(({ ts, fields }) => ({ ...fields, ts }));
}

/** As a multiset. */
export function sorted(items: readonly unknown[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort();
}

export function byName(named: Record<string, string[]>): unknown {
  return Object.entries(named).sort(([a], [b]) => a < b ? -1 : 1);
}
