/** /alerts: what rules found. The stream of them is in alert_stream.ts. */
import { Buffer } from "node:buffer";
import { badRequest, notFound } from "../src/base/problem.ts";
import type { JsonObject } from "../src/base/json.ts";
import { severitySchema } from "../src/model/alert.ts";
import type { StoredAlert } from "../src/store/effect_store.ts";
import { acknowledge } from "./acknowledge.ts";
import { ok } from "./answer.ts";
import { encodeCursor, numberCursor } from "./cursor.ts";
import { given } from "./given.ts";
import { Query } from "./query.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";
import { TextPage } from "./text_page.ts";

const ALERTS = "/api/v1/alerts";
const FILTERS = ["rule_id", "severity", "status", "acked", "from", "to", "limit", "cursor"];
const BY_CHARACTERS_MAX = 200;
/** Alerts of one read while a page is filled: each may be large. */
const READ_ALERTS = 25;

export function alertRoutes(routes: RouteTable, context: RouteContext): void {
  const { store: { effects } } = context.deps;

  routes.raw("GET", ALERTS, (request) => list(Query.of(request.url, FILTERS), context));
  routes.on("GET", `${ALERTS}/summary`, async () => ok({ ...await effects.alertSummary() }));
  routes.on("GET", `${ALERTS}/:id`, async (call) => {
    const found = await effects.alert(call.param("id"));
    if (found === undefined) throw notFound("alert", call.param("id"));
    return ok(shownAlert(found));
  });
  routes.on("POST", `${ALERTS}/:id/ack`, async (call) => {
    return ok(shownAlert(await acknowledge(call.param("id"), ackedBy(call.body), context)));
  }, { body: "optional" });
}

async function list(query: Query, { deps }: RouteContext): Promise<Response> {
  const filters = given({
    rule_id: query.text("rule_id"),
    severity: query.oneOf("severity", severitySchema.options),
    status: query.oneOf("status", ["firing", "resolved"]),
    acked: query.boolean("acked"),
    from_time: query.time("from"),
    to_time: query.time("to"),
  });
  const page = new TextPage(query.limit());
  let before: number | null = numberCursor("alerts", query.text("cursor")) ?? Infinity;
  while (before !== null && !page.full) {
    const limit = Math.min(READ_ALERTS, page.room);
    const position = before === Infinity ? {} : { before };
    const { items, next } = await deps.store.effects.alerts({ ...filters, ...position, limit });
    const added = addAlerts(page, items);
    before = added < items.length ? items[added - 1]?.seq ?? before : next;
  }
  return page.respond(before === null ? null : encodeCursor("alerts", before));
}

/** Adds alerts from the first until the page is full; answers how many. */
function addAlerts(page: TextPage, alerts: readonly StoredAlert[]): number {
  for (const [i, { alert }] of alerts.entries()) {
    const json = JSON.stringify(alert);
    const bytes = Buffer.byteLength(json);
    if (!page.takes(bytes)) return i;
    page.add(json, bytes);
  }
  return alerts.length;
}

function shownAlert({ alert }: StoredAlert): JsonObject {
  return alert as unknown as JsonObject;
}

function ackedBy({ by = null, ...others }: JsonObject): string | null {
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) {
    throw badRequest("unknown_member", `Unknown member "${unknown}": did you mean "by"?`, `/${unknown}`);
  }
  if (by === null) return null;
  if (typeof by === "string" && by !== "" && by.length <= BY_CHARACTERS_MAX) return by;
  throw badRequest(
    "invalid_type",
    `Cannot use by: expected a text of 1 to ${BY_CHARACTERS_MAX} characters`,
    "/by",
  );
}
