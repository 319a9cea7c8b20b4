/**
 * Windows by themselves, on one thread, without HTTP, log or Workers: how many events a second one rule takes,
 * and what a key costs. Run it by itself on a quiet machine: `deno run bench/window_bench.ts [events] [part of a name]`.
 */
import type { JsonObject } from "../src/base/json.ts";
import { TimedRule } from "./timed_rule.ts";
import { xorshift } from "./xorshift.ts";

const T0 = Date.UTC(2026, 0, 1);
const ROWS = 4096;
const EVENTS_PER_MS = 100;
const AVERAGE = [{ as: "n", type: "count" }, { as: "a", type: "avg", field: "v" }];

/** A rule over a window whose firings never alert. */
function windowedRule(window_config: JsonObject, aggregations: JsonObject[]): TimedRule {
  const having = { conditions: [{ field: aggregations[0]!.as!, op: "<", value: 0 }] };
  const time = { field: "ts", unit: "ms" };
  const trigger_spec = { topics: ["t"], group_by: ["k"], window_config, aggregations, having, time };
  return new TimedRule({ trigger_type: "metric", trigger_spec, limits: { keys: null, state_bytes: null } });
}

interface Case {
  name: string;
  window: JsonObject;
  aggregations?: JsonObject[];
  keys: number;
}

function run({ name, window, aggregations = AVERAGE, keys }: Case, events: number): void {
  const rule = windowedRule(window, aggregations);
  let seed = 12_345;
  for (let n = 0; n < events;) {
    const batch: JsonObject[] = [];
    for (let i = 0; i < ROWS; i++, n++) {
      seed = xorshift(seed);
      batch.push({ k: seed % keys, v: seed % 1000, ts: T0 + Math.floor(n / EVENTS_PER_MS) });
    }
    rule.feed(batch, T0 + Math.floor(n / EVENTS_PER_MS));
  }
  const { keys: held, bytes } = rule.state;
  const rate = Math.round(events * 1000 / rule.ms);
  const each = held.count === 0 ? 0 : Math.round(bytes / held.count);
  console.log(`${name}: ${rate.toLocaleString("en")} events/s, ${held.count} keys of ${each} counted bytes`);
}

const hopping = (slides: number): Case => ({
  name: `hopping, ${slides} slides`,
  window: { type: "sliding", size: `${slides * 100}ms`, slide: "100ms" },
  keys: 100,
});

const CASES: readonly Case[] = [
  ...[1, 10, 100, 1000].map(hopping),
  { name: "session", window: { type: "session", gap: "1s" }, keys: 1000 },
  { name: "sliding per event", window: { type: "sliding", size: "1s" }, keys: 1000 },
  { name: "count", window: { type: "count", size: 100, slide: 10 }, keys: 1000 },
  {
    name: "percentile of all events",
    window: { type: "tumbling", size: "1h" },
    aggregations: [{ as: "p", type: "percentile", field: "v", percentile_value: 95 }],
    keys: 1,
  },
  { name: "a million keys", window: { type: "tumbling", size: "1h" }, keys: 1_000_000 },
];

const events = Number(Deno.args[0] ?? 2_000_000);
const wanted = Deno.args[1] ?? "";
for (const one of CASES) if (one.name.includes(wanted)) run(one, events);
