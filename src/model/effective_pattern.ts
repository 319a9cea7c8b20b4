/** A pattern as a document again. Members that say nothing are left out. */
import { formatDuration } from "../base/duration.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { effectiveGroup } from "./effective_condition.ts";
import type { AfterMatch, Pattern } from "./pattern.ts";
import type { PatternStep } from "./pattern_step.ts";

export function effectivePattern({ steps, within_ms, after_match, on_timeout }: Pattern): JsonObject {
  return {
    steps: steps.map((one, i) => step(one, i === 0)),
    ...duration("within", within_ms),
    after_match: afterMatch(after_match),
    on_timeout,
  };
}

function step(one: PatternStep, first: boolean): JsonObject {
  const { contiguity, inner, times, optional, greedy, until } = one;
  const loop = times === null ? {} : { times: timesOf(times), inner };
  return {
    ...(one.kind === "group" ? { steps: one.steps.map((part, i) => step(part, i === 0)) } : ownOf(one)),
    ...(first ? {} : { contiguity }),
    ...loop,
    ...(optional ? { optional } : {}),
    ...(greedy ? { greedy } : {}),
    ...(until === null ? {} : { until: effectiveGroup(until) }),
  };
}

function ownOf(
  { name, where, negated, within_ms, window_ms }: Extract<PatternStep, { kind: "step" }>,
): JsonObject {
  return {
    name,
    ...effectiveGroup(where),
    ...(negated ? { negated } : {}),
    ...duration("within", within_ms),
    ...duration("window", window_ms),
  };
}

function timesOf({ min, max }: { min: number; max: number | null }): JsonValue {
  return min === max ? min : [min, max];
}

function duration(name: string, ms: number | null): JsonObject {
  return ms === null ? {} : { [name]: formatDuration(ms) };
}

function afterMatch(after: AfterMatch): JsonValue {
  return "step" in after ? { [after.kind]: after.step, strict: after.strict } : after.kind;
}
