/**
 * pattern: a sequence of events of one key, as `{steps, within, within_mode, after_match, on_timeout}`. What its
 * steps say together is checked here; the engine's automaton is built of the normal form.
 */
import * as z from "zod";
import { closedObject } from "./closed_object.ts";
import { readDuration } from "./duration_text.ts";
import { shown } from "./faults.ts";
import { checkReferences } from "./pattern_references.ts";
import { checkSteps, namedSteps } from "./pattern_steps.ts";
import { type PatternStep, patternStepSchema } from "./pattern_step.ts";
import { readAs, type Report } from "./read_as.ts";
import { WINDOW_MS_MAX } from "./window_shape.ts";

export type AfterMatch =
  | { kind: "no_skip" | "skip_to_next" | "skip_past_last" }
  | { kind: "skip_to_first" | "skip_to_last"; step: string; strict: boolean };

export interface Pattern {
  steps: readonly PatternStep[];
  /** Of all steps, groups left out, in order. */
  names: readonly string[];
  /** All events lie less than so far behind the first, ms; null: no bound. */
  within_ms: number | null;
  after_match: AfterMatch;
  /** Partial matches whose time runs out alert, too. */
  on_timeout: boolean;
}

const patternMembers = closedObject({
  steps: z.array(patternStepSchema).min(1),
  within: z.unknown().optional(),
  within_seconds: z.unknown().optional(),
  within_ms: z.unknown().optional(),
  within_mode: z.enum(["first_to_last", "previous_to_current"]).nullish(),
  after_match: z.unknown().optional(),
  on_timeout: z.boolean().nullish(),
});

export const patternSchema = readAs(patternMembers, (members, report): Pattern => {
  const names = { names: ["within", "within_seconds", "within_ms"], min: 1, max: WINDOW_MS_MAX };
  const said = readDuration(members, names, report);
  const betweenLast = members.within_mode === "previous_to_current";
  if (said === null && members.within_mode) {
    report(["within_mode"], "conflict", `Cannot use "within_mode" without within`);
  }
  const steps = betweenLast && said !== null ? withGap(members.steps, said, report) : members.steps;
  const pattern: Pattern = {
    steps,
    names: namedSteps(steps).map(({ node }) => node.name),
    within_ms: betweenLast ? null : said,
    after_match: readAfterMatch(members.after_match, members.steps, report),
    on_timeout: members.on_timeout ?? false,
  };
  checkSteps(pattern, report);
  checkReferences(steps, report);
  return pattern;
});

/** The last step, which alone is bound by `within` in this mode. */
function withGap(steps: readonly PatternStep[], within_ms: number, report: Report): PatternStep[] {
  const last = steps.at(-1)!;
  if (last.kind === "group") {
    const message = "Cannot use previous_to_current with a group as last step: give its first step a within";
    report(["within_mode"], "conflict", message);
    return [...steps];
  }
  return [...steps.slice(0, -1), {
    ...last,
    within_ms: Math.min(last.within_ms ?? Infinity, within_ms),
    window_ms: last.times === null ? last.window_ms : Math.min(last.window_ms ?? Infinity, within_ms),
  }];
}

const PLAIN = ["no_skip", "skip_to_next", "skip_past_last"] as const;

/** A person who is told of a match wants no other that shares events with it: that is the default. */
function readAfterMatch(given: unknown, steps: readonly PatternStep[], report: Report): AfterMatch {
  if (given === undefined || given === null) return { kind: "skip_past_last" };
  const plain = PLAIN.find((kind) => kind === given);
  if (plain !== undefined) return { kind: plain };
  if (typeof given === "object" && given !== null) {
    const { strict = false, ...target } = given as Record<string, unknown>;
    const [kind, ...others] = Object.keys(target);
    const step = target[kind ?? ""];
    if (
      (kind === "skip_to_first" || kind === "skip_to_last") && others.length === 0 &&
      typeof step === "string" && typeof strict === "boolean"
    ) {
      checkTarget(kind, step, steps, report);
      return { kind, step, strict };
    }
  }
  const message = `Cannot use ${shown(given)} as after_match: expected ${PLAIN.join(", ")}, ` +
    `{"skip_to_first": "<step>"} or {"skip_to_last": "<step>"}`;
  report(["after_match"], "invalid_value", message);
  return { kind: "skip_past_last" };
}

function checkTarget(kind: string, step: string, steps: readonly PatternStep[], report: Report): void {
  const known = namedSteps(steps).find(({ node }) => node.name === step);
  if (known !== undefined && !known.node.negated) return;
  const message = known === undefined
    ? `Cannot skip to ${shown(step)}: the pattern has no such step`
    : `Cannot skip to ${shown(step)}: a negated step is in no match`;
  report(["after_match", kind], "unknown_name", message);
}
