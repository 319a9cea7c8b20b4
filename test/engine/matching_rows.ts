/** Which events a plan matches, by the real way of an event: encoder, batch, prepared rule. */
import type { JsonObject } from "../../src/base/json.ts";
import { BatchView } from "../../src/batch/batch.ts";
import { Registry } from "../../src/batch/binding.ts";
import { Encoder } from "../../src/batch/encoder.ts";
import type { Plan } from "../../src/engine/plan.ts";
import { planConstants } from "../../src/engine/plan_constants.ts";
import { prepareRule } from "../../src/engine/prepared_rule.ts";
import { SharedTests } from "../../src/engine/shared_tests.ts";

const ARRIVAL = Date.UTC(2026, 1, 8);

/** Indexes of the events of one batch that match, ascending. */
export function matchingRows(
  plan: Plan,
  events: readonly JsonObject[],
  topic = plan.topics?.[0] ?? "default",
): number[] {
  const registry = new Registry();
  const binding = {
    handle: 0,
    columns: plan.fields.map((field) => registry.column(field)),
    time: registry.time(plan.time),
    constants: planConstants(plan).map((text) => [text, registry.constant(text)] as const),
  };
  const encoder = new Encoder(registry);
  const { topics, fields, time, index } = plan;
  encoder.add({ handle: 0, slot: 0, topics, fields, time, index });
  const prepared = encoder.prepare(topic, events, ARRIVAL);
  const bytes = new Uint8Array(new SharedArrayBuffer(prepared.bytes));
  prepared.write(bytes);
  const view = new BatchView(bytes);
  const rule = prepareRule(plan, binding);
  const rows = candidates(plan, view);
  if (rows !== null && rows.length === 0) return [];
  const options = { rows, fromRow: 0, skip: null, shared: new SharedTests() };
  const gathered = rule.read(view, { first: 0, next: events.length, arrival: ARRIVAL }, options);
  return gathered === null ? [] : [...gathered.offsets];
}

function candidates(plan: Plan, view: BatchView): Uint16Array | null {
  if (plan.index === null) return null;
  let rows = new Uint16Array(0);
  view.candidates(0, (_handle, found) => rows = found.slice());
  return rows;
}
