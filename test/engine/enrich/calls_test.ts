/** Rules that ask endpoints: what they ask, how rows wait, and what becomes of them. */
import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import type { JsonObject, JsonValue } from "../../../src/base/json.ts";
import type { Cause } from "../../../src/engine/effects.ts";
import { CALL_URL_CHARACTERS_MAX } from "../../../src/engine/enrich/call_request.ts";
import { WAITING_ROWS_MAX, type WantedCall } from "../../../src/engine/enrich/calls.ts";
import { ARRIVAL } from "../workbench.ts";
import { EnrichedRun, planFor, tableOf } from "./enriched_run.ts";

const CALL = {
  name: "owner",
  type: "api_call",
  endpoint: "http://cmdb.test/hosts/{{ host }}",
  cache_seconds: 60,
  fallback: { tier: 0 },
};
const TIER = [{ field: "owner.tier", op: ">=", value: 2 }];

function calling(call: JsonObject = {}, spec: JsonObject = { conditions: TIER }): EnrichedRun {
  return new EnrichedRun(planFor({ enrichments: [{ ...CALL, ...call }], ...spec }));
}

function evidence(run: EnrichedRun): number[] {
  return run.effects.alerts.map(({ events }) => events[0]!);
}

Deno.test("an event waits for the answer, and conditions on it run then", () => {
  const run = calling();
  run.post([{ host: "a" }, { host: "b" }]);
  assert.deepEqual(run.wanted().map(({ id, request, timeout_ms }) => [id.offset, request.url, timeout_ms]), [
    [0, "http://cmdb.test/hosts/a", 2000],
    [1, "http://cmdb.test/hosts/b", 2000],
  ]);
  assert.deepEqual(evidence(run), []);
  run.answer({ offset: 0, name: "owner" }, { tier: 2 });
  run.answer({ offset: 1, name: "owner" }, { tier: 1 });
  assert.deepEqual(evidence(run), [0]);
  assert.deepEqual(run.values, [{ owner: { tier: 2 } }]);
  assert.deepEqual(run.effects.counters, { calls_wanted: 2, matched: 1, alerts: 1 });
});

Deno.test("events that ask the same share a call, and its answer counts for cache_seconds", () => {
  const run = calling();
  run.post([{ host: "a" }, { host: "a" }]);
  assert.equal(run.wanted().length, 1);
  run.answer({ offset: 0, name: "owner" }, { tier: 3 });
  run.post([{ host: "a" }], ARRIVAL + 59_999);
  assert.deepEqual(evidence(run), [0, 1, 3]);
  run.post([{ host: "a" }], ARRIVAL + 60_000);
  assert.deepEqual(evidence(run), [0, 1, 3]);
  assert.deepEqual(run.wanted().map(({ id }) => id.offset), [4]);
});

Deno.test("without cache_seconds an answer is for those that wait", () => {
  const run = calling({ cache_seconds: 0 });
  run.post([{ host: "a" }]);
  run.answer({ offset: 0, name: "owner" }, { tier: 3 });
  run.post([{ host: "a" }]);
  assert.deepEqual(evidence(run), [0]);
  assert.equal(run.wanted().length, 1);
});

Deno.test("a call that failed comes to the fallback, is counted, and is asked again next time", () => {
  const run = calling({ fallback: { tier: 2 } });
  run.post([{ host: "a" }]);
  run.answer({ offset: 0, name: "owner" }, undefined);
  assert.deepEqual(run.values, [{ owner: { tier: 2 } }]);
  run.post([{ host: "a" }]);
  assert.equal(run.wanted().at(-1)!.id.offset, 2);
  assert.equal(run.effects.counters.calls_failed, 1);
});

Deno.test("an answer that nobody waits for changes nothing", () => {
  const run = calling();
  run.post([{ host: "a" }]);
  run.answer({ offset: 0, name: "owner" }, { tier: 2 });
  run.answer({ offset: 0, name: "owner" }, { tier: 9 });
  run.answer({ offset: 7, name: "other" }, { tier: 9 });
  run.post([{ host: "a" }]);
  assert.deepEqual(run.values, [{ owner: { tier: 2 } }, { owner: { tier: 2 } }]);
});

const ANSWERS: [
  claim: string,
  value: JsonValue | undefined,
  spec: JsonObject,
  shown: JsonValue | undefined,
][] = [
  ["a number", 4, { conditions: [{ field: "owner", op: ">", value: 3 }] }, 4],
  ["a text that looks like an object", "{x", { conditions: [] }, "{x"],
  ["a list", [1, 2], { conditions: [{ field: "owner", op: "contains", value: 2 }] }, [1, 2]],
  ["null, which is missing", null, { conditions: [{ field: "owner", op: "not_exists" }] }, null],
  ["members of what is no object, which are missing", "gold", {
    conditions: [{ field: "owner.tier", op: "not_exists" }],
  }, { tier: null }],
  ["a fallback of a member", undefined, {
    conditions: [{ field: "owner.tier", op: "==", value: 0 }],
  }, { tier: 0 }],
];

for (const [claim, value, spec, shown] of ANSWERS) {
  Deno.test(`an answer that is ${claim}`, () => {
    const run = calling({}, spec);
    run.post([{ host: "a" }]);
    run.answer({ offset: 0, name: "owner" }, value);
    assert.deepEqual(run.values, [{ owner: shown }]);
  });
  Deno.test(`in a window, an answer that is ${claim}`, () => {
    const window = { window_config: { type: "count", size: 1 } };
    const run = calling({}, { ...spec, ...window });
    run.post([{ host: "a" }]);
    run.answer({ offset: 0, name: "owner" }, value);
    const text = (one: unknown) => Array.isArray(one) ? JSON.stringify(one) : one;
    assert.deepEqual(run.values.map(({ owner }) => owner), [text(shown)]);
  });
}

const REQUESTS: [claim: string, call: JsonObject, event: JsonObject, expected: string | null][] = [
  [
    "values are percent-encoded",
    {},
    { host: "a/b?c=d&e #é" },
    "http://cmdb.test/hosts/a%2Fb%3Fc%3Dd%26e%20%23%C3%A9",
  ],
  ["a missing value asks nobody", {}, { other: 1 }, null],
  ["a value cannot climb", {}, { host: ".." }, null],
  ["a dot is a segment that is no more", {}, { host: "." }, null],
  ["a URL has a bound", {}, { host: "x".repeat(CALL_URL_CHARACTERS_MAX) }, null],
  [
    "key goes along under its name",
    { endpoint: "http://x.test/t", key: "host" },
    { host: "a" },
    "http://x.test/t?host=a",
  ],
  [
    "params may refer to fields",
    { endpoint: "http://x.test/t?v=1", params: { id: { ref: "host" }, deep: true, tags: ["p", 2] } },
    { host: "a b" },
    "http://x.test/t?v=1&id=a+b&deep=true&tags=p&tags=2",
  ],
];

for (const [claim, call, event, expected] of REQUESTS) {
  Deno.test(`requests: ${claim}`, () => {
    const run = calling(call, { conditions: [] });
    run.post([event]);
    assert.deepEqual(run.wanted().map(({ request }) => request.url), expected === null ? [] : [expected]);
    assert.equal(run.effects.alerts.length, expected === null ? 1 : 0);
  });
}

Deno.test("requests: POST sends params as JSON, values as they are", () => {
  const run = calling({
    endpoint: "http://x.test/t",
    method: "POST",
    params: { h: { ref: "host" }, n: { ref: "n" } },
  });
  run.post([{ host: "a", n: 1.5 }]);
  assert.deepEqual(run.wanted().map(({ request }) => request), [
    { method: "POST", url: "http://x.test/t", body: '{"h":"a","n":1.5}' },
  ]);
});

const POINTLESS: [claim: string, conditions: JsonObject[], rest: JsonObject, asked: number[]][] = [
  ["of a rule that holds", [{ field: "cpu", op: ">", value: 90 }, ...TIER], { for: "1m" }, [1]],
  [
    "beside an OR that is true by itself",
    [{
      logic: "OR",
      conditions: [{ field: "cpu", op: ">", value: 90 }, ...TIER],
    }],
    {},
    [0, 1],
  ],
  [
    "under a NOT that is false by itself",
    [{
      logic: "NOT",
      conditions: [{ field: "cpu", op: ">", value: 90 }, ...TIER],
    }],
    {},
    [0],
  ],
];

for (const [claim, conditions, rest, asked] of POINTLESS) {
  Deno.test(`nobody is asked where no answer can make the conditions true: ${claim}`, () => {
    const run = new EnrichedRun(planFor({ enrichments: [CALL], conditions }, rest));
    run.post([{ host: "a", cpu: 1 }, { host: "b", cpu: 99 }]);
    assert.deepEqual(run.wanted().map(({ id }) => id.offset), asked);
  });
}

Deno.test("a call may ask with what an earlier one answered, and a formula may read both", () => {
  const enrichments = [
    { name: "team", type: "api_call", endpoint: "http://x.test/team", key: "host" },
    { name: "duty", type: "api_call", endpoint: "http://x.test/duty/{{ team.id }}" },
    { name: "who", type: "calculate", formula: "concat(team.id, duty.name)" },
  ];
  const run = new EnrichedRun(planFor({ enrichments, conditions: [{ field: "who", value: "7ann" }] }));
  run.post([{ host: "a" }, { host: "b" }]);
  run.wanted();
  run.answer({ offset: 1, name: "team" }, { id: 8 });
  assert.deepEqual(run.wanted().map(({ request }) => request.url), ["http://x.test/duty/8"], "side by side");
  run.answer({ offset: 0, name: "team" }, { id: 7 });
  run.answer({ offset: 1, name: "duty" }, { name: "bo" });
  assert.deepEqual(run.values, []);
  run.answer({ offset: 0, name: "duty" }, { name: "ann" });
  assert.deepEqual(evidence(run), [0]);
});

Deno.test("at the cap of waiting events the first takes its fallback, in order, and is counted", () => {
  const run = calling({ fallback: { tier: 2 } });
  const hosts = (n: number, from: number) => Array.from({ length: n }, (_, i) => ({ host: `h${from + i}` }));
  for (let from = 0; from < WAITING_ROWS_MAX; from += 1000) run.post(hosts(1000, from));
  assert.deepEqual(evidence(run), []);
  run.post(hosts(2, WAITING_ROWS_MAX));
  assert.deepEqual(evidence(run), [0, 1]);
  assert.equal(run.effects.counters.calls_cut_short, 2);
  assert.equal(run.wanted()[0]!.id.offset, 2, "what nobody waits for is not asked");
});

Deno.test("an edit ends the wait: events take their fallbacks", () => {
  const run = calling({ fallback: { tier: 2 } });
  run.post([{ host: "a" }, { host: "b" }]);
  run.endWaiting();
  assert.deepEqual(evidence(run), [0, 1]);
  assert.deepEqual(run.effects.counters, { calls_wanted: 2, calls_cut_short: 2, matched: 2, alerts: 2 });
  assert.equal(run.state.waits, false);
});

Deno.test("event time stands still while events wait: no window closes before they are in", () => {
  const window = {
    window_config: { type: "tumbling", size: "10s" },
    aggregations: [{ as: "n", type: "count" }],
  };
  const run = calling({}, { conditions: TIER, ...window, time: { field: "at" } });
  run.post([{ host: "a", at: ARRIVAL }, { host: "a", at: ARRIVAL + 30_000 }, { at: ARRIVAL + 90_000 }]);
  run.post([{ at: ARRIVAL + 100_000 }]);
  assert.deepEqual(run.values, []);
  run.answer({ offset: 0, name: "owner" }, { tier: 2 }, ARRIVAL + 60_000);
  assert.deepEqual(run.values.map(({ n }) => n), [1, 1]);
  assert.equal(run.effects.counters.late, undefined);
  assert.equal(run.state.clock?.watermark, ARRIVAL + 100_000);
});

Deno.test("a rule resumed as a later version asks anew for the events that wait, by the names of what they hold", () => {
  const run = calling({}, { conditions: [{ field: "cpu", op: ">", value: 1 }, ...TIER], group_by: ["g"] });
  run.post([{ host: "a", cpu: 2, g: 7, rack: 9 }, { host: "b", cpu: 3, g: 8, rack: 9 }]);
  run.wanted();
  const later = planFor({
    enrichments: [{ name: "spare", type: "calculate", formula: "coalesce(rack, 1)" }, {
      ...CALL,
      params: { spare: { ref: "spare" } },
    }],
    conditions: [{ field: "cpu", op: ">", value: 2 }, ...TIER],
    group_by: ["zone", "g"],
  });
  const resumed = run.as(later);
  assert.deepEqual(resumed.wanted().map(({ request }) => request.url), [
    "http://cmdb.test/hosts/a?spare=1",
    "http://cmdb.test/hosts/b?spare=1",
  ]);
  resumed.answer({ offset: 1, name: "owner" }, { tier: 5 });
  resumed.answer({ offset: 0, name: "owner" }, { tier: 2 });
  assert.deepEqual(resumed.effects.alerts.map(({ events, key }) => [events[0], key]), [
    [0, [null, 7]],
    [1, [null, 8]],
  ]);
});

// The oracle is the same rule with a lookup table that holds what the endpoint answers.
const TIERS: readonly JsonObject[] = ["a", "b", "c", "d"].map((host, tier) => ({ id: host, tier }));
const SHAPES: readonly JsonObject[] = [
  { conditions: TIER },
  { conditions: TIER, group_by: ["host"], cooldown: "20s" },
  {
    conditions: [{ field: "owner.tier", op: ">=", value: 1 }],
    group_by: ["host"],
    window_config: { type: "tumbling", size: "10s" },
    aggregations: [{ as: "n", type: "count" }, { as: "s", type: "sum", field: "owner.tier" }],
  },
  {
    conditions: TIER,
    window_config: { type: "sliding", size: "15s" },
    aggregations: [{ as: "n", type: "count" }],
  },
  { conditions: TIER, window_config: { type: "session", gap: "6s" }, group_by: ["host"] },
  {
    conditions: [],
    window_config: { type: "count", size: 3 },
    aggregations: [{ as: "m", type: "max", field: "owner.tier" }],
  },
  { conditions: TIER, group_by: ["g"], for: "9s", keep_firing_for: "4s" },
  {
    conditions: [{ field: "g", value: 1 }, {
      logic: "OR",
      conditions: [{ field: "host", value: "b" }, { logic: "NOT", conditions: TIER }],
    }],
    for: "9s",
    group_by: ["host"],
  },
  {
    trigger_type: "pattern",
    group_by: ["g"],
    pattern: {
      steps: [
        { name: "low", conditions: [{ field: "owner.tier", op: "<", value: 2 }] },
        { name: "high", conditions: TIER },
      ],
      within: "15s",
    },
  },
  { conditions: [{ field: "mean", op: ">", value: 1 }], group_by: ["g"] },
];
const LOOKUP = { name: "owner", type: "lookup", table: "t", key: "host" };
const PAST = {
  name: "mean",
  type: "aggregate",
  field: "owner.tier",
  function: "avg",
  of: "moving",
  size: "20s",
};

function planOfShape(shape: JsonObject, owner: JsonObject) {
  const { cooldown, for: held, keep_firing_for, trigger_type, ...spec } = shape;
  const enrichments = JSON.stringify(spec).includes('"mean"') ? [owner, PAST] : [owner];
  const rest = Object.fromEntries(
    Object.entries({ cooldown, for: held, keep_firing_for, trigger_type }).filter(([, value]) =>
      value !== undefined
    ),
  ) as JsonObject;
  const time = { field: "at", watermark_delay: "3s", idle_after: "1d" };
  return planFor({ ...spec, enrichments, time }, rest);
}

const HOSTS = ["a", "b", "c", "d", "nobody"];
const events = fc.array(
  fc.record({
    host: fc.constantFrom(...HOSTS),
    g: fc.constantFrom(1, 2),
    at: fc.integer({ min: 0, max: 60 }).map((s) => ARRIVAL + 1000 * s),
  }),
  { minLength: 1, maxLength: 5 },
);
type Move = { post: JsonObject[] } | { answer: number } | "restart";
const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: events.map((post) => ({ post })) },
    { weight: 4, arbitrary: fc.nat(20).map((answer) => ({ answer })) },
    { weight: 1, arbitrary: fc.constant("restart" as const) },
  ),
  { maxLength: 40 },
);

/** Somebody who answers what is asked, in any order. */
class Endpoint {
  readonly #run: EnrichedRun;
  readonly #open = new Map<string, WantedCall>();

  constructor(run: EnrichedRun) {
    this.#run = run;
  }

  answer(which: number): void {
    for (const call of this.#run.wanted()) this.#open.set(JSON.stringify(call.id), call);
    const call = [...this.#open.values()][which % Math.max(1, this.#open.size)];
    if (call === undefined) return;
    this.#open.delete(JSON.stringify(call.id));
    this.#run.answer(call.id, TIERS.find(({ id }) => call.request.url.endsWith(`/${id}`)));
  }
}

/** Alerts with the places of events among events. */
function told({ effects, posted }: EnrichedRun): unknown[] {
  const place = (offset: number) => posted.indexOf(offset);
  return effects.alerts.map(({ fired_at: _, events, cause, ...alert }) => ({
    ...alert,
    events: events.map(place),
    cause: causeAt(cause, place),
  }));
}

function causeAt(cause: Cause, place: (offset: number) => number): Cause {
  switch (cause.kind) {
    case "event":
      return { ...cause, offset: place(cause.offset) };
    case "match":
    case "absence":
    case "timeout":
      return { ...cause, first: place(cause.first), last: place(cause.last) };
    default:
      return cause;
  }
}

for (const [i, shape] of SHAPES.entries()) {
  Deno.test(`how long answers take changes no alert, only when it is told: rule ${i}`, () => {
    fc.assert(fc.property(moves, fc.constantFrom(0, 3600), (moves, cache_seconds) => {
      const asking = new EnrichedRun(planOfShape(shape, { ...CALL, cache_seconds, fallback: null }));
      const looking = new EnrichedRun(planOfShape(shape, LOOKUP));
      looking.tables.set("t", tableOf(TIERS));
      const endpoint = new Endpoint(asking);
      for (const move of moves) {
        if (move === "restart") asking.restart();
        else if ("answer" in move) endpoint.answer(move.answer);
        else [asking, looking].forEach((run) => run.post(move.post));
      }
      while (asking.state.waits) endpoint.answer(0);
      assert.deepEqual(told(asking), told(looking));
      const { calls_wanted: _w, calls_failed: _f, ...counters } = asking.effects.counters;
      assert.deepEqual(counters, looking.effects.counters);
      assert.equal(asking.state.clock?.watermark, looking.state.clock?.watermark);
    }));
  });
}
