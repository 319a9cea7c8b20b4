/** The alert that a test of a channel shows. */
import { instant } from "../base/event_time.ts";
import type { Alert } from "../model/alert.ts";

/** `now` in ms since the epoch. */
export function sampleAlert(now: number): Alert {
  const at = instant(now);
  return {
    alert_id: "test",
    rule_id: "test",
    rule_name: "Test of a channel",
    rule_version: 1,
    severity: "info",
    status: "firing",
    reason: "manual",
    key: {},
    event_time: at,
    fired_at: at,
    resolved_at: null,
    window: null,
    values: {},
    match: null,
    events: [],
    event_count: 0,
    title: "Test from Tocsin",
    message: "If you can read this, the channel works.",
    labels: { alertname: "Test of a channel", rule_id: "test", severity: "info" },
    dedup_key: "test",
    metadata: {},
    revision: 1,
    degraded: false,
    ack: false,
    ack_at: null,
    ack_by: null,
  };
}
