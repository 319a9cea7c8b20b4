/** Backtests over HTTP: what a rule would have done, beside what it did. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { cpuRule, openApi } from "./api.ts";
import { allAlerts, events, finished, post } from "./backtest_run.ts";

interface Done {
  state: string;
  result: {
    alerts: JsonObject[];
    alerts_total: number;
    by_hour: { count: number }[];
    by_key: { count: number }[];
    comparison: unknown;
  };
}

const RULES: Readonly<Record<string, JsonObject>> = {
  "a plain rule with a cooldown": cpuRule({ cooldown: "1m" }),
  "a windowed rule": cpuRule({
    trigger_spec: {
      ...{ topics: ["metrics"], group_by: ["host"] },
      window_config: { type: "sliding", size: "1m", slide: "20s" },
      aggregations: [{ as: "mean", type: "avg", field: "cpu" }, {
        as: "p",
        type: "percentile",
        field: "cpu",
        percentile_value: 90,
      }],
      having: { conditions: [{ field: "mean", op: ">", value: 49 }] },
      time: { watermark_delay: "2s" },
    },
  }),
  "a pattern": cpuRule({
    trigger_type: "pattern",
    trigger_spec: {
      ...{ topics: ["metrics"], group_by: ["host"] },
      pattern: {
        steps: [
          { name: "low", conditions: [{ field: "cpu", op: "<", value: 20 }] },
          { name: "high", conditions: [{ field: "cpu", op: ">", value: 90 }] },
        ],
        within: "2m",
      },
    },
  }),
};

for (const [name, rule] of Object.entries(RULES)) {
  Deno.test(`a backtest of a stored rule gives the alerts of its life: ${name}`, async () => {
    await using api = await openApi();
    const made = await api.send("POST", "/rules", rule);
    assert.equal(made.status, 201, made.text);
    const id = made.body.rule_id;
    await post(api, events(3000));
    const live = await allAlerts(api, id);
    assert.ok(live.length > 20, `${live.length}`);
    const begun = await api.send("POST", `/rules/${id}/backtest`);
    assert.equal(begun.status, 202, begun.text);
    const done = await finished(api, begun.body.backtest_id) as unknown as Done;
    assert.equal(done.state, "done", JSON.stringify(done).slice(0, 500));
    const found = done.result.alerts;
    const same = (alert: JsonObject) => JSON.stringify(alert);
    assert.deepEqual(found.map(same).sort(), live.map(same).sort());
    assert.equal(done.result.alerts_total, live.length);
    const sum = (rows: readonly { count: number }[]) => rows.reduce((all, { count }) => all + count, 0);
    assert.deepEqual([sum(done.result.by_hour), sum(done.result.by_key)], [live.length, live.length]);
    assert.equal(done.result.comparison, null);
  });
}

Deno.test("a draft beside the version that runs: what would newly fire, and what no more", async () => {
  await using api = await openApi();
  const made = await api.send("POST", "/rules", cpuRule());
  await post(api, events(1010));
  const count = (least: number, most: number) =>
    events(1010).filter(({ cpu }) => Number(cpu) > least && Number(cpu) < most).length;
  const draft = cpuRule({
    trigger_spec: {
      ...{ topics: ["metrics"], group_by: ["host"] },
      conditions: [{ field: "cpu", op: ">", value: 80 }, { field: "cpu", op: "<", value: 96 }],
    },
  });
  const begun = await api.send("POST", `/rules/${made.body.rule_id}/backtest`, { rule: draft });
  const { result } = await finished(api, begun.body.backtest_id) as {
    result: { comparison: Record<string, unknown> };
  };
  const { newly_fires_examples, fires_no_more_examples, ...numbers } = result.comparison;
  assert.deepEqual(numbers, {
    running_alerts_total: count(90, 1000),
    same: count(90, 96),
    newly_fires: count(80, 91),
    fires_no_more: count(95, 1000),
    complete: true,
  });
  assert.equal((newly_fires_examples as unknown[]).length, 20);
  assert.equal((fires_no_more_examples as unknown[]).length, 20);
  assert.equal(
    (await api.send("GET", "/alerts?limit=1")).body.items[0].rule_version,
    1,
    "nothing was saved or sent",
  );
});

Deno.test("a backtest takes a part of the log, by offset or time; faults are told before it begins", async () => {
  await using api = await openApi();
  await post(api, events(500));
  const first = (await api.send("GET", "/events?topic=metrics&limit=1")).body.items[0].offset;
  const { body } = await api.send("POST", "/rules/backtest", {
    rule: cpuRule(),
    from: first + 100,
    to: first + 200,
  });
  const done = await finished(api, body.backtest_id) as {
    result: { alerts_total: number };
    progress: { events: number; done: number };
  };
  const wanted = events(500).slice(100, 200).filter(({ cpu }) => Number(cpu) > 90).length;
  assert.deepEqual([done.result.alerts_total, done.progress.events, done.progress.done], [wanted, 100, 1]);
  const bad: [JsonObject, string][] = [
    [{}, "/rule"],
    [{ rule: cpuRule(), from: 9, to: 3 }, "/from"],
    [{ rule: cpuRule(), from: "soon" }, "/from"],
    [{ rule: cpuRule(), form: 1 }, "/form"],
    [{ rule: cpuRule({ trigger_spec: { field: "cpu", op: "~", value: 1 } }) }, "/rule/trigger_spec/op"],
    [{ rule: cpuRule(), from: "1.5" }, "/from"],
    [{ rule: [] }, "/rule"],
  ];
  for (const [document, pointer] of bad) {
    const refused = await api.send("POST", "/rules/backtest", document);
    assert.deepEqual([refused.status, refused.body.errors?.[0]?.pointer], [400, pointer], refused.text);
  }
  assert.equal((await api.send("POST", "/rules/nobody/backtest")).status, 404);
  assert.equal((await api.send("GET", "/backtests/none")).status, 404);
});

Deno.test("a backtest is cancelled while it waits and while it runs, and the next one runs", async () => {
  await using api = await openApi();
  await post(api, events(5000));
  const begin = async () => (await api.send("POST", "/rules/backtest", { rule: cpuRule() })).body.backtest_id;
  const [one, two, three] = [await begin(), await begin(), await begin()];
  assert.equal((await api.send("POST", `/backtests/${two}/cancel`)).body.state, "cancelled");
  assert.equal((await api.send("DELETE", `/backtests/${one}`)).status, 204);
  const states = [await finished(api, one), await finished(api, two), await finished(api, three)].map((
    { state },
  ) => state);
  assert.deepEqual(states.slice(1), ["cancelled", "done"]);
  assert.ok(states[0] === "cancelled" || states[0] === "done", String(states[0]));
  assert.equal((await api.send("GET", "/backtests")).body.items.length, 3);
});

Deno.test("a backtest of a trimmed log tells the gap, up to where it ends", async () => {
  await using api = await openApi();
  await post(api, events(1000));
  const { log } = api.store;
  await log.trim({ keepFrom: 600, arrivedBefore: Infinity, bytesMax: Infinity, slice: 100 });
  const { first } = log;
  assert.ok(first > 10, `${first}`);
  const gapOf = async (range: JsonObject) => {
    const begun = await api.send("POST", "/rules/backtest", { rule: cpuRule(), ...range });
    assert.equal(begun.status, 202, begun.text);
    return (await finished(api, begun.body.backtest_id) as { result: JsonObject }).result.gap;
  };
  assert.deepEqual(await gapOf({ from: "2020-01-01" }), { from: 0, to: first });
  assert.deepEqual(await gapOf({ from: 0, to: 10 }), { from: 0, to: 10 });
  assert.deepEqual(await gapOf({}), { from: 0, to: first });
  assert.equal(await gapOf({ from: first }), null);
  assert.equal(await gapOf({ from: "2999-01-01" }), null);
});

Deno.test("a backtest over nothing says why", async () => {
  await using api = await openApi();
  await post(api, events(500));
  const warned = async (body: JsonObject) => {
    const begun = await api.send("POST", "/rules/backtest", { rule: cpuRule(), ...body });
    assert.equal(begun.status, 202, begun.text);
    const { result, progress } = await finished(api, begun.body.backtest_id) as {
      result: { warnings: { pointer: string; code: string }[] };
      progress: { events: number };
    };
    return [progress.events, ...result.warnings.map(({ pointer, code }) => `${code} ${pointer}`)];
  };
  const first = (await api.send("GET", "/events?topic=metrics&limit=1")).body.items[0].offset;
  assert.deepEqual(await warned({ from: `${first + 100}`, to: `${first + 200}` }), [100]);
  assert.deepEqual(await warned({ from: 1e9 }), [0, "start_beyond_log /from"]);
  assert.deepEqual(await warned({ from: "99999999999999999999" }), [0, "start_beyond_log /from"]);
  assert.deepEqual(await warned({ from: "2999-01-01" }), [0, "start_beyond_log /from"]);
  assert.deepEqual(await warned({ from: first, to: "1000000" }), [500, "end_beyond_log /to"]);
  const polled = {
    ...{ rule_name: "Load", trigger_type: "metric" },
    trigger_spec: { endpoint: "http://example.com/load", value_path: "load", op: ">", threshold: 2 },
  };
  assert.deepEqual(await warned({ rule: polled }), [0, "never_polled /trigger_spec/endpoint"]);
  assert.deepEqual(await warned({ rule: { ...polled, rule_id: "load" } }), [0]);
});
