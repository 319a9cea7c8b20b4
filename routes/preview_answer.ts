/** A preview as answers show it. */
import type { JsonObject, JsonValue } from "../src/base/json.ts";
import type { TreeNode, TreeTest } from "../src/engine/condition_tree.ts";
import type { SimulationResult } from "../actors/simulation.ts";

/** Of a simulation that was asked for a preview. */
export function previewAnswer({ preview, would_execute, warnings }: SimulationResult): JsonObject {
  const tree = preview?.tree ?? null;
  return {
    condition_matched: tree?.result ?? true,
    would_execute,
    ...testedTexts(tree),
    condition_evaluation_tree: tree === null ? null : { ...tree } as JsonObject,
    enriched: preview?.enriched ?? {},
    warnings: warnings.map((fault) => ({ ...fault })),
  };
}

/** Every test in words, by its outcome. */
export function testedTexts(
  tree: TreeNode | null,
): { matched_conditions: string[]; failed_conditions: string[] } {
  const tests = tree === null ? [] : [...testsOf(tree)];
  const texts = (wanted: boolean) => tests.filter(({ result }) => result === wanted).map(textOf);
  return { matched_conditions: texts(true), failed_conditions: texts(false) };
}

function* testsOf(node: TreeNode): Generator<TreeTest> {
  if (!("conditions" in node)) yield node;
  else for (const item of node.conditions) yield* testsOf(item);
}

function textOf({ field, op, expected }: TreeTest): string {
  const text = `${field} ${op}`;
  return op === "exists" || op === "not_exists" ? text : `${text} ${worded(expected)}`;
}

function worded(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
