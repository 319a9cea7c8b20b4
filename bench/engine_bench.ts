/**
 * Figures of the batch encoder and the engine alone, one thread, no I/O: events per second. Run it by
 * itself on a quiet machine: `deno run bench/engine_bench.ts`. Events have 12 members, 160 bytes as JSON.
 */
import { systemClock } from "../src/base/clock.ts";
import { instant } from "../src/base/event_time.ts";
import type { JsonObject } from "../src/base/json.ts";
import { seededRng } from "../src/base/rng.ts";
import { BatchView } from "../src/batch/batch.ts";
import { Registry, type RuleBinding } from "../src/batch/binding.ts";
import { Encoder } from "../src/batch/encoder.ts";
import { noEffects } from "../src/engine/effects.ts";
import { indexTerms } from "../src/engine/index_terms.ts";
import type { Condition, Plan } from "../src/engine/plan.ts";
import { planConstants } from "../src/engine/plan_constants.ts";
import { type PreparedRule, prepareRule } from "../src/engine/prepared_rule.ts";
import { QuickTests } from "../src/engine/quick_tests.ts";
import { createState, type RuleState } from "../src/engine/rule_state.ts";
import { SharedTests } from "../src/engine/shared_tests.ts";
import { step } from "../src/engine/step.ts";

const ROWS = 4096;
const TIME = { field: null, unit: null };
const ARRIVAL = 1_800_000_000_000;
const FIELDS = ["device", "site", "env", "temperature", "humidity", "voltage", "status", "seq"];

/** Devices are so many that a rule per device and 1,000 devices give about 4 rows a batch. */
function makeEvents(count: number, devices: number): JsonObject[] {
  const rng = seededRng(7);
  const texts = Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      device: `d${Math.floor(rng.next() * devices)}`,
      site: `site-${i % 20}`,
      env: i % 4 === 0 ? "staging" : "prod",
      temperature: Math.round(rng.next() * 1000) / 10,
      humidity: Math.round(rng.next() * 100),
      voltage: 3 + rng.next(),
      status: i % 50 === 0 ? "failed" : "ok",
      seq: i,
      timestamp: instant(ARRIVAL + i),
    }));
  return texts.map((text) => JSON.parse(text));
}

function test(fields: string[], field: string, op: ">" | "<" | "==", value: string | number): Condition {
  if (!fields.includes(field)) fields.push(field);
  return {
    kind: "test",
    field: fields.indexOf(field),
    op,
    operand: { kind: "const", value },
    fold_case: false,
  };
}

function makePlan(rule_id: string, tests: [string, ">" | "<" | "==", string | number][]): Plan {
  const fields: string[] = [];
  const items = tests.map(([field, op, value]) => test(fields, field, op, value));
  const where: Condition = { kind: "group", logic: "and", items };
  return {
    format: 2,
    rule_id,
    rule_version: 1,
    generation: 1,
    topics: ["t"],
    fields,
    where,
    key: [],
    time: TIME,
    names: fields,
    enrichments: [],
    after: null,
    holds: null,
    clock: null,
    window: null,
    aggregates: [],
    having: null,
    anomaly: null,
    schedule: null,
    pattern: null,
    hold: null,
    cooldown_ms: 60_000,
    limits: { keys: 1_000_000, alerts_per_minute: 6000, state_bytes: null },
    index: indexTerms(where, fields),
  };
}

class Bench {
  readonly registry = new Registry();
  readonly encoder = new Encoder(this.registry);
  readonly rules: { rule: PreparedRule; state: RuleState }[] = [];
  readonly shared = new SharedTests();
  readonly quick = new QuickTests();

  add(plan: Plan): void {
    const handle = this.rules.length;
    const binding: RuleBinding = {
      handle,
      columns: plan.fields.map((field) => this.registry.column(field)),
      time: this.registry.time(plan.time),
      constants: planConstants(plan).map((text) => [text, this.registry.constant(text)] as const),
    };
    this.rules.push({ rule: prepareRule(plan, binding), state: createState(plan) });
    this.quick.set(plan, binding);
    const { topics, fields, time, index } = plan;
    this.encoder.add({ handle, slot: handle % 32, topics, fields, time, index });
  }

  encode(events: readonly JsonObject[], target: { bytes: Uint8Array }): Uint8Array {
    const prepared = this.encoder.prepare("t", events, ARRIVAL);
    if (target.bytes.byteLength < prepared.bytes) {
      target.bytes = new Uint8Array(new SharedArrayBuffer(2 * prepared.bytes));
    }
    const batch = target.bytes.subarray(0, prepared.bytes);
    prepared.write(batch);
    return batch;
  }

  /** Reads and steps every rule concerned; answers how many rows matched. */
  run(batch: Uint8Array, first: number, stepping: boolean): number {
    const view = new BatchView(batch);
    this.shared.begin(view);
    const span = { first, next: first + view.rows, arrival: ARRIVAL };
    let matched = 0;
    const one = (handle: number, rows: Uint16Array | null) => {
      const { rule, state } = this.rules[handle]!;
      const gathered = rule.read(view, span, { rows, fromRow: 0, skip: null, shared: this.shared });
      if (gathered === null) return;
      matched += gathered.count;
      const effects = noEffects();
      if (stepping) step(rule, state, gathered, span, effects);
    };
    this.rules.forEach(({ rule }, handle) => rule.plan.index === null && one(handle, null));
    for (let slot = 0; slot < 32; slot++) this.quick.candidates(view, slot, one);
    return matched;
  }
}

/** Best of several rounds, events per second. */
function rate(events: number, round: () => void): string {
  let best = Infinity;
  for (let i = 0; i < 7; i++) {
    const start = systemClock.monotonic();
    for (let k = 0; k < 10; k++) round();
    best = Math.min(best, (systemClock.monotonic() - start) / 10);
  }
  return `${(events / best / 1000).toFixed(2)} M/s`;
}

function report(name: string, bench: Bench, events: readonly JsonObject[]): void {
  const target = { bytes: new Uint8Array(0) };
  const batch = bench.encode(events, target).slice();
  const matched = bench.run(batch, 0, false);
  const figures = [
    `encode ${rate(events.length, () => bench.encode(events, target))}`,
    `filter ${rate(events.length, () => bench.run(batch, 0, false))}`,
    `filter and step ${rate(events.length, () => bench.run(batch, 0, true))}`,
    `${matched} matches in ${events.length} rows, ${batch.byteLength} bytes`,
  ];
  print(`${name}: ${figures.join(", ")}`);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

function dense8(): void {
  const bench = new Bench();
  bench.add({ ...makePlan("all", FIELDS.map((field) => [field, ">", 1e9])), index: null });
  report("8 dense columns, 1 rule", bench, makeEvents(ROWS, 1000));
}

function manyRules(count: number): void {
  const bench = new Bench();
  for (let i = 0; i < count; i++) {
    bench.add(makePlan(`r${i}`, [["temperature", ">", 90 + (i % 100) / 10], ["humidity", "<", 20], [
      "voltage",
      ">",
      3.5,
    ]]));
  }
  report(`${count} rules of 3 comparisons, no index`, bench, makeEvents(ROWS, 1000));
}

function indexedRules(): void {
  const bench = new Bench();
  for (let i = 0; i < 10_000; i++) {
    bench.add(makePlan(`r${i}`, [["device", "==", `d${Math.floor(i / 10)}`], ["temperature", ">", 50], [
      "status",
      "==",
      "failed",
    ]]));
  }
  report("10,000 rules of which 10 can match an event", bench, makeEvents(ROWS, 1000));
}

dense8();
manyRules(1);
manyRules(100);
manyRules(1000);
indexedRules();
