/** aggregation, aggregations and having: spellings, names, metric sugar, and what is refused. */
import assert from "node:assert/strict";
import { parseRule, type Trigger } from "../../src/model/rule.ts";
import { EVERYTHING } from "./built.ts";

function parse(spec: Record<string, unknown>, trigger_type = "metric") {
  return parseRule({ rule_name: "r", trigger_type, trigger_spec: spec }, "save", EVERYTHING);
}

function trigger(spec: Record<string, unknown>): Trigger {
  const parsed = parse(spec);
  assert(parsed.ok, JSON.stringify(parsed));
  return parsed.rule.trigger;
}

/** Faults as "pointer code: message", pointers within trigger_spec. */
function faults(spec: Record<string, unknown>): string[] {
  const parsed = parse(spec);
  return parsed.ok
    ? []
    : parsed.errors.map(({ pointer, code, message }) =>
      `${pointer.replace("/trigger_spec", "")} ${code}: ${message}`
    );
}

function warnings(spec: Record<string, unknown>): string[] {
  const parsed = parse(spec);
  assert(parsed.ok, JSON.stringify(parsed));
  return parsed.warnings.map(({ pointer }) => pointer.replace("/trigger_spec", ""));
}

const WINDOW = { window_config: { type: "tumbling", size: "5m" } };

const TYPES: [written: string, type: string, percentile: number | null][] = [
  ["count", "count", null],
  ["sum", "sum", null],
  ["average", "avg", null],
  ["mean", "avg", null],
  [" AVG ", "avg", null],
  ["std", "stddev_samp", null],
  ["stddev", "stddev_samp", null],
  ["stddev_pop", "stddev_pop", null],
  ["median", "percentile_cont", 50],
  ["percentile", "percentile_cont", 95],
  ["percentile_disc", "percentile_disc", 95],
  ["distinct", "distinct", null],
  ["rate", "rate", null],
  ["range", "range", null],
];

for (const [written, type, percentile] of TYPES) {
  Deno.test(`aggregation of type "${written}" is ${type}`, () => {
    const [one] = trigger({ ...WINDOW, aggregations: [{ type: written, field: "v", percentile_value: 95 }] })
      .aggregates;
    assert.deepEqual(one, {
      as: written.trim().toLowerCase(),
      type,
      field: "v",
      percentile_value: percentile,
    });
  });
}

Deno.test("a window without aggregation counts", () => {
  assert.deepEqual(trigger(WINDOW).aggregates, [
    { as: "count", type: "count", field: null, percentile_value: null },
  ]);
});

Deno.test("an aggregate is named by as, else output_alias, else its type as written", () => {
  const names = (one: object) => trigger({ ...WINDOW, aggregation: { type: "std", field: "v", ...one } });
  assert.equal(names({ as: "a" }).aggregates[0]!.as, "a");
  assert.equal(names({ outputAlias: "b" }).aggregates[0]!.as, "b");
  assert.equal(names({}).aggregates[0]!.as, "std");
});

Deno.test("aggregation comes before aggregations", () => {
  const { aggregates } = trigger({
    ...WINDOW,
    aggregation: { type: "max", field: "v" },
    aggregations: [{ type: "count" }],
  });
  assert.deepEqual(aggregates.map(({ as }) => as), ["max", "count"]);
});

Deno.test("threshold and op of an aggregation become a test of having, beside what is written there", () => {
  const { having } = trigger({
    ...WINDOW,
    aggregation: { type: "avg", field: "v", as: "a", threshold: "80" },
    having: { field: "a", op: "<", value: 100 },
  });
  assert.deepEqual(
    having?.conditions.map((node) => node.kind === "test" && [node.field, node.op, node.value]),
    [
      ["a", "<", { kind: "const", value: 100 }],
      ["a", ">", { kind: "const", value: 80 }],
    ],
  );
});

Deno.test("group_by of an aggregation is the rule's", () => {
  const aggregation = { type: "avg", field: "v", group_by: "region, host" };
  assert.deepEqual(trigger({ ...WINDOW, aggregation }).group_by, ["region", "host"]);
  assert.deepEqual(faults({ ...WINDOW, aggregation, group_by: ["host"] }), [
    "/aggregation/group_by conflict: Cannot group by two lists of fields: " +
    "group_by stands in trigger_spec already",
  ]);
});

const SUGAR = { metric_name: "cpu", operator: ">", threshold: "85", aggregation: "avg", duration: "5m" };

Deno.test("metric sugar: the shorthand takes value path and threshold, duration is a window per event", () => {
  const { aggregates, having, window, threshold, where, block } = trigger(SUGAR);
  assert.deepEqual(aggregates, [{ as: "avg", type: "avg", field: "cpu", percentile_value: null }]);
  assert.equal(having?.conditions.length, 1);
  assert.deepEqual(window, { type: "sliding", size_ms: 300_000, emit: "close", emit_empty: false });
  assert.deepEqual([threshold, where, block], [null, null, null]);
});

Deno.test("metric sugar: a window that is written out beats duration, with a warning", () => {
  const spec = { ...SUGAR, ...WINDOW };
  assert.equal(trigger(spec).window?.type, "hopping");
  assert.deepEqual(warnings(spec), ["/duration"]);
  const { duration: _, ...alone } = SUGAR;
  assert.deepEqual([trigger(alone).window, warnings(alone)], [null, []]);
});

Deno.test("metric sugar: an aggregation object leaves the threshold to each event", () => {
  const { threshold, having, aggregates } = trigger({
    ...SUGAR,
    aggregation: { type: "avg", field: "other" },
  });
  assert.deepEqual(threshold, { path: "cpu", op: ">", value: 85 });
  assert.deepEqual([having, aggregates[0]!.field], [null, "other"]);
});

Deno.test("having sees aggregates, also of a window that only counts, and members of the key", () => {
  const having = {
    logic: "or",
    conditions: [{ field: "count", op: ">", value: 3 }, { field: "key.host", value: "a" }],
  };
  assert.equal(trigger({ ...WINDOW, group_by: "host", having }).having?.logic, "OR");
});

const AVG = { type: "avg", field: "v" };
const REFUSED: [claim: string, spec: Record<string, unknown>, ...expected: string[]][] = [
  [
    "an aggregation that is none",
    { ...WINDOW, aggregation: { type: "averag", field: "v" } },
    '/aggregation/type unsupported_aggregation: Unsupported aggregation type "averag": did you mean "avg"?',
  ],
  [
    "a shorthand that is none",
    { ...SUGAR, aggregation: "maxx" },
    '/aggregation unsupported_aggregation: Unsupported aggregation type "maxx": did you mean "max"?',
  ],
  [
    "a numeric aggregate without field",
    { ...WINDOW, aggregations: [{ type: "sum" }] },
    '/aggregations/0/field required: field is required for an aggregation of type "sum"',
  ],
  [
    "two aggregates of one name",
    { ...WINDOW, aggregations: [AVG, { ...AVG, field: "w" }] },
    '/aggregations/1/as duplicate: Cannot use "avg" as the name of two aggregates: say "as"',
  ],
  [
    "a percentile beyond 100",
    { ...WINDOW, aggregations: [{ type: "percentile", field: "v", percentile_value: 101 }] },
    "/aggregations/0/percentile_value out_of_range: Cannot use 101 as percentile_value: expected 0 to 100",
  ],
  [
    "a threshold that is no number",
    { ...WINDOW, aggregation: { ...AVG, threshold: "much" } },
    '/aggregation/threshold invalid_type: threshold must be numeric: current value is "much"',
  ],
  [
    "having over a name with a slip",
    {
      ...WINDOW,
      aggregations: [{ ...AVG, as: "avg_cpu" }],
      having: { conditions: [{ field: "avg_cpuu", value: 1 }] },
    },
    '/having/conditions/0/field unknown_name: Cannot use "avg_cpuu" in having: did you mean "avg_cpu"? ' +
    "It sees aggregates by name, and key.<field>",
  ],
  [
    "having that compares with an unknown name",
    { ...WINDOW, aggregations: [AVG], having: { field: "avg", op: ">", value: { ref: "limit" } } },
    '/having/value unknown_name: Cannot use "limit" in having: did you mean "avg"? ' +
    "It sees aggregates by name, and key.<field>",
  ],
  [
    "having over nothing",
    { topics: ["t"], having: { field: "count", value: 1 } },
    "/having required: having needs a window or an aggregation that it can look at",
  ],
];

for (const [claim, spec, ...expected] of REFUSED) {
  Deno.test(`aggregation fault: ${claim}`, () => assert.deepEqual(faults(spec), expected));
}

Deno.test("a percentile value of another type has no effect and is warned about", () => {
  assert.deepEqual(warnings({ ...WINDOW, aggregation: { ...AVG, percentile: 95 } }), [
    "/aggregation/percentile_value",
  ]);
});
