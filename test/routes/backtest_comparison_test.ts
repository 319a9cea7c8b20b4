/**
 * A draft beside the version that runs, a kind of rule each: what newly fires and what stops are the alerts that two
 * live rules, one of each document, do not have in common.
 */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { type Api, cpuRule, openApi } from "./api.ts";
import { allAlerts, backtest, events, post } from "./backtest_run.ts";

const grouped = { topics: ["metrics"], group_by: ["host"], time: { watermark_delay: "2s" } };
const mean = { as: "mean", type: "avg", field: "cpu" };

function windowed(window_config: JsonObject, least: number, members: JsonObject = {}): JsonObject {
  const having = { conditions: [{ field: "mean", op: ">", value: least }] };
  return cpuRule({ trigger_spec: { ...grouped, window_config, aggregations: [mean], having }, ...members });
}

function sessions(least: number): JsonObject {
  return cpuRule({
    trigger_spec: {
      ...grouped,
      conditions: [{ field: "cpu", op: ">", value: 40 }],
      window_config: { type: "session", gap: "4s" },
      aggregations: [{ as: "n", type: "count" }],
      having: { conditions: [{ field: "n", op: ">", value: least }] },
    },
  });
}

function pattern(high: number): JsonObject {
  const steps = [
    { name: "low", conditions: [{ field: "cpu", op: "<", value: 20 }] },
    { name: "high", conditions: [{ field: "cpu", op: ">", value: high }] },
  ];
  return cpuRule({
    trigger_type: "pattern",
    trigger_spec: { ...grouped, pattern: { steps, within: "2m" } },
  });
}

const above = (field: string, value: number, members: JsonObject = {}, group = "host") =>
  cpuRule({ trigger_spec: { ...grouped, group_by: [group], field, op: ">", value }, ...members });

const tumbling = { type: "tumbling", size: "30s" };
const hopping = { type: "sliding", size: "1m", slide: "20s" };

/** The version that runs, the draft, and which of the three numbers cannot be 0. */
const KINDS: Readonly<Record<string, [JsonObject, JsonObject, string]>> = {
  "a threshold": [above("cpu", 90), above("cpu", 80), "same newly"],
  "a threshold, another group": [above("cpu", 90), above("cpu", 90, {}, "zone"), "newly no_more"],
  "tumbling windows": [windowed(tumbling, 52), windowed(tumbling, 50), "same newly"],
  "hopping windows": [windowed(hopping, 49), windowed(hopping, 51), "same no_more"],
  "windows of another size": [
    windowed(tumbling, 50),
    windowed({ ...tumbling, size: "1m" }, 50),
    "newly no_more",
  ],
  "sessions": [sessions(2), sessions(3), "same no_more"],
  "a pattern": [pattern(90), pattern(97), "same newly no_more"],
  "for": [above("temp", 70, { for: "20s" }), above("temp", 70, { for: "40s" }), "same no_more"],
  "for, over windows": [
    windowed(tumbling, 48, { for: "30s" }),
    windowed(tumbling, 50, { for: "30s" }),
    "same no_more",
  ],
  "a cooldown that goes": [above("cpu", 90, { cooldown: "1m" }), above("cpu", 90), "same newly"],
  "a cooldown that comes": [above("cpu", 90), above("cpu", 90, { cooldown: "1m" }), "same no_more"],
};

const HOLDS_MS: Readonly<Record<string, number>> = { "20s": 20_000, "30s": 30_000, "40s": 40_000 };

/**
 * What makes an alert the one it is: its key, and its window or the events that it is of. One that had to hold for a
 * time is known by when that began: what it shows is of the end of that time.
 */
function identity({ key, window, events, event_time }: JsonObject, hold: unknown): string {
  if (typeof hold === "string") {
    return JSON.stringify([key, Date.parse(String(event_time)) - HOLDS_MS[hold]!]);
  }
  return JSON.stringify([key, window ?? (events as JsonObject[]).map(({ offset }) => offset as number)]);
}

/** Alerts as they fired: of one that was resolved the list of alerts shows the end. */
async function fired(api: Api, ruleId: string, { for: hold }: JsonObject): Promise<Set<string>> {
  const alerts = hold === undefined
    ? await allAlerts(api, ruleId)
    : (await backtest(api, ruleId)).alerts as JsonObject[];
  return new Set(alerts.filter(({ status }) => status === "firing").map((one) => identity(one, hold)));
}

for (const [kind, [running, draft, some]] of Object.entries(KINDS)) {
  Deno.test(`a draft beside the version that runs differs as two live rules do: ${kind}`, async () => {
    await using api = await openApi();
    const [one, two] = [await api.send("POST", "/rules", running), await api.send("POST", "/rules", draft)];
    assert.deepEqual([one.status, two.status], [201, 201], one.text + two.text);
    await post(api, events(4000));
    const before = await fired(api, one.body.rule_id, running);
    const after = await fired(api, two.body.rule_id, draft);
    const result = await backtest(api, one.body.rule_id, { rule: draft });
    const { newly_fires_examples, fires_no_more_examples, ...numbers } = result.comparison as JsonObject;
    const newly = after.difference(before);
    const no_more = before.difference(after);
    assert.deepEqual(numbers, {
      running_alerts_total: before.size,
      same: before.intersection(after).size,
      newly_fires: newly.size,
      fires_no_more: no_more.size,
      complete: true,
    });
    const sizes: Record<string, number> = { same: before.intersection(after).size, newly: newly.size };
    for (const name of some.split(" ")) assert.ok((sizes[name] ?? no_more.size) > 0, `some ${name}`);
    for (const alert of newly_fires_examples as JsonObject[]) {
      assert.ok(newly.has(identity(alert, draft.for)));
    }
    for (const alert of fires_no_more_examples as JsonObject[]) {
      assert.ok(no_more.has(identity(alert, running.for)));
    }
    assert.equal((newly_fires_examples as unknown[]).length, Math.min(20, newly.size));
    assert.equal((fires_no_more_examples as unknown[]).length, Math.min(20, no_more.size));
  });
}
