/** Actions of rules: what each kind does. A kind more is a file more, and a line here. */
import { assertNever } from "../base/assert.ts";
import type { Deed } from "../model/action.ts";
import type { ActionContext, ActionPorts, ActionRun } from "./action.ts";
import { runScript } from "./api_script.ts";
import { runStore } from "./store.ts";
import { runTrigger } from "./trigger_rule.ts";
import { runWebhook } from "./webhook.ts";

export * from "./action.ts";

/** Carries out what is not a message to channels. */
export function runAction(
  deed: Exclude<Deed, { type: "notify" }>,
  context: ActionContext,
  ports: ActionPorts,
): Promise<ActionRun> {
  switch (deed.type) {
    case "webhook":
      return runWebhook(deed, context);
    case "api_script":
    case "api_call":
      return runScript(deed, context, ports.scripts);
    case "trigger_rule":
      return runTrigger(deed, context, ports.rules);
    case "store":
      return runStore(deed, context, ports.storage);
    default:
      return assertNever(deed);
  }
}
