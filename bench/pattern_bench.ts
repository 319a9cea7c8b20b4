/**
 * Patterns by themselves, on one thread: how many events a second one rule takes. Sequences of 3, 6 and 12 steps,
 * each selective (one event in a hundred fits a step) and not (each fits some step); partial matches that never
 * complete; failed logins, then a success. The last column compares the second half of the events with the first:
 * what is held must not slow the rule down.
 *
 * Run it by itself on a quiet machine: `deno run bench/pattern_bench.ts [events] [part of a name]`.
 */
import type { JsonObject } from "../src/base/json.ts";
import { TimedRule } from "./timed_rule.ts";
import { xorshift } from "./xorshift.ts";

const T0 = Date.UTC(2026, 0, 1);
const ROWS = 4096;
const EVENTS_PER_MS = 10;
const SELECTIVE_KINDS = 1200;

interface Case {
  name: string;
  pattern: JsonObject;
  group_by: string[];
  /** Members of event `n`, of a random number. */
  event(random: number, n: number): JsonObject;
}

const kindOf = (i: number): JsonObject[] => [{ field: "kind", op: "==", value: `k${i}` }];

function sequence(steps: number, selective: boolean): Case {
  const kinds = selective ? SELECTIVE_KINDS : steps;
  return {
    name: `${steps} steps, ${selective ? "selective" : "each event fits one"}`,
    pattern: {
      steps: Array.from({ length: steps }, (_, i) => ({ name: `s${i}`, conditions: kindOf(i) })),
      within: "10s",
    },
    group_by: ["key"],
    event: (random) => ({ kind: `k${random % kinds}`, key: (random >>> 12) % 1000 }),
  };
}

const CASES: readonly Case[] = [
  ...[3, 6, 12].map((steps) => sequence(steps, true)),
  ...[3, 6, 12].map((steps) => sequence(steps, false)),
  {
    name: "never complete, within 10 s",
    pattern: {
      steps: [0, 1, "never"].map((kind) => ({ name: `s${kind}`, conditions: kindOf(kind as number) })),
      within: "10s",
      after_match: "no_skip",
    },
    group_by: ["key"],
    event: (random) => ({ kind: `k${random % 2}`, key: (random >>> 12) % 1000 }),
  },
  {
    name: "never complete, any, without within, 1,000 partial matches a key at most",
    pattern: {
      steps: [0, "never"].map((kind) => ({
        name: `s${kind}`,
        contiguity: "any",
        conditions: kindOf(kind as number),
      })),
      after_match: "no_skip",
    },
    group_by: ["key"],
    event: (random) => ({ kind: "k0", key: (random >>> 12) % 100 }),
  },
  {
    name: "5 failed logins in 60 s, then a success, 100,000 addresses",
    pattern: {
      steps: [
        { name: "failed", conditions: [{ field: "kind", op: "==", value: "failed" }], times: 5 },
        { name: "success", conditions: [{ field: "kind", op: "==", value: "success" }] },
      ],
      within: "60s",
    },
    group_by: ["address"],
    event: (random) => ({
      kind: random % 10 === 0 ? "success" : "failed",
      address: `10.0.${(random >>> 8) % 256}.${(random >>> 16) % 390}`,
    }),
  },
];

function run({ name, pattern, group_by, event }: Case, events: number): void {
  const rule = new TimedRule({
    trigger_type: "pattern",
    trigger_spec: { topics: ["t"], group_by, pattern, time: { field: "ts", unit: "ms" } },
    limits: { alerts_per_minute: null },
  });
  let seed = 12_345;
  let half = { ms: 0, rss: 0 };
  for (let n = 0; n < events;) {
    const batch: JsonObject[] = [];
    for (let i = 0; i < ROWS; i++, n++) {
      seed = xorshift(seed);
      batch.push({ ...event(seed, n), ts: T0 + Math.floor(n / EVENTS_PER_MS) });
    }
    rule.feed(batch, T0 + Math.floor(n / EVENTS_PER_MS));
    if (half.ms === 0 && n >= events / 2) half = { ms: rule.ms, rss: Deno.memoryUsage().rss };
  }
  const { keys, bytes, pattern: held } = rule.state;
  const rate = Math.round(events * 1000 / rule.ms).toLocaleString("en");
  const ratio = ((rule.ms - half.ms) / half.ms).toFixed(2);
  const grown = Math.round((Deno.memoryUsage().rss - half.rss) / 1e6);
  console.log(
    `${name}: ${rate} events/s, second half / first ${ratio}, ${rule.alerts} alerts, ` +
      `${held!.partials} partial matches of ${keys.count} keys in ${Math.round(bytes / 1e6)} MB, ` +
      `resident ${grown} MB more than at half`,
  );
}

const events = Number(Deno.args[0] ?? 2_000_000);
const wanted = Deno.args[1] ?? "";
for (const one of CASES) if (one.name.includes(wanted)) run(one, events);
