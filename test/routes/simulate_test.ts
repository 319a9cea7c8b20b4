import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../src/base/json.ts";
import { cpuRule, openApi } from "./api.ts";

Deno.test("simulate: tells what would fire and why, sends and stores nothing", async () => {
  await using api = await openApi();
  const next = api.store.log.next;
  const events = [{ cpu: 95, host: "a", timestamp: 1 }, { cpu: 10, host: "a", timestamp: 2 }, {
    cpu: 99,
    host: "b",
    timestamp: 3,
  }];
  const action_spec = { type: "notify", channels: ["nobody"], message: "cpu {{ event.cpu }}" };
  const { status, body } = await api.send("POST", "/rules/simulate", {
    rule: cpuRule({ action_spec }),
    events,
  });
  assert.equal(status, 200);
  assert.deepEqual([body.condition_evaluated, body.would_execute, body.resolved_action], [
    true,
    true,
    action_spec,
  ]);
  assert.deepEqual(body.alerts.map((a: { events: number[] }) => a.events), [[0], [2]]);
  assert.deepEqual(body.alerts.map((a: JsonObject) => [a.message, a.event_time]), [
    ["cpu 95", "1970-01-01T00:00:01.000Z"],
    ["cpu 99", "1970-01-01T00:00:03.000Z"],
  ]);
  assert.deepEqual([body.timeouts, body.late_events, body.final.open_windows], [[], [], 0]);
  assert.equal(body.final.watermark, "1970-01-01T00:00:03.000Z");
  assert.equal(api.store.log.next, next);
});

Deno.test("simulate: one payload against a stored rule; a field that is missing evaluates nothing", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r", cooldown: "1m" }));
  const hit = await api.send("POST", "/rules/r/simulate", { test_payload: { cpu: 99 } });
  assert.deepEqual([hit.body.would_execute, hit.body.final.keys], [true, 1]);
  const miss = await api.send("POST", "/rules/r/simulate", { test_payload: { mem: 99 } });
  assert.deepEqual([miss.body.condition_evaluated, miss.body.would_execute], [false, false]);
  assert.equal((await api.send("POST", "/rules/none/simulate", { test_payload: {} })).status, 404);
});

Deno.test("simulate: time goes on to the end, to a time, or not at all", async () => {
  await using api = await openApi();
  const rule = cpuRule({ limits: { alerts_per_minute: 1 } });
  const events = [1, 2, 3].map((timestamp) => ({ cpu: 99, timestamp }));
  const fired = async (advance_to: string | null) =>
    (await api.send("POST", "/rules/simulate", { rule, events, advance_to })).body.alerts.length;
  assert.equal(await fired("end"), 2);
  assert.equal(await fired(null), 1);
  assert.equal(await fired("1970-01-01T00:00:59Z"), 1);
  assert.equal(await fired("1970-01-01T00:01:00Z"), 2);
});

Deno.test("simulate: bad requests are refused by pointer", async () => {
  await using api = await openApi();
  const rule = cpuRule();
  const bad: [body: JsonObject, pointer: string][] = [
    [{ events: [] }, "/rule"],
    [{ rule }, "/events"],
    [{ rule, events: [{}, 7] }, "/events/1"],
    [{ rule, test_payload: [] }, "/test_payload"],
    [{ rule, events: [], evnts: [] }, "/evnts"],
    [{ rule, events: [], advance_to: "soon" }, "/advance_to"],
    [{ rule: { ...rule, trigger_type: "event", trigger_spec: {} }, events: [] }, "/rule/trigger_spec"],
    [{ rule, events: Array.from({ length: 10_001 }, () => ({})) }, "/events"],
  ];
  for (const [body, pointer] of bad) {
    const reply = await api.send("POST", "/rules/simulate", body);
    assert.equal(reply.status, 400, pointer);
    assert.equal(reply.body.errors[0].pointer, pointer, reply.text);
  }
});

const anyEvent = fc.record({
  cpu: fc.integer({ min: 80, max: 100 }),
  host: fc.constantFrom("a", "b", 1, "1"),
});

Deno.test("simulate and the live engine find the same", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyEvent, { minLength: 1, maxLength: 30 }),
      fc.constantFrom("0s", "1m"),
      async (events, cooldown) => {
        await using api = await openApi();
        const rule = cpuRule({ rule_id: "r", cooldown });
        await api.send("POST", "/rules", rule);
        const { first_offset } =
          (await api.send("POST", "/events?topic=metrics", JSON.stringify(events))).body;
        await api.settle();
        const live = (await api.send("GET", "/alerts?limit=500")).body.items.reverse();
        const simulated = (await api.send("POST", "/rules/r/simulate", { events })).body.alerts;
        const shape = (a: { key: unknown; title: string; events: unknown[] }) => ({
          key: a.key,
          title: a.title,
        });
        assert.deepEqual(simulated.map(shape), live.map(shape));
        assert.deepEqual(
          simulated.map((a: { events: number[] }) => a.events[0]! + first_offset),
          live.map((a: { events: { offset: number }[] }) => a.events[0]!.offset),
        );
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("simulate: no endpoint is called; call_answers say what one would have answered", async () => {
  await using api = await openApi();
  const owner = {
    name: "owner",
    type: "api_call",
    endpoint: "http://127.0.0.1:1/{{ host }}",
    fallback: "nobody",
  };
  const duty = { name: "duty", type: "api_call", endpoint: "http://127.0.0.1:1/duty/{{ owner }}" };
  const rule = cpuRule({
    trigger_spec: {
      enrichments: [owner, duty],
      conditions: [{ field: "cpu", op: ">", value: 90 }, { field: "duty", op: "exists" }],
    },
  });
  const events = [{ cpu: 95, host: "a", timestamp: 1 }, { cpu: 95, host: "b", timestamp: 2 }];
  const simulated = async (call_answers: JsonObject | null) =>
    (await api.send("POST", "/rules/simulate", { rule, events, call_answers })).body;
  const codes = (body: { warnings: JsonObject[] }) =>
    body.warnings.map(({ pointer, code }) => [pointer, code]);
  const bare = await simulated(null);
  assert.deepEqual([bare.alerts.length, codes(bare)], [0, [
    ["/trigger_spec/enrichments/0", "not_called"],
    ["/trigger_spec/enrichments/1", "not_called"],
  ]]);
  const answered = await simulated({ duty: { name: "ann" }, dutty: 1 });
  assert.deepEqual(answered.alerts.map(({ values }: JsonObject) => values), [
    { owner: "nobody", duty: { name: "ann" } },
    { owner: "nobody", duty: { name: "ann" } },
  ]);
  assert.deepEqual(codes(answered), [
    ["/trigger_spec/enrichments/0", "not_called"],
    ["/call_answers/dutty", "no_effect"],
  ]);
  const odd = await api.send("POST", "/rules/simulate", { rule, events, call_answers: [] });
  assert.deepEqual([odd.status, odd.body.errors[0].pointer], [400, "/call_answers"]);
});
