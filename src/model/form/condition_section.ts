/**
 * The section `composite_condition` of a form: tests and groups of them, as trigger_spec holds them under
 * `conditions` and `logic`. Values keep their types. `case_sensitive: true` is the default and is left out.
 */
import * as z from "zod";
import type { JsonObject, JsonValue } from "../../base/json.ts";
import { closedObject } from "../closed_object.ts";
import { fieldName } from "../field_name.ts";
import { OPERATORS, unsupportedOperator } from "../operator.ts";
import { readAs, type Report } from "../read_as.ts";

const WITHOUT_VALUE: readonly string[] = ["exists", "not_exists"];
const logic = z.enum(["AND", "OR", "NOT"]).nullish();

const members = {
  id: z.unknown().optional(),
  field: fieldName.optional(),
  op: z.unknown().optional(),
  operator: z.unknown().optional(),
  value: z.unknown().optional(),
  case_sensitive: z.boolean().nullish(),
  conditions: z.lazy((): z.ZodType<JsonValue[]> => z.array(conditionSchema)).optional(),
  logic,
};
type Members = z.output<ReturnType<typeof closedObject<typeof members>>>;

const conditionSchema: z.ZodType<JsonValue> = readAs(closedObject(members), readCondition);

/** The section as a whole: a group. */
export const conditionSection: z.ZodType<JsonObject> = readAs(
  closedObject({ id: z.unknown().optional(), conditions: z.array(conditionSchema), logic }),
  ({ conditions, logic: said }): JsonObject => ({ conditions, logic: said ?? "AND" }),
);

function readCondition(given: Members, report: Report): JsonValue {
  if (given.conditions !== undefined) return { conditions: given.conditions, logic: given.logic ?? "AND" };
  const { field, value, case_sensitive } = given;
  const op = readOperator(given, report);
  if (field === undefined) report(["field"], "required", "field is required");
  if (value === undefined && !WITHOUT_VALUE.includes(op)) {
    report(["value"], "required", `value is required for "${op}"`);
  }
  return {
    ...{ field: field ?? "", op },
    ...(value !== undefined && { value: value as JsonValue }),
    ...(case_sensitive === false && { case_sensitive }),
  };
}

/** As it is written: "=" stays, for a rule takes it too. */
function readOperator({ op, operator }: Members, report: Report): string {
  const given = op ?? operator;
  if (given === undefined || given === null) report(["op"], "required", "op is required");
  else if (given !== "=" && !OPERATORS.some((known) => known === given)) {
    report([op === undefined ? "operator" : "op"], "unsupported_operator", unsupportedOperator(given));
  } else if (op !== undefined && operator !== undefined && op !== operator) {
    report(["operator"], "conflict", 'Cannot use both "op" and "operator": they are two names of one thing');
  }
  return String(given);
}
