/**
 * The texts that a plan compares with for equality. The encoder gives each a number, so that a batch tells
 * once which of its texts they are and no worker compares strings.
 */
import type { JsonScalar } from "../base/json.ts";
import type { Condition, Plan } from "./plan.ts";

/** Each text once, in the order in which the plan names them. Case-blind tests compare no codes. */
export function planConstants(plan: Plan): string[] {
  const texts = new Set<string>();
  for (const where of [plan.where, ...(plan.pattern?.conditions ?? []).map(({ where }) => where)]) {
    for (const value of equalities(where)) {
      // A boolean equals its text.
      if (typeof value === "string" || typeof value === "boolean") texts.add(String(value));
    }
  }
  return [...texts];
}

function* equalities(condition: Condition): Generator<JsonScalar> {
  switch (condition.kind) {
    case "selector":
      yield condition.value;
      return;
    case "group":
      for (const item of condition.items) yield* equalities(item);
      return;
    case "test": {
      const { op, operand, fold_case } = condition;
      if (fold_case) return;
      if (operand.kind === "const" && (op === "==" || op === "!=")) yield operand.value;
      if (operand.kind === "list") yield* operand.values;
    }
  }
}
