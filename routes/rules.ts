/** /rules: documents, versions, and a rule's life. */
import { instant } from "../src/base/event_time.ts";
import { isObject, type JsonObject, type JsonValue } from "../src/base/json.ts";
import { badRequest, notFound } from "../src/base/problem.ts";
import { severitySchema } from "../src/model/alert.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import type { CreateOptions, RuleSaved, SaveOptions } from "../actors/rule_control.ts";
import { type Answer, noContent, ok, page } from "./answer.ts";
import { decodeCursor, encodeCursor, numberCursor } from "./cursor.ts";
import { etag, ifMatch } from "./etag.ts";
import { given } from "./given.ts";
import type { ReplySlot } from "./idempotency.ts";
import { validateCondition } from "./preview.ts";
import type { Query } from "./query.ts";
import type { Call, RouteContext, RouteTable } from "./route_table.ts";

const RULES = "/api/v1/rules";
const RULE = `${RULES}/:id`;
const CREATED = 201;
const OK = 200;
const START = ["start_offset", "start_time"];
const FILTERS = ["trigger_type", "is_active", "severity", "tag", "search", "limit", "cursor"];

export function ruleRoutes(routes: RouteTable, context: RouteContext): void {
  const { rules } = context.deps;
  const { answer, creating, options } = saving(context);

  routes.on("GET", RULES, ({ query }) => list(query, context), { query: FILTERS });
  routes.on("POST", RULES, async (call) => {
    const start = startOf(call.query);
    const result = await rules.create(call.body, { ...creating(call), ...(start && { start }) });
    const location = `${RULES}/${encodeURIComponent(result.row.rule_id)}`;
    return { ...answer(result), status: CREATED, headers: { ...etag(result.row.version), location } };
  }, { query: START });
  routes.on("POST", `${RULES}/validate`, async ({ body }) => {
    if (body.condition !== undefined && body.trigger_spec === undefined) {
      return await validateCondition(body, rules);
    }
    const { valid, errors, warnings, effective } = await rules.validate(body);
    return ok({ valid, errors: jsonOf(errors), warnings: jsonOf(warnings), effective });
  });

  routes.on("GET", RULE, async (call) => {
    const row = await ruleOf(call, context);
    const state = await context.deps.control.ruleState(row.rule_id);
    return ok({ ...rules.show(row), status: state?.status ?? "stopped" }, etag(row.version));
  });
  routes.on(
    "PUT",
    RULE,
    async (call) => answer(await rules.replace(call.param("id"), call.body, await options(call))),
  );
  routes.on(
    "PATCH",
    RULE,
    async (call) => answer(await rules.patch(call.param("id"), call.body, await options(call))),
  );
  routes.on("DELETE", RULE, async (call) => {
    await rules.remove(call.param("id"), { ifMatch: await wantedVersion(call, context) });
    return noContent;
  });
  lifeRoutes(routes, context);
}

/** How saves are asked for and answered. */
function saving(context: RouteContext) {
  const { rules } = context.deps;
  const kept = ({ slot }: Call, status: number): SaveOptions =>
    slot === null ? {} : { reply: (saved) => reply(slot, status, rules.showSaved(saved)) };
  return {
    answer: (saved: RuleSaved) => ok(rules.showSaved(saved), etag(saved.row.version)),
    creating: (call: Call): SaveOptions => kept(call, CREATED),
    options: async (call: Call): Promise<SaveOptions> => ({
      ifMatch: await wantedVersion(call, context),
      ...kept(call, OK),
    }),
  };
}

/** As {@linkcode ifMatch}; a save in between is refused by the version that this answers. */
async function wantedVersion({ headers, param }: Call, { deps }: RouteContext): Promise<number | undefined> {
  if (!headers.has("if-match")) return undefined;
  return ifMatch(headers, (await deps.store.rules.get(param("id")))?.version);
}

/** What a rule went through, what it does, and bringing it back. */
function lifeRoutes(routes: RouteTable, context: RouteContext): void {
  const { control, rules, store } = context.deps;
  const { answer, options } = saving(context);

  for (const [verb, active] of [["enable", true], ["disable", false]] as const) {
    routes.on(
      "POST",
      `${RULE}/${verb}`,
      async (call) => answer(await rules.setActive(call.param("id"), active, await options(call))),
      { body: "optional" },
    );
  }
  routes.on("GET", `${RULE}/versions`, async (call) => {
    const rows = await store.rules.versions(call.param("id"));
    if (rows.length === 0) throw notFound("rule", call.param("id"));
    return versionPage(rows, call.query);
  }, { query: ["limit", "cursor"] });

  routes.on("GET", `${RULE}/state`, async (call) => {
    const state = await control.ruleState(call.param("id"));
    if (state === undefined) throw notFound("rule", call.param("id"));
    return ok(jsonOf(state));
  });
  routes.on("POST", `${RULE}/trigger`, async (call) => {
    const { payload = call.body } = call.body;
    if (payload !== null && !isObject(payload)) {
      throw badRequest("invalid_type", "Cannot use payload: expected an object", "/payload");
    }
    const given = payload === null || Object.keys(payload).length === 0 ? null : payload;
    return ok(jsonOf(await context.deps.runs.trigger(call.param("id"), given, { executedBy: "api" })));
  }, { body: "optional" });
  routes.on("GET", `${RULE}/explain`, async (call) => ok(jsonOf(await rules.explain(call.param("id")))));
  routes.on("POST", `${RULE}/resume`, async (call) => {
    const { rule_id } = await ruleOf(call, context);
    await control.resume(rule_id, resumeFrom(call.body));
    return ok(jsonOf(await control.ruleState(rule_id) ?? {}));
  }, { body: "optional" });
  routes.on(
    "POST",
    `${RULE}/poison/clear`,
    async (call) => ok(jsonOf(await rules.clearPoison(call.param("id")))),
    { body: "optional" },
  );
}

async function ruleOf(call: Call, { deps }: RouteContext): Promise<RuleVersion> {
  const row = await deps.store.rules.get(call.param("id"));
  if (row === undefined) throw notFound("rule", call.param("id"));
  return row;
}

async function list(query: Query, { deps }: RouteContext): Promise<Answer> {
  const filters = {
    trigger_type: query.text("trigger_type"),
    active: query.boolean("is_active"),
    severity: query.oneOf("severity", severitySchema.options),
    tag: query.text("tag"),
    search: query.text("search"),
    after: decodeCursor("rules", query.text("cursor")),
  };
  const { items, next } = await deps.store.rules.list({ ...given(filters), limit: query.limit() });
  return page(items.map(deps.rules.show), next === null ? null : encodeCursor("rules", next));
}

function versionPage(rows: readonly RuleVersion[], query: Query): Answer {
  const after = numberCursor("versions", query.text("cursor")) ?? 0;
  const limit = query.limit();
  const rest = rows.filter((row) => row.version > after);
  const shown = rest.slice(0, limit);
  const next = rest.length > limit ? encodeCursor("versions", shown.at(-1)!.version) : null;
  return page(shown.map(shownVersion), next);
}

function shownVersion(row: RuleVersion): JsonObject {
  const { rule_id, version, generation, change, active, from_offset, doc } = row;
  return {
    rule_id,
    version,
    generation,
    change,
    is_active: active,
    from_offset,
    saved_at: instant(row.updated_at),
    rule: doc,
  };
}

function startOf(query: Query): CreateOptions["start"] {
  const offset = query.integer("start_offset", { min: 0, max: Number.MAX_SAFE_INTEGER });
  const time = query.time("start_time");
  if (offset !== undefined && time !== undefined) {
    throw badRequest("bad_parameter", "Cannot start at both start_offset and start_time: give one of them");
  }
  if (offset !== undefined) return { kind: "offset", offset };
  return time === undefined ? undefined : { kind: "time", time };
}

function resumeFrom({ from = "quarantine", ...others }: JsonObject): "quarantine" | "now" {
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) {
    throw badRequest("unknown_member", `Unknown member "${unknown}": did you mean "from"?`, `/${unknown}`);
  }
  if (from === "quarantine" || from === "now") return from;
  throw badRequest("invalid_value", 'Cannot resume from there: expected "quarantine" or "now"', "/from");
}

function reply(slot: ReplySlot, status: number, body: JsonObject) {
  slot.committed = true;
  const { key, request, created_at } = slot;
  return { key, request, status, created_at, body: () => JSON.stringify(body) };
}

// Plain data that its own interface describes more closely than JsonObject does.
function jsonOf<T extends object>(plain: T): T extends readonly unknown[] ? JsonValue[] : JsonObject {
  return plain as never;
}
