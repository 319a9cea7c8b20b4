/** What editors of conditions offer: operators with examples, and names of common fields. */
import type { JsonObject } from "../../src/base/json.ts";

export const CONDITION_TEMPLATES: readonly JsonObject[] = [
  template("gt", ">", { name: "Greater than", example_value: 80, category: "numeric" }),
  template("lt", "<", { name: "Less than", example_value: 20, category: "numeric" }),
  template("eq", "==", { name: "Equal", example_value: "error", category: "string" }),
  template("ne", "!=", { name: "Not equal", example_value: "success", category: "string" }),
  template("gte", ">=", { name: "At least", example_value: 70, category: "numeric" }),
  template("lte", "<=", { name: "At most", example_value: 90, category: "numeric" }),
];

function template(
  id: string,
  operator: string,
  { name, example_value, category }: { name: string; example_value: number | string; category: string },
): JsonObject {
  const description = `The field is ${name.toLowerCase()} the value`;
  return { id, name, description, operator, example_value, category };
}

export const FIELD_SUGGESTIONS: readonly (JsonObject & { name: string })[] = [
  { name: "cpu", description: "CPU use in percent", type: "number", examples: [45.2, 78.5, 92.1] },
  { name: "memory", description: "Memory use in percent", type: "number", examples: [32.0, 64.5, 85.3] },
  { name: "disk", description: "Disk use in percent", type: "number", examples: [50.0, 75.2, 95.8] },
  { name: "status", description: "Outcome", type: "string", examples: ["success", "error", "warning"] },
  { name: "count", description: "How many", type: "number", examples: [1, 5, 10] },
  { name: "duration_ms", description: "Duration in ms", type: "number", examples: [100, 500, 2000] },
];
