/**
 * The steps of a pattern as a document says them: a step with conditions, or a group of steps, each with
 * what follows what (contiguity) and how often (times, optional, greedy, until). The normal form knows no
 * defaults: every member is said.
 */
import * as z from "zod";
import { closedObject } from "./closed_object.ts";
import {
  type ConditionMembers,
  conditionMembers,
  type ConditionNode,
  conditionSchema,
  type GroupNode,
  readCondition,
} from "./condition.ts";
import { readDuration } from "./duration_text.ts";
import { shown } from "./faults.ts";
import { shortText } from "./field_name.ts";
import { readAs, type Report } from "./read_as.ts";
import { WINDOW_MS_MAX } from "./window_shape.ts";

/** Events of one loop that may be counted one by one: each is a state. */
export const TIMES_MAX = 1_000;
const STEP_NAME_CHARACTERS_MAX = 64;
/** Names stand before a dot in `{"ref": "a.price"}`. */
const STEP_NAME = /^[^.]+$/u;

export type Contiguity = "strict" | "relaxed" | "any";

export interface Quantified {
  /** How it follows what stands before it. */
  contiguity: Contiguity;
  /** Between the events, or rounds, of a loop. */
  inner: Contiguity;
  /** At least 1; null: once. `max` null: without end. */
  times: { min: number; max: number | null } | null;
  optional: boolean;
  greedy: boolean;
  /** What ends an endless loop. */
  until: GroupNode | null;
}

export type PatternStep =
  & Quantified
  & (
    | {
      kind: "step";
      name: string;
      where: GroupNode;
      negated: boolean;
      /** The gap to the event before is shorter, ms. */
      within_ms: number | null;
      /** The gaps between the events of its loop are shorter, ms. */
      window_ms: number | null;
    }
    | { kind: "group"; steps: readonly PatternStep[] }
  );

const contiguity = z.enum(["strict", "relaxed", "any"]);

interface StepMembers extends ConditionMembers {
  name?: string | null | undefined;
  steps?: readonly PatternStep[] | null | undefined;
  contiguity?: Contiguity | null | undefined;
  negated?: boolean | null | undefined;
  times?: unknown;
  optional?: boolean | null | undefined;
  greedy?: boolean | null | undefined;
  inner?: Contiguity | null | undefined;
  until?: ConditionNode | null | undefined;
}

const stepMembers = closedObject({
  ...conditionMembers,
  name: shortText(STEP_NAME_CHARACTERS_MAX).regex(STEP_NAME, {
    error: "a name without a dot",
  }).nullish(),
  steps: z.lazy((): z.ZodType<PatternStep[]> => z.array(patternStepSchema).min(1)).nullish(),
  contiguity: contiguity.nullish(),
  negated: z.boolean().nullish(),
  times: z.unknown().optional(),
  optional: z.boolean().nullish(),
  greedy: z.boolean().nullish(),
  inner: contiguity.nullish(),
  until: conditionSchema.nullish(),
  within: z.unknown().optional(),
  within_seconds: z.unknown().optional(),
  within_ms: z.unknown().optional(),
  window: z.unknown().optional(),
  window_seconds: z.unknown().optional(),
  window_ms: z.unknown().optional(),
});

export const patternStepSchema: z.ZodType<PatternStep> = readAs(stepMembers, readStep);

function readStep(members: z.output<typeof stepMembers>, report: Report): PatternStep {
  const times = readTimes(members, report);
  const quantified: Quantified = {
    contiguity: members.contiguity ?? "relaxed",
    inner: members.inner ?? "relaxed",
    times: times === null ? null : { min: Math.max(1, times.min), max: times.max },
    optional: members.optional === true || times?.min === 0,
    greedy: members.greedy ?? false,
    until: members.until ? asGroup(members.until) : null,
  };
  if (members.steps) return { ...quantified, kind: "group", steps: readGroup(members, report) };
  checkQuantifier(members, quantified, report);
  if (!members.name) report(["name"], "required", "name is required: each step has one of its own");
  const gap = (name: string) =>
    readDuration(
      members,
      { names: [name, `${name}_seconds`, `${name}_ms`], min: 1, max: WINDOW_MS_MAX },
      report,
    );
  const window_ms = gap("window");
  if (window_ms !== null && quantified.times === null) {
    report(["window"], "conflict", `Cannot use "window" without times: it limits the gaps of a loop`);
  }
  return {
    ...quantified,
    kind: "step",
    name: members.name ?? "",
    where: readWhere(members, report),
    negated: members.negated ?? false,
    within_ms: gap("within"),
    window_ms,
  };
}

/** Members that a group has no use for. */
const OF_STEPS = [
  "name",
  "conditions",
  "field",
  "op",
  "operator",
  "value",
  "negated",
  "within",
  "within_seconds",
  "within_ms",
  "window",
  "window_seconds",
  "window_ms",
] as const;

function readGroup(members: StepMembers & Record<string, unknown>, report: Report): readonly PatternStep[] {
  for (const name of OF_STEPS) {
    if (members[name] === undefined || members[name] === null || members[name] === false) continue;
    report([name], "conflict", `Cannot use "${name}" with a group of steps: it belongs to its steps`);
  }
  checkQuantifier(members, null, report);
  return members.steps!;
}

function checkQuantifier(members: StepMembers, step: Quantified | null, report: Report): void {
  const { inner, until, greedy, negated } = members;
  const times = readTimes(members, () => {});
  if (inner && times === null) {
    report(["inner"], "conflict", `Cannot use "inner" without times: it stands between the events of a loop`);
  }
  if (greedy && times === null) {
    report(["greedy"], "conflict", `Cannot use "greedy" without times: one event is taken anyway`);
  }
  if (until && times?.max !== null) {
    const message = `Cannot use "until" without times [n, null]: it ends a loop that has no other end`;
    report(["until"], "conflict", message);
  }
  if (!negated || step === null) return;
  for (const name of ["times", "optional", "greedy", "inner", "until"] as const) {
    if (!members[name]) continue;
    report([name], "conflict", `Cannot use "${name}" with a negated step: no event of it is in a match`);
  }
  if (step.contiguity === "any") {
    const message =
      `Cannot use contiguity "any" with a negated step: expected strict (not the very next) or ` +
      "relaxed (none until the next step)";
    report(["contiguity"], "conflict", message);
  }
}

function readTimes(
  { times: given }: { times?: unknown },
  report: Report,
): { min: number; max: number | null } | null {
  if (given === undefined || given === null) return null;
  const [min, max, ...rest] = Array.isArray(given) ? given : [given, given];
  const isRange = rest.length === 0 && isCount(min, 0) && (max === null || isCount(max, Math.max(1, min)));
  if (isRange) return { min, max };
  const message =
    `Cannot use ${shown(given)} as times: expected n, [min, max] or [min, null], each at most ` +
    TIMES_MAX;
  report(["times"], "invalid_value", message);
  return null;
}

function isCount(value: unknown, min: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= TIMES_MAX;
}

function readWhere(members: ConditionMembers, report: Report): GroupNode {
  const condition = readCondition(members, report);
  if (condition !== null) return asGroup(condition);
  if (members.value !== undefined && members.value !== null) {
    report(["field"], "required", "field is required: value says what to compare it with");
  }
  return { kind: "group", logic: "AND", conditions: [] };
}

function asGroup(node: ConditionNode): GroupNode {
  return node.kind === "group" ? node : { kind: "group", logic: "AND", conditions: [node] };
}
