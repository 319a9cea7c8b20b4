/** From rule to plan: windows, enrichments and the condition in two, held alerts, and what edits keep. */
import assert from "node:assert/strict";
import { compileRule } from "../../src/engine/compile.ts";
import type { Condition, Plan } from "../../src/engine/plan.ts";
import { planChange } from "../../src/engine/plan_change.ts";
import { parseRule } from "../../src/model/rule.ts";
import { EVERYTHING } from "../model/built.ts";

function plan(trigger_spec: unknown, more: Record<string, unknown> = {}): Plan {
  const document = { rule_name: "r", trigger_type: "event", trigger_spec, ...more };
  const parsed = parseRule(document, "save", EVERYTHING);
  assert(parsed.ok, JSON.stringify(parsed));
  return compileRule(parsed.rule, { rule_id: "r1", version: 1, generation: 1 });
}

/** A condition with names instead of indexes, short enough to compare by eye. */
function shown(condition: Condition | null, names: readonly string[]): string {
  if (condition === null) return "-";
  if (condition.kind === "group") {
    return `${condition.logic}(${condition.items.map((item) => shown(item, names)).join(" ")})`;
  }
  if (condition.kind === "selector") return `${names[condition.field]}:${condition.value}`;
  const { operand } = condition;
  const value = operand.kind === "const"
    ? operand.value
    : operand.kind === "field"
    ? names[operand.field]
    : "";
  return `${names[condition.field]}${condition.op}${value}`;
}

const WINDOWED = {
  topics: ["t"],
  conditions: [{ field: "env", value: "prod" }],
  group_by: ["host"],
  window_config: { type: "sliding", size: "5m", slide: "1m" },
  aggregations: [{ as: "avg_cpu", type: "avg", field: "cpu" }, { as: "n", type: "count" }],
  having: {
    conditions: [{ field: "avg_cpu", op: ">", value: 80 }, { field: "key.host", op: "!=", value: "x" }],
  },
  time: { watermark_delay: "5s", allowed_lateness: "1m" },
};

Deno.test("a windowed rule: columns of condition, key and values, each once", () => {
  const made = plan(WINDOWED);
  assert.deepEqual(structuredClone(made), made);
  assert.deepEqual([made.fields, made.names], [["env", "host", "cpu"], ["env", "host", "cpu"]]);
  assert.deepEqual(made.key, [1]);
  assert.deepEqual(made.window, {
    type: "hopping",
    size_ms: 300_000,
    slide_ms: 60_000,
    offset_ms: 0,
    emit: "close",
    emit_empty: false,
    lateness_ms: 60_000,
    events_max: 100_000,
  });
  assert.deepEqual(made.aggregates, [
    { as: "avg_cpu", type: "avg", field: 2, p: null },
    { as: "n", type: "count", field: null, p: null },
  ]);
  assert.deepEqual(made.having?.names, ["avg_cpu", "key.host"]);
  assert.equal(shown(made.having!.where, made.having!.names), "and(avg_cpu>80 key.host!=x)");
  assert.deepEqual(made.clock, { delay_ms: 5_000, idle_ms: 10_000 });
  assert.deepEqual(made.time, { field: null, unit: null });
});

Deno.test("a clock only where something waits for event time", () => {
  const clock = (spec: object, more = {}) => plan({ topics: ["t"], ...spec }, more).clock !== null;
  assert.equal(clock({}), false);
  assert.equal(clock({ window_config: { type: "count", size: 3 } }), false);
  assert.equal(clock({ window_config: { type: "session", gap: "1m" } }), true);
  assert.equal(clock({}, { for: "1m" }), true);
  const past = { type: "aggregate", name: "a", field: "v", size: "1h" };
  assert.equal(clock({ enrichments: [past] }), true);
});

const ENRICHED = {
  event_type: "load",
  enrichments: [
    { type: "lookup", name: "owner", table: "hosts", key: "host" },
    { type: "calculate", name: "ratio", formula: "used / owner.capacity" },
  ],
};

Deno.test("conditions on events come before the enrichments, those on their results after", () => {
  const { where, after, fields, names, enrichments } = plan({
    ...ENRICHED,
    conditions: [
      { field: "env", value: "prod" },
      { field: "ratio", op: ">", value: { ref: "limit" } },
      {
        logic: "or",
        conditions: [{ field: "cpu", op: ">", value: 1 }, { field: "owner.team", value: "db" }],
      },
    ],
  });
  assert.deepEqual(fields, ["@event_type", "env", "limit", "cpu", "host", "used"]);
  assert.deepEqual(names, [...fields, "ratio", "owner.team", "owner.capacity"]);
  assert.equal(shown(where, fields), "and(@event_type:load env==prod)");
  assert.equal(shown(after, names), "and(ratio>limit or(cpu>1 owner.team==db))");
  assert.deepEqual(enrichments, [
    {
      kind: "lookup",
      name: "owner",
      table: "hosts",
      key: 4,
      fields: [{ member: "team", into: 7 }, { member: "capacity", into: 8 }],
      fallback: null,
    },
    {
      kind: "calculate",
      name: "ratio",
      into: 6,
      program: {
        expression: {
          kind: "binary",
          op: "/",
          left: { kind: "name", name: "used" },
          right: { kind: "name", name: "owner.capacity" },
        },
        names: [["used", 5], ["owner.capacity", 8]],
      },
    },
  ]);
});

Deno.test("only a top-level AND can be told apart", () => {
  const conditions = [{ field: "env", value: "prod" }, { field: "ratio", op: ">", value: 1 }];
  const { where, after, fields, names } = plan({ ...ENRICHED, conditions, logic: "or" });
  assert.equal(shown(where, fields), "@event_type:load");
  assert.equal(shown(after, names), "or(env==prod ratio>1)");
});

Deno.test("a lookup that nothing reads stands under its name whole; listed fields always stand", () => {
  const fields = (more: object) => {
    const one = { type: "lookup", name: "owner", table: "hosts", key: "host", ...more };
    const { enrichments, names } = plan({ topics: ["t"], enrichments: [one] });
    return enrichments[0]!.kind === "lookup" && enrichments[0]!.fields.map(({ member, into }) => [
      member,
      names[into],
    ]);
  };
  assert.deepEqual(fields({}), [[null, "owner"]]);
  assert.deepEqual(fields({ fields: ["team", "tier"] }), [["team", "owner.team"], ["tier", "owner.tier"]]);
});

Deno.test("aggregates and anomalies may look at what an enrichment adds", () => {
  const spec = {
    ...ENRICHED,
    window_config: { type: "count", size: 3 },
    aggregation: { type: "max", field: "ratio" },
  };
  const { aggregates, names } = plan(spec);
  assert.equal(names[aggregates[0]!.field!], "ratio");
  const found = plan({ ...ENRICHED, value_path: "owner.capacity" }, { trigger_type: "anomaly" });
  assert.equal(found.names[found.anomaly!.field], "owner.capacity");
});

Deno.test("the past has the size of the rule's window unless it says one", () => {
  const past = { type: "aggregate", name: "before", field: "cpu", of: "previous_window" };
  const { enrichments } = plan({ ...WINDOWED, enrichments: [past] });
  assert.equal(enrichments[0]?.kind === "aggregate" && enrichments[0].size_ms, 300_000);
});

Deno.test("a held rule sees all rows of its selectors: what must hold is told apart, and no index cuts it", () => {
  const spec = {
    event_type: "load",
    conditions: [{ field: "env", value: "prod" }, { field: "cpu", op: ">", value: 9 }],
  };
  const held = plan(spec, { for: "5m" });
  assert.deepEqual(held.hold, { for_ms: 300_000, keep_ms: 0 });
  assert.equal(shown(held.where, held.fields), "@event_type:load");
  assert.equal(shown(held.holds, held.names), "and(env==prod cpu>9)");
  assert.deepEqual(held.index?.map(({ field }) => field), ["@event_type"]);
  assert.equal(plan({ field: "env", value: "prod" }, { for: "5m" }).index, null);
  const windowed = plan(WINDOWED, { for: "5m" });
  assert.deepEqual([windowed.holds, shown(windowed.where, windowed.fields)], [null, "env==prod"]);
});

Deno.test("what a held rule asks of enrichments is part of what must hold", () => {
  const held = plan({ ...ENRICHED, field: "ratio", op: ">", value: 1 }, { for: "1m" });
  assert.deepEqual([held.after, shown(held.holds, held.names)], [null, "ratio>1"]);
});

type Edit = [claim: string, next: Record<string, unknown>, kept: string[], reset: string[], more?: object];
const EDITS: Edit[] = [
  ["nothing", {}, ["window"], []],
  [
    "its name for an aggregate",
    { aggregations: [{ ...WINDOWED.aggregations[0], as: "a" }, { type: "count" }], having: null },
    ["window"],
    [],
  ],
  ["having", { having: { field: "n", op: ">", value: 3 } }, ["window"], []],
  [
    "emit and lateness",
    { window_config: { ...WINDOWED.window_config, emit: "on_change" }, time: { watermark_delay: "5s" } },
    ["window"],
    [],
  ],
  ["the slide", { window_config: { type: "sliding", size: "5m", slide: "30s" } }, [], ["window"]],
  ["an aggregate", { aggregations: WINDOWED.aggregations.slice(1), having: null }, [], ["window"]],
  ["the key", { group_by: ["zone"], having: null }, [], ["window"]],
  ["the condition", { conditions: [{ field: "env", value: "test" }] }, [], ["window"]],
  ["the topics", { topics: ["t", "u"] }, [], ["window"]],
  ["the delay", { time: { watermark_delay: "6s" } }, [], ["window"]],
  ["an enrichment more", { enrichments: ENRICHED.enrichments }, [], ["window"]],
  ["the window, away", { window_config: null, having: null, aggregations: null }, [], ["window"]],
];

for (const [change, next, kept, reset] of EDITS) {
  Deno.test(`an edit of ${change} ${kept.length > 0 ? "keeps" : "resets"} the window`, () =>
    assert.deepEqual(planChange(plan(WINDOWED), plan({ ...WINDOWED, ...next })), { kept, reset }));
}

Deno.test("a condition is the same wherever its columns stand", () => {
  const both = (conditions: unknown[]) => ({ ...WINDOWED, conditions });
  const old = plan({ ...both([{ field: "env", value: "prod" }]), having: null });
  const next = plan({ ...both([{ field: "env", value: "prod" }]), having: null, group_by: "host" });
  assert.deepEqual(planChange(old, next).kept, ["window"]);
});

Deno.test("an edit of what must hold resets the hold, one of its times does not", () => {
  const spec = { topics: ["t"], field: "cpu", op: ">", value: 80, group_by: ["host"] };
  const change = (next: object, times: object) =>
    planChange(plan(spec, { for: "5m" }), plan({ ...spec, ...next }, { ...times }));
  assert.deepEqual(change({}, { for: "1m", keep_firing_for: "1m" }), { kept: ["hold"], reset: [] });
  assert.deepEqual(change({ value: 90 }, { for: "5m" }), { kept: [], reset: ["hold"] });
  assert.deepEqual(change({}, {}), { kept: [], reset: ["hold"] });
});

Deno.test("an anomaly's baseline outlives its limits, not its value; a schedule its policy, not its times", () => {
  const anomaly = (spec: object) => plan({ value_path: "v", ...spec }, { trigger_type: "anomaly" });
  const one = anomaly({});
  assert.deepEqual(planChange(one, anomaly({ anomaly_method: "iqr" })), { kept: ["anomaly"], reset: [] });
  assert.deepEqual(planChange(one, anomaly({ baseline_window: 50 })), { kept: [], reset: ["anomaly"] });
  assert.deepEqual(planChange(one, anomaly({ value_path: "w" })), { kept: [], reset: ["anomaly"] });
  const schedule = (spec: object) => plan({ cron: "0 9 * * *", ...spec }, { trigger_type: "schedule" });
  assert.deepEqual(planChange(schedule({}), schedule({ missed: "skip" })), { kept: ["schedule"], reset: [] });
  assert.deepEqual(planChange(schedule({}), schedule({ timezone: "Asia/Seoul" })), {
    kept: [],
    reset: ["schedule"],
  });
});
