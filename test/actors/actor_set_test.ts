/** Claims about the actors of one host: frames, joining, leaving, and that a throw hits one rule only. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { createState } from "../../src/engine/rule_state.ts";
import { alertOffsets, ARRIVAL, rulesOf, SetBench } from "./set_bench.ts";

const ALL: JsonObject = { trigger_spec: { conditions: [] } };
const HIGH: JsonObject = { trigger_spec: { field: "n", op: ">", value: 5 } };
const IS_A: JsonObject = { trigger_spec: { field: "host", op: "==", value: "a" } };
const COOL: JsonObject = { trigger_spec: { conditions: [], group_by: ["host"] }, cooldown: "1h" };
const MINUTE = 60_000;

Deno.test("actor set: a frame tells what each rule did, between which offsets, and where all of them are", () => {
  const bench = new SetBench();
  const high = bench.join(HIGH);
  const isA = bench.join(IS_A);
  bench.frames();
  bench.feed([{ n: 9 }, { n: 1, host: "a" }, { n: 7 }]);
  const [frame, ...others] = bench.frames();
  assert.equal(others.length, 0);
  assert.equal(frame!.upto, 3);
  const [said] = rulesOf([frame!], high);
  assert.deepEqual([said!.from, said!.to, said!.version], [0, 3, 1]);
  assert.deepEqual(said!.counters, { matched: 2, alerts: 2 });
  assert.deepEqual(alertOffsets([frame!], high), [0, 2]);
  assert.deepEqual(alertOffsets([frame!], isA), [1]);
});

Deno.test("actor set: rules that did nothing are covered by the floor alone", () => {
  const bench = new SetBench();
  bench.join(HIGH);
  bench.frames();
  bench.feed([{ n: 1 }]);
  assert.deepEqual(bench.frames().map(({ upto, rules }) => ({ upto, rules })), [{ upto: 1, rules: [] }]);
  assert.deepEqual(bench.frames(), [], "and nothing is said twice");
});

Deno.test("actor set: a rule's next frame begins where the floor of the last one stood", () => {
  const bench = new SetBench();
  const high = bench.join(HIGH);
  bench.feed([{ n: 1 }]);
  bench.frames();
  bench.feed([{ n: 9 }]);
  const [said] = rulesOf(bench.frames(), high);
  assert.deepEqual([said!.from, said!.to], [1, 2]);
});

Deno.test("actor set: effects before and behind an edit are told apart by version", () => {
  const bench = new SetBench();
  const rule = bench.join(HIGH);
  bench.feed([{ n: 9 }]);
  bench.change(rule, { trigger_spec: { field: "n", op: "<", value: 5 } });
  bench.feed([{ n: 9 }, { n: 1 }]);
  const said = rulesOf(bench.frames(), rule);
  assert.deepEqual(said.map(({ version, from, to }) => ({ version, from, to })), [
    { version: 1, from: 0, to: 1 },
    { version: 2, from: 1, to: 3 },
  ]);
  assert.deepEqual(said.map((frame) => frame.alerts.map((alert) => alert.events)), [[[0]], [[2]]]);
});

Deno.test("actor set: an actor that catches up moves by its own frames until it joins, then sees each event once", () => {
  const bench = new SetBench();
  bench.join(HIGH);
  const late = bench.load(ALL);
  bench.feed([{ n: 1 }, { n: 2 }]);
  assert.deepEqual(alertOffsets(bench.frames(), late), []);
  bench.feedAlone([late], [{ n: 1 }, { n: 2 }], 0);
  const alone = bench.frames();
  assert.deepEqual(rulesOf(alone, late).map(({ from, to }) => [from, to]), [[0, 2]]);
  bench.take({ kind: "join", handles: [late.handle], at: 2, cursor: 0 });
  assert.deepEqual(bench.all("joined").map(({ actors, at }) => ({ actors, at })), [
    { actors: [{ handle: 1, incarnation: 1 }], at: 0 },
    { actors: [{ handle: late.handle, incarnation: 1 }], at: 2 },
  ]);
  bench.feed([{ n: 3 }]);
  assert.deepEqual(alertOffsets(alone, late), [0, 1]);
  assert.deepEqual(alertOffsets(bench.frames(), late), [2]);
});

Deno.test("actor set: an actor that is gone by its join is not told to have joined", () => {
  const bench = new SetBench();
  const gone = bench.load(ALL, { incarnation: 3 });
  const stays = bench.load(ALL, { incarnation: 5 });
  bench.take({ kind: "unload", handle: gone.handle, incarnation: 3 });
  bench.take({ kind: "join", handles: [gone.handle, stays.handle], at: 0, cursor: 0 });
  assert.deepEqual(bench.all("joined")[0]!.actors, [{ handle: stays.handle, incarnation: 5 }]);
});

Deno.test("actor set: what was done privately is told before the join", () => {
  const bench = new SetBench();
  bench.join(HIGH);
  const late = bench.load(ALL);
  bench.feed([{ n: 1 }]);
  bench.feedAlone([late], [{ n: 1 }], 0);
  bench.said.length = 0;
  bench.take({ kind: "join", handles: [late.handle], at: 1, cursor: 0 });
  assert.deepEqual(bench.said.map(({ kind }) => kind), ["frame", "joined"]);
});

Deno.test("actor set: an actor whose state reaches further than the feed waits for its place", () => {
  const bench = new SetBench();
  const ahead = bench.join(ALL, { offset: 2 });
  bench.feed([{ n: 0 }, { n: 1 }, { n: 2 }]);
  bench.feed([{ n: 3 }]);
  assert.deepEqual(alertOffsets(bench.frames(), ahead), [2, 3]);
});

Deno.test("actor set: effects before `applied` move the state and are not told again", () => {
  const bench = new SetBench();
  const rule = bench.join(COOL, { offset: 0, applied: 2 });
  bench.feed([{ host: "a" }, { host: "b" }, { host: "a" }, { host: "c" }]);
  const frames = bench.frames();
  assert.deepEqual(alertOffsets(frames, rule), [3], "a is within the cooldown that began before");
  assert.deepEqual(rulesOf(frames, rule)[0]!.counters, { matched: 2, in_cooldown: 1, alerts: 1 });
});

Deno.test("actor set: leaving the feed tells where each actor stands, and private records go on there", () => {
  const bench = new SetBench();
  const rule = bench.join(ALL);
  bench.feed([{ n: 0 }, { n: 1 }]);
  bench.set.detach();
  const frames = bench.all("frame").map(({ frame }) => frame);
  const [detached] = bench.all("detached");
  assert.deepEqual(detached!.actors, [{ handle: rule.handle, incarnation: 1, offset: 2, version: 1 }]);
  assert.equal(bench.set.position, null);
  bench.feedAlone([rule], [{ n: 1 }, { n: 2 }], 1);
  const more = bench.frames();
  assert.equal(more[0]!.upto, null);
  assert.deepEqual([...alertOffsets(frames, rule), ...alertOffsets(more, rule)], [0, 1, 2]);
});

Deno.test("actor set: a torn read changes nothing and can be done again", () => {
  const bench = new SetBench();
  const rule = bench.join(COOL);
  assert.equal(bench.feed([{ host: "a" }], ARRIVAL, () => false), "torn");
  assert.deepEqual(rulesOf(bench.frames(), rule), []);
  assert.equal(bench.feed([{ host: "a" }]), "applied");
  assert.deepEqual(alertOffsets(bench.frames(), rule), [0]);
});

Deno.test("actor set: garbage in place of a batch is torn, and a bug when it is whole", () => {
  const bench = new SetBench();
  bench.join(ALL);
  const [slot, bytes] = bench.encode([{ n: 1 }], 0);
  const garbage = bytes.map((byte, i) => byte ^ (i * 73));
  assert.equal(bench.set.applyRecord(slot, garbage, () => false), "torn");
  assert.throws(() => bench.set.applyRecord(slot, garbage, () => true), /whole batch/);
});

Deno.test("actor set: rows of a parked event are left out, for that rule alone", () => {
  const bench = new SetBench();
  const rule = bench.join(ALL, { poison: [1] });
  const other = bench.join(ALL);
  const indexed = bench.join(IS_A, { poison: [2] });
  bench.feed([{ host: "a" }, { host: "b" }, { host: "a" }]);
  const frames = bench.frames();
  assert.deepEqual(alertOffsets(frames, rule), [0, 2]);
  assert.deepEqual(alertOffsets(frames, other), [0, 1, 2]);
  assert.deepEqual(alertOffsets(frames, indexed), [0]);
});

Deno.test("actor set: a timer fires by a tick at its own time, once", () => {
  const bench = new SetBench();
  const capped = bench.join({ ...ALL, limits: { alerts_per_minute: 1 } });
  bench.feed([{ n: 0 }, { n: 1 }, { n: 2 }], ARRIVAL);
  bench.frames();
  const due = Math.floor(ARRIVAL / MINUTE) * MINUTE + MINUTE;
  assert.equal(bench.set.due, due);
  bench.tick(due - 1);
  assert.deepEqual(rulesOf(bench.frames(), capped), []);
  bench.tick(due);
  bench.tick(due + 1);
  const alerts = rulesOf(bench.frames(), capped).flatMap((frame) => frame.alerts);
  assert.deepEqual(alerts.map(({ cause, event_time, values }) => ({ cause, event_time, values })), [{
    cause: { kind: "alerts_per_minute", minute: due - MINUTE },
    event_time: due,
    values: { suppressed: 2 },
  }]);
  assert.equal(bench.set.due, Infinity);
});

Deno.test("actor set: a timer that a record makes due fires before the record is applied", () => {
  const bench = new SetBench();
  const capped = bench.join({ ...ALL, limits: { alerts_per_minute: 1 } });
  bench.feed([{ n: 0 }, { n: 1 }], ARRIVAL);
  bench.feed([{ n: 2 }], ARRIVAL + MINUTE);
  const causes = rulesOf(bench.frames(), capped).flatMap((frame) =>
    frame.alerts.map(({ cause }) => cause.kind)
  );
  assert.deepEqual(causes, ["event", "alerts_per_minute", "event"]);
});

Deno.test("actor set: an inspection tells keys and bytes, and zero of an unknown rule", () => {
  const bench = new SetBench();
  const rule = bench.join(COOL);
  bench.feed([{ host: "a" }, { host: "b" }]);
  bench.take({ kind: "inspect", handle: rule.handle, id: 4 });
  bench.take({ kind: "inspect", handle: 99, id: 5 });
  const [known, unknown] = bench.all("inspected");
  assert.deepEqual([known!.id, known!.figures.keys], [4, 2]);
  assert.ok(known!.figures.state_bytes > createState(rule.plan).keys.bytes);
  assert.deepEqual([unknown!.id, unknown!.figures.keys, unknown!.figures.state_bytes], [5, 0, 0]);
});

Deno.test("actor set: an unload of an older incarnation leaves the newer one alone", () => {
  const bench = new SetBench();
  const rule = bench.join(ALL, { incarnation: 2 });
  bench.take({ kind: "unload", handle: rule.handle, incarnation: 1 });
  bench.feed([{ n: 1 }]);
  assert.deepEqual(alertOffsets(bench.frames(), rule), [0]);
  bench.take({ kind: "unload", handle: rule.handle, incarnation: 2 });
  bench.feed([{ n: 2 }]);
  assert.deepEqual(alertOffsets(bench.frames(), rule), []);
});
