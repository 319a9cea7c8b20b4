/** /backtests: a rule over the stored log. POST /rules/backtest and /rules/{id}/backtest begin one. */
import * as z from "zod";
import { isObject, type JsonObject, type JsonValue } from "../src/base/json.ts";
import { badRequest, invalid, notFound } from "../src/base/problem.ts";
import { closedObject } from "../src/model/closed_object.ts";
import { faultsOf } from "../src/model/faults.ts";
import type { BacktestWish } from "../actors/backtest_task.ts";
import { boundSchema, rangeOf } from "./backtest_range.ts";
import type { BacktestStream } from "./backtest_stream.ts";
import { type Answer, noContent, ok, page } from "./answer.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";
import { underRule } from "./under_rule.ts";

const BACKTESTS = "/api/v1/backtests";
const BACKTEST = `${BACKTESTS}/:id`;

export const backtestSchema = closedObject({
  rule: z.custom<JsonObject>(isObject, "expected an object").optional(),
  from: boundSchema,
  to: boundSchema,
});

export function backtestRoutes(routes: RouteTable, { deps }: RouteContext, stream: BacktestStream): void {
  const { backtests, rules, store } = deps;
  const begin = async (body: JsonObject, running: JsonObject | null, wish: BacktestWish): Promise<Answer> => {
    const read = backtestSchema.safeParse(body, { reportInput: true });
    if (!read.success) throw invalid(faultsOf(read.error));
    const { rule = running, from, to } = read.data;
    if (rule === null) throw badRequest("required", "rule is required", "/rule");
    const range = await rangeOf({ from, to }, store.log);
    const task = await rules.backtest(rule, { ...wish, ...range }).catch((error: unknown) => {
      throw rule === running ? error : underRule(error);
    });
    const made = backtests.start(task);
    return { status: 202, body: made, headers: { location: `${BACKTESTS}/${made.backtest_id}` } };
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
