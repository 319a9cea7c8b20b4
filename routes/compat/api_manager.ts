/**
 * /api-manager: API definitions under the names of the reference system. What our definitions do not have (who may
 * call, under which scope) is kept beside them and shown, and decides nothing here: access is that of the server.
 */
import * as z from "zod";
import type { ApiRun } from "../../actors/script_desk.ts";
import { instant } from "../../src/base/event_time.ts";
import { isObject, type JsonObject, type JsonValue } from "../../src/base/json.ts";
import { badRequest, Problem } from "../../src/base/problem.ts";
import { type ApiVersion, readApiDefinition, readRuntimePolicy } from "../../src/model/api_definition.ts";
import { sqlLogicFault, tablesIn } from "../../src/model/sql_logic.ts";
import type { StoredExec } from "../../src/store/exec_log.ts";
import type { RouteContext } from "../route_table.ts";
import type { CompatTable } from "./compat_table.ts";
import { jsonObject } from "./validation.ts";

const APIS = "/api-manager/apis";
const MODES = ["sql", "http", "script"] as const;
/** Kept beside a definition. */
const OWN = { scope: "x-scope", auth_mode: "x-auth-mode", required_scopes: "x-required-scopes" } as const;

const text = z.string();
const authMode = z.string().nullish();
const definition = z.looseObject({
  api_name: text,
  api_type: text.default("custom"),
  method: text,
  endpoint: text,
  description: text.nullish(),
  tags: z.array(text).nullish(),
  logic_type: text,
  logic_body: text,
  runtime_policy: jsonObject.nullish(),
  is_active: z.boolean().nullish(),
  auth_mode: authMode,
  required_scopes: z.array(text).nullish(),
});
const older = z.looseObject({
  name: text,
  method: text,
  path: text,
  mode: text,
  logic: text,
  scope: text.default("custom"),
  description: text.nullish(),
  auth_mode: authMode,
  required_scopes: z.array(text).nullish(),
});
const auth = z.looseObject({ auth_mode: authMode, required_scopes: z.array(text).nullish() });
const called = z.looseObject({ params: jsonObject.nullish(), input: z.unknown().optional() });
const tried = z.looseObject({
  logic_type: text.default("sql"),
  logic_body: z.string().nullish(),
  params: jsonObject.nullish(),
  input: z.unknown().optional(),
  runtime_policy: jsonObject.nullish(),
  limit: z.number().int().nullish(),
});
const limited = z.object({ limit: z.coerce.number().int().min(1).max(500).default(50) });

export function apiManagerRoutes(table: CompatTable, context: RouteContext): void {
  const { apis } = context.deps;
  table.on("GET", APIS, { query: z.looseObject({ scope: text.optional() }) }, ({ query: { scope } }) => {
    const known = scope === "system" || scope === "custom" ? scope : null;
    const shown = apis.list().map(shownApi).filter((api) => known === null || api.scope === known);
    return { data: { apis: shown } };
  });
  table.on(
    "POST",
    APIS,
    { query: z.object({ api_id: text.optional() }), body: definition },
    async ({ query, body }) => {
      const id = query.api_id ?? null;
      if (id !== null) existing(id, context);
      return { data: { api: shownApi((await apis.save(id, documentOf(body))).api) } };
    },
  );
  table.on("PUT", `${APIS}/:id/auth-policy`, { body: auth }, async ({ param, body }) => {
    const api = existing(param("id"), context);
    const saved = await apis.save(api.api_id, { ...documentFrom(api), ...authOf(body) });
    const { id, auth_mode, required_scopes, updated_at } = shownApi(saved.api);
    return {
      data: {
        api_id: id!,
        auth_mode: auth_mode!,
        required_scopes: required_scopes!,
        updated_at: updated_at!,
      },
    };
  });
  table.on("PUT", `${APIS}/:id`, { body: definition }, async ({ param, body }) => {
    const old = existing(param("id"), context);
    const scope = old[OWN.scope] as JsonValue | undefined;
    const document = { ...documentOf(body), ...(scope !== undefined && { [OWN.scope]: scope }) };
    return { data: { api: shownApi((await apis.save(old.api_id, document)).api) } };
  });
  table.on("DELETE", `${APIS}/:id`, {}, async ({ param }) => {
    await apis.remove(existing(param("id"), context).api_id);
    return { data: null, message: `API ${param("id")} deleted` };
  });
  table.on("POST", "/api-manager/create", { body: older }, async ({ body }) => {
    const { name, path, mode, logic, scope, ...rest } = body;
    const renamed = {
      ...rest,
      api_name: name,
      endpoint: path,
      logic_type: mode,
      logic_body: logic,
      api_type: scope,
    };
    const { api } = await apis.save(null, documentOf(renamed));
    const { created_at: _, updated_at: __, ...shown } = shownApi(api);
    return { data: { ...shown, version: api.version } };
  });
  runRoutes(table, context);
  versionRoutes(table, context);
}

function runRoutes(table: CompatTable, context: RouteContext): void {
  const { scripts, apis, store } = context.deps;
  table.on("POST", `${APIS}/:id/execute`, { body: called }, async ({ param, body }) => {
    const { api_id } = existing(param("id"), context);
    const run = await scripts.execute(api_id, {
      ...{ params: body.params ?? {}, input: (body.input ?? null) as JsonValue, executedBy: "api-manager" },
    });
    return { data: { result: run.result } };
  });
  table.on("POST", "/api-manager/dry-run", { body: tried }, async ({ body }) => {
    const { logic_type, logic_body, params, input, runtime_policy, limit } = body;
    if (!logic_body) throw badRequest("required", "logic_body is required", "/logic_body");
    if (!MODES.some((mode) => mode === logic_type)) {
      throw badRequest(
        "unsupported_mode",
        `Dry-run not supported for logic_type ${logic_type}`,
        "/logic_type",
      );
    }
    const draft = readApiDefinition({ api_name: "dry run", type: logic_type, logic: logic_body });
    await apis.checkLogic(draft);
    const policy = { ...readRuntimePolicy(runtime_policy ?? {}), allow_runtime: true };
    const call = { params: params ?? {}, input: (input ?? null) as JsonValue, executedBy: "dry-run" };
    const run = await scripts.run({ ...draft, runtime_policy: policy }, { ...call, ...(limit && { limit }) });
    return { data: { result: run.result } };
  });
  for (const name of ["execution-logs", "logs"]) {
    table.on("GET", `${APIS}/:id/${name}`, { query: limited }, async ({ param, query: { limit } }) => {
      const { items } = await store.execs.list({ kind: "api", subject: param("id"), limit });
      return { data: { api_id: param("id"), logs: items.map(shownLog) } };
    });
  }
  table.on("POST", "/api-manager/:id/test", { body: z.looseObject({ params: jsonObject.nullish() }) }, async (
    { param, body },
  ) => {
    const api = existing(param("id"), context);
    return { data: { api_id: api.api_id, ...await tests(api, body.params ?? {}, context) } };
  });
  const sql = z.looseObject({ sql: text.default("") });
  table.on("POST", "/api-manager/:id/validate-sql", { query: sql }, ({ query }) => {
    const fault = sqlLogicFault(query.sql);
    const tables = tablesIn(query.sql, context.deps.lookups.names());
    return {
      data: {
        ...{ is_safe: fault === null, is_valid: fault === null, errors: fault === null ? [] : [fault] },
        ...{ warnings: [], metadata: { tables, columns: [] } },
      },
    };
  });
}

function versionRoutes(table: CompatTable, context: RouteContext): void {
  const { apis } = context.deps;
  table.on("GET", "/api-manager/:id/versions", {}, async ({ param }) => {
    const { api_id, version } = existing(param("id"), context);
    const versions = (await apis.versions(api_id)).map((one): JsonObject => ({
      version: one.version,
      change_type: one.version === 1 ? "create" : "update",
      ...{ change_summary: null, created_by: null, created_at: one.updated_at },
      ...{ is_current: one.version === version, snapshot: shownApi(one) },
    }));
    return { data: { api_id, versions: versions.reverse() } };
  });
  const query = z.object({ version: z.coerce.number().int().optional() });
  table.on("POST", "/api-manager/:id/rollback", { query }, async ({ param, query: { version } }) => {
    const { api_id } = existing(param("id"), context);
    const { api, from } = await apis.rollback(api_id, version);
    return {
      data: {
        api_id,
        rolled_back_to_version: from.version,
        new_version: api.version,
        snapshot: shownApi(api),
      },
    };
  });
  // The first path is the one that the reference system serves, the second the one of its documents.
  for (const path of ["/api-manager/:id", `${APIS}/:id`]) {
    table.on("GET", path, {}, ({ param }) => ({ data: shownApi(existing(param("id"), context)) }));
  }
}

/** @throws Problem 404 */
function existing(id: string, { deps }: RouteContext): ApiVersion {
  const api = deps.apis.get(id);
  if (api !== undefined) return api;
  throw new Problem({ status: 404, code: "api_not_found", detail: "API not found" });
}

function documentOf(given: z.output<typeof definition>): JsonObject {
  const { api_name, api_type, method, endpoint, description, tags, logic_type, logic_body, is_active } =
    given;
  const mode = logic_type.toLowerCase();
  if (!MODES.some((known) => known === mode)) {
    const why = mode === "python"
      ? "write main(params, input, ctx) in JavaScript"
      : `expected ${MODES.join(", ")}`;
    throw badRequest("unsupported_mode", `Unsupported API mode "${logic_type}": ${why}`, "/logic_type");
  }
  const policy = given.runtime_policy ?? {};
  const runs = mode === "script" && policy.allow_runtime === undefined ? { allow_runtime: true } : {};
  return {
    ...{ api_name, method: method.toUpperCase(), endpoint, description: description ?? "", tags: tags ?? [] },
    ...{
      type: mode,
      logic: logic_body,
      runtime_policy: { ...policy, ...runs },
      is_active: is_active ?? true,
    },
    [OWN.scope]: api_type === "system" ? "system" : "custom",
    ...authOf(given),
  };
}

const AUTH_MODES = ["jwt_only", "jwt_or_api_key", "api_key_only"];

function authOf({ auth_mode, required_scopes }: z.output<typeof auth>): JsonObject {
  const mode = AUTH_MODES.find((known) => known === auth_mode) ?? "jwt_only";
  const scopes = [
    ...new Set((required_scopes ?? []).map((scope) => scope.trim()).filter((scope) => scope !== "")),
  ];
  return { [OWN.auth_mode]: mode, [OWN.required_scopes]: scopes };
}

function documentFrom(api: ApiVersion): JsonObject {
  const { name: _, version: __, created_at: ___, updated_at: ____, ...document } = api;
  return document as unknown as JsonObject;
}

function shownApi(api: ApiVersion): JsonObject {
  const { api_id, api_name, method, endpoint, description, tags, type, logic, runtime_policy, is_active } =
    api;
  return {
    ...{ id: api_id, scope: (api[OWN.scope] ?? "custom") as string, name: api_name, method },
    ...{ path: endpoint ?? "", description, tags: [...tags], mode: type, logic },
    runtime_policy: { ...runtime_policy, allowed_hosts: [...runtime_policy.allowed_hosts] },
    auth_mode: (api[OWN.auth_mode] ?? "jwt_only") as string,
    required_scopes: (api[OWN.required_scopes] ?? []) as string[],
    ...{ is_enabled: is_active, created_at: api.created_at, updated_at: api.updated_at },
  };
}

function shownLog(
  { exec_id, subject, at, executed_by, status, duration_ms, error, references }: StoredExec,
): JsonObject {
  return {
    ...{ exec_id, api_id: subject, executed_at: instant(at), executed_by, status },
    ...{ duration_ms: Math.round(duration_ms), row_count: references.row_count ?? null },
    ...{ request_params: references.request_params ?? {}, error_message: error },
  };
}

/** Whether its logic can be read, and whether it runs on these parameters; nothing is logged. */
async function tests(api: ApiVersion, params: JsonObject, { deps }: RouteContext): Promise<JsonObject> {
  const syntax = await tested("syntax_check", async () => {
    await deps.apis.checkLogic(api);
    return {};
  });
  const runs = { ...api, runtime_policy: { ...api.runtime_policy, allow_runtime: true } };
  const execution = syntax.status !== "pass"
    ? { test_id: "execution", status: "skip", error: null, duration_ms: 0 }
    : await tested(
      "execution",
      async () => shapeOf(await deps.scripts.run(runs, { params, input: null, executedBy: "test" })),
    );
  const results = [syntax, execution];
  const count = (status: string) => results.filter((one) => one.status === status).length;
  return { total: results.length, passed: count("pass"), failed: count("fail"), errors: 0, results };

  async function tested(test_id: string, work: () => Promise<JsonObject>): Promise<JsonObject> {
    const from = deps.clock.monotonic();
    const took = () => Math.round(deps.clock.monotonic() - from);
    try {
      const found = await work();
      return { test_id, status: "pass", error: null, ...found, duration_ms: took() };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { test_id, status: "fail", error: error.message, duration_ms: took() };
    }
  }
}

function shapeOf({ result }: ApiRun): JsonObject {
  const { output, row_count, columns } = result;
  return {
    ...(isObject(output) && { output_keys: Object.keys(output) }),
    ...(row_count !== undefined && { row_count, columns: columns ?? [] }),
  };
}
