import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import type { JsonObject } from "../../src/base/json.ts";
import { type Effects, noEffects } from "../../src/engine/effects.ts";
import type { Plan } from "../../src/engine/plan.ts";
import { createState, keepState, nextDue, type RuleState } from "../../src/engine/rule_state.ts";
import { beginSnapshot, restoreState } from "../../src/engine/snapshot.ts";
import { StateFormatError } from "../../src/engine/state_bytes.ts";
import { advance, step } from "../../src/engine/step.ts";
import { ARRIVAL, planOf, Workbench } from "./workbench.ts";

const ALL = { kind: "group", logic: "and", items: [] } as const;
const MINUTE = 60_000;

/** A record of the log: events with one arrival. */
interface Posted {
  arrival: number;
  events: JsonObject[];
}

interface Run {
  bench: Workbench;
  plan: Plan;
  state: RuleState;
  effects: Effects;
  next: number;
}

function start(rest: Partial<Plan>, fields = ["k"]): Run {
  const bench = new Workbench();
  const plan = planOf(ALL, fields, rest);
  bench.add(plan);
  return { bench, plan, state: createState(plan), effects: noEffects(), next: 0 };
}

function apply(run: Run, { arrival, events }: Posted): void {
  advance(run.plan, run.state, arrival, run.effects);
  const gathered = run.bench.read(run.bench.encode(events, arrival), run.next, arrival)[0]!;
  const span = { first: run.next, next: run.next + events.length, arrival };
  run.next = span.next;
  if (gathered !== null) step(run.bench.rules[0]!, run.state, gathered, span, run.effects);
}

/** Offsets of the events that alerted. */
function alerted(run: Run): number[] {
  return run.effects.alerts.flatMap(({ cause }) => cause.kind === "event" ? [cause.offset] : []);
}

function at(seconds: number, rest: JsonObject = {}): JsonObject {
  return { timestamp: ARRIVAL + 1000 * seconds, ...rest };
}

/** All partitions as a reader of the newest snapshot finds them. */
function snapshot(state: RuleState, into = new Map<number, Uint8Array>()): Map<number, Uint8Array> {
  const writer = beginSnapshot(state);
  for (let chunk = writer.next(); chunk !== null; chunk = writer.next()) {
    into.set(chunk.partition, chunk.bytes);
  }
  writer.end("published");
  const live = new Set(writer.partitions.map(({ partition }) => partition));
  for (const partition of into.keys()) if (!live.has(partition)) into.delete(partition);
  return into;
}

Deno.test("step: without a cooldown each match is an alert of its own", () => {
  const run = start({ key: [0] });
  apply(run, { arrival: ARRIVAL, events: [at(0, { k: 1 }), at(0, { k: 1 }), at(0)] });
  assert.deepEqual(run.effects.alerts.map((alert) => alert.key), [[1], [1], [null]]);
  assert.deepEqual(run.effects.alerts[2], {
    cause: { kind: "event", offset: 2 },
    ordinal: 0,
    reason: "match",
    status: "firing",
    revision: 1,
    key: [null],
    event_time: ARRIVAL,
    fired_at: ARRIVAL,
    resolved_at: null,
    window: null,
    events: [2],
    event_count: 1,
    steps: null,
    values: {},
  });
  assert.deepEqual(run.effects.counters, { matched: 3, alerts: 3 });
});

Deno.test("cooldown: runs on event time per key and ends exactly at its length", () => {
  const run = start({ key: [0], cooldown_ms: 10_000 });
  const events = [
    at(0, { k: "a" }),
    at(9.999, { k: "a" }),
    at(3, { k: "b" }),
    at(10, { k: "a" }),
    at(13, { k: "b" }),
  ];
  apply(run, { arrival: ARRIVAL, events });
  assert.deepEqual(alerted(run), [0, 2, 3, 4]);
  assert.equal(run.effects.counters.in_cooldown, 1);
});

Deno.test("cooldown: an event earlier than the last alert of its key is within it", () => {
  const run = start({ key: [0], cooldown_ms: 10_000 });
  apply(run, { arrival: ARRIVAL, events: [at(100, { k: 1 }), at(50, { k: 1 }), at(110, { k: 1 })] });
  assert.deepEqual(alerted(run), [0, 2]);
});

Deno.test("cooldown: an event from the far future keeps its key quiet by arrival, not until that future", () => {
  const run = start({ cooldown_ms: 10_000 });
  apply(run, { arrival: ARRIVAL, events: [at(1e6)] });
  apply(run, { arrival: ARRIVAL + 5000, events: [at(5)] });
  apply(run, { arrival: ARRIVAL + 10_000, events: [at(10)] });
  assert.deepEqual(alerted(run), [0, 2]);
  assert.equal(run.effects.counters.time_future, 1);
  assert.equal(run.effects.alerts[0]!.event_time, ARRIVAL + 1e9);
});

Deno.test("time: an unreadable one is counted and arrival is used", () => {
  const run = start({});
  apply(run, { arrival: ARRIVAL, events: [{ timestamp: "soon" }, {}] });
  assert.deepEqual(run.effects.alerts.map((alert) => alert.event_time), [ARRIVAL, ARRIVAL]);
  assert.equal(run.effects.counters.time_unreadable, 1);
});

Deno.test("group key: 1 and the text 1 are one key, shown as first seen; missing is a key of its own", () => {
  const run = start({ key: [0, 1], cooldown_ms: 10_000 }, ["k", "l"]);
  const events = [
    at(0, { k: 1, l: "x" }),
    at(1, { k: "1", l: "x" }),
    at(10, { k: "1", l: "x" }),
    at(0, { l: "x" }),
  ];
  apply(run, { arrival: ARRIVAL, events: [...events, at(1, { k: "null", l: "x" })] });
  assert.deepEqual(run.effects.alerts.map((alert) => alert.key), [[1, "x"], [1, "x"], [null, "x"], [
    "null",
    "x",
  ]]);
});

Deno.test("alerts_per_minute: past the cap matches are counted and one summary tells how many", () => {
  const limits = { keys: null, alerts_per_minute: 2, state_bytes: null };
  const run = start({ limits });
  const minute = Math.floor(ARRIVAL / MINUTE) * MINUTE;
  apply(run, { arrival: minute + 1, events: [{}, {}, {}] });
  apply(run, { arrival: minute + MINUTE - 1, events: [{}] });
  assert.equal(nextDue(run.state), minute + MINUTE);
  assert.deepEqual(alerted(run), [0, 1]);
  apply(run, { arrival: minute + MINUTE + 5, events: [{}] });
  assert.equal(nextDue(run.state), Infinity);
  assert.deepEqual(alerted(run), [0, 1, 4]);
  assert.deepEqual(run.effects.alerts[2], {
    cause: { kind: "alerts_per_minute", minute },
    ordinal: 0,
    reason: "match",
    status: "firing",
    revision: 1,
    key: [],
    event_time: minute + MINUTE,
    fired_at: minute + MINUTE + 5,
    resolved_at: null,
    window: null,
    events: [],
    event_count: 0,
    steps: null,
    values: { suppressed: 2 },
  });
  assert.deepEqual(run.effects.counters, { matched: 5, alerts: 4, over_alerts_per_minute: 2 });
});

Deno.test("alerts_per_minute: a match held back starts no cooldown", () => {
  const limits = { keys: null, alerts_per_minute: 1, state_bytes: null };
  const run = start({ key: [0], cooldown_ms: 3600_000, limits });
  apply(run, { arrival: ARRIVAL, events: [at(0, { k: 1 }), at(0, { k: 2 })] });
  apply(run, { arrival: ARRIVAL + MINUTE, events: [at(60, { k: 2 })] });
  assert.deepEqual(alerted(run), [0, 2]);
});

Deno.test("keys: at the cap the key quiet for longest goes, and is counted", () => {
  const run = start({
    key: [0],
    cooldown_ms: 10_000,
    limits: { keys: 2, alerts_per_minute: null, state_bytes: null },
  });
  const seen = [[0, 1], [1, 2], [10, 1], [10, 3], [10.5, 1], [10.5, 2]] as const;
  // The third renews key 1, so key 3 puts out key 2, which alerts again within what was its cooldown.
  apply(run, { arrival: ARRIVAL, events: seen.map(([seconds, k]) => at(seconds, { k })) });
  assert.deepEqual(alerted(run), [0, 1, 2, 3, 5]);
  assert.equal(run.effects.counters.keys_evicted, 2);
  assert.equal(run.state.keys.count, 2);
});

Deno.test("state_bytes: at the cap as many quiet keys go as the new one needs, and the newest always stays", () => {
  const capped = (state_bytes: number) => ({ keys: null, alerts_per_minute: null, state_bytes });
  const run = start({ key: [0], cooldown_ms: 10_000, limits: capped(4096) });
  const small = Array.from({ length: 40 }, (_, k) => at(0, { k }));
  apply(run, { arrival: ARRIVAL, events: small });
  assert.ok(run.state.bytes <= 4096 && run.state.bytes > 4096 - 200, `${run.state.bytes}`);
  const held = run.state.keys.count;
  assert.equal(run.effects.counters.keys_evicted, 40 - held);
  apply(run, { arrival: ARRIVAL, events: [at(1, { k: "x".repeat(1000) })] });
  assert.ok(run.state.bytes <= 4096);
  assert.ok(run.state.keys.count < held - 5, "one long key puts out several short ones");
  apply(run, { arrival: ARRIVAL, events: [at(2, { k: "x".repeat(9000) }), at(3, { k: "x".repeat(9000) })] });
  assert.equal(run.state.keys.count, 1);
  assert.equal(run.effects.counters.in_cooldown, 1);
  apply(run, { arrival: ARRIVAL, events: [at(4, { k: "short" })] });
  assert.ok(run.state.bytes <= 4096);
});

Deno.test("state_bytes: characters beyond Latin-1 count twice", () => {
  const bytes = (k: string) => {
    const run = start({ key: [0], cooldown_ms: 10_000 });
    apply(run, { arrival: ARRIVAL, events: [at(0, { k })] });
    return run.state.bytes;
  };
  const short = bytes("é");
  assert.equal(bytes("é".repeat(101)), short + 100);
  assert.ok(bytes("€".repeat(101)) >= short + 200);
});

Deno.test("state_bytes: a cap that an edit lowered is reached little by little", () => {
  const run = start({ key: [0], cooldown_ms: 10_000 });
  apply(run, { arrival: ARRIVAL, events: Array.from({ length: 400 }, (_, k) => at(0, { k })) });
  const lower = { ...run.plan, limits: { keys: null, alerts_per_minute: null, state_bytes: 4096 } };
  run.bench.rules[0] = { ...run.bench.rules[0]!, plan: lower };
  apply(run, { arrival: ARRIVAL, events: [at(0, { k: 400 })] });
  assert.equal(run.effects.counters.keys_evicted, 16);
  apply(run, { arrival: ARRIVAL, events: Array.from({ length: 30 }, (_, k) => at(0, { k: 500 + k })) });
  assert.ok(run.state.bytes <= 4096);
});

Deno.test("edit: cooldown survives while key and time source stay", () => {
  const run = start({ key: [0], cooldown_ms: 10_000 });
  apply(run, { arrival: ARRIVAL, events: [at(0, { k: 1 })] });
  const longer = { ...run.plan, cooldown_ms: 20_000 };
  assert.deepEqual(keepState(run.state, run.plan, longer), { kept: ["cooldown"], reset: [] });
  assert.equal(run.state.keys.count, 1);
  assert.deepEqual(keepState(run.state, longer, { ...longer, key: [] }), { kept: [], reset: ["cooldown"] });
  assert.equal(run.state.keys.count, 0);
});

const posted: fc.Arbitrary<Posted[]> = fc.array(
  fc.record({
    wait: fc.nat({ max: 40_000 }),
    events: fc.array(
      fc.record({
        timestamp: fc.integer({ min: -30, max: 500 }).map((s) => ARRIVAL + 1000 * s),
        k: fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 12 }).map(String), fc.constant(null), fc.boolean()),
      }) as fc.Arbitrary<JsonObject>,
      { minLength: 1, maxLength: 12 },
    ),
  }),
  { minLength: 1, maxLength: 12 },
).map((records) => {
  let arrival = ARRIVAL;
  return records.map(({ wait, events }) => ({ arrival: arrival += wait, events }));
});

const CAPPED: Partial<Plan> = {
  key: [0],
  cooldown_ms: 20_000,
  limits: { keys: 5, alerts_per_minute: 6, state_bytes: null },
};

/** About four keys by their bytes. */
const SIZED: Partial<Plan> = { ...CAPPED, limits: { keys: null, alerts_per_minute: 6, state_bytes: 1_130 } };

const eitherCap = fc.constantFrom(CAPPED, SIZED);

Deno.test("step: the same alerts, counters and state however the log is cut", () => {
  fc.assert(
    fc.property(
      posted,
      eitherCap,
      fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
      (records, caps, sizes) => {
        const whole = start(caps);
        const cut = start(caps);
        for (const record of records) {
          apply(whole, record);
          for (let from = 0; from < record.events.length;) {
            const size = sizes.next().value!;
            apply(cut, { ...record, events: record.events.slice(from, from + size) });
            from += size;
          }
        }
        assert.deepEqual(cut.effects, whole.effects);
        assert.equal(cut.state.bytes, whole.state.bytes);
        assert.deepEqual(snapshot(cut.state), snapshot(whole.state));
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("snapshot: restored at any point, the rule goes on as if nothing had happened", () => {
  fc.assert(
    fc.property(
      posted,
      eitherCap,
      fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
      (records, caps, restarts) => {
        const through = start(caps);
        const restarted = start(caps);
        const disk = new Map<number, Uint8Array>();
        records.forEach((record, i) => {
          apply(through, record);
          apply(restarted, record);
          if (restarts[i]) restarted.state = restoreState(restarted.plan, snapshot(restarted.state, disk));
        });
        assert.deepEqual(restarted.effects, through.effects);
        // Whole pictures of both: nothing counts as unchanged in a state that was just restored.
        assert.deepEqual(picture(restarted.state), picture(through.state));
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("snapshot: taken slice by slice while steps go on, it holds the state of its beginning", () => {
  fc.assert(
    fc.property(posted, fc.nat({ max: 11 }), fc.nat({ max: 3 }), (records, from, slices) => {
      const run = start(CAPPED);
      const begin = Math.min(from, records.length);
      for (const record of records.slice(0, begin)) apply(run, record);
      const wanted = picture(run.state);
      const chunks = new Map<number, Uint8Array>();
      const writer = beginSnapshot(run.state);
      const take = () => {
        const chunk = writer.next();
        if (chunk !== null) chunks.set(chunk.partition, chunk.bytes);
        return chunk !== null;
      };
      for (const record of records.slice(begin)) {
        for (let i = 0; i < slices; i++) take();
        apply(run, record);
      }
      while (take());
      writer.end("published");
      assert.deepEqual(picture(restoreState(run.plan, chunks)), wanted);
    }),
    { numRuns: 300 },
  );
});

Deno.test("snapshot: one that was dropped is made good by the next", () => {
  const run = start(CAPPED);
  apply(run, { arrival: ARRIVAL, events: [at(0, { k: 1 })] });
  const dropped = beginSnapshot(run.state);
  dropped.next();
  dropped.end("dropped");
  assert.equal(run.state.unsaved, true);
  assert.deepEqual(picture(restoreState(run.plan, snapshot(run.state))), picture(run.state));
  assert.equal(run.state.unsaved, false);
});

Deno.test("snapshot: a chunk of another format or cut short is refused", () => {
  const run = start(CAPPED);
  apply(run, { arrival: ARRIVAL, events: [at(0, { k: "\ud800ü" })] });
  for (const [partition, bytes] of snapshot(run.state)) {
    const other = bytes.slice();
    other[0] = 9;
    const short = bytes.slice(0, bytes.length - 1);
    for (const bad of [other, short, bytes.slice(0, 3)]) {
      assert.throws(() => restoreState(run.plan, new Map([[partition, bad]])), StateFormatError);
    }
  }
});

/** Everything a state holds, in its order. */
function picture(state: RuleState): unknown {
  const keys = state.keys.used().map((partition) =>
    [...state.keys.slots(partition)].map((slot) => [state.keys.entry(slot), state.cooldown.last(slot)])
  );
  return { minute: { ...state.minute }, keys, bytes: state.bytes, due: nextDue(state) };
}
