/** Random patterns over events that have one of a few letters, and random events. */
import * as fc from "fast-check";
import type { JsonObject, JsonValue } from "../../../src/base/json.ts";
import type { NaiveContiguity, NaiveGroup, NaiveNode, NaiveStep } from "./naive_patterns.ts";

const LETTERS = "abcd";
const anyLetters = fc.subarray([...LETTERS], { minLength: 1, maxLength: 2 }).map((letters) =>
  letters.join("")
);
const contiguity = fc.constantFrom<NaiveContiguity>("strict", "relaxed", "any");
const anyTimes = fc.oneof(
  fc.integer({ min: 1, max: 3 }).map((n): [number, number] => [n, n]),
  fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 2, max: 3 })),
  fc.integer({ min: 1, max: 2 }).map((n): [number, null] => [n, null]),
);

const anyStep: fc.Arbitrary<NaiveStep> = fc.record({
  name: fc.constant(""),
  letters: anyLetters,
  contiguity,
  negated: fc.constant(false),
  times: fc.option(anyTimes, { nil: null, freq: 2 }),
  inner: contiguity,
  optional: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, {
    weight: 1,
    arbitrary: fc.constant(true),
  }),
  gap: fc.option(fc.integer({ min: 1, max: 6 }).map((n) => n * 10), { nil: null, freq: 2 }),
});

const anyNegated: fc.Arbitrary<NaiveStep> = fc.record({
  name: fc.constant(""),
  letters: anyLetters,
  contiguity: fc.constantFrom<NaiveContiguity>("strict", "relaxed"),
  negated: fc.constant(true),
  times: fc.constant(null),
  inner: fc.constant<NaiveContiguity>("relaxed"),
  optional: fc.constant(false),
  gap: fc.constant(null),
});

const anyGroup: fc.Arbitrary<NaiveGroup> = fc.record({
  steps: fc.array(anyStep.map((step): NaiveStep => ({ ...step, times: null })), {
    minLength: 1,
    maxLength: 2,
  })
    .map((steps) => steps.map((step, i) => i === 0 ? { ...step, optional: false } : step)),
  contiguity,
  times: fc.option(fc.constantFrom<[number, number | null]>([2, 2], [1, 2], [1, null]), { nil: null }),
  inner: contiguity,
  optional: fc.boolean(),
});

/** At most four nodes; the first takes an event. */
export const anyNodes: fc.Arbitrary<NaiveNode[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: anyStep },
    { weight: 2, arbitrary: anyNegated },
    { weight: 1, arbitrary: anyGroup },
  ),
  { minLength: 1, maxLength: 4 },
).map((nodes) => named(nodes.filter((node, i) => fits(node, nodes[i - 1])))).filter((nodes) =>
  nodes.length > 0
);

/**
 * Negated steps first, behind groups, optional steps and most loops are left out: of these the source has readings
 * of its own, which its vectors hold.
 */
function fits(node: NaiveNode, before: NaiveNode | undefined): boolean {
  if (!("negated" in node) || !node.negated) return true;
  if (before === undefined || "steps" in before || before.negated || before.optional) return false;
  if (node.contiguity === "strict") return before.times === null;
  return before.times === null || before.times[1] === null || before.times[0] === before.times[1];
}

function named(nodes: readonly NaiveNode[]): NaiveNode[] {
  let n = 0;
  const name = (node: NaiveNode): NaiveNode =>
    "steps" in node ? { ...node, steps: node.steps.map(name) } : { ...node, name: `s${n++}` };
  return nodes.map(name);
}

export function stepsOf(nodes: readonly NaiveNode[]): JsonObject[] {
  return nodes.map((node) => ({
    contiguity: node.contiguity,
    ...("steps" in node ? { steps: stepsOf(node.steps) } : {
      name: node.name,
      conditions: [{ field: "letter", op: "in", value: [...node.letters] }],
      ...(node.negated ? { negated: true } : {}),
      ...(node.gap === null ? {} : { within: `${node.gap}ms` }),
    }),
    ...(node.times === null ? {} : { times: [...node.times], inner: node.inner }),
    ...(node.optional ? { optional: true } : {}),
  }));
}

/** What the oracle does not know: conditions that look back, greedy and ended loops, strategies, timeouts. */
export interface Extras {
  greedy: boolean;
  until: boolean;
  looksBack: JsonObject | null;
  after_match: JsonValue;
  on_timeout: boolean;
  within: number;
}

export const anyExtras: fc.Arbitrary<Extras> = fc.record({
  greedy: fc.boolean(),
  until: fc.boolean(),
  looksBack: fc.option(
    fc.oneof(
      fc.constantFrom("==", ">=", "!=").map((op) => ({ field: "v", op, value: { ref: "s0.v" } })),
      fc.constantFrom("sum", "count", "max", "avg").map((agg) => ({
        field: "v",
        op: ">=",
        value: { agg, of: "s0.v" },
      })),
    ),
    { nil: null },
  ),
  after_match: fc.constantFrom<JsonValue>(
    "no_skip",
    "skip_to_next",
    "skip_past_last",
    { skip_to_first: "s0" },
    { skip_to_last: "s0", strict: true },
  ),
  on_timeout: fc.boolean(),
  within: fc.integer({ min: 1, max: 15 }).map((n) => n * 10),
});

export function patternOf(nodes: readonly NaiveNode[], extras: Extras): JsonObject {
  const { within, after_match, on_timeout } = extras;
  const steps = stepsOf(nodes).map((step, i) => withExtras(step, nodes[i]!, { ...extras, first: i === 0 }));
  return { steps, within: `${within}ms`, after_match, on_timeout };
}

function withExtras(step: JsonObject, { times }: NaiveNode, extras: Extras & { first: boolean }): JsonObject {
  const { greedy, until, looksBack, first } = extras;
  const loops = times !== null;
  const isStep = Array.isArray(step.conditions);
  return {
    ...step,
    ...(greedy && loops ? { greedy } : {}),
    ...(until && loops && times[1] === null ? { until: { field: "v", op: ">=", value: 4 } } : {}),
    ...(looksBack !== null && isStep && !first
      ? { conditions: [...step.conditions as JsonObject[], looksBack] }
      : {}),
  };
}

export interface LetterEvent {
  key: string;
  letter: string;
  t: number;
  v: number;
}

export const anyLetterEvents = (maxLength: number): fc.Arbitrary<Omit<LetterEvent, "t">[]> =>
  fc.array(
    fc.record({
      key: fc.constantFrom("x", "y"),
      letter: fc.constantFrom(...LETTERS, "z"),
      v: fc.integer({ min: 0, max: 5 }),
    }),
    { minLength: 1, maxLength },
  );
