/**
 * Documents of random members and values: each is refused with faults or read as a rule that compiles, and
 * whose effective document is the same rule.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { compileRule } from "../../src/engine/compile.ts";
import { effective } from "../../src/model/effective_rule.ts";
import { parseRule } from "../../src/model/rule.ts";
import { EVERYTHING } from "../model/built.ts";

const BUILT = new Set([...EVERYTHING].filter((feature) => feature !== "api_call enrichments"));

const words = fc.constantFrom(
  ...["", "5m", "1h", "0s", "avg", "median", "percentile", "count", "tumbling", "sliding", "session", "a"],
  ...["lookup", "calculate", "aggregate", "moving", "previous_window", "cpu", "key.a", "owner.team", "owner"],
  ...["* * * * *", "UTC", "runtime", "payload", "zscore", "on_change", "a + b", "redis://t", ">", "x"],
);
const scalar = fc.oneof(words, fc.constantFrom(0, 1, 5, 60, 1.5, -1, 1e12), fc.boolean(), fc.constant(null));

const MEMBERS = [
  ...[
    "field",
    "op",
    "value",
    "conditions",
    "logic",
    "topics",
    "source",
    "value_path",
    "metric_name",
    "threshold",
  ],
  ...["group_by", "time", "duration", "window_config", "window", "aggregation", "aggregations", "having"],
  ...["enrichments", "endpoint", "method", "params", "interval", "interval_seconds", "timeout_ms"],
  ...["anomaly_method", "anomaly_config", "baseline_values", "baseline_window", "cron", "timezone", "missed"],
  ...[
    "type",
    "size",
    "slide",
    "gap",
    "offset",
    "max_duration",
    "emit",
    "emit_empty",
    "as",
    "percentile_value",
  ],
  ...[
    "name",
    "table",
    "key",
    "fields",
    "default",
    "formula",
    "function",
    "of",
    "alpha",
    "multiplier",
    "unit",
  ],
  ...["watermark_delay", "allowed_lateness", "idle_after", "size_seconds", "output_alias"],
];

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...MEMBERS), tie("value"), { maxKeys: 4 }),
  ),
}));

/** Parts that are good by themselves, so that many documents get past their schema. */
const PARTS: Record<string, unknown>[] = [
  { topics: ["t"] },
  { field: "cpu", op: ">", value: 1 },
  { conditions: [{ field: "owner.team", value: "x" }] },
  { window_config: { type: "tumbling", size: "5m" } },
  { window_config: { type: "count", size: 5 } },
  { aggregation: { type: "avg", field: "cpu", threshold: 5 } },
  { aggregation: "avg", duration: "5m" },
  { aggregations: [{ as: "a", type: "percentile", field: "owner.tier", percentile_value: 5 }] },
  { having: { field: "a", op: ">", value: 5 }, aggregations: [{ as: "a", type: "count" }] },
  { enrichments: [{ type: "lookup", name: "owner", table: "t", key: "host" }] },
  { enrichments: [{ type: "calculate", name: "owner", formula: "a + b.c" }] },
  { enrichments: [{ type: "aggregate", name: "owner", field: "cpu", of: "previous_window" }] },
  { value_path: "cpu", threshold: 5 },
  { value_path: "cpu" },
  { group_by: "host, zone" },
  { time: { watermark_delay: "5s" } },
  { endpoint: "/runtime/m", interval: "5m" },
  { cron: "* * * * *" },
  { baseline_values: [1, "2"], anomaly_config: { alpha: 5 } },
];

const spec = fc.tuple(
  fc.subarray(PARTS, { maxLength: 4 }),
  fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(fc.constantFrom(...MEMBERS), value, { maxKeys: 3 }) },
  ),
).map(([parts, rest]) => Object.assign({}, ...parts, rest) as Record<string, unknown>);

const document = fc.record({
  rule_name: fc.constant("r"),
  trigger_type: fc.constantFrom("event", "metric", "anomaly", "schedule"),
  trigger_spec: spec,
  for: fc.constantFrom("5m", "0s", 5, null),
  keep_firing_for: fc.constantFrom("5m", null),
  limits: fc.constantFrom({}, { events_per_window: 3 }, null),
}, { requiredKeys: ["rule_name", "trigger_type", "trigger_spec"] });

Deno.test("property: any document is refused with faults, or read as a rule that compiles", () => {
  let read = 0;
  fc.assert(
    fc.property(document, (given) => {
      const parsed = parseRule(given, "save", BUILT);
      if (!parsed.ok) return assert(parsed.errors.every(({ message }) => message !== ""));
      read++;
      const plan = compileRule(parsed.rule, { rule_id: "r", version: 1, generation: 1 });
      assert.deepEqual(structuredClone(plan), plan);
      const again = parseRule(JSON.parse(JSON.stringify(effective(parsed.rule))), "save", BUILT);
      assert.deepEqual(again.ok && again.rule, parsed.rule);
    }),
    { numRuns: 3_000 },
  );
  assert(read > 200, `only ${read} documents were read`);
});
