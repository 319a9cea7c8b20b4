/**
 * One rule by itself, on one thread, without HTTP, log or Workers: how long it is at work on its events, as time of
 * the processor, which a machine that is busy elsewhere distorts least.
 */
import process from "node:process";
import { BatchView } from "../src/batch/batch.ts";
import { Registry } from "../src/batch/binding.ts";
import { Encoder } from "../src/batch/encoder.ts";
import type { JsonObject } from "../src/base/json.ts";
import { compileRule } from "../src/engine/compile.ts";
import { type Effects, noEffects } from "../src/engine/effects.ts";
import type { Plan } from "../src/engine/plan.ts";
import { planConstants } from "../src/engine/plan_constants.ts";
import { type PreparedRule, prepareRule } from "../src/engine/prepared_rule.ts";
import { createState, type RuleState } from "../src/engine/rule_state.ts";
import { SharedTests } from "../src/engine/shared_tests.ts";
import { pass, step } from "../src/engine/step.ts";
import { parseRule } from "../src/model/rule.ts";

export class TimedRule {
  readonly #plan: Plan;
  readonly #encoder: Encoder;
  readonly #rule: PreparedRule;
  readonly #shared = new SharedTests();
  readonly state: RuleState;
  #next = 0;
  /** At work so far, ms of the processor; reading JSON and writing columns left out. */
  ms = 0;
  alerts = 0;

  /** @param document of a rule on topic "t" */
  constructor(document: JsonObject) {
    const parsed = parseRule({ rule_name: "r", ...document });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    const registry = new Registry();
    this.#plan = compileRule(parsed.rule, { rule_id: "r", version: 1, generation: 1 });
    const { topics, fields, time, clock, index } = this.#plan;
    this.#encoder = new Encoder(registry);
    this.#encoder.add({ handle: 1, slot: 0, topics, fields, time, clocked: clock !== null, index });
    this.#rule = prepareRule(this.#plan, {
      handle: 1,
      columns: fields.map((field) => registry.column(field)),
      time: registry.time(time),
      constants: planConstants(this.#plan).map((text) => [text, registry.constant(text)] as const),
    });
    this.state = createState(this.#plan);
  }

  feed(events: readonly JsonObject[], arrival: number): void {
    const prepared = this.#encoder.prepare("t", events, arrival);
    const bytes = new Uint8Array(prepared.bytes);
    prepared.write(bytes);
    const from = process.cpuUsage();
    const effects = noEffects();
    this.#apply(new BatchView(bytes), arrival, effects);
    const { user, system } = process.cpuUsage(from);
    this.ms += (user + system) / 1000;
    this.alerts += effects.alerts.length;
  }

  #apply(view: BatchView, arrival: number, effects: Effects): void {
    const span = { first: this.#next, next: this.#next += view.rows, arrival };
    const read = (rows: Uint16Array | null) => {
      const options = { rows, fromRow: 0, skip: null, shared: this.#shared };
      const gathered = this.#rule.read(view, span, options);
      if (gathered !== null) step(this.#rule, this.state, gathered, span, effects);
    };
    if (this.#plan.index === null) read(null);
    else view.candidates(0, (_handle, rows) => read(rows));
    if (this.#plan.clock !== null) {
      const latest = this.#rule.latest(view, 0, this.#shared);
      pass(this.#plan, this.state, { span, latest, effects });
    }
    this.#shared.end();
  }
}
