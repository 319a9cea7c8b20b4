/** Columns of values for tests of expressions, and back. */
import type { JsonValue } from "../../../src/base/json.ts";
import { KIND } from "../../../src/batch/batch.ts";
import { numberOf } from "../../../src/engine/compare.ts";
import { compileExpression } from "../../../src/engine/expression/compile_expression.ts";
import type { Expression } from "../../../src/engine/expression/expression.ts";
import type { ValueColumn } from "../../../src/engine/gathered.ts";

/** A row: values by field path. */
export type Row = Readonly<Record<string, JsonValue>>;

export function columnOf(values: readonly JsonValue[]): ValueColumn {
  const texts = values.map((value) => {
    if (typeof value === "string") return value;
    return typeof value === "object" && value !== null ? JSON.stringify(value) : "";
  });
  return {
    numbers: Float64Array.from(values, (value) => value === null ? NaN : numberOf(value)),
    kinds: Uint8Array.from(values, kindOf),
    texts: values.some((value) => typeof value === "string" || typeof value === "object") ? texts : null,
  };
}

function kindOf(value: JsonValue): number {
  if (value === null) return KIND.missing;
  if (typeof value === "number") return KIND.number;
  if (typeof value === "boolean") return KIND.boolean;
  return typeof value === "string" ? KIND.text : KIND.json;
}

/** What the program computes for each row. */
export function computed(program: Expression, names: readonly string[], rows: readonly Row[]): JsonValue[] {
  const columns = names.map((name) => columnOf(rows.map((row) => row[name] ?? null)));
  const run = compileExpression(program, { index: (name) => names.indexOf(name) });
  return valuesOf(run(columns, rows.length), rows.length);
}

export function valuesOf({ numbers, kinds, texts }: ValueColumn, count: number): JsonValue[] {
  return Array.from({ length: count }, (_, row) => {
    switch (kinds[row]) {
      case KIND.number:
        return numbers[row]!;
      case KIND.boolean:
        return numbers[row] === 1;
      case KIND.text:
        return texts![row]!;
      case KIND.json:
        return JSON.parse(texts![row]!);
      default:
        return null;
    }
  });
}
