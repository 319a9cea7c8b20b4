/** Names of operators and of logic, as documents spell them, read as the one name that the engine knows. */
import * as z from "zod";
import { shown } from "./faults.ts";
import { nearestName } from "./nearest_name.ts";

export const OPERATORS = [
  ">",
  ">=",
  "<",
  "<=",
  "==",
  "!=",
  "in",
  "not_in",
  "contains",
  "starts_with",
  "ends_with",
  "matches",
  "exists",
  "not_exists",
  "between",
] as const;
export type TestOperator = typeof OPERATORS[number];

export type Logic = "AND" | "OR" | "NOT";

/** An operator by its one name: blanks around it do not count, "=" is "==". */
export const operatorSchema = z.unknown().transform((given, ctx): TestOperator => {
  const name = typeof given === "string" ? given.trim() : "";
  const known = name === "=" ? "==" : OPERATORS.find((operator) => operator === name);
  if (known !== undefined) return known;
  ctx.addIssue({
    code: "custom",
    message: unsupportedOperator(given),
    params: { code: "unsupported_operator" },
  });
  return z.NEVER;
}).nullable().optional();

/** Logic in any case. */
export const logicSchema = z.unknown().transform((given, ctx): Logic => {
  const name = typeof given === "string" ? given.trim().toUpperCase() : "";
  if (name === "AND" || name === "OR" || name === "NOT") return name;
  const message = `Unsupported composite logic ${shown(given)}: expected AND, OR or NOT`;
  ctx.addIssue({ code: "custom", message, params: { code: "unsupported_logic" } });
  return z.NEVER;
}).nullable().optional();

/** The message for `given`, of which `allowed` are possible where it stands. */
export function unsupportedOperator(given: unknown, allowed: readonly string[] = OPERATORS): string {
  const nearest = typeof given === "string" && /[a-z]/i.test(given)
    ? nearestName(given.trim(), allowed)
    : undefined;
  const hint = allowed === OPERATORS && nearest !== undefined
    ? `did you mean "${nearest}"?`
    : `expected one of ${allowed.join(" ")}`;
  return `Unsupported operator ${shown(given)}: ${hint}`;
}
