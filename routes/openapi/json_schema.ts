/**
 * Schemas of OpenAPI 3.1 (JSON Schema 2020-12) made of zod schemas, as what is sent. A schema that is a component is
 * named instead of repeated; a definition within a component becomes a component of its own. What zod cannot say in
 * JSON Schema, such as a reader written as a function, takes anything: the server still checks it.
 */
import * as z from "zod";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import { COMPONENTS } from "./schemas.ts";

const PREFIX = "#/components/schemas/";
const names = new Map<z.ZodType, string>(Object.entries(COMPONENTS).map(([name, schema]) => [schema, name]));

/** Every component, by name. */
export function componentSchemas(): JsonObject {
  const all: JsonObject = {};
  for (const [name, schema] of Object.entries(COMPONENTS)) {
    const { $defs = {}, ...own } = converted(schema, name);
    all[name] = own;
    for (const [key, value] of Object.entries($defs as JsonObject)) all[`${name}${key}`] = value;
  }
  return all;
}

/** `schema` as a place in the document has it: a reference where it is a component. */
export function schemaAt(schema: z.ZodType): JsonObject {
  const name = names.get(schema);
  if (name !== undefined) return { $ref: `${PREFIX}${name}` };
  const item = itemOf(schema);
  if (item === undefined) return converted(schema, "");
  const items = { type: "array", items: schemaAt(item) };
  return {
    type: "object",
    properties: { items, next_cursor: { type: ["string", "null"] } },
    required: ["items", "next_cursor"],
  };
}

/** The items of a page. */
function itemOf(schema: z.ZodType): z.ZodType | undefined {
  if (!(schema instanceof z.ZodObject)) return undefined;
  const { items, next_cursor } = schema.shape;
  return items instanceof z.ZodArray && next_cursor !== undefined ? items.element as z.ZodType : undefined;
}

function converted(schema: z.ZodType, name: string): JsonObject {
  const { $schema: _, ...made } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return pointed(made as JsonObject, name) as JsonObject;
}

/** References to definitions of a schema, as they are called in the document. */
function pointed(value: JsonValue, name: string): JsonValue {
  if (Array.isArray(value)) return value.map((one) => pointed(one, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      key === "$ref" && typeof one === "string" ? reference(one, name) : pointed(one, name),
    ]),
  );
}

function reference(ref: string, name: string): string {
  return ref === "#" ? `${PREFIX}${name}` : ref.replace("#/$defs/", `${PREFIX}${name}`);
}
