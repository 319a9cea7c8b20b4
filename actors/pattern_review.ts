/**
 * A second look at the pattern of a rule that is about to be saved, once it is compiled: one that can never match
 * is refused, and what of it has no effect is warned about, with an example that the engine itself worked out.
 */
import { type Fault, pointer } from "../src/base/problem.ts";
import { compileRule } from "../src/engine/compile.ts";
import type { PatternPlan } from "../src/engine/pattern/pattern_plan.ts";
import { type Reach, reachOf } from "../src/engine/pattern/reach.ts";
import { tryOut } from "../src/engine/pattern/try_out.ts";
import type { GroupNode } from "../src/model/condition.ts";
import type { Pattern } from "../src/model/pattern.ts";
import type { PatternStep } from "../src/model/pattern_step.ts";
import { type NamedStep, namedSteps } from "../src/model/pattern_steps.ts";
import type { Rule } from "../src/model/rule.ts";

export interface PatternReview {
  errors: readonly Fault[];
  warnings: readonly Fault[];
}

const NOTHING: PatternReview = { errors: [], warnings: [] };
/** Longer examples explain nothing. */
const EXAMPLE_EVENTS_MAX = 10;
const EXAMPLE_MATCHES_MAX = 5;

export function reviewPattern(rule: Rule): PatternReview {
  const { pattern } = rule.trigger;
  const plan = pattern === null
    ? null
    : compileRule(rule, { rule_id: "", version: 1, generation: 1 }).pattern;
  if (pattern === null || plan === null) return NOTHING;
  const reach = reachOf(plan, "goes_on");
  if (reach?.matches === false) return { errors: [neverMatches(pattern, plan, reach)], warnings: [] };
  return { errors: [], warnings: [...warnings(pattern, plan, reach)] };
}

function neverMatches(pattern: Pattern, { steps }: PatternPlan, { taking }: Reach): Fault {
  const isDead = ({ name }: { name: string }) => !taking.has(steps.indexOf(name));
  const { path, why } = culprit(pattern.steps, ["steps"], isDead) ?? {
    path: namedSteps(pattern.steps).find(({ node }) => !node.negated && isDead(node))?.path ?? ["steps"],
    why: "what stands before a step takes or forbids every event that it could take",
  };
  return fault(path, "never_matches", `The pattern never matches: ${why}`);
}

/** What plainly keeps a step from taking any event. */
function culprit(
  steps: readonly PatternStep[],
  at: readonly PropertyKey[],
  isDead: (step: NamedStep) => boolean,
): { path: readonly PropertyKey[]; why: string } | null {
  for (const [i, step] of steps.entries()) {
    const path = [...at, i];
    const next = steps[i + 1];
    if (step.kind === "group") {
      const within = culprit(step.steps, [...path, "steps"], isDead);
      if (within !== null) return within;
    } else if (step.until !== null && isSame(step.until, step.where) && isDead(step)) {
      const why = `"until" ends the loop of step ${quoted(step)} at each event that it could take`;
      return { path: [...path, "until"], why };
    } else if (next?.kind === "step" && isSame(step.where, next.where)) {
      if (step.negated) {
        const why = `each event that step ${quoted(next)} waits for is one that ${quoted(step)} forbids`;
        return { path: [...path, "negated"], why };
      }
      if (step.greedy && isDead(next)) {
        const why = `the greedy step ${quoted(step)} takes each event that step ${quoted(next)} waits for`;
        return { path: [...path, "greedy"], why };
      }
    }
  }
  return null;
}

function isSame(a: GroupNode, b: GroupNode): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function quoted({ name }: { name: string }): string {
  return JSON.stringify(name);
}

function* warnings(pattern: Pattern, plan: PatternPlan, reach: Reach | null): Generator<Fault> {
  yield* beforeFirst(pattern.steps, []);
  for (const place of walk(pattern.steps, [])) yield* ofStep(place, pattern, plan);
  if (pattern.on_timeout && !runsOut(pattern)) {
    yield noEffect(["on_timeout"], "on_timeout", "without within: no time runs out");
  }
  if (reach === null) return;
  for (const { node, path } of namedSteps(pattern.steps)) {
    if (node.negated || reach.taking.has(plan.steps.indexOf(node.name))) continue;
    const text = `Step ${quoted(node)} never takes an event: what stands before it takes or forbids ` +
      `every one${example(pattern, plan)}`;
    yield fault(path, "ignored", text);
  }
  yield* cutShort(pattern, plan, reach);
}

interface Place {
  step: PatternStep;
  path: readonly PropertyKey[];
  /** Nothing stands behind it. */
  last: boolean;
}

function* walk(steps: readonly PatternStep[], at: readonly PropertyKey[], last = true): Generator<Place> {
  for (const [i, step] of steps.entries()) {
    const path = [...at, "steps", i];
    const isLast = last && i === steps.length - 1;
    yield { step, path, last: isLast };
    if (step.kind === "group") yield* walk(step.steps, path, isLast && step.times === null);
  }
}

/** Nothing stands before the first step; the first of a group follows as the group does. */
function* beforeFirst(steps: readonly PatternStep[], at: readonly PropertyKey[]): Generator<Fault> {
  for (const [i, step] of steps.entries()) {
    const path = [...at, "steps", i];
    if (i === 0 && step.contiguity !== "relaxed") {
      const why = at.length === 0 ? "nothing stands before it" : "the group says how its first step follows";
      yield noEffect([...path, "contiguity"], "contiguity", `on the first step: ${why}`);
    }
    if (step.kind === "group") yield* beforeFirst(step.steps, path);
  }
}

function* ofStep({ step, path, last }: Place, pattern: Pattern, plan: PatternPlan): Generator<Fault> {
  const { times, greedy, contiguity, inner } = step;
  if (greedy) {
    const why = times?.min === times?.max
      ? "with a fixed number of times"
      : step.kind === "group"
      ? "with a group of steps"
      : last
      ? "on the last step: nothing follows that could take its events"
      : null;
    if (why !== null) {
      yield noEffect(
        [...path, "greedy"],
        "greedy",
        why + (step.kind === "group" ? "" : example(pattern, plan)),
      );
    }
  }
  if (times?.max === 1 && inner !== "relaxed") {
    yield noEffect([...path, "inner"], "inner", "where a step takes one event at most");
  }
  if (last && step.kind === "step" && times === null && contiguity === "any" && path.at(-1) !== 0) {
    if (!endsSameStart(pattern)) return;
    const why = `on the last step with after_match ${pattern.after_match.kind}: ` +
      "the first event that completes a match ends the others that began with it";
    yield noEffect([...path, "contiguity"], "contiguity any", why + example(pattern, plan, step.name));
  }
}

/** What could only come after an event with which the match is complete and told. */
function* cutShort(pattern: Pattern, plan: PatternPlan, reach: Reach): Generator<Fault> {
  const short = endsSameStart(pattern) ? reachOf(plan, "ends") : null;
  if (short === null) return;
  const { states } = plan.automaton;
  const why = ` with after_match ${pattern.after_match.kind}: a match is told as soon as it is complete, ` +
    "and ends the others that began with it";
  for (const { node, path } of namedSteps(pattern.steps)) {
    const step = plan.steps.indexOf(node.name);
    const lost = [...reach.states].some((state) => states[state]!.step === step && !short.states.has(state));
    if (!lost) continue;
    if (!short.taking.has(step)) {
      const text = `Step ${quoted(node)} never takes an event${why}${example(pattern, plan)}`;
      yield fault(path, "ignored", text);
    } else if (node.times !== null && node.times.max !== node.times.min) {
      const least = node.times.min === 1 ? "one event" : `${node.times.min} events`;
      const text = `Step ${quoted(node)} takes no more than ${least}${why}${example(pattern, plan)}`;
      yield fault([...path, "times"], "ignored", text);
    }
  }
}

/** Whether a match that is told ends all others that begin with its first event. */
function endsSameStart({ after_match }: Pattern): boolean {
  return after_match.kind === "skip_past_last" || after_match.kind === "skip_to_next";
}

function runsOut(pattern: Pattern): boolean {
  return pattern.within_ms !== null ||
    namedSteps(pattern.steps).some(({ node }) => node.within_ms !== null || node.window_ms !== null);
}

/**
 * What the pattern finds among some events of its steps, where there is a choice one more than it needs, and of the
 * step `twice` two; empty where that would be long.
 */
function example(pattern: Pattern, plan: PatternPlan, twice: string | null = null): string {
  const made = namedSteps(pattern.steps).flatMap(({ node: { name, times, negated } }) => {
    if (negated) return [];
    const most = Math.min(times?.max ?? Infinity, (times?.min ?? 0) + 1);
    const n = name === twice ? 2 : times === null ? 1 : most;
    return new Array<number>(Math.min(n, EXAMPLE_EVENTS_MAX + 1)).fill(plan.steps.indexOf(name));
  });
  if (made.length > EXAMPLE_EVENTS_MAX) return "";
  const { events, matches } = tryOut(plan, made);
  const found = matches.slice(0, EXAMPLE_MATCHES_MAX).map((match) => match.join(" ")).join(", ");
  return `. Of events ${events.join(" ")} it finds ${found === "" ? "nothing" : found}`;
}

function noEffect(path: readonly PropertyKey[], name: string, why: string): Fault {
  return fault(path, "ignored", `"${name}" has no effect ${why}`);
}

function fault(path: readonly PropertyKey[], code: string, message: string): Fault {
  return { pointer: pointer("trigger_spec", "pattern", ...path), code, message };
}
