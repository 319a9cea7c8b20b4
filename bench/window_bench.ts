/**
 * Windows by themselves, on one thread, without HTTP, log or Workers: how many events a second one rule takes,
 * and what a key costs. Run it by itself on a quiet machine: `deno run bench/window_bench.ts [events]`.
 */
import { BatchView } from "../src/batch/batch.ts";
import { Registry } from "../src/batch/binding.ts";
import { Encoder } from "../src/batch/encoder.ts";
import { systemClock } from "../src/base/clock.ts";
import type { JsonObject } from "../src/base/json.ts";
import { compileRule } from "../src/engine/compile.ts";
import { noEffects } from "../src/engine/effects.ts";
import type { Plan } from "../src/engine/plan.ts";
import { planConstants } from "../src/engine/plan_constants.ts";
import { type PreparedRule, prepareRule } from "../src/engine/prepared_rule.ts";
import { createState, type RuleState } from "../src/engine/rule_state.ts";
import { SharedTests } from "../src/engine/shared_tests.ts";
import { pass, step } from "../src/engine/step.ts";
import { parseRule } from "../src/model/rule.ts";

const T0 = Date.UTC(2026, 0, 1);
const ROWS = 4096;
const EVENTS_PER_MS = 100;
const AVERAGE = [{ as: "n", type: "count" }, { as: "a", type: "avg", field: "v" }];

/** One rule, and how long it was at work. */
class WindowedRule {
  readonly #plan: Plan;
  readonly #encoder: Encoder;
  readonly #rule: PreparedRule;
  readonly #shared = new SharedTests();
  readonly state: RuleState;
  #next = 0;
  ms = 0;

  constructor(window_config: JsonObject, aggregations: JsonObject[]) {
    const having = { conditions: [{ field: aggregations[0]!.as!, op: "<", value: 0 }] };
    const time = { field: "ts", unit: "ms" };
    const trigger_spec = { topics: ["t"], group_by: ["k"], window_config, aggregations, having, time };
    const limits = { keys: null, state_bytes: null };
    const parsed = parseRule({ rule_name: "r", trigger_type: "metric", trigger_spec, limits });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    const registry = new Registry();
    this.#plan = compileRule(parsed.rule, { rule_id: "r", version: 1, generation: 1 });
    const { topics, fields, time: source, index } = this.#plan;
    this.#encoder = new Encoder(registry);
    this.#encoder.add({ handle: 1, slot: 0, topics, fields, time: source, clocked: true, index });
    this.#rule = prepareRule(this.#plan, {
      handle: 1,
      columns: fields.map((field) => registry.column(field)),
      time: registry.time(source),
      constants: planConstants(this.#plan).map((text) => [text, registry.constant(text)] as const),
    });
    this.state = createState(this.#plan);
  }

  feed(events: readonly JsonObject[], arrival: number): void {
    const prepared = this.#encoder.prepare("t", events, arrival);
    const bytes = new Uint8Array(prepared.bytes);
    prepared.write(bytes);
    const from = systemClock.monotonic();
    this.#apply(new BatchView(bytes), arrival);
    this.ms += systemClock.monotonic() - from;
  }

  #apply(view: BatchView, arrival: number): void {
    const effects = noEffects();
    const span = { first: this.#next, next: this.#next += view.rows, arrival };
    const options = { rows: null, fromRow: 0, skip: null, shared: this.#shared };
    const gathered = this.#rule.read(view, span, options);
    if (gathered !== null) step(this.#rule, this.state, gathered, span, effects);
    if (this.#plan.clock !== null) {
      const latest = this.#rule.latest(view, 0, this.#shared);
      pass(this.#plan, this.state, { span, latest, effects });
    }
    this.#shared.end();
  }
}

interface Case {
  name: string;
  window: JsonObject;
  aggregations?: JsonObject[];
  keys: number;
}

function run({ name, window, aggregations = AVERAGE, keys }: Case, events: number): void {
  const rule = new WindowedRule(window, aggregations);
  let seed = 12_345;
  for (let n = 0; n < events;) {
    const batch: JsonObject[] = [];
    for (let i = 0; i < ROWS; i++, n++) {
      seed ^= seed << 13;
      seed ^= seed >>> 17;
      seed ^= seed << 5;
      seed >>>= 0;
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
for (const one of CASES) run(one, events);
