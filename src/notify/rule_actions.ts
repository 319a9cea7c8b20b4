/**
 * Actions of rules on their way: a delivery of kind "action" carries out what the rule's version says, as a channel of
 * its own, so one rule's slow endpoint holds up nobody else. The receiver gets the delivery's id as its
 * `Idempotency-Key`, the same on every attempt.
 */
import { z } from "zod";
import { actionRequest } from "../action/webhook_request.ts";
import type { JsonObject } from "../base/json.ts";
import { type ChannelKind, type Message, type SendResult, unsendable } from "../channel/mod.ts";
import { outcomeOfHttp } from "../channel/http_outcome.ts";
import { actionSchema, requestsOf } from "../model/action.ts";
import type { Alert } from "../model/alert.ts";
import type { Channel } from "../model/channel.ts";
import { messageContext } from "../model/message_context.ts";
import type { WebhookAction } from "../model/webhook_action.ts";
import type { RuleStore } from "../store/rule_store.ts";
import { filteredValue } from "./message_filters.ts";

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
  /** What carries out a request of an alert's action; null when its rule has none any more. */
  of(alert: Alert, action: number): Promise<{ kind: ChannelKind; channel: Channel } | null>;
}

export function createRuleActions(rules: Pick<RuleStore, "versions">): RuleActions {
  const remembered = new Map<string, readonly WebhookAction[]>();
  const read = async ({ rule_id, rule_version }: Alert): Promise<readonly WebhookAction[]> => {
    const key = `${rule_version} ${rule_id}`;
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const versions = await rules.versions(rule_id);
    const spec = versions.find(({ version }) => version === rule_version)?.doc.action_spec;
    const parsed = actionSchema("save").safeParse(spec);
    const requests = parsed.success ? requestsOf(parsed.data) : [];
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(key, requests);
    return requests;
  };
  return {
    async of(alert, index) {
      const action = (await read(alert))[index];
      return action === undefined ? null : { kind: kindOf(action), channel: channelOf(alert, action) };
    },
  };
}

function channelOf({ rule_id, rule_name }: Alert, { retry }: WebhookAction): Channel {
  return {
    channel_id: actionChannelId(rule_id),
    name: rule_name,
    type: ACTION_TYPE,
    config: {},
    enabled: true,
    policy: retry === null ? {} : { retry: retry as JsonObject },
    version: 1,
    created_at: "",
    updated_at: "",
    last_test: null,
  };
}

function kindOf(action: WebhookAction): ChannelKind {
  return {
    ...{ type: ACTION_TYPE, title: "Action", summary: "", schema: z.unknown(), secrets: {} },
    ...{ afterUnknown: "repeat", patience: "default", ordered: false, acknowledges: false },
    validate: (config) => config,
    targets: () => [],
    send: (message, _channel, context) => carryOut(action, message, context),
  };
}

async function carryOut(
  action: WebhookAction,
  { alert }: Message,
  { http, signal, deliveryId, clock }: Parameters<ChannelKind["send"]>[2],
): Promise<SendResult> {
  let request;
  try {
    request = actionRequest(action, messageContext(alert), filteredValue);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return unsendable("message", "bad_url", "what the alert puts into the endpoint makes no address of it");
  }
  const headers = { ...request.headers, "idempotency-key": deliveryId };
  const result = await http.send({ ...request, headers, signal, deadline_ms: action.timeout_ms });
  return outcomeOfHttp(result, clock.now());
}
