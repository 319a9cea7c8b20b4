/**
 * The alert that a channel is down: not the work of a rule, so its rule_id is one that no rule can have. One
 * outage is one alert, which is resolved when the channel delivers again.
 */
import { instant } from "../base/event_time.ts";
import { derivedId } from "../base/ids.ts";
import type { Alert } from "../model/alert.ts";
import type { Channel } from "../model/channel.ts";
import { CHANNELS_RULE_ID } from "../model/rule.ts";

export const OUTAGE_NAME = "ChannelDown";

/** Why a channel counts as down. */
export interface Outage {
  /** ms since the epoch */
  since: number;
  cause: "refused" | "failing";
  status: number | null;
  /** Without secrets. */
  error: string | null;
}

export function outageAlert(
  { channel_id, name, type }: Channel,
  { since, cause, status, error }: Outage,
  now: number,
): Alert {
  const what = cause === "refused" ? "refuses what it is sent" : "has failed without a break";
  const alert_id = derivedId("al_channel_", [channel_id, since]);
  return {
    alert_id,
    rule_id: CHANNELS_RULE_ID,
    rule_name: OUTAGE_NAME,
    rule_version: 1,
    severity: "error",
    status: "firing",
    reason: "match",
    key: { channel: name },
    event_time: instant(since),
    fired_at: instant(now),
    resolved_at: null,
    window: null,
    values: { status, error },
    match: null,
    events: [],
    event_count: 0,
    title: `Channel ${name} is down`,
    message: `Channel "${name}" (${type}) ${what} since ${instant(since)}: ${error ?? "no answer"}`,
    labels: {
      alertname: OUTAGE_NAME,
      rule_id: CHANNELS_RULE_ID,
      severity: "error",
      channel: name,
      channel_id,
      channel_type: type,
    },
    dedup_key: derivedId("dk_", [CHANNELS_RULE_ID, channel_id]),
    metadata: { channel_id, cause },
    revision: 1,
    degraded: false,
    ack: false,
    ack_at: null,
    ack_by: null,
  };
}

/** The end of an outage. `now` in ms since the epoch. */
export function outageOver(alert: Alert, why: string, now: number): Alert {
  const name = alert.labels.channel ?? "";
  return {
    ...alert,
    status: "resolved",
    resolved_at: instant(now),
    revision: alert.revision + 1,
    title: `Channel ${name} is back`,
    message: `Channel "${name}" ${why} (down since ${alert.event_time})`,
  };
}
