/** Whether the conditions of `if` hold, of an alert and of what actions before came to: by the tests of the engine. */
import { condition } from "../engine/compile_condition.ts";
import { FieldTable } from "../engine/field_table.ts";
import { valuePredicate } from "../engine/value_condition.ts";
import type { Guard } from "../model/action/guard.ts";
import type { ConditionNode } from "../model/condition.ts";
import { type MessageContext, readerOf } from "../model/message.ts";

type Holds = (context: MessageContext) => boolean;

/** By the conditions that rules hold on to. */
const compiled = new WeakMap<ConditionNode, Holds>();

/** Fields are what places of a message name: `values.cpu`, `key.host`, `results.repair.status`, a field of the event. */
export function guardsHold(guards: readonly Guard[], context: MessageContext): boolean {
  return guards.every(({ condition, holds }) => holdsOf(condition)(context) === holds);
}

function holdsOf(node: ConditionNode): Holds {
  const known = compiled.get(node);
  if (known !== undefined) return known;
  const table = new FieldTable();
  const holds = valuePredicate(condition(node, null, table));
  const reads = table.names.map(readerOf);
  const made: Holds = (context) => holds((field) => reads[field]!(context));
  compiled.set(node, made);
  return made;
}
