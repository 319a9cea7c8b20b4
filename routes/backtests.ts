/** /backtests: a rule over the stored log. POST /rules/backtest and /rules/{id}/backtest begin one. */
import * as z from "zod";
import { isObject, type JsonObject, type JsonValue } from "../src/base/json.ts";
import { badRequest, invalid, notFound } from "../src/base/problem.ts";
import { timeOf } from "../src/base/event_time.ts";
import { closedObject } from "../src/model/closed_object.ts";
import { faultsOf } from "../src/model/faults.ts";
import type { BacktestWish } from "../actors/backtest_task.ts";
import type { BacktestStream } from "./backtest_stream.ts";
import { type Answer, noContent, ok, page } from "./answer.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";

const BACKTESTS = "/api/v1/backtests";
const BACKTEST = `${BACKTESTS}/:id`;

const bound = z.union([z.number().int().min(0), z.string()]).nullish();
export const backtestSchema = closedObject({
  rule: z.custom<JsonObject>(isObject).optional(),
  from: bound,
  to: bound,
});

export function backtestRoutes(routes: RouteTable, { deps }: RouteContext, stream: BacktestStream): void {
  const { backtests, rules, store } = deps;
  const begin = async (body: JsonObject, running: JsonObject | null, wish: BacktestWish): Promise<Answer> => {
    const read = backtestSchema.safeParse(body, { reportInput: true });
    if (!read.success) throw invalid(faultsOf(read.error));
    const { rule = running, from, to } = read.data;
    if (rule === null) throw badRequest("required", "rule is required", "/rule");
    const range = { from: await offsetOf("from", from, 0), to: await offsetOf("to", to, store.log.next) };
    if (range.from > range.to) {
      throw badRequest("invalid_value", "Cannot go backwards: from is after to", "/from");
    }
    const made = backtests.start(await rules.backtest(rule, { ...wish, ...range }));
    return { status: 202, body: made, headers: { location: `${BACKTESTS}/${made.backtest_id}` } };
  };
  const offsetOf = async (
    name: string,
    given: number | string | null | undefined,
    otherwise: number,
  ): Promise<number> => {
    if (given === null || given === undefined) return otherwise;
    if (typeof given === "number") return Math.min(given, store.log.next);
    const time = timeOf(given, null);
    if (!Number.isNaN(time)) return await store.log.offsetAt(time);
    throw badRequest(
      "invalid_value",
      `Cannot use ${name}: expected an offset or a time like 2026-01-31T12:00:00Z`,
      `/${name}`,
    );
  };

  routes.on("POST", "/api/v1/rules/backtest", ({ body }) => begin(body, null, { running: null }));
  routes.on("POST", "/api/v1/rules/:id/backtest", async (call) => {
    const row = await store.rules.get(call.param("id"));
    if (row === undefined) throw notFound("rule", call.param("id"));
    return await begin(call.body, row.doc, { running: row });
  }, { body: "optional" });
  routes.on("GET", BACKTESTS, () => page(backtests.list() as JsonValue[], null));
  routes.on("GET", BACKTEST, (call) => ok(backtests.get(call.param("id"))));
  routes.raw("GET", `${BACKTEST}/stream`, (request, c) => stream.serve(request, c.req.param("id") ?? ""));
  routes.on("POST", `${BACKTEST}/cancel`, (call) => ok(backtests.cancel(call.param("id"))), {
    body: "optional",
  });
  routes.on("DELETE", BACKTEST, (call) => {
    backtests.cancel(call.param("id"));
    return noContent;
  });
}
