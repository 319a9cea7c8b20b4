/**
 * What carries out an action of a rule: each kind is one file of this room. An action is attempted like a message to
 * a channel, at least once and always under the same delivery id, and what it came to goes to the actions after it.
 */
import type { Clock } from "../base/clock.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { HttpPort } from "../channel/http.ts";
import type { SendResult } from "../channel/channel.ts";
import type { Alert } from "../model/alert.ts";
import type { MessageContext, RunFilters } from "../model/message.ts";

/** `result` and `references` are told where it came to anything. */
export type ActionRun = SendResult;

export interface ActionContext {
  alert: Alert;
  /** What its places name, the results of actions before it included. */
  places: MessageContext;
  filters: RunFilters;
  /** The same on every attempt. */
  deliveryId: string;
  http: HttpPort;
  clock: Clock;
  /** Aborted when the process stops waiting. */
  signal: AbortSignal;
}

/** How something that this server did for an action ended. */
export type PortOutcome =
  | { ok: true; result: JsonObject; references: JsonObject }
  /** `status` as HTTP would say it; `again`: it may end otherwise another time. */
  | { ok: false; status: number; reason: string; error: string; again: boolean };

/** Runs API definitions. */
export interface ScriptPort {
  run(call: {
    api_id: string;
    params: JsonObject;
    input: JsonValue;
    /** Of which types it may be. */
    only: "script" | "any";
    executedBy: string;
    deadlineMs: number;
  }): Promise<PortOutcome>;
}

/** Runs rules. */
export interface RulePort {
  run(call: {
    rule_id: string;
    /** null: none was given. */
    payload: JsonObject | null;
    /** Whose action it is. */
    by: Alert;
    /** The run is known by it: a second one with the same id tells what the first came to. */
    runId: string;
    deadlineMs: number;
  }): Promise<PortOutcome>;
}

/** Keeps what actions store. */
export interface StoragePort {
  /** Replaces the row of the same key. `key`: the column, for a table that is not there yet. */
  putRow(table: string, row: JsonObject, key: string | null): Promise<PortOutcome>;
  /** `id`: an event that was sent under it already is not sent again. */
  sendEvent(topic: string, event: JsonObject, id: string): Promise<PortOutcome>;
}

/** What actions need of the server. */
export interface ActionPorts {
  scripts: ScriptPort;
  rules: RulePort;
  storage: StoragePort;
}

/** Runs of rules within runs of rules. */
export const CHAIN_DEPTH_MAX = 8;

/** When to look again at what this server could not take. */
const BUSY_MS = 1_000;

/** As an attempt tells it. */
export function runOf(outcome: PortOutcome): ActionRun {
  const none = { status: null, response_body: null, retry_after_ms: null };
  if (outcome.ok) {
    const { result, references } = outcome;
    return { ...none, class: "delivered", scope: null, reason: null, error: null, result, references };
  }
  const { reason, error, status, again } = outcome;
  const failed = { ...none, status, reason, error };
  if (!again) return { ...failed, class: "permanent", scope: "message" };
  // The server itself has much to do: that uses up no retry.
  if (status === 429 || status === 503) {
    return { ...failed, class: "deferred", scope: null, retry_after_ms: BUSY_MS };
  }
  return { ...failed, class: "transient", scope: null };
}
