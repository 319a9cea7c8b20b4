/**
 * An expression of a `calculate` enrichment as plain data: what the parser makes on the main thread, and
 * what a worker compiles. It is JSON, so it travels within a plan. docs/expressions.md says what each part
 * means.
 */
import type { JsonScalar } from "../../base/json.ts";

// A type and not an interface each: only those fit JsonValue.
export type Expression =
  | { kind: "constant"; value: JsonScalar }
  /** A field path as written. */
  | { kind: "name"; name: string }
  | { kind: "unary"; op: "-" | "!"; of: Expression }
  | { kind: "binary"; op: BinaryOperator; left: Expression; right: Expression }
  | { kind: "choice"; test: Expression; then: Expression; otherwise: Expression }
  | { kind: "member"; of: Expression; list: Expression[] }
  | { kind: "call"; name: string; args: Expression[] };

export type Arithmetic = "+" | "-" | "*" | "/" | "%" | "**";
export type Comparing = "==" | "!=" | "<" | "<=" | ">" | ">=";
export type BinaryOperator = Arithmetic | Comparing | "&&" | "||";

export const EXPRESSION_CHARACTERS_MAX = 2000;
export const EXPRESSION_DEPTH_MAX = 32;
export const EXPRESSION_NODES_MAX = 200;
/** A longer text result is null. */
export const RESULT_CHARACTERS_MAX = 10_000;

/** What a text lacks to be an expression; the parser turns it into its answer. */
export class ExpressionFault extends Error {
  override readonly name = "ExpressionFault";
  /** @param at index of the code unit at which the fault stands. */
  constructor(readonly at: number, message: string) {
    super(message);
  }
}
