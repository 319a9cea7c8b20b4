/** A rule with enrichments over given events, cut into records and interrupted as a test wants. */
import { strict as assert } from "node:assert";
import type { JsonObject, JsonValue } from "../../../src/base/json.ts";
import { LookupImageBuilder } from "../../../src/batch/lookup_image.ts";
import { compileRule } from "../../../src/engine/compile.ts";
import { noEffects } from "../../../src/engine/effects.ts";
import type { CallAnswer, CallId, WantedCall } from "../../../src/engine/enrich/calls.ts";
import { LookupTable } from "../../../src/engine/enrich/lookup_table.ts";
import type { Plan } from "../../../src/engine/plan.ts";
import { createState, type RuleState } from "../../../src/engine/rule_state.ts";
import { beginSnapshot, restoreState } from "../../../src/engine/snapshot.ts";
import { advance, endWaiting, pass, resumeWaiting, step, takeCallAnswer } from "../../../src/engine/step.ts";
import { parseRule } from "../../../src/model/rule.ts";
import { SharedTests } from "../../../src/engine/shared_tests.ts";
import { BatchView } from "../../../src/batch/batch.ts";
import { ARRIVAL, TOPIC, Workbench } from "../workbench.ts";

export function planFor(spec: JsonObject, rest: JsonObject = {}): Plan {
  const document = {
    rule_name: "r",
    trigger_type: "event",
    trigger_spec: { topics: [TOPIC], ...spec },
    ...rest,
  };
  const parsed = parseRule(document);
  assert(parsed.ok, JSON.stringify(parsed));
  return compileRule(parsed.rule, { rule_id: "r", version: 1, generation: 1 });
}

export function tableOf(rows: readonly JsonObject[], key = "id"): LookupTable {
  const builder = new LookupImageBuilder();
  for (const row of rows) builder.add(String(row[key]), row);
  return new LookupTable(builder.finish().buffer);
}

export class EnrichedRun {
  readonly tables = new Map<string, LookupTable>();
  readonly effects = noEffects();
  readonly #bench = new Workbench();
  readonly #plan: Plan;
  readonly #chunks = new Map<number, Uint8Array>();
  readonly #shared = new SharedTests();
  state: RuleState;
  /** Offsets of the events, which records of other kinds stand between. */
  readonly posted: number[] = [];
  #next = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#bench.add(plan, 0, this.tables);
    this.state = createState(plan);
  }

  /** One record. */
  post(events: readonly JsonObject[], arrival = ARRIVAL): void {
    const span = { first: this.#next, next: this.#next + events.length, arrival };
    for (let offset = span.first; offset < span.next; offset++) this.posted.push(offset);
    this.#next = span.next;
    advance(this.#plan, this.state, arrival, this.effects);
    const bytes = this.#bench.encode(events, arrival);
    const rule = this.#bench.rules[0]!;
    const gathered = this.#bench.read(bytes, span.first, arrival)[0]!;
    if (gathered !== null) step(rule, this.state, gathered, span, this.effects);
    if (this.#plan.clock === null) return;
    const view = new BatchView(bytes);
    this.#shared.begin(view);
    const latest = rule.latest(view, 0, this.#shared);
    this.#shared.end();
    pass(this.#plan, this.state, { span, latest, effects: this.effects });
  }

  /** The calls that were wanted since the last look, in order. */
  wanted(): WantedCall[] {
    return this.state.calls?.takeWanted() ?? [];
  }

  /** A record that holds the answer to a call; a value, or undefined: it failed. */
  answer(call: CallId, value: JsonValue | undefined, arrival = ARRIVAL): void {
    const span = { first: this.#next, next: this.#next + 1, arrival };
    this.#next = span.next;
    advance(this.#plan, this.state, arrival, this.effects);
    const answer: CallAnswer = value === undefined ? { kind: "fallback" } : { kind: "value", value };
    takeCallAnswer(this.#bench.rules[0]!, this.state, { call, answer, span, effects: this.effects });
  }

  /** Nobody waits any longer. */
  endWaiting(arrival = ARRIVAL): void {
    const span = { first: this.#next, next: this.#next + 1, arrival };
    endWaiting(this.#bench.rules[0]!, this.state, span, this.effects);
  }

  /** Goes on as another plan with the state of this one, as a rule that is resumed after an edit does. */
  as(plan: Plan): EnrichedRun {
    const next = new EnrichedRun(plan);
    this.restart();
    next.state = restoreState(plan, this.#chunks);
    next.#next = this.#next;
    const span = { first: this.#next, next: this.#next + 1, arrival: ARRIVAL };
    resumeWaiting(next.#bench.rules[0]!, next.state, span, next.effects);
    return next;
  }

  /** Goes on with a state that was written and read again. */
  restart(): void {
    const writer = beginSnapshot(this.state);
    for (let chunk = writer.next(); chunk !== null; chunk = writer.next()) {
      this.#chunks.set(chunk.partition, chunk.bytes);
    }
    writer.end("published");
    const kept = new Set(writer.partitions.map(({ partition }) => partition));
    for (const partition of this.#chunks.keys()) if (!kept.has(partition)) this.#chunks.delete(partition);
    const { bytes } = this.state;
    this.state = restoreState(this.#plan, this.#chunks);
    assert.equal(this.state.bytes, bytes);
  }

  /** The values of each alert. */
  get values(): JsonObject[] {
    return this.effects.alerts.map(({ values }) => values);
  }
}
