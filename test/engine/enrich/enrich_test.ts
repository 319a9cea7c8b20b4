import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import type { JsonObject } from "../../../src/base/json.ts";
import { MOVING_EVENTS_MAX } from "../../../src/engine/enrich/moving_past.ts";
import { ARRIVAL } from "../workbench.ts";
import { EnrichedRun, planFor, tableOf } from "./enriched_run.ts";

const HOUR = 3_600_000;
const MIDDAY = Math.floor(ARRIVAL / (24 * HOUR)) * 24 * HOUR;

const OWNER = { type: "lookup", name: "owner", table: "hosts", key: "host", fields: ["team", "capacity"] };
const HOSTS = [{ id: "a", team: "red", capacity: 10 }, {
  id: "b",
  team: "blue",
  capacity: 4,
  site: { x: 1 },
}];

function run(spec: JsonObject, rest: JsonObject = {}): EnrichedRun {
  return new EnrichedRun(planFor(spec, rest));
}

/** An event `seconds` behind midday. */
function at(seconds: number, members: JsonObject): JsonObject {
  return { timestamp: MIDDAY + 1000 * seconds, ...members };
}

Deno.test("calculate: a formula over fields, and conditions on what it comes to", () => {
  const ratio = { type: "calculate", name: "ratio", formula: "used / total" };
  const over = run({ enrichments: [ratio], field: "ratio", op: ">", value: 0.5 });
  over.post([{ used: 8, total: 10 }, { used: 1, total: 10 }, { used: 1, total: 0 }, {}]);
  assert.deepEqual(over.values, [{ ratio: 0.8 }]);
  assert.equal(over.effects.counters.matched, 1);
});

Deno.test("lookup: members of the row of the printed key, and the default where there is none", () => {
  const lookup = run({ enrichments: [{ ...OWNER, default: { team: "nobody" } }] });
  lookup.tables.set("hosts", tableOf([...HOSTS, { id: 7, team: "seven" }]));
  lookup.post([{ host: "a" }, { host: "7" }, { host: 7 }, { host: "?" }, {}, { host: ["a"] }]);
  const nobody = { owner: { team: "nobody", capacity: null } };
  assert.deepEqual(lookup.values, [
    { owner: { team: "red", capacity: 10 } },
    { owner: { team: "seven", capacity: null } },
    { owner: { team: "seven", capacity: null } },
    nobody,
    nobody,
    nobody,
  ]);
});

Deno.test("lookup: all of a row, and a path into it", () => {
  const { fields: _, ...whole } = OWNER;
  const all = run({ enrichments: [whole] });
  all.tables.set("hosts", tableOf(HOSTS));
  all.post([{ host: "b" }]);
  assert.deepEqual(all.values, [{ owner: HOSTS[1]! }]);
  const path = run({ enrichments: [whole], field: "owner.site.x", op: "==", value: 1 });
  path.tables.set("hosts", tableOf(HOSTS));
  path.post([{ host: "b" }, { host: "a" }]);
  assert.deepEqual(path.values, [{ owner: { "site.x": 1 } }]);
});

Deno.test("lookup: an absent table is an empty one, and a new version counts from where it comes", () => {
  const versions = run({ enrichments: [{ ...OWNER, fields: ["team"], default: "?" }] });
  versions.post([{ host: "a" }]);
  versions.tables.set("hosts", tableOf(HOSTS));
  versions.post([{ host: "a" }]);
  versions.tables.set("hosts", tableOf([{ id: "a", team: "green" }]));
  versions.post([{ host: "a" }]);
  assert.deepEqual(versions.values.map(({ owner }) => owner), [
    { team: "?" },
    { team: "red" },
    { team: "green" },
  ]);
});

Deno.test("later enrichments read earlier ones, aggregates read both", () => {
  const ratio = { type: "calculate", name: "ratio", formula: "used / owner.capacity" };
  const chain = run({
    enrichments: [OWNER, ratio],
    window_config: { type: "count", size: 2, slide: 2 },
    aggregations: [{ as: "peak", type: "max", field: "ratio" }],
    having: { field: "peak", op: ">=", value: 0.5 },
  });
  chain.tables.set("hosts", tableOf(HOSTS));
  chain.post([{ host: "a", used: 5 }, { host: "b", used: 1 }, { host: "a", used: 1 }, {
    host: "a",
    used: 2,
  }]);
  assert.deepEqual(chain.values, [{ peak: 0.5, ratio: 0.25, owner: { team: "blue", capacity: 4 } }]);
});

Deno.test("previous_window: the aligned window before that of the event, key by key", () => {
  const before = { type: "aggregate", name: "before", field: "n", function: "sum", of: "previous_window" };
  const time = { watermark_delay: "2m" };
  const previous = run({ enrichments: [{ ...before, size: "1m" }], group_by: ["k"], time });
  previous.post([
    at(0, { k: 1, n: 1 }),
    at(59, { k: 1, n: 2 }),
    at(61, { k: 1, n: 9 }),
    at(62, { k: 2, n: 5 }),
  ]);
  previous.post([
    at(125, { k: 1, n: 0 }),
    at(30, { k: 1, n: 4 }),
    at(110, { k: 1, n: 0 }),
    at(185, { k: 2, n: 0 }),
  ]);
  const told = previous.values.map(({ before }) => before);
  assert.deepEqual(told, [null, null, 3, null, 9, null, 7, null]);
});

Deno.test("same_hour_yesterday: the hour of 24 hours before", () => {
  const yesterday = { type: "aggregate", name: "y", field: "n", function: "avg", of: "same_hour_yesterday" };
  const same = run({ enrichments: [yesterday] });
  const hour = (h: number, n: number) => same.post([at(3600 * h, { n })], MIDDAY + HOUR * h);
  for (const [h, n] of [[0, 2], [0.5, 4], [1, 7], [23.9, 1], [24, 1], [24.9, 1], [25, 1], [48.2, 3]]) {
    hour(h!, n!);
  }
  assert.deepEqual(same.values.map(({ y }) => y), [null, null, null, null, 3, 3, 7, 1]);
});

Deno.test("moving: the events of the last size before the one at hand, which is not among them", () => {
  const moving = { type: "aggregate", name: "m", field: "n", function: "avg", size: "10s" };
  const last = run({ enrichments: [moving], field: "n", op: ">", value: 0 });
  last.post([at(0, { n: 1 }), at(5, { n: 3 }), at(9.999, { n: 8 }), at(10, { n: 5 }), at(60, { n: 1 })]);
  assert.deepEqual(last.values.map(({ m }) => m), [null, 1, 2, 5.5, null]);
});

Deno.test("moving: beyond its cap the oldest events of a key go, counted", () => {
  const moving = { type: "aggregate", name: "m", field: "n", function: "min", size: "1h" };
  const capped = run({ enrichments: [moving], field: "m", op: "<", value: 0 });
  capped.post([at(0, { n: -1 })]);
  const many = Array.from({ length: 4000 }, (_, n) => at(1, { n }));
  for (let posted = 1; posted < MOVING_EVENTS_MAX; posted += many.length) capped.post(many);
  assert.equal(capped.effects.counters.events_over_cap, 1);
  capped.post([at(1, { n: 0 })]);
  assert.equal(capped.effects.counters.matched, MOVING_EVENTS_MAX);
});

Deno.test("what comes behind the past may read it", () => {
  const jump = run({
    enrichments: [
      { type: "aggregate", name: "usual", field: "n", function: "avg", size: "1h" },
      { type: "calculate", name: "jump", formula: "n / usual" },
    ],
    field: "jump",
    op: ">",
    value: 2,
  });
  jump.post([at(0, { n: 10 }), at(1, { n: 10 }), at(2, { n: 30 }), at(3, { n: 20 })]);
  assert.deepEqual(jump.values, [{ usual: 10, jump: 3 }]);
});

Deno.test("a key of which only the past was known is forgotten when nothing can ask for it", () => {
  const moving = { type: "aggregate", name: "m", field: "n", function: "avg", size: "10s" };
  const quiet = run({ enrichments: [moving], group_by: ["k"], field: "m", op: ">", value: 5 });
  quiet.post([at(0, { k: "a", n: 1 }), at(4, { k: "a", n: 1 }), at(8, { k: "b", n: 1 })]);
  assert.equal(quiet.state.keys.count, 2);
  quiet.post([at(14, { k: "b", n: 1 })]);
  assert.equal(quiet.state.keys.count, 1);
});

const event = fc.record({
  seconds: fc.integer({ min: 0, max: 400 }),
  k: fc.constantFrom("a", "b", "c"),
  n: fc.option(fc.integer({ min: -3, max: 9 }), { nil: null }),
});

const SPECS: readonly JsonObject[] = [
  { field: "sum", op: ">", value: 0 },
  { window_config: { type: "tumbling", size: "30s" }, aggregations: [{ as: "s", type: "sum", field: "up" }] },
  { window_config: { type: "session", gap: "20s" }, aggregations: [{ as: "s", type: "max", field: "sum" }] },
];

Deno.test("property: the same values however the log is cut, and wherever the state is read again", () => {
  const property = fc.property(
    fc.array(fc.record({ event, cut: fc.nat({ max: 3 }) }), { maxLength: 60 }),
    fc.constantFrom(...SPECS),
    fc.constantFrom<JsonObject>({}, { limits: { keys: 2 } }),
    fc.constantFrom<JsonObject>({}, { time: { watermark_delay: "40s" } }),
    (events, spec, rest, time) => {
      const plan = planFor({ ...ENRICHED, ...time, ...spec }, rest);
      const whole = new EnrichedRun(plan);
      const single = new EnrichedRun(plan);
      const cut = new EnrichedRun(plan);
      for (const one of [whole, single, cut]) one.tables.set("hosts", tableOf([{ id: "a", team: 3 }]));
      const texts = events.map(({ event: { seconds, k, n } }) => at(seconds, { k, n }));
      if (texts.length > 0) whole.post(texts);
      for (const text of texts) single.post([text]);
      for (let from = 0, to = 0; from < texts.length; from = to) {
        const stops = events.findIndex((one, i) => i >= from && one.cut > 0);
        to = stops === -1 ? texts.length : stops + 1;
        cut.post(texts.slice(from, to));
        if (events[to - 1]!.cut > 1) cut.restart();
      }
      assert.deepEqual(single.effects, whole.effects);
      assert.deepEqual(cut.effects, whole.effects);
      assert.equal(cut.state.bytes, whole.state.bytes);
    },
  );
  fc.assert(property, { numRuns: 300 });
});

Deno.test("aggregate: what is over wakes nobody again while something else holds the key", () => {
  const moving = { type: "aggregate", name: "usual", field: "n", function: "avg", size: "10s" };
  const rule = run({ enrichments: [moving], group_by: ["k"], time: { idle_after: "1s" } }, {
    cooldown: "1h",
  });
  rule.post([at(0, { k: "a", n: 1 }), at(60, { k: "b", n: 2 }), at(120, { k: "a", n: 3 })]);
  assert.equal(rule.effects.counters.in_cooldown, 1);
  assert.equal(rule.state.keys.count, 2);
  rule.post([at(7200, { k: "c", n: 4 })]);
  assert.equal(rule.state.keys.count, 1);
});

const ENRICHED: JsonObject = {
  group_by: ["k"],
  enrichments: [
    { type: "calculate", name: "up", formula: "coalesce(n, 0) + 1" },
    { type: "aggregate", name: "moving", field: "up", function: "avg", size: "45s" },
    { type: "aggregate", name: "before", field: "n", function: "std", of: "previous_window", size: "20s" },
    { type: "lookup", name: "team", table: "hosts", key: "k", fields: ["team"], default: 1 },
    { type: "calculate", name: "sum", formula: "coalesce(moving, 0) + coalesce(before, 0) + team.team" },
  ],
};
