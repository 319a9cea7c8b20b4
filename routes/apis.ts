/** /apis: the API manager. Definitions of scripts, requests and queries, their runs and what came of them. */
import { isObject, type JsonObject, type JsonValue } from "../src/base/json.ts";
import { mergePatch } from "../src/base/merge_patch.ts";
import { badRequest, notFound } from "../src/base/problem.ts";
import {
  API_TYPES,
  type ApiVersion,
  readApiDefinition,
  readRuntimePolicy,
  writtenDefinition,
} from "../src/model/api_definition.ts";
import type { ApiCall, ApiRun } from "../actors/script_desk.ts";
import { type Answer, noContent, ok, page } from "./answer.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { etag, ifMatch } from "./etag.ts";
import { EXEC_FILTERS, listed } from "./exec_logs.ts";
import type { Query } from "./query.ts";
import type { Call, RouteContext, RouteTable } from "./route_table.ts";

const APIS = "/api/v1/apis";
const API = `${APIS}/:id`;
const LIMIT_MAX = 1_000;

export function apiRoutes(routes: RouteTable, context: RouteContext): void {
  const { apis, scripts } = context.deps;
  routes.on("GET", APIS, ({ query }) => apiPage(apis.list(), query), {
    query: ["limit", "cursor", "type", "search", "tag"],
  });
  routes.on("POST", APIS, async ({ body }) => saved(await apis.save(null, body)));
  // Before /apis/:id.
  routes.on("POST", `${APIS}/dry-run`, async ({ body }) => ok(shownRun(await dryRun(body, context))));
  routes.on("GET", API, (call) => {
    const api = apiOf(call, context);
    return ok(shownApi(api), etag(api.version));
  });
  routes.on(
    "PUT",
    API,
    async (call) => saved(await apis.save(call.param("id"), call.body, options(call, context))),
  );
  routes.on("PATCH", API, async (call) => {
    const api = apiOf(call, context);
    const document = mergePatch(writtenDefinition(api), call.body);
    return saved(await apis.save(api.api_id, document, options(call, context)));
  });
  routes.on("DELETE", API, async (call) => {
    await apis.remove(call.param("id"), options(call, context));
    return noContent;
  });
  routes.on("GET", `${API}/versions`, async (call) => {
    const { api_id } = apiOf(call, context);
    return page((await apis.versions(api_id)).reverse().map(shownApi), null);
  });
  routes.on("POST", `${API}/rollback`, async (call) => {
    const { api_id } = apiOf(call, context);
    const version = call.query.integer("version", { min: 1, max: Number.MAX_SAFE_INTEGER });
    return saved(await apis.rollback(api_id, version, options(call, context)));
  }, { query: ["version"], body: "optional" });
  routes.on("POST", `${API}/execute`, async (call) => {
    return ok(shownRun(await scripts.execute(call.param("id"), callOf(call.body, "api"))));
  }, { body: "optional" });
  routes.on("GET", `${API}/logs`, (call) => {
    const { api_id } = apiOf(call, context);
    return listed({ kind: "api", subject: api_id }, call.query, context);
  }, { query: EXEC_FILTERS });
}

/** What a body asks of a run. @throws Problem 400 */
export function callOf(body: JsonObject, executedBy: string): ApiCall {
  const { params = {}, input = null, limit, ...others } = body;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) {
    throw badRequest(
      "unknown_member",
      `Unknown member "${unknown}": expected params, input, limit`,
      `/${unknown}`,
    );
  }
  return { params: paramsOf(params), input, executedBy, ...limited(limit) };
}

export function paramsOf(params: JsonValue): JsonObject {
  if (isObject(params)) return params;
  throw badRequest("invalid_type", "Cannot use params: expected an object", "/params");
}

/** @throws Problem 400 */
export function limited(limit: JsonValue | undefined): { limit?: number } {
  if (limit === undefined || limit === null) return {};
  if (Number.isInteger(limit) && Number(limit) >= 1 && Number(limit) <= LIMIT_MAX) {
    return { limit: Number(limit) };
  }
  throw badRequest(
    "invalid_value",
    `Cannot use limit: expected a whole number from 1 to ${LIMIT_MAX}`,
    "/limit",
  );
}

/** Runs what is not saved: {type, logic, params, input, runtime_policy}. A script may run unless told otherwise. */
async function dryRun(body: JsonObject, { deps }: RouteContext): Promise<ApiRun> {
  const { type = "script", logic, runtime_policy, ...call } = body;
  const draft = readApiDefinition({ api_name: "dry run", type, logic });
  await deps.apis.checkLogic(draft);
  const policy = readRuntimePolicy(runtime_policy ?? {});
  return await deps.scripts.run({ ...draft, runtime_policy: policy }, callOf(call, "api"));
}

export function shownRun({ result }: ApiRun): JsonObject {
  return { ...result };
}

function saved({ api, created }: { api: ApiVersion; created: boolean }): Answer {
  const location = `${APIS}/${encodeURIComponent(api.api_id)}`;
  const headers = { ...etag(api.version), ...(created && { location }) };
  return { status: created ? 201 : 200, body: shownApi(api), headers };
}

function apiPage(all: readonly ApiVersion[], query: Query): Answer {
  const after = decodeCursor("apis", query.text("cursor")) ?? "";
  const [type, tag] = [query.oneOf("type", API_TYPES), query.text("tag")];
  const search = query.text("search")?.toLowerCase() ?? "";
  const limit = query.limit();
  const rest = all.filter((api) =>
    api.api_id > after && (type ?? api.type) === api.type && (tag === undefined || api.tags.includes(tag)) &&
    `${api.api_name} ${api.endpoint ?? ""}`.toLowerCase().includes(search)
  );
  const items = rest.slice(0, limit);
  const next = rest.length > limit ? encodeCursor("apis", items.at(-1)!.api_id) : null;
  return page(items.map(shownApi), next);
}

export function shownApi({ name: _, ...api }: ApiVersion): JsonObject {
  return { ...api } as unknown as JsonObject;
}

function apiOf(call: Call, { deps }: RouteContext): ApiVersion {
  const api = deps.apis.get(call.param("id"));
  if (api === undefined) throw notFound("api", call.param("id"));
  return api;
}

function options(call: Call, { deps }: RouteContext) {
  return { ifMatch: ifMatch(call.headers, deps.apis.get(call.param("id"))?.version) };
}
