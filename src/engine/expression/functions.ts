/**
 * The functions of expressions: how many arguments each takes, what can be told about them before any event
 * comes, and what they do with one row. A function never sees null: null in any argument makes the result
 * null, except in `coalesce` and `if`, which the compiler knows itself.
 */
import type { JsonScalar, JsonValue } from "../../base/json.ts";
import type { Expression } from "./expression.ts";
import { NUMBER_FUNCTIONS } from "./_number_functions.ts";
import { TEXT_FUNCTIONS } from "./_text_functions.ts";
import { TIME_FUNCTIONS } from "./_time_functions.ts";

export type FunctionBody =
  /** Of numeric readings; what is not finite is null. The array is used again for the next row. */
  | { kind: "numbers"; apply: (args: Float64Array) => number }
  | { kind: "values"; apply: (args: readonly JsonValue[]) => JsonScalar }
  | { kind: "coalesce" }
  | { kind: "if" };

export interface ArgumentFault {
  argument: number;
  message: string;
}

export interface Signature {
  min: number;
  max: number;
  body: FunctionBody;
  /** What is wrong with arguments that are written as constants. */
  check?: (args: readonly Expression[]) => ArgumentFault | null;
}

const FUNCTIONS: ReadonlyMap<string, Signature> = new Map(Object.entries(
  {
    if: { min: 3, max: 3, body: { kind: "if" } },
    coalesce: { min: 1, max: Infinity, body: { kind: "coalesce" } },
    ...NUMBER_FUNCTIONS,
    ...TEXT_FUNCTIONS,
    ...TIME_FUNCTIONS,
  } satisfies Record<string, Signature>,
));

export const FUNCTION_NAMES: readonly string[] = [...FUNCTIONS.keys()];

export function signatureOf(name: string): Signature | undefined {
  return FUNCTIONS.get(name);
}
