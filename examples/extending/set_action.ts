/**
 * An action of one's own: `{"type": "set", "values": {...}, "as": "x"}` computes values of the alert, for the actions
 * after it. It becomes src/action/set.ts, with the lines that docs/extending.md lists.
 */
import { z } from "zod";
import { isObject, type JsonObject } from "../../src/base/json.ts";
import { type ActionContext, type ActionRun, runOf } from "../../src/action/action.ts";
import { closedObject } from "../../src/model/closed_object.ts";
import type { Templated } from "../../src/model/templated.ts";
import { refusing, type StepCommon, stepCommon, stepMembers } from "../../src/model/action/step_members.ts";
import { compiler } from "../../src/model/action/webhook_action.ts";

export interface SetAction extends StepCommon {
  type: "set";
  values: Templated;
  written: JsonObject;
}

export const setActionSchema = closedObject({
  ...stepMembers,
  values: z.custom<JsonObject>(isObject, { error: "expected an object" }),
}).transform((spec, ctx): SetAction => {
  const refuse = refusing(ctx);
  const { values } = spec;
  const common = stepCommon(spec, refuse);
  return {
    ...common,
    type: "set",
    values: compiler(refuse)("values", values),
    written: { type: "set", values, as: common.as },
  };
});

export function runSet({ values }: SetAction, { places, filters }: ActionContext): Promise<ActionRun> {
  const computed = values(places, filters);
  return Promise.resolve(runOf({ ok: true, result: isObject(computed) ? computed : {}, references: {} }));
}
