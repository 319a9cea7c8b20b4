/**
 * Reads the equality index of a rule off its condition (INVARIANTS 9): terms of which at least one must
 * hold for any event that matches. One equality or `in` of a top-level AND will do; of an OR each branch
 * must have one. Everything else, NOT above all, gives no index, and the rule looks at every event.
 */
import type { JsonScalar } from "../base/json.ts";
import { numberOfText } from "../base/numeric.ts";
import { indexKeys, type IndexTerm } from "../batch/index_key.ts";
import type { Condition } from "./plan.ts";

/** Terms beyond this many keys cost more to keep than they save. */
const KEYS_MAX = 10_000;

interface Choice {
  terms: IndexTerm[];
  /** Rough share of events that pass: the smaller, the better. */
  weight: number;
}

/** Null: every event of the rule's topics is a candidate. */
export function indexTerms(where: Condition, fields: readonly string[]): IndexTerm[] | null {
  const choice = choose(where, fields);
  if (choice === null) return null;
  return choice.terms.reduce((sum, term) => sum + term.keys.length, 0) <= KEYS_MAX ? choice.terms : null;
}

function choose(condition: Condition, fields: readonly string[]): Choice | null {
  switch (condition.kind) {
    case "test":
      return ofTest(condition, fields);
    case "selector": {
      const term = {
        field: fields[condition.field]!,
        keys: indexKeys(condition.value),
        absent: condition.absent_passes,
      };
      return { terms: [term], weight: condition.absent_passes ? 1000 : 100 };
    }
    case "group":
      if (condition.logic === "and") return best(condition.items, fields);
      return condition.logic === "or" ? union(condition.items, fields) : null;
  }
}

function best(items: readonly Condition[], fields: readonly string[]): Choice | null {
  let found: Choice | null = null;
  for (const item of items) {
    const choice = choose(item, fields);
    if (choice !== null && (found === null || choice.weight < found.weight)) found = choice;
  }
  return found;
}

// An empty group accepts every event.
function union(items: readonly Condition[], fields: readonly string[]): Choice | null {
  if (items.length === 0) return null;
  const all: Choice = { terms: [], weight: 0 };
  for (const item of items) {
    const choice = choose(item, fields);
    if (choice === null) return null;
    all.terms.push(...choice.terms);
    all.weight += choice.weight;
  }
  return all;
}

function ofTest(test: Extract<Condition, { kind: "test" }>, fields: readonly string[]): Choice | null {
  const values = equalityValues(test);
  if (values === null || (test.fold_case && values.some(hasCase))) return null;
  const keys = [...new Set(values.flatMap(indexKeys))];
  const term = { field: fields[test.field]!, keys, absent: false };
  return { terms: [term], weight: values.reduce<number>((sum, value) => sum + weightOf(value), 0) };
}

function equalityValues({ op, operand }: Extract<Condition, { kind: "test" }>): readonly JsonScalar[] | null {
  if (op === "==" && operand.kind === "const") return [operand.value];
  return op === "in" && operand.kind === "list" ? operand.values : null;
}

// Folded, such a value equals texts that have other keys.
function hasCase(value: JsonScalar): boolean {
  return typeof value === "boolean" || (typeof value === "string" && Number.isNaN(numberOfText(value)));
}

/**
 * A guess at how many events hold the value: a text with a digit in it is likely the name of one thing, a
 * number may be a state or a level, other text a kind, a boolean halves at best.
 */
function weightOf(value: JsonScalar): number {
  if (typeof value === "string") return /\d/.test(value) ? 1 : 4;
  if (typeof value === "number") return 3;
  return value === null ? 0 : 50;
}
