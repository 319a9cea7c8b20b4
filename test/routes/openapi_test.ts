/**
 * The OpenAPI document: it names exactly the routes that are served, a validator takes it, and the answers of the
 * server fit what it says of them.
 */
import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv2020 from "ajv/dist/2020.js";
import { undescribed } from "../../routes/openapi/document.ts";
import { NATIVE_ROUTES, shownPath } from "../../routes/openapi/document.ts";
import { COMPAT_ROUTES } from "../../routes/openapi/compat_routes.ts";
import { isObject, type JsonObject, type JsonValue } from "../../src/base/json.ts";
import { parseRule } from "../../src/model/rule.ts";
import { cpuRule, openApi } from "./api.ts";
import { openFixture } from "./compat/known_calls.ts";

/** What answers 404 and 405 under the prefixes of the compatibility router. */
const REST = new Set(["/cep/*", "/api-manager/*", "/runtime/*", "/ai/*"]);

Deno.test("openapi: every route has a description, and every description a route", async () => {
  await using api = await openApi();
  const missing = undescribed(api.app.served);
  assert.deepEqual(missing, [], `add each of these to a table of routes/openapi: ${missing.join(", ")}`);
  const { native, compat } = api.app.served;
  const keys = new Set([...native, ...compat].map(({ method, path }) => `${method} ${path}`));
  const strays = [...Object.keys(NATIVE_ROUTES), ...Object.keys(COMPAT_ROUTES)].filter((key) =>
    !keys.has(key)
  );
  assert.deepEqual(
    strays,
    [],
    `no such route is served; take it out of routes/openapi: ${strays.join(", ")}`,
  );
});

Deno.test("openapi: the document lists the routes that Hono serves, no more and no less", async () => {
  await using api = await openApi();
  const { body } = await api.send("GET", "/openapi.json");
  const served = api.app.registered().map(({ method, path }) => `${method} ${shownPath(path)}`);
  const rest = new Set([...REST].flatMap((path) => METHODS.map((method) => `${method} ${shownPath(path)}`)));
  const listed = Object.entries(body.paths).flatMap(([path, item]) =>
    Object.keys(item as object).map((method) => `${method.toUpperCase()} ${path}`)
  );
  const outside = (key: string) => !rest.has(key) || listed.includes(key);
  assert.deepEqual([...new Set(served.filter(outside))].sort(), listed.sort());
});

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

Deno.test("openapi: a validator of OpenAPI 3.1 takes the document; operation ids are unique", async () => {
  await using api = await openApi();
  const { body, headers } = await api.send("GET", "/openapi.json");
  const validator = new Validator();
  const result = await validator.validate(structuredClone(body));
  assert(result.valid, JSON.stringify(result.errors, null, 1));
  assert.equal(validator.version, "3.1");
  const ids = operations(body).map(({ operation }) => operation.operationId);
  assert.deepEqual(ids.filter((id, i) => ids.indexOf(id) !== i), []);
  const again = await api.send("GET", "/openapi.json", null, { "if-none-match": headers.get("etag")! });
  assert.deepEqual([again.status, again.text], [304, ""]);
});

Deno.test("openapi: what the server answers fits the schemas of the main nouns", async () => {
  await using api = await openApi();
  await using fixture = await openFixture(api);
  const { body: document } = await api.send("GET", "/openapi.json");
  // Formats and unions of types are the document's own concern, checked above.
  const ajv = new Ajv2020.default({ strict: false });
  ajv.addSchema(document, "doc");
  const calls: [method: string, path: string, at: string, body?: object][] = [
    ["GET", "/rules", "/rules"],
    ["GET", "/rules/{id}", "/rules/r"],
    ["POST", "/rules", "/rules", cpuRule({ rule_id: "fresh" })],
    ["PATCH", "/rules/{id}", "/rules/fresh", { cooldown: "5m" }],
    ["POST", "/rules/validate", "/rules/validate", cpuRule({})],
    ["GET", "/rules/{id}/versions", "/rules/r/versions"],
    ["POST", "/rules/{id}/simulate", "/rules/r/simulate", { events: [{ cpu: 99, host: "a" }] }],
    ["POST", "/events", "/events?topic=metrics", { cpu: 1 }],
    ["GET", "/events", "/events"],
    ["GET", "/alerts", "/alerts"],
    ["GET", "/alerts/{id}", `/alerts/${fixture.event_id}`],
    ["POST", "/alerts/{id}/ack", `/alerts/${fixture.event_id}/ack`, { by: "t" }],
    ["GET", "/alerts/summary", "/alerts/summary"],
    ["GET", "/deliveries", "/deliveries"],
    ["POST", "/deliveries/redrive", "/deliveries/redrive", { dry_run: true }],
    ["GET", "/channels", "/channels"],
    ["GET", "/channels/{id}", "/channels/ops"],
    ["GET", "/rules/{id}", "/rules/none"],
    ["POST", "/rules", "/rules", {}],
  ];
  for (const [method, path, at, body] of calls) {
    const { status, body: answer } = await api.send(method, at, (body ?? null) as never);
    const answers = document.paths[`/api/v1${path}`][method.toLowerCase()].responses;
    assert(
      status >= 400 || String(status) in answers,
      `${method} ${at} answers ${status}, which is not listed`,
    );
    const { content } = answers[status] ?? answers.default;
    const { schema } = content["application/json"] ?? content["application/problem+json"];
    const check = ajv.compile(absolute(schema));
    assert(check(answer), `${method} ${at}: ${JSON.stringify(check.errors)} ${JSON.stringify(answer)}`);
  }
});

Deno.test("openapi: rules that are taken fit the schema of rules", async () => {
  await using api = await openApi();
  const { body: document } = await api.send("GET", "/openapi.json");
  const ajv = new Ajv2020.default({ strict: false });
  ajv.addSchema(document, "doc");
  const check = ajv.compile({ $ref: "doc#/components/schemas/RuleDraft" });
  assert(check(cpuRule({ tags: ["a"], cooldown: "5m" })), JSON.stringify(check.errors));
  assert(!check(cpuRule({ severity: "loud" })));
  assert(!check({ rule_name: "no trigger" }));
});

Deno.test("openapi: every rule of the vectors that is taken fits the schema of rules", async () => {
  await using api = await openApi();
  const { body: document } = await api.send("GET", "/openapi.json");
  const ajv = new Ajv2020.default({ strict: false });
  ajv.addSchema(document, "doc");
  const check = ajv.compile({ $ref: "doc#/components/schemas/RuleDraft" });
  const rules = vectorFiles(new URL("../vectors/", import.meta.url)).flatMap((text) =>
    rulesIn(JSON.parse(text))
  );
  const taken = rules.filter((rule) => parseRule(rule).ok && !SECTIONS.some((name) => name in rule));
  assert(taken.length > 100, `${taken.length} rules`);
  for (const rule of taken) assert(check(rule), `${JSON.stringify(rule)}: ${JSON.stringify(check.errors)}`);
});

/** Members of a form, which a rule may hold as null or empty. */
const SECTIONS = ["composite_condition", "window_config", "aggregation", "enrichments", "actions"];

function vectorFiles(folder: URL): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return vectorFiles(new URL(`${name}/`, folder));
    return name.endsWith(".json") ? [Deno.readTextFileSync(new URL(name, folder))] : [];
  });
}

/** Every object in `value` that is written as a rule. */
function rulesIn(value: JsonValue): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(rulesIn);
  if (!isObject(value)) return [];
  const own = "trigger_type" in value && "trigger_spec" in value ? [value] : [];
  return [...own, ...Object.values(value).flatMap(rulesIn)];
}

function operations(document: { paths: Record<string, Record<string, { operationId: string }>> }) {
  return Object.values(document.paths).flatMap((item) =>
    Object.values(item).map((operation) => ({ operation }))
  );
}

/** `schema` with its references into the document. */
function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc#/'));
}
