/**
 * Bounds on the conditions of one rule together: depth, number, and regular expressions, which are compiled
 * here once they are known to be few.
 */
import type { ConditionNode, GroupNode } from "./condition.ts";
import { shown } from "./faults.ts";
import type { Report } from "./read_as.ts";
import { patternFault } from "./regular_expression.ts";

/** Groups within groups; the outermost counts. */
export const CONDITION_DEPTH_MAX = 32;
/** Tests and groups together. */
export const CONDITIONS_MAX = 1_000;
/** Tests with `matches`. */
export const PATTERNS_MAX = 32;

interface Place {
  node: ConditionNode;
  path: readonly PropertyKey[];
  depth: number;
}

/**
 * @param at where the list of conditions stands; null when the one condition stands in no list
 * @param looksBack whether conditions may look at what a partial match took
 */
export function checkBounds(
  root: GroupNode,
  at: readonly PropertyKey[] | null,
  report: Report,
  looksBack: "alone" | "looks_back" = "alone",
): void {
  const places: Place[] = [];
  for (const place of walk(root, at, 1)) {
    if (place.depth > CONDITION_DEPTH_MAX) {
      const message = `Cannot nest condition groups deeper than ${CONDITION_DEPTH_MAX} levels`;
      return report(place.path, "too_deep", message);
    }
    if (looksBack === "alone" && place.node.kind === "test" && place.node.value.kind === "agg") {
      return report([...place.path, "value"], "misplaced", AGGREGATE_ALONE);
    }
    places.push(place);
  }
  if (places.length <= CONDITIONS_MAX) return checkPatterns(places, report);
  const message = `Cannot use ${places.length} conditions in a rule: expected at most ${CONDITIONS_MAX}`;
  report(["conditions"], "out_of_range", message);
}

const AGGREGATE_ALONE = `Cannot use {"agg"} here: it looks at what the steps of a pattern took`;

/** The nodes below `group`. Depth counts the groups on the way, a group itself included. */
function* walk(group: GroupNode, at: readonly PropertyKey[] | null, depth: number): Generator<Place> {
  for (const [i, node] of group.conditions.entries()) {
    const path = at === null ? [] : [...at, i];
    if (node.kind === "test") yield { node, path, depth };
    else {
      yield { node, path, depth: depth + 1 };
      if (depth < CONDITION_DEPTH_MAX) yield* walk(node, [...path, "conditions"], depth + 1);
    }
  }
}

function checkPatterns(places: readonly Place[], report: Report): void {
  const patterns = places.filter(({ node }) => node.kind === "test" && node.op === "matches");
  if (patterns.length > PATTERNS_MAX) {
    const message =
      `Cannot use ${patterns.length} regular expressions in a rule: expected at most ${PATTERNS_MAX}`;
    return report(patterns[PATTERNS_MAX]!.path, "out_of_range", message);
  }
  for (const { node, path } of patterns) {
    if (node.kind !== "test" || node.value.kind !== "const") continue;
    const fault = patternFault(String(node.value.value));
    if (fault === null) continue;
    const message = `Cannot use ${shown(node.value.value)} as a regular expression: ${fault}`;
    report([...path, "value"], "invalid_pattern", message);
  }
}
