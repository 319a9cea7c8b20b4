/**
 * The notification log's question: is a flush of a group to be sent to a channel, and why (Alertmanager's
 * dedup stage). Resolved alerts are news only to a channel that wants them, and only when it was told before
 * that they fire. The reasons are tested in their order; the first that holds is given. Pure.
 */

import type { LastNotification } from "../model/alert_group.ts";

export type FlushReason =
  | "first_notification"
  | "new_alerts_in_group"
  | "all_alerts_resolved"
  | "new_resolved_alerts"
  | "repeat_interval_elapsed"
  | "do_not_notify";

export interface Flushed {
  firing: readonly string[];
  resolved: readonly string[];
  /** ms since the epoch */
  at: number;
}

export function flushReason(
  last: LastNotification | null,
  { firing, resolved, at }: Flushed,
  { repeat_interval_ms, send_resolved }: { repeat_interval_ms: number; send_resolved: boolean },
): FlushReason {
  if (last === null) return firing.length > 0 ? "first_notification" : "do_not_notify";
  if (!isSubset(firing, last.firing)) {
    return last.firing.length === 0 ? "first_notification" : "new_alerts_in_group";
  }
  // Also for a channel that wants no resolved alerts: what it knows as firing has to be cleared.
  if (firing.length === 0) return last.firing.length > 0 ? "all_alerts_resolved" : "do_not_notify";
  if (send_resolved && !isSubset(resolved, last.resolved)) return "new_resolved_alerts";
  return last.at < at - repeat_interval_ms ? "repeat_interval_elapsed" : "do_not_notify";
}

export function isSubset(part: readonly string[], whole: readonly string[]): boolean {
  const known = new Set(whole);
  return part.every((one) => known.has(one));
}
