/** What ran: the log of executions of rules and API definitions, newest first, by filters. */
import { instant } from "../src/base/event_time.ts";
import type { JsonObject } from "../src/base/json.ts";
import { badRequest, notFound } from "../src/base/problem.ts";
import { EXEC_STATUSES, type ExecStatus } from "../src/model/exec.ts";
import type { ExecQuery, StoredExec } from "../src/store/exec_log.ts";
import { type Answer, ok, page } from "./answer.ts";
import { encodeCursor, numberCursor } from "./cursor.ts";
import { given } from "./given.ts";
import type { Query } from "./query.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";

const LOGS = "/api/v1/exec-logs";
export const EXEC_FILTERS = ["status", "from", "to", "search", "limit", "cursor"] as const;

export function execLogRoutes(routes: RouteTable, context: RouteContext): void {
  const { store } = context.deps;
  routes.on("GET", LOGS, ({ query }) => listed({ kind: kindOf(query) }, query, context), {
    query: ["kind", ...EXEC_FILTERS],
  });
  routes.on("GET", `${LOGS}/:id`, async ({ param }) => {
    const found = await store.execs.get(param("id"));
    if (found === undefined) throw notFound("exec_log", param("id"));
    return ok(shownExec(found));
  });
  routes.on("GET", "/api/v1/rules/:id/exec-logs", async ({ param, query }) => {
    const rule_id = param("id");
    if (await store.rules.get(rule_id) === undefined) throw notFound("rule", rule_id);
    return await listed({ kind: "rule", subject: rule_id }, query, context);
  }, { query: EXEC_FILTERS });
}

/** One page of executions. */
export async function listed(
  of: Pick<ExecQuery, "kind" | "subject"> | { kind: ExecQuery["kind"] | undefined },
  query: Query,
  { deps }: RouteContext,
): Promise<Answer> {
  const { items, next } = await deps.store.execs.list({
    ...given({
      ...of,
      status: statusOf(query),
      from: query.time("from"),
      to: query.time("to"),
      text: query.text("search"),
      before: numberCursor("execs", query.text("cursor")),
    }),
    limit: query.limit(),
  });
  return page(items.map(shownExec), next === null ? null : encodeCursor("execs", next));
}

export function shownExec({ seq: _, kind, subject, at, error, ...exec }: StoredExec): JsonObject {
  const { exec_id, status, duration_ms, executed_by, references } = exec;
  return {
    exec_id,
    ...(kind === "rule" ? { rule_id: subject } : { api_id: subject }),
    triggered_at: instant(at),
    ...{ status, duration_ms, executed_by, error_message: error, references },
  };
}

function statusOf(query: Query): ExecStatus | undefined {
  const text = query.text("status");
  const status = EXEC_STATUSES.find((known) => known === text);
  if (text === undefined || status !== undefined) return status;
  throw badRequest(
    "bad_parameter",
    `Cannot list executions by this status: expected ${EXEC_STATUSES.join(", ")}`,
  );
}

function kindOf(query: Query): "rule" | "api" | undefined {
  const text = query.text("kind");
  if (text === undefined || text === "rule" || text === "api") return text;
  throw badRequest("bad_parameter", "Cannot list executions of this kind: expected rule or api");
}
