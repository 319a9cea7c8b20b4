/**
 * Actions of rules as their deliveries find them: the step that a delivery carries out, as the version of the rule
 * says that made the alert, and what the steps before it came to. A rule's actions have a lane of their own in
 * place of a channel's, so one rule's slow endpoint holds up nobody else.
 */
import type { JsonObject } from "../base/json.ts";
import { type Action, NO_ACTION, type Step } from "../model/action.ts";
import { actionSchema } from "../model/action.ts";
import type { Alert } from "../model/alert.ts";
import type { DeliveryState } from "../model/delivery.ts";
import type { Outbox } from "../store/outbox.ts";
import type { RuleStore } from "../store/rule_store.ts";

/** Versions of rules whose action is remembered. */
const REMEMBERED_MAX = 10_000;
const CHANNEL_PREFIX = "action:";
/** The type of channel that a rule's action stands in for. */
export const ACTION_TYPE = "action";

/** The lane of a rule's actions, in place of a channel. */
export function actionChannelId(ruleId: string): string {
  return CHANNEL_PREFIX + ruleId;
}

export interface RuleActions {
  /** The step of an alert's action, and what those before it came to; null when its rule has no such step. */
  of(alert: Alert, index: number): Promise<{ step: Step; results: JsonObject } | null>;
}

export interface RuleActionsParts {
  rules: Pick<RuleStore, "versions">;
  outbox: Pick<Outbox, "actions">;
}

export function createRuleActions({ rules, outbox }: RuleActionsParts): RuleActions {
  const remembered = new Map<string, Action>();
  const read = async ({ rule_id, rule_version }: Alert): Promise<Action> => {
    const key = `${rule_version} ${rule_id}`;
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const versions = await rules.versions(rule_id);
    const spec = versions.find(({ version }) => version === rule_version)?.doc.action_spec;
    const parsed = actionSchema("save").safeParse(spec);
    const action = parsed.success ? parsed.data : NO_ACTION;
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(key, action);
    return action;
  };
  return {
    async of(alert, index) {
      const { steps, inOrder } = await read(alert);
      const step = steps[index];
      if (step === undefined) return null;
      if (!inOrder || !step.waits || index === 0) return { step, results: {} };
      const outcomes = await outbox.actions(alert.alert_id, alert.revision);
      return { step, results: resultsOf(outcomes.filter(({ action }) => action < index), steps) };
    },
  };
}

const STATUSES: Partial<Record<DeliveryState, "success" | "fail" | "skipped">> = {
  delivered: "success",
  dead: "fail",
  expired: "fail",
  cancelled: "fail",
  suppressed: "skipped",
};

/** By the place of each action, and by the name that it has. */
function resultsOf(
  outcomes: Awaited<ReturnType<Outbox["actions"]>>,
  steps: readonly Step[],
): JsonObject {
  const results: JsonObject = {};
  for (const { action, state, result, error } of outcomes) {
    const status = STATUSES[state];
    if (status === undefined) continue;
    const came = { status, result: result ?? {}, error: status === "fail" ? error ?? state : null };
    results[String(action)] = came;
    const deed = steps[action]?.deed;
    if (deed !== undefined && deed.type !== "notify" && deed.as !== null) results[deed.as] = came;
  }
  return results;
}
