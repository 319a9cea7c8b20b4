/**
 * Snapshots that are written while their rule goes on, of every kind of state: they hold, byte by byte, what one
 * that was written at once holds.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../src/base/json.ts";
import { beginSnapshot } from "../../src/engine/snapshot.ts";
import { RuleBench } from "./rule_bench.ts";

const T0 = Date.UTC(2026, 0, 1);
/** Several of them in each partition. */
const KEYS = 900;

const COUNT = [{ as: "n", type: "count" }, { as: "p", type: "median", field: "v" }];

function rule(spec: JsonObject, rest: JsonObject = {}): JsonObject {
  return {
    trigger_type: "metric",
    trigger_spec: { topics: ["t"], group_by: ["k"], time: { field: "ts", unit: "ms" }, ...spec },
    ...rest,
  };
}

const RULES: Readonly<Record<string, JsonObject>> = {
  "a cooldown": rule({ field: "v", op: ">", value: 1 }, { cooldown: "2s", trigger_type: "event" }),
  "hopping windows": rule({
    window_config: { type: "sliding", size: "5s", slide: "1s" },
    aggregations: COUNT,
  }),
  "sessions": rule({ window_config: { type: "session", gap: "1s" }, aggregations: COUNT }),
  "windows per event": rule({ window_config: { type: "sliding", size: "2s" }, aggregations: COUNT }),
  "count windows": rule({ window_config: { type: "count", size: 5, slide: 2 }, aggregations: COUNT }),
  "a hold": rule({ field: "v", op: ">", value: 1 }, { trigger_type: "event", for: "2s" }),
  "a baseline": rule({ anomaly_method: "zscore", value_path: "v", baseline_window: 5 }, {
    trigger_type: "anomaly",
  }),
  "a pattern": rule({
    pattern: {
      steps: [
        { name: "a", conditions: [{ field: "v", op: "==", value: 1 }] },
        { name: "b", conditions: [{ field: "v", op: "==", value: 2 }] },
      ],
      within: "3s",
    },
  }, { trigger_type: "pattern" }),
  "few keys": rule({ field: "v", op: ">", value: 0 }, {
    trigger_type: "event",
    cooldown: "2s",
    limits: { keys: 200 },
  }),
};

interface Batch {
  /** ms since the one before. */
  after: number;
  keys: readonly number[];
}

const batch: fc.Arbitrary<Batch> = fc.record({
  after: fc.nat(1500),
  keys: fc.array(fc.nat(KEYS - 1), { maxLength: 120 }),
});

for (const [name, document] of Object.entries(RULES)) {
  Deno.test(`a snapshot written while the rule goes on is that of its beginning: ${name}`, () => {
    fc.assert(
      fc.property(
        fc.array(batch, { minLength: 1, maxLength: 6 }),
        fc.array(batch, { maxLength: 6 }),
        fc.nat(40),
        (before, during, chunks) => {
          const [steady, moving] = [new RuleBench(document), new RuleBench(document)];
          let now = T0;
          for (const given of before) {
            now += given.after;
            for (const bench of [steady, moving]) feed(bench, given, now);
          }
          const wanted = written(steady);
          const writer = beginSnapshot(moving.state);
          const found = new Map<number, Uint8Array>();
          const take = () => {
            const chunk = writer.next();
            if (chunk !== null) found.set(chunk.partition, chunk.bytes);
            return chunk !== null;
          };
          for (const given of during) {
            for (let i = 0; i < chunks; i++) take();
            feed(moving, given, now += given.after);
          }
          while (take());
          writer.end("published");
          assert.deepEqual(found, wanted);
        },
      ),
      { numRuns: 40 },
    );
  });
}

function feed(bench: RuleBench, { keys }: Batch, now: number): void {
  bench.feed(keys.map((key, i) => ({ k: key, v: (key + i) % 4, ts: now })), now);
}

function written(bench: RuleBench): Map<number, Uint8Array> {
  const writer = beginSnapshot(bench.state);
  const chunks = new Map<number, Uint8Array>();
  for (let chunk = writer.next(); chunk !== null; chunk = writer.next()) {
    chunks.set(chunk.partition, chunk.bytes);
  }
  writer.end("published");
  return chunks;
}
