/** The path of events through encoder and engine, without log, ring or Workers. */
import { strict as assert } from "node:assert";
import type { JsonObject } from "../../src/base/json.ts";
import { BatchView } from "../../src/batch/batch.ts";
import { Registry, type RuleBinding } from "../../src/batch/binding.ts";
import { Encoder } from "../../src/batch/encoder.ts";
import type { Condition, Plan } from "../../src/engine/plan.ts";
import { planConstants } from "../../src/engine/plan_constants.ts";
import type { LookupTables } from "../../src/engine/enrich/lookup_table.ts";
import type { Gathered } from "../../src/engine/gathered.ts";
import { type PreparedRule, prepareRule } from "../../src/engine/prepared_rule.ts";
import { QuickTests } from "../../src/engine/quick_tests.ts";
import { SharedTests } from "../../src/engine/shared_tests.ts";
import { indexTerms } from "../../src/engine/index_terms.ts";

export const TOPIC = "t";
export const ARRIVAL = 1_800_000_000_000;

/** A plan of one condition, with an index when it has one. */
export function planOf(where: Condition, fields: readonly string[], rest: Partial<Plan> = {}): Plan {
  return {
    format: 2,
    rule_id: "r",
    rule_version: 1,
    generation: 1,
    topics: [TOPIC],
    fields,
    where,
    key: [],
    time: { field: null, unit: null },
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
    cooldown_ms: 0,
    limits: { keys: null, alerts_per_minute: null, state_bytes: null },
    index: indexTerms(where, fields),
    ...rest,
  };
}

export class Workbench {
  readonly registry = new Registry();
  readonly encoder = new Encoder(this.registry);
  readonly rules: PreparedRule[] = [];
  readonly #bindings: RuleBinding[] = [];
  readonly #shared = new SharedTests();
  readonly #quick = new QuickTests();

  /** Answers the rule's handle. */
  add(plan: Plan, slot = 0, tables: LookupTables = new Map()): number {
    const handle = this.rules.length;
    const binding: RuleBinding = {
      handle,
      columns: plan.fields.map((field) => this.registry.column(field)),
      time: this.registry.time(plan.time),
      constants: planConstants(plan).map((text) => [text, this.registry.constant(text)] as const),
    };
    this.#bindings.push(binding);
    this.rules.push(prepareRule(plan, binding, tables));
    this.#quick.set(plan, binding);
    const { topics, fields, time, clock, index } = plan;
    this.encoder.add({ handle, slot, topics, fields, time, clocked: clock !== null, index });
    return handle;
  }

  bindingOf(handle: number): RuleBinding {
    return this.#bindings[handle]!;
  }

  encode(events: readonly JsonObject[], arrival = ARRIVAL): Uint8Array {
    const prepared = this.encoder.prepare(TOPIC, events, arrival);
    const bytes = new Uint8Array(prepared.bytes);
    prepared.write(bytes);
    return bytes;
  }

  /** What each rule gathers from one batch, by handle; null when it matches nothing. */
  read(bytes: Uint8Array, first = 0, arrival = ARRIVAL): (Gathered | null)[] {
    const view = new BatchView(bytes);
    this.#shared.begin(view);
    const span = { first, next: first + view.rows, arrival };
    const found: (Gathered | null)[] = this.rules.map(() => null);
    const visit = (handle: number, rows: Uint16Array | null) => {
      assert.equal(found[handle], null, "a rule is visited once per batch");
      found[handle] = this.rules[handle]!.read(view, span, {
        rows,
        fromRow: 0,
        skip: null,
        shared: this.#shared,
      });
    };
    this.rules.forEach((rule, handle) => rule.plan.index === null && visit(handle, null));
    for (let slot = 0; slot < 8; slot++) this.#quick.candidates(view, slot, visit);
    return found;
  }

  /** Offsets that each rule matches. */
  matches(events: readonly JsonObject[], first = 0): number[][] {
    return this.read(this.encode(events), first).map((gathered) =>
      gathered === null ? [] : [...gathered.offsets]
    );
  }
}
