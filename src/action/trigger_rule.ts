/** An action of type "trigger_rule": another rule is run on a payload, with its actions. */
import { isObject } from "../base/json.ts";
import { unsendable } from "../channel/mod.ts";
import type { TriggerAction } from "../model/action/trigger_action.ts";
import { type ActionContext, type ActionRun, type RulePort, runOf } from "./action.ts";

export async function runTrigger(
  { rule_id, payload, timeout_ms }: TriggerAction,
  { alert, places, filters, deliveryId }: ActionContext,
  rules: RulePort,
): Promise<ActionRun> {
  const given = payload === null ? null : payload(places, filters);
  if (given !== null && !isObject(given)) {
    return unsendable("message", "bad_payload", "what the alert puts into the payload is not an object");
  }
  const run = { rule_id, payload: given, by: alert, runId: deliveryId, deadlineMs: timeout_ms };
  return runOf(await rules.run(run));
}
