/** What editors of conditions offer: each operator with an example, and common groups. */
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { TestOperator } from "./operator.ts";

/** A type, since an interface is no JsonObject. */
export type ConditionTemplate = {
  id: string;
  name: string;
  description: string;
  operator: TestOperator;
  example_value: JsonValue;
  category: "numeric" | "string" | "list" | "presence";
};

/** Those of the reference system come first, in its order. */
export const CONDITION_TEMPLATES: readonly ConditionTemplate[] = [
  value("gt", ">", { name: "Greater than", example_value: 80, category: "numeric" }),
  value("lt", "<", { name: "Less than", example_value: 20, category: "numeric" }),
  value("eq", "==", { name: "Equal", example_value: "error", category: "string" }),
  value("ne", "!=", { name: "Not equal", example_value: "success", category: "string" }),
  value("gte", ">=", { name: "At least", example_value: 70, category: "numeric" }),
  value("lte", "<=", { name: "At most", example_value: 90, category: "numeric" }),
  template("between", "between", {
    name: "Between",
    description: "The field is from the first to the second value, both included",
    example_value: [20, 80],
    category: "numeric",
  }),
  template("in", "in", {
    name: "One of",
    description: "The field equals one of the values",
    example_value: ["error", "critical"],
    category: "list",
  }),
  template("not_in", "not_in", {
    name: "None of",
    description: "The field is there and equals none of the values",
    example_value: ["dev", "test"],
    category: "list",
  }),
  template("contains", "contains", {
    name: "Contains",
    description: "The text has the value in it, or the list has it as an item",
    example_value: "timeout",
    category: "string",
  }),
  template("starts_with", "starts_with", {
    name: "Starts with",
    description: "The text begins with the value",
    example_value: "web-",
    category: "string",
  }),
  template("ends_with", "ends_with", {
    name: "Ends with",
    description: "The text ends with the value",
    example_value: ".log",
    category: "string",
  }),
  template("matches", "matches", {
    name: "Matches",
    description: "A regular expression (RE2) is found in the text",
    example_value: "^5\\d\\d$",
    category: "string",
  }),
  template("exists", "exists", {
    name: "Is there",
    description: "The field is there and is not null",
    example_value: null,
    category: "presence",
  }),
  template("not_exists", "not_exists", {
    name: "Is missing",
    description: "The field is not there, or is null",
    example_value: null,
    category: "presence",
  }),
];

/** Templates of the reference system. */
export const REFERENCE_TEMPLATES: readonly ConditionTemplate[] = CONDITION_TEMPLATES.slice(0, 6);

/** Groups as a rule writes them. */
export const GROUP_TEMPLATES: readonly JsonObject[] = [
  group("all", "AND", "All of them hold"),
  group("any", "OR", "At least one holds"),
  group("none", "NOT", "None of them holds"),
];

type Said = Omit<ConditionTemplate, "id" | "operator">;

function template(id: string, operator: TestOperator, said: Said): ConditionTemplate {
  const { name, description, example_value, category } = said;
  return { id, name, description, operator, example_value, category };
}

function value(
  id: string,
  operator: TestOperator,
  { name, example_value, category }: Pick<ConditionTemplate, "name" | "example_value" | "category">,
): ConditionTemplate {
  const description = `The field is ${name.toLowerCase()} the value`;
  return template(id, operator, { name, description, example_value, category });
}

function group(id: string, logic: string, description: string): JsonObject {
  const conditions = [{ field: "cpu", op: ">", value: 80 }, { field: "env", op: "==", value: "prod" }];
  return { id, logic, description, example: { logic, conditions } };
}
