/** /inhibitions: which alerts keep which others quiet while they are active. */
import * as z from "zod";
import { randomId } from "../src/base/ids.ts";
import type { JsonObject } from "../src/base/json.ts";
import { invalid, notFound, Problem } from "../src/base/problem.ts";
import { closedObject } from "../src/model/closed_object.ts";
import { faultsOf } from "../src/model/faults.ts";
import type { Inhibition } from "../src/model/inhibition.ts";
import { matcherText } from "../src/model/matcher_text.ts";
import { matchersSchema } from "../src/model/routing.ts";
import { noContent, ok, page } from "./answer.ts";
import type { Call, RouteContext, RouteTable } from "./route_table.ts";

const INHIBITIONS = "/api/v1/inhibitions";
const INHIBITION = `${INHIBITIONS}/:id`;
export const INHIBITIONS_MAX = 500;
const EQUAL_MAX = 50;

export const inhibitionSchema = closedObject({
  inhibition_id: z.string().optional(),
  source_matchers: matchersSchema.default([]),
  target_matchers: matchersSchema.default([]),
  equal: z.array(z.string().min(1).max(200)).max(EQUAL_MAX).default([]),
  comment: z.string().max(1000).default(""),
}).superRefine((given, ctx) => {
  // Without matchers every alert would be meant: a slip that keeps everything quiet.
  for (const name of ["source_matchers", "target_matchers"] as const) {
    if (given[name].length > 0) continue;
    ctx.addIssue({
      ...{ code: "custom", path: [name], message: `${name} is required: at least one matcher` },
      params: { code: "required" },
    });
  }
}).meta({ required: ["source_matchers", "target_matchers"] });

export function inhibitionRoutes(routes: RouteTable, context: RouteContext): void {
  const { desk } = context.deps;
  routes.on("GET", INHIBITIONS, () => page(desk.inhibitions().map(shown), null));
  routes.on("POST", INHIBITIONS, async ({ body }) => {
    if (desk.inhibitions().length >= INHIBITIONS_MAX) throw tooMany();
    const inhibition = read(body, randomId());
    await desk.putInhibition(inhibition);
    const location = `${INHIBITIONS}/${inhibition.inhibition_id}`;
    return { status: 201, body: shown(inhibition), headers: { location } };
  });
  routes.on("GET", INHIBITION, (call) => ok(shown(inhibitionOf(call, context))));
  routes.on("PUT", INHIBITION, async (call) => {
    const next = read(call.body, inhibitionOf(call, context).inhibition_id);
    await desk.putInhibition(next);
    return ok(shown(next));
  });
  routes.on("DELETE", INHIBITION, async (call) => {
    if (!await desk.deleteInhibition(call.param("id"))) throw notFound("inhibition", call.param("id"));
    return noContent;
  });
}

function read(body: JsonObject, inhibition_id: string): Inhibition {
  const result = inhibitionSchema.safeParse(body, { reportInput: true });
  if (!result.success) throw invalid(faultsOf(result.error));
  const { source_matchers: source, target_matchers: target, equal, comment } = result.data;
  return { inhibition_id, source, target, equal, comment };
}

function inhibitionOf(call: Call, { deps }: RouteContext): Inhibition {
  const found = deps.desk.inhibitions().find(({ inhibition_id }) => inhibition_id === call.param("id"));
  if (found === undefined) throw notFound("inhibition", call.param("id"));
  return found;
}

function tooMany(): Problem {
  const detail = `Cannot make an inhibition: there are ${INHIBITIONS_MAX}, the most there may be`;
  return new Problem({ status: 409, code: "too_many_inhibitions", detail });
}

function shown({ inhibition_id, source, target, equal, comment }: Inhibition): JsonObject {
  return {
    inhibition_id,
    source_matchers: source.map(matcherText),
    target_matchers: target.map(matcherText),
    equal,
    comment,
  };
}
