/**
 * What a partial match remembers of the events that it took, for conditions that look back: the last value of a
 * field, or a running aggregate over all events of a step. A memory is never changed: partial matches that share
 * their beginning share it. Sums are compensated (Neumaier), so that they stay exact beyond plain addition.
 */
import { assertNever } from "../../base/assert.ts";
import type { JsonValue } from "../../base/json.ts";
import { numberOfText } from "../../base/numeric.ts";
import type { MemoryPlan } from "./pattern_plan.ts";

/** A cell per number or value that a function works with, of all memories one after the other. */
export type Memory = readonly JsonValue[];

const CELLS: Readonly<Record<MemoryPlan["function"], number>> = {
  last: 1,
  count: 1,
  min: 1,
  max: 1,
  sum: 2,
  avg: 3,
};

const VALUE_BYTES = 16;

export class Memories {
  readonly #plans: readonly MemoryPlan[];
  readonly #places: readonly number[];
  readonly initial: Memory;

  constructor(plans: readonly MemoryPlan[]) {
    this.#plans = plans;
    const places: number[] = [];
    const initial: JsonValue[] = [];
    for (const plan of plans) {
      places.push(initial.length);
      initial.push(...initialCells(plan));
    }
    this.#places = places;
    this.initial = initial;
  }

  /** What is remembered once `step` took an event; `valueOf` reads its fields. */
  after(memory: Memory, step: number, valueOf: (field: number) => JsonValue | undefined): Memory {
    let changed: JsonValue[] | null = null;
    for (const [i, plan] of this.#plans.entries()) {
      if (plan.step !== step) continue;
      changed ??= [...memory];
      add(changed, this.#places[i]!, plan, plan.field === null ? undefined : valueOf(plan.field));
    }
    return changed ?? memory;
  }

  /** What memory `i` says; undefined when there is nothing to say. */
  value(memory: Memory, i: number): JsonValue | undefined {
    const at = this.#places[i]!;
    const of = this.#plans[i]!.function;
    if (of === "sum") return (memory[at] as number) + (memory[at + 1] as number);
    if (of !== "avg") return memory[at] ?? undefined;
    const count = memory[at + 2] as number;
    return count === 0 ? undefined : ((memory[at] as number) + (memory[at + 1] as number)) / count;
  }
}

function initialCells({ function: of }: MemoryPlan): JsonValue[] {
  const empty = of === "last" || of === "min" || of === "max" ? null : 0;
  return new Array(CELLS[of]).fill(empty);
}

function add(
  cells: JsonValue[],
  at: number,
  { function: of, field }: MemoryPlan,
  value: JsonValue | undefined,
): void {
  if (of === "last") cells[at] = value ?? null;
  else if (of === "count") {
    if (field === null || (value !== undefined && value !== null)) cells[at] = (cells[at] as number) + 1;
  } else {
    const number = numberOf(value);
    if (!Number.isNaN(number)) addNumber(cells, at, of, number);
  }
}

function addNumber(
  cells: JsonValue[],
  at: number,
  of: "sum" | "avg" | "min" | "max",
  number: number,
): void {
  const held = cells[at] as number | null;
  switch (of) {
    case "min":
      cells[at] = held === null ? number : Math.min(held, number);
      return;
    case "max":
      cells[at] = held === null ? number : Math.max(held, number);
      return;
    case "avg":
      cells[at + 2] = (cells[at + 2] as number) + 1;
      return addExactly(cells, at, number);
    case "sum":
      return addExactly(cells, at, number);
    default:
      return assertNever(of);
  }
}

function addExactly(cells: JsonValue[], at: number, number: number): void {
  const sum = cells[at] as number;
  const next = sum + number;
  // As aggregates do; an infinite cell would not outlive a snapshot, which is JSON.
  if (!Number.isFinite(next)) {
    cells[at] = Math.sign(next) * Number.MAX_VALUE;
    return;
  }
  const lost = Math.abs(sum) >= Math.abs(number) ? (sum - next) + number : (number - next) + sum;
  cells[at] = next;
  cells[at + 1] = (cells[at + 1] as number) + lost;
}

/** What a value takes that is held: a list or an object as much as its text. */
export function bytesOfValue(value: JsonValue): number {
  if (typeof value === "string") return VALUE_BYTES + 2 * value.length;
  const isPlain = value === null || typeof value !== "object";
  return isPlain ? VALUE_BYTES : VALUE_BYTES + 2 * JSON.stringify(value).length;
}

/** As aggregates read values: booleans are no numbers. */
function numberOf(value: JsonValue | undefined): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? numberOfText(value) : NaN;
}
