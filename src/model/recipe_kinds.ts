/**
 * The kinds of recipes: a schema each, whose reader makes the pattern. Every recipe says `within`, so that no
 * partial match stays for ever. The names of its steps are those of its members, as far as they have one: alerts
 * show them, and conditions may look back at them.
 */
import * as z from "zod";
import { closedObject } from "./closed_object.ts";
import { type ConditionNode, conditionSchema, type GroupNode, type TestNode } from "./condition.ts";
import { readDuration } from "./duration_text.ts";
import { fieldName } from "./field_name.ts";
import type { TestValue } from "./operand.ts";
import type { TestOperator } from "./operator.ts";
import type { Pattern } from "./pattern.ts";
import { type PatternStep, TIMES_MAX } from "./pattern_step.ts";
import { readAs, type Report } from "./read_as.ts";
import type { Recipe } from "./recipe.ts";
import { WINDOW_MS_MAX } from "./window_shape.ts";

/** Each change is a step with a condition of its own, of which a pattern has at most 30. */
export const FLAPPING_TIMES_MAX = 25;
const VALUES_MAX = 1_000;

const common = {
  kind: z.string(),
  within: z.unknown().optional(),
  within_seconds: z.unknown().optional(),
  within_ms: z.unknown().optional(),
};
const times = z.int().min(2).max(TIMES_MAX);
const scalar = z.union([z.string(), z.number(), z.boolean()]);

export const THRESHOLD = readAs(
  closedObject({
    ...common,
    of: conditionSchema,
    times,
    then: conditionSchema.nullish(),
    not: conditionSchema.nullish(),
  }),
  (members, report): Recipe => {
    const { of, then, not, times: n } = members;
    const nots = not ? [step("not", not, { negated: true })] : [];
    if (then) return recipe([step("of", of, loop(n)), ...nots, step("then", then)], members, report);
    // Nothing follows that ends the watch for `not`: the last event stands for itself.
    if (not) return recipe([step("of", of, loop(n - 1)), ...nots, step("last", of)], members, report);
    return recipe([step("of", of, loop(n))], members, report);
  },
);

export const HEARTBEAT = readAs(
  closedObject({ ...common, of: conditionSchema }),
  (members, report): Recipe => silence(members.of, members.of, members, report),
);

export const ABSENCE = readAs(
  closedObject({ ...common, after: conditionSchema, of: conditionSchema }),
  (members, report): Recipe => silence(members.after, members.of, members, report),
);

export const FOLLOWED_BY = readAs(
  closedObject({
    ...common,
    first: conditionSchema,
    then: conditionSchema,
    not: conditionSchema.nullish(),
  }),
  (members, report): Recipe => {
    const nots = members.not ? [step("not", members.not, { negated: true })] : [];
    return recipe([step("first", members.first), ...nots, step("then", members.then)], members, report);
  },
);

export const FLAPPING = readAs(
  closedObject({
    ...common,
    field: fieldName,
    values: z.array(scalar).min(2).max(VALUES_MAX).nullish(),
    times: z.int().min(2).max(FLAPPING_TIMES_MAX),
  }),
  (members, report): Recipe => {
    const { field, values } = members;
    const names = ["from", ...Array.from({ length: members.times }, (_, i) => `change_${i + 1}`)];
    const steps = names.map((name, i) =>
      // The first change is that of the very next event, so that of a long run of one value only the last
      // event begins anything.
      i === 0
        ? step(name, EVERYTHING)
        : step(name, test(field, "!=", { kind: "ref", path: `${names[i - 1]}.${field}` }), {
          contiguity: i === 1 ? "strict" : "relaxed",
        })
    );
    const where = values ? test(field, "in", { kind: "list", values }) : has(field);
    return { ...recipe(steps, members, report), where: group(where) };
  },
);

export const RISING = sequence("<=");
export const FALLING = sequence(">=");

/** @param breaks how a value stands to the one before when the sequence ends with it */
function sequence(breaks: TestOperator) {
  const members = closedObject({ ...common, field: fieldName, times: z.int().min(2).max(TIMES_MAX - 1) });
  return readAs(members, (members, report): Recipe => {
    const { field } = members;
    // Of the first value there is none before: then the test fails, and its negation holds.
    const last = test(field, breaks, { kind: "ref", path: `value.${field}` });
    const where: GroupNode = { kind: "group", logic: "NOT", conditions: [last] };
    const steps = [step("value", where, { ...loop(members.times + 1), inner: "strict" })];
    return { ...recipe(steps, members, report), where: group(numeric(field)) };
  });
}

/** After `after` nothing like `missing` for so long. */
function silence(after: ConditionNode, missing: ConditionNode, members: Within, report: Report): Recipe {
  return recipe([step("after", after), step("missing", missing, { negated: true })], members, report);
}

type Within = Readonly<Record<string, unknown>>;

function recipe(steps: readonly PatternStep[], members: Within, report: Report): Recipe {
  const names = { names: ["within", "within_seconds", "within_ms"], min: 1, max: WINDOW_MS_MAX };
  if (names.names.every((name) => members[name] === undefined || members[name] === null)) {
    report(["within"], "required", "within is required, or within_seconds");
  }
  const pattern: Pattern = {
    steps,
    names: steps.flatMap((one) => one.kind === "step" ? [one.name] : []),
    within_ms: readDuration(members, names, report),
    after_match: { kind: "skip_past_last" },
    on_timeout: false,
  };
  return { pattern, where: null };
}

type Step = Extract<PatternStep, { kind: "step" }>;

function step(name: string, where: ConditionNode, more: Partial<Step> = {}): Step {
  return {
    kind: "step",
    name,
    where: group(where),
    contiguity: "relaxed",
    inner: "relaxed",
    times: null,
    optional: false,
    greedy: false,
    until: null,
    negated: false,
    within_ms: null,
    window_ms: null,
    ...more,
  };
}

function loop(n: number): Pick<Step, "times"> {
  return { times: { min: n, max: n } };
}

const EVERYTHING: GroupNode = { kind: "group", logic: "AND", conditions: [] };

function group(node: ConditionNode): GroupNode {
  return node.kind === "group" ? node : { kind: "group", logic: "AND", conditions: [node] };
}

function test(field: string, op: TestOperator, value: TestValue): TestNode {
  return { kind: "test", field, op, value, case_sensitive: true };
}

function has(field: string): TestNode {
  return test(field, "exists", { kind: "none" });
}

/** Other values are neither above nor below one another. */
function numeric(field: string): TestNode {
  return test(field, "between", { kind: "range", low: -Number.MAX_VALUE, high: Number.MAX_VALUE });
}
