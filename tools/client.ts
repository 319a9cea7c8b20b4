/**
 * `deno task client`: writes src/client/operations.ts, the types of the typed client, from the OpenAPI document of
 * a running server. A test (test/routes/client_test.ts) fails while the file is not what the document gives.
 */
type Schema = { [member: string]: unknown };

interface Operation {
  summary: string;
  parameters: { name: string; in: string; required: boolean }[];
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const HEADER = `/**
 * Made by \`deno task client\` from the OpenAPI document: what each operation takes and answers. Not edited by hand.
 */
`;
const OURS = /^\/(api\/v1\/|healthz|readyz|metrics)/;
const NAME = /^[A-Za-z_$][\w$]*$/;

/** The text of src/client/operations.ts, before it is formatted. */
export function operationsText({ paths, components }: Document): string {
  const schemas = Object.entries(components.schemas).map(([name, schema]) =>
    `export type ${name} = ${typeText(schema)};\n`
  );
  const operations = Object.entries(paths).filter(([path]) => OURS.test(path)).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) =>
      operationText(`${method.toUpperCase()} ${path}`, operation)
    )
  );
  return `${HEADER}\n${schemas.join("\n")}\nexport interface Operations {\n${operations.join("\n")}\n}\n`;
}

function operationText(key: string, { summary, parameters, requestBody, responses }: Operation): string {
  const parts = [
    membersText(
      "params",
      parameters.filter((one) => one.in === "path").map(({ name }) => `${memberName(name)}: string`),
    ),
    membersText("query", parameters.filter((one) => one.in === "query").map(queryText)),
  ];
  if (requestBody !== undefined) {
    const { schema } = requestBody.content["application/json"]!;
    parts.push(`body${requestBody.required ? "" : "?"}: ${typeText(schema)};`);
  }
  const [answer] = Object.entries(responses).filter(([status]) => status.startsWith("2")).map(([, one]) =>
    one
  );
  const content = answer?.content?.["application/json"];
  if (content !== undefined) parts.push(`answer: ${typeText(content.schema)};`);
  else if (answer?.content?.["text/plain"] !== undefined) parts.push("answer: string;");
  const text = parts.join(" ").trim();
  const given = text === "" ? "Record<never, never>" : `{ ${text} }`;
  return `/** ${summary}. */\n${JSON.stringify(key)}: ${given};`;
}

function queryText({ name }: { name: string }): string {
  return `${memberName(name)}?: string | number | boolean | undefined`;
}

function membersText(name: string, members: readonly string[]): string {
  if (members.length === 0) return "";
  return `${name}${members.every((one) => one.includes("?:")) ? "?" : ""}: { ${members.join("; ")} };`;
}

function typeText(schema: unknown): string {
  if (typeof schema !== "object" || schema === null) return "unknown";
  const { $ref, anyOf, type, enum: values, const: value, items, properties } = schema as Schema;
  if (typeof $ref === "string") return $ref.slice($ref.lastIndexOf("/") + 1);
  if (value !== undefined) return JSON.stringify(value);
  if (Array.isArray(values)) return values.map((one) => JSON.stringify(one)).join(" | ");
  // Beside members it says which of them must be there; the server checks that.
  const options = properties === undefined ? anyOf ?? (schema as Schema).oneOf : undefined;
  if (Array.isArray(options)) return unionText(options.map(typeText));
  if (Array.isArray(type)) return unionText(type.map((one) => typeText({ ...schema, type: one })));
  if (type === "array") return `(${typeText(items)})[]`;
  if (type === "object") {
    return objectText(schema as Schema, properties as Record<string, Schema> | undefined);
  }
  return {
    string: "string",
    integer: "number",
    number: "number",
    boolean: "boolean",
    null: "null",
  }[type as string] ??
    "unknown";
}

function unionText(types: readonly string[]): string {
  const distinct = [...new Set(types)];
  return distinct.includes("unknown") ? "unknown" : distinct.join(" | ");
}

function objectText(
  { required = [], additionalProperties, patternProperties }: Schema,
  properties: Record<string, Schema> = {},
): string {
  const members = Object.entries(properties).map(([name, schema]) => {
    const optional = (required as string[]).includes(name) ? "" : "?";
    return `${memberName(name)}${optional}: ${typeText(schema)}${optional && " | undefined"};`;
  });
  // What a server adds later is no error of a reader's.
  const closed = patternProperties === undefined ? "" : "[own: `x-${string}`]: unknown;";
  const open = additionalProperties === false ? closed : "[member: string]: unknown;";
  return `{ ${members.join(" ")} ${open} }`;
}

function memberName(name: string): string {
  return NAME.test(name) ? name : JSON.stringify(name);
}

if (import.meta.main) {
  const response = await fetch(new URL("/api/v1/openapi.json", Deno.args[0] ?? "http://127.0.0.1:8080"));
  if (!response.ok) {
    throw new Error(`Cannot read the OpenAPI document: the server answered ${response.status}`);
  }
  Deno.writeTextFileSync("src/client/operations.ts", operationsText(await response.json()));
}
