/** One rule from its document to its alerts, record by record, without log, ring or Workers. */
import assert from "node:assert/strict";
import { BatchView } from "../../src/batch/batch.ts";
import { Registry } from "../../src/batch/binding.ts";
import { Encoder } from "../../src/batch/encoder.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { type CompileOptions, compileRule } from "../../src/engine/compile.ts";
import { type Effects, noEffects } from "../../src/engine/effects.ts";
import type { Plan } from "../../src/engine/plan.ts";
import { planConstants } from "../../src/engine/plan_constants.ts";
import { type PreparedRule, prepareRule } from "../../src/engine/prepared_rule.ts";
import { createState, keepState, nextDue, type RuleState } from "../../src/engine/rule_state.ts";
import { SharedTests } from "../../src/engine/shared_tests.ts";
import { beginSnapshot, restoreState } from "../../src/engine/snapshot.ts";
import { advance, pass, restart, step } from "../../src/engine/step.ts";
import { parseRule } from "../../src/model/rule.ts";

const HANDLE = 1;
const SLOT = 0;
/** The loop of `end` is bounded: a timer that never ends is a fault. */
const ADVANCES_MAX = 1_000_000;

const FIRST_VERSION: CompileOptions = { rule_id: "r", version: 1, generation: 1 };

export class RuleBench {
  plan: Plan;
  effects: Effects = noEffects();
  #prepared!: PreparedRule;
  #encoder!: Encoder;
  readonly #shared = new SharedTests();
  state: RuleState;
  next = 0;
  arrival = 0;
  readonly #disk = new Map<number, Uint8Array>();

  constructor(document: JsonObject, version = FIRST_VERSION) {
    this.plan = compiled(document, version);
    this.#prepare();
    this.state = createState(this.plan);
  }

  /** Takes on an edit of the rule. */
  become(document: JsonObject, version: CompileOptions): void {
    const from = this.plan;
    this.plan = compiled(document, version);
    keepState(this.state, from, this.plan);
    this.#prepare();
  }

  #prepare(): void {
    const registry = new Registry();
    this.#encoder = new Encoder(registry);
    const { topics, fields, time, clock, index } = this.plan;
    this.#encoder.add({ handle: HANDLE, slot: SLOT, topics, fields, time, clocked: clock !== null, index });
    this.#prepared = prepareRule(this.plan, {
      handle: HANDLE,
      columns: fields.map((field) => registry.column(field)),
      time: registry.time(time),
      constants: planConstants(this.plan).map((text) => [text, registry.constant(text)] as const),
    });
  }

  /** A record of events, or with none a tick. */
  feed(events: readonly JsonObject[], arrival: number, topic = this.plan.topics?.[0] ?? "t"): void {
    this.arrival = Math.max(this.arrival, arrival);
    const span = { first: this.next, next: this.next + Math.max(1, events.length), arrival: this.arrival };
    this.next = span.next;
    if (nextDue(this.state) <= this.arrival) advance(this.plan, this.state, this.arrival, this.effects);
    if (events.length === 0) return;
    const prepared = this.#encoder.prepare(topic, events, this.arrival);
    const bytes = new Uint8Array(prepared.bytes);
    prepared.write(bytes);
    const view = new BatchView(bytes);
    const read = (rows: Uint16Array | null) => {
      const options = { rows, fromRow: 0, skip: null, shared: this.#shared };
      const gathered = this.#prepared.read(view, span, options);
      if (gathered !== null) step(this.#prepared, this.state, gathered, span, this.effects);
    };
    if (this.plan.index === null) read(null);
    else view.candidates(SLOT, (_handle, rows) => read(rows));
    if (this.plan.clock !== null) {
      const latest = this.#prepared.latest(view, 0, this.#shared);
      pass(this.plan, this.state, { span, latest, effects: this.effects });
    }
    this.#shared.end();
  }

  /** The process stops and starts again. */
  startAnew(arrival: number): void {
    this.restore();
    this.arrival = Math.max(this.arrival, arrival);
    restart(this.state, this.arrival);
  }

  /** Writes a snapshot, throws the state away and reads it again. */
  restore(): void {
    const writer = beginSnapshot(this.state);
    for (let chunk = writer.next(); chunk !== null; chunk = writer.next()) {
      this.#disk.set(chunk.partition, chunk.bytes);
    }
    writer.end("published");
    const live = new Set(writer.partitions.map(({ partition }) => partition));
    for (const partition of this.#disk.keys()) if (!live.has(partition)) this.#disk.delete(partition);
    const { bytes } = this.state;
    this.state = restoreState(this.plan, this.#disk);
    assert.equal(this.state.bytes, bytes, "a restored state counts as many bytes");
  }

  /** No further events: time goes on by ticks until no timer is due. */
  end(): void {
    for (let i = 0; i < ADVANCES_MAX; i++) {
      const due = nextDue(this.state);
      if (due === Infinity) return;
      this.feed([], due);
    }
    assert.fail("time never runs out");
  }
}

function compiled(document: JsonObject, version: CompileOptions): Plan {
  const parsed = parseRule({ rule_name: "r", trigger_type: "metric", ...document });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return compileRule(parsed.rule, version);
}
