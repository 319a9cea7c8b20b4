import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import type { JsonObject } from "../../src/base/json.ts";
import { BatchView, COLUMN, KIND, TIME } from "../../src/batch/batch.ts";
import { Registry, type Subscription } from "../../src/batch/binding.ts";
import { Encoder } from "../../src/batch/encoder.ts";
import { condition, event, FIELDS } from "../engine/arbitrary.ts";
import { holds } from "../engine/oracle.ts";
import { planOf, Workbench } from "../engine/workbench.ts";

const ARRIVAL = 1_800_000_000_000;
const TIMESTAMP = { field: null, unit: null };

function subscription(handle: number, rest: Partial<Subscription> = {}): Subscription {
  return { handle, slot: 0, topics: null, fields: ["a"], time: TIMESTAMP, index: null, ...rest };
}

function view(encoder: Encoder, topic: string, events: JsonObject[], arrival = ARRIVAL): BatchView {
  const prepared = encoder.prepare(topic, events, arrival);
  const bytes = new Uint8Array(new SharedArrayBuffer(prepared.bytes));
  prepared.write(bytes);
  return new BatchView(bytes);
}

function candidates(batch: BatchView, slot: number): [number, number[]][] {
  const found: [number, number[]][] = [];
  batch.candidates(slot, (handle, rows) => found.push([handle, [...rows]]));
  return found.sort((a, b) => a[0] - b[0]);
}

function deviceIs(handle: number, key: string, rest: Partial<Subscription> = {}): Subscription {
  return subscription(handle, {
    index: [{ field: "d", keys: [key], absent: false }],
    fields: ["d", "x"],
    ...rest,
  });
}

Deno.test("encoder: a column holds kind, number and text of every value", () => {
  const registry = new Registry();
  const encoder = new Encoder(registry);
  encoder.add(subscription(1));
  const lone = "\ud800";
  const batch = view(encoder, "t", [{ a: 1.5 }, { a: "2" }, { a: true }, { a: ["x", 1] }, { a: lone }, {
    a: null,
  }]);
  const column = batch.column(registry.column("a"))!;
  assert.deepEqual([...column.kinds], [
    KIND.number,
    KIND.text,
    KIND.boolean,
    KIND.json,
    KIND.text,
    KIND.missing,
  ]);
  assert.deepEqual([...column.numbers], [1.5, 2, 1, NaN, NaN, NaN]);
  const texts = [...column.codes].map((code) => code < 0 ? null : batch.text(code));
  assert.deepEqual(texts, [null, "2", null, '["x",1]', lone, null]);
  assert.equal(column.flags, 0);
  assert.equal(
    view(encoder, "t", [{ a: 1 }, { a: 2 }]).column(registry.column("a"))!.flags,
    COLUMN.allNumbers,
  );
});

Deno.test("encoder: constants are told by code where a row has them", () => {
  const registry = new Registry();
  const encoder = new Encoder(registry);
  encoder.add(subscription(1));
  const [here, elsewhere] = [registry.constant("here"), registry.constant("elsewhere")];
  const batch = view(encoder, "t", [{ a: "there" }, { a: "here" }]);
  assert.equal(batch.text(batch.constant(here)), "here");
  assert.equal(batch.constant(elsewhere), -1);
});

Deno.test("encoder: times are read for all rows, and say how they were found", () => {
  const registry = new Registry();
  const encoder = new Encoder(registry);
  const own = { field: "at", unit: "s" } as const;
  encoder.add(deviceIs(1, "nowhere"));
  encoder.add(subscription(2, { time: own }));
  const cloud = { specversion: "1.0", type: "t", source: "s", time: "2026-01-01T00:00:00Z" };
  const late = ARRIVAL + 5 * 60_000;
  const events = [{ timestamp: "2026-13-01T00:00:00Z" }, { time: 1e9 }, cloud, {}, { time: late }, {
    time: late + 1,
  }];
  const batch = view(encoder, "t", events);
  const { times, flags } = batch.time(registry.time(TIMESTAMP))!;
  assert.deepEqual([...times], [ARRIVAL, 1e12, Date.UTC(2026, 0, 1), ARRIVAL, late, late + 1]);
  assert.deepEqual([...flags], [TIME.unreadable, TIME.read, TIME.read, TIME.absent, TIME.read, TIME.future]);
  assert.deepEqual([...batch.time(registry.time(own))!.flags], new Array(6).fill(TIME.absent));
});

Deno.test("encoder: other columns of indexed rules are read for their candidate rows only", () => {
  const registry = new Registry();
  const encoder = new Encoder(registry);
  encoder.add(deviceIs(1, "td1"));
  encoder.add(deviceIs(2, "td9", { fields: ["d", "y"] }));
  const batch = view(encoder, "t", [{ d: "d1", x: 1 }, { d: "d2", x: 2 }, { d: "d1", x: 3 }]);
  const x = batch.column(registry.column("x"))!;
  assert.equal(x.flags, COLUMN.sparse);
  assert.deepEqual([...x.kinds], [KIND.number, KIND.missing, KIND.number]);
  assert.equal(batch.column(registry.column("y")), undefined);
  assert.deepEqual(candidates(batch, 0), [[1, [0, 2]]]);
});

Deno.test("encoder: a batch names the slots whose rules could match a row, and lists candidates by slot", () => {
  const encoder = new Encoder(new Registry());
  encoder.add(deviceIs(1, "td1", { slot: 4 }));
  encoder.add(deviceIs(2, "td1", { slot: 2 }));
  encoder.add(deviceIs(3, "td2", { slot: 3 }));
  encoder.add(subscription(4, { slot: 7, topics: ["u"] }));
  const events = [{ d: "d1" }, { d: "d3" }];
  assert.deepEqual(encoder.prepare("t", events, ARRIVAL).slots, [2, 4]);
  assert.deepEqual(encoder.prepare("u", events, ARRIVAL).slots, [2, 4, 7]);
  assert.deepEqual(encoder.prepare("t", [{ d: "d3" }], ARRIVAL).slots, []);
  encoder.move(1, 0);
  encoder.move(4, 1);
  encoder.remove(2);
  assert.deepEqual(encoder.prepare("u", events, ARRIVAL).slots, [0, 1]);
  assert.deepEqual(candidates(view(encoder, "u", events), 0), [[1, [0]]]);
});

Deno.test("encoder: topics with an underscore are seen only by rules that name them", () => {
  const encoder = new Encoder(new Registry());
  encoder.add(subscription(1, { slot: 1 }));
  encoder.add(subscription(2, { slot: 2, topics: ["_alerts"] }));
  assert.deepEqual(encoder.prepare("_alerts", [{}], ARRIVAL).slots, [2]);
  assert.deepEqual(encoder.prepare("_poll.x", [{}], ARRIVAL).slots, []);
  assert.deepEqual(encoder.prepare("any", [{}], ARRIVAL).slots, [1]);
});

Deno.test("encoder: numbers, numeric texts and booleans meet as the equality does; absent passes where told", () => {
  const encoder = new Encoder(new Registry());
  encoder.add(deviceIs(1, "n1"));
  encoder.add(deviceIs(2, "ttrue"));
  encoder.add(subscription(3, { index: [{ field: "d", keys: ["tx"], absent: true }] }));
  encoder.add(subscription(4, { index: [{ field: "d", keys: ["n1", "ttrue"], absent: false }] }));
  const events = [{ d: 1 }, { d: "1.0" }, { d: true }, { d: "true" }, {}, { d: "x" }, { d: [1] }];
  assert.deepEqual(candidates(view(encoder, "t", events), 0), [
    [1, [0, 1, 2]],
    [2, [2, 3]],
    [3, [4, 5]],
    [4, [0, 1, 2, 3]],
  ]);
});

Deno.test("encoder: a rule that came and went leaves nothing behind", () => {
  const encoder = new Encoder(new Registry());
  const rules = [
    subscription(1),
    deviceIs(2, "td1"),
    deviceIs(3, "td1", { topics: ["t"] }),
    subscription(4, { time: { field: "at", unit: null }, fields: ["q"] }),
  ];
  const events = [{ d: "d1", a: 1, x: 2 }];
  const empty = encoder.prepare("t", events, ARRIVAL).bytes;
  for (const order of [rules, [...rules].reverse()]) {
    for (const rule of rules) encoder.add(rule);
    assert.ok(encoder.prepare("t", events, ARRIVAL).bytes > empty);
    for (const rule of order) encoder.remove(rule.handle);
    assert.equal(encoder.prepare("t", events, ARRIVAL).bytes, empty);
  }
});

Deno.test("encoder: a prepared batch is not written after the next was prepared", () => {
  const encoder = new Encoder(new Registry());
  const first = encoder.prepare("t", [{}], ARRIVAL);
  encoder.prepare("t", [{}], ARRIVAL);
  assert.throws(() => first.write(new Uint8Array(first.bytes)), /written before/);
});

Deno.test("index: candidates are never fewer than matches", () => {
  fc.assert(
    fc.property(
      fc.array(condition, { minLength: 1, maxLength: 8 }),
      fc.array(event, { minLength: 1, maxLength: 30 }),
      (conditions, events) => {
        const bench = new Workbench();
        conditions.forEach((where) => bench.add(planOf(where, FIELDS)));
        const listed = new Map(candidates(new BatchView(bench.encode(events)), 0));
        conditions.forEach((where, handle) => {
          if (bench.rules[handle]!.plan.index === null) return assert.equal(listed.has(handle), false);
          const rows = listed.get(handle) ?? [];
          assert.deepEqual(rows, [...new Set(rows)].sort((a, b) => a - b));
          events.forEach((one, row) => assert.ok(!holds(where, FIELDS, one) || rows.includes(row)));
        });
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("encoder: halves of a batch say what the whole says", () => {
  fc.assert(
    fc.property(
      fc.array(condition, { minLength: 1, maxLength: 5 }),
      fc.array(event, { minLength: 2, maxLength: 30 }),
      (conditions, events) => {
        const bench = new Workbench();
        for (const where of conditions) bench.add(planOf(where, FIELDS, { key: [0, 1] }));
        const middle = events.length >> 1;
        const seen = (part: JsonObject[], first: number) =>
          bench.read(bench.encode(part), first).map((found) => ({
            offsets: [...found?.offsets ?? []],
            times: [...found?.times ?? []],
            keys: found?.keys ?? [],
          }));
        const whole = seen(events, 0);
        const left = seen(events.slice(0, middle), 0);
        const right = seen(events.slice(middle), middle);
        const joined = left.map((half, i) => ({
          offsets: [...half.offsets, ...right[i]!.offsets],
          times: [...half.times, ...right[i]!.times],
          keys: [...half.keys, ...right[i]!.keys],
        }));
        assert.deepEqual(joined, whole);
      },
    ),
    { numRuns: 300 },
  );
});
