/** Claims about checkpoints as a host makes them, piece by piece while its actors go on. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { restoreState } from "../../src/engine/snapshot.ts";
import { ARRIVAL, SetBench } from "./set_bench.ts";

const COOL: JsonObject = { trigger_spec: { conditions: [], group_by: ["host"] }, cooldown: "1h" };

function hosts(count: number, from = 0): JsonObject[] {
  return Array.from({ length: count }, (_, i) => ({ host: `h${from + i}` }));
}

Deno.test("checkpoint: steps that come meanwhile are not in it, and not lost for the next one", () => {
  const bench = new SetBench();
  const rule = bench.join(COOL);
  bench.feed(hosts(500));
  bench.take({ kind: "checkpoint", id: 1 });
  let pieces = 0;
  while (bench.set.workOnCheckpoint(() => true)) if (pieces++ === 10) bench.feed(hosts(500, 500));
  const chunks = new Map(
    bench.all("chunks").flatMap(({ chunks }) => chunks.map((c) => [c.partition, c.bytes])),
  );
  assert.equal(restoreState(rule.plan, viewsOf(chunks)).keys.count, 500);
  const [done] = bench.all("checkpointed");
  assert.deepEqual([done!.offset, done!.floor], [500, 500]);
  bench.take({ kind: "checkpoint", id: 2 });
  while (bench.set.workOnCheckpoint(() => false));
  for (const message of bench.all("chunks")) for (const c of message.chunks) chunks.set(c.partition, c.bytes);
  assert.equal(restoreState(rule.plan, viewsOf(chunks)).keys.count, 1000);
});

Deno.test("checkpoint: a state belongs to the version that it was taken of, whatever edit came before it was sent", () => {
  const bench = new SetBench();
  const rule = bench.join(COOL);
  bench.feed(hosts(3));
  bench.take({ kind: "checkpoint", id: 1 });
  bench.change(rule, { ...COOL, trigger_spec: { conditions: [], group_by: ["rack"] } }, 2);
  while (bench.set.workOnCheckpoint(() => false));
  const [state] = bench.all("checkpointed")[0]!.manifests;
  assert.deepEqual([state!.rule_version, state!.generation], [1, 1]);
});

Deno.test("checkpoint: an edit makes the state one that the next checkpoint writes, even if it changed nothing", () => {
  const bench = new SetBench();
  const rule = bench.join(COOL);
  bench.take({ kind: "checkpoint", id: 1 });
  while (bench.set.workOnCheckpoint(() => false));
  assert.deepEqual(bench.all("checkpointed")[0]!.manifests, []);
  bench.change(rule, COOL, 2);
  bench.take({ kind: "checkpoint", id: 2 });
  while (bench.set.workOnCheckpoint(() => false));
  assert.equal(bench.all("checkpointed")[0]!.manifests[0]!.rule_version, 2);
});

Deno.test("checkpoint: its offset does not speak for an actor that joined meanwhile", () => {
  const bench = new SetBench();
  bench.join(COOL);
  bench.feed(hosts(300));
  bench.take({ kind: "checkpoint", id: 1 });
  bench.set.workOnCheckpoint(() => true);
  bench.join(COOL);
  while (bench.set.workOnCheckpoint(() => false));
  const [done] = bench.all("checkpointed");
  assert.deepEqual([done!.offset, done!.floor, done!.manifests.length], [300, null, 1]);
});

Deno.test("checkpoint: actors that did not change since their last one are covered by the offset alone", () => {
  const bench = new SetBench();
  bench.join(COOL);
  const quiet = bench.join({ ...COOL, trigger_spec: { field: "n", op: ">", value: 1, group_by: ["host"] } });
  bench.feed(hosts(3), ARRIVAL);
  bench.take({ kind: "checkpoint", id: 1 });
  while (bench.set.workOnCheckpoint(() => false));
  const handles = bench.all("checkpointed")[0]!.manifests.map(({ handle }) => handle);
  assert.ok(handles.length === 1 && !handles.includes(quiet.handle));
});

function viewsOf(chunks: ReadonlyMap<number, ArrayBuffer>): Map<number, Uint8Array> {
  return new Map([...chunks].map(([partition, bytes]) => [partition, new Uint8Array(bytes)]));
}
