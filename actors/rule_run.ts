/**
 * One rule by itself, over events in the order of their log: the encoder, the filter and the step of the live engine on
 * a state of its own, which begins empty. Simulations and backtests are made of it.
 */
import { assert } from "../src/base/assert.ts";
import type { JsonObject, JsonValue } from "../src/base/json.ts";
import { BATCH_ROWS_MAX, BatchView } from "../src/batch/batch.ts";
import { Registry, type RuleBinding } from "../src/batch/binding.ts";
import { Encoder } from "../src/batch/encoder.ts";
import { type CompileOptions, compileRule } from "../src/engine/compile.ts";
import type { Effects } from "../src/engine/effects.ts";
import type { CallAnswer } from "../src/engine/enrich/calls.ts";
import { LookupTable, type LookupTables } from "../src/engine/enrich/lookup_table.ts";
import type { Gathered } from "../src/engine/gathered.ts";
import type { Plan } from "../src/engine/plan.ts";
import { planConstants } from "../src/engine/plan_constants.ts";
import { type PreparedRule, prepareRule, type Span } from "../src/engine/prepared_rule.ts";
import { createState, type RuleState } from "../src/engine/rule_state.ts";
import { SharedTests } from "../src/engine/shared_tests.ts";
import { advance, pass, restart, step } from "../src/engine/step.ts";
import type { Rule } from "../src/model/rule.ts";
import type { TableImage } from "./messages.ts";

const SLOT = 0;
const HANDLE = 1;

export interface RuleRunOptions extends CompileOptions {
  rule: Rule;
  /** What it looks things up in; absent: nothing is found. */
  tables?: readonly TableImage[];
  /** What it decides is added here. */
  effects: Effects;
}

export class RuleRun {
  readonly plan: Plan;
  readonly state: RuleState;
  readonly prepared: PreparedRule;
  readonly effects: Effects;
  readonly #encoder: Encoder;
  readonly #shared = new SharedTests();

  constructor({ rule, tables = [], effects, ...version }: RuleRunOptions) {
    this.plan = compileRule(rule, version);
    this.effects = effects;
    const registry = new Registry();
    const binding = bind(this.plan, registry);
    this.#encoder = new Encoder(registry);
    const { topics, fields, time, clock, index } = this.plan;
    this.#encoder.add({ handle: HANDLE, slot: SLOT, topics, fields, time, clocked: clock !== null, index });
    this.prepared = prepareRule(this.plan, binding, tablesIn(tables));
    this.state = createState(this.plan);
  }

  /** Whether events of a topic concern it. */
  reads(topic: string): boolean {
    const { topics } = this.plan;
    return topics === null ? !topic.startsWith("_") : topics.includes(topic);
  }

  /** Time goes on, by arrival: what is due by then fires. */
  advance(arrival: number): void {
    advance(this.plan, this.state, arrival, this.effects);
  }

  /** The process started anew, as a record of the log says. */
  restart(arrival: number): void {
    restart(this.state, arrival);
  }

  /** Applies events that arrived together, `span` naming their offsets. */
  apply(topic: string, events: readonly JsonObject[], span: Span): void {
    for (let from = 0; from < events.length; from += BATCH_ROWS_MAX) {
      const next = Math.min(events.length, from + BATCH_ROWS_MAX);
      const part: Span = { first: span.first + from, next: span.first + next, arrival: span.arrival };
      this.advance(span.arrival);
      this.#applyBatch(this.#encode(topic, events.slice(from, next), span.arrival), part);
    }
  }

  /** Event time goes on without events. */
  pass(span: Span, latest: number): void {
    if (this.plan.clock !== null) pass(this.plan, this.state, { span, latest, effects: this.effects });
  }

  /** One event as the step would see it, enriched; it is not applied. The rule must take any event. */
  look(
    event: JsonObject,
    { arrival, call_answers }: { arrival: number; call_answers: JsonObject },
  ): Gathered {
    const view = this.#encode("preview", [event], arrival);
    const options = { rows: null, fromRow: 0, skip: null, shared: this.#shared };
    const gathered = this.prepared.read(view, { first: 0, next: 1, arrival }, options);
    this.#shared.end();
    assert(gathered !== null, "the rule takes any event");
    const { enrichments } = this.prepared;
    if (enrichments === null) return gathered;
    const rows = enrichments.begin(gathered);
    const { past } = this.state;
    const slot = past === null ? 0 : this.state.enter([], 0);
    enrichments.finish(rows, 0, {
      past: () => past === null ? null : { state: past, slot },
      call: ({ name }) => callAnswer(call_answers[name]),
    });
    return rows;
  }

  #encode(topic: string, events: readonly JsonObject[], arrival: number): BatchView {
    const prepared = this.#encoder.prepare(topic, events, arrival);
    const bytes = new Uint8Array(prepared.bytes);
    prepared.write(bytes);
    return new BatchView(bytes);
  }

  #applyBatch(view: BatchView, span: Span): void {
    const read = (rows: Uint16Array | null): void => {
      const options = { rows, fromRow: 0, skip: null, shared: this.#shared };
      const gathered = this.prepared.read(view, span, options);
      if (gathered !== null) step(this.prepared, this.state, gathered, span, this.effects);
    };
    if (this.plan.index === null) read(null);
    else view.candidates(SLOT, (_handle, rows) => read(rows));
    if (this.plan.clock !== null) this.pass(span, this.prepared.latest(view, 0, this.#shared));
    this.#shared.end();
  }
}

/** What was given in the place of an endpoint's answer; without it its fallback counts. */
export function callAnswer(given: JsonValue | undefined): CallAnswer {
  return given === undefined ? { kind: "fallback" } : { kind: "value", value: given };
}

function tablesIn(tables: readonly TableImage[]): LookupTables {
  return new Map(tables.flatMap(({ name, image }) => image === null ? [] : [[name, new LookupTable(image)]]));
}

function bind(plan: Plan, registry: Registry): RuleBinding {
  return {
    handle: HANDLE,
    columns: plan.fields.map((field) => registry.column(field)),
    time: registry.time(plan.time),
    constants: planConstants(plan).map((text) => [text, registry.constant(text)] as const),
  };
}
