/** Actions of type "api_script" and "api_call": an API definition of this server is run. */
import { isObject } from "../base/json.ts";
import type { ScriptAction } from "../model/action/script_action.ts";
import { type ActionContext, type ActionRun, runOf, type ScriptPort } from "./action.ts";

export async function runScript(
  { type, api_id, params, input, timeout_ms }: ScriptAction,
  { places, filters }: ActionContext,
  scripts: ScriptPort,
): Promise<ActionRun> {
  const given = params(places, filters);
  return runOf(
    await scripts.run({
      api_id,
      params: isObject(given) ? given : {},
      input: input(places, filters),
      only: type === "api_script" ? "script" : "any",
      executedBy: "cep-action",
      deadlineMs: timeout_ms,
    }),
  );
}
