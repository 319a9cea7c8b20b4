/**
 * The turn of an action: what its delivery comes to now that the steps before it are over. One whose `if` does not
 * hold is skipped, a notify bears deliveries to its channels, and anything else is attempted like a message to a
 * channel of the rule's own.
 */
import { z } from "zod";
import { type ActionPorts, type ActionRun, runAction } from "../action/mod.ts";
import type { JsonObject } from "../base/json.ts";
import {
  type ChannelKind,
  type HttpPort,
  type Message,
  type SendResult,
  unsendable,
} from "../channel/mod.ts";
import type { Deed, NotifyAction } from "../model/action.ts";
import type { Alert } from "../model/alert.ts";
import type { Channel } from "../model/channel.ts";
import type { Delivery } from "../model/delivery.ts";
import { messageContext } from "../model/message_context.ts";
import { guardsHold } from "./action_guards.ts";
import { notifyTexts } from "./alert_builder.ts";
import { channelDelivery, channelsOf } from "./alert_deliveries.ts";
import { partOfChannel } from "./circuit_breaker.ts";
import { filteredValue } from "./message_filters.ts";
import { ACTION_TYPE, actionChannelId, type RuleActions } from "./rule_actions.ts";

export interface ActionTurnParts {
  actions: RuleActions;
  ports: ActionPorts;
  /** Answers for this server's own endpoints too. */
  http: HttpPort;
}

export type ActionTurn =
  /** Its `if` does not hold. */
  | { kind: "skip" }
  /** It tells these channels. */
  | { kind: "tell"; births: Delivery[]; result: JsonObject }
  | { kind: "send"; channelKind: ChannelKind; channel: Channel; message: Message }
  | { kind: "fail"; result: SendResult };

export async function actionTurn(
  { actions, ports, http }: ActionTurnParts,
  { alert, delivery, channels, now }: {
    alert: Alert;
    delivery: Delivery;
    channels: readonly Channel[];
    now: number;
  },
): Promise<ActionTurn> {
  const index = delivery.action ?? 0;
  const found = await actions.of(alert, index);
  if (found === null) {
    return {
      kind: "fail",
      result: unsendable("message", "action_missing", "the rule has no such action any more"),
    };
  }
  const { step: { deed, when }, results } = found;
  if (!guardsHold(when, messageContext(alert, results))) return { kind: "skip" };
  if (deed.type === "notify") return tell(deed, { alert, index, results, channels, now });
  return {
    kind: "send",
    channelKind: kindOf(deed, { results, ports, http }),
    channel: channelOf(alert, deed, index),
    message: { kind: "alert", alert },
  };
}

function tell(
  notify: NotifyAction,
  { alert, index, results, channels, now }: {
    alert: Alert;
    index: number;
    results: JsonObject;
    channels: readonly Channel[];
    now: number;
  },
): ActionTurn {
  const { rule_name } = alert;
  const { title, message } = notifyTexts(alert, { notify, rule_name, results });
  const texts = { title, message: message ?? alert.message, template: notify.template };
  const { found, missing } = channelsOf(notify, channels);
  const options = { now, place: 0, quiet: null, fallback: notify.fallback, step: index };
  const births = found.map((channel) => ({ ...channelDelivery(alert, channel, options), texts }));
  return { kind: "tell", births, result: { channels: found.map(({ name }) => name), missing } };
}

/** Each action that calls somebody has a circuit of its own; what happens within this server needs none. */
function channelOf(
  { rule_id, rule_name }: Alert,
  { type, retry }: Exclude<Deed, NotifyAction>,
  index: number,
): Channel {
  return {
    channel_id: partOfChannel(actionChannelId(rule_id), index),
    name: rule_name,
    type: ACTION_TYPE,
    config: {},
    enabled: true,
    policy: {
      ...(retry !== null && { retry: retry as JsonObject }),
      ...(type !== "webhook" && { circuit_breaker: { enabled: false } }),
    },
    version: 1,
    created_at: "",
    updated_at: "",
    last_test: null,
  };
}

function kindOf(
  deed: Exclude<Deed, NotifyAction>,
  { results, ports, http }: { results: JsonObject; ports: ActionPorts; http: HttpPort },
): ChannelKind {
  return {
    ...{ type: ACTION_TYPE, title: "Action", summary: "", schema: z.unknown(), secrets: {} },
    ...{ afterUnknown: "repeat", patience: "default", ordered: false, acknowledges: false },
    validate: (config) => config,
    targets: () => [],
    send: async ({ alert }, _channel, { signal, deliveryId, clock }) => {
      const places = messageContext(alert, results);
      const context = { alert, places, filters: filteredValue, deliveryId, http, clock, signal };
      return ofThisAlert(deed, await runAction(deed, context, ports));
    },
  };
}

/** What it asks for depends on the alert, so a refusal says nothing of the next one. */
function ofThisAlert({ type }: Deed, run: ActionRun): ActionRun {
  const scope = run.class === "permanent" ? "message" : run.scope;
  return { ...run, scope, references: { action_type: type, ...run.references } };
}
