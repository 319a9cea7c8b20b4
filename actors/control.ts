/**
 * What the outside may ask of the actors: the only face that routes see. Rule saves go through
 * rule_control.ts, which writes the version and its log record; the supervisor follows the log.
 */
import type { BaselineFigures, KeyDocument } from "../src/engine/command.ts";
import type { Explanation } from "../src/engine/explain.ts";
import type { StoredAlert } from "../src/store/effect_store.ts";
import type { StepCost } from "./step_costs.ts";
import type { Poison, Quarantine } from "../src/store/health_store.ts";

export type RuleStatus = "running" | "catching_up" | "restarting" | "quarantined" | "stopped";

/** How the polling of a rule's value goes. */
export interface PollReport {
  /** RFC 3339; null before the first poll. */
  last_at: string | null;
  /** The last poll that was logged. */
  last_ok_at: string | null;
  /** Why the last poll failed; null when it did not. */
  last_error: string | null;
  /** Failed polls in a row. */
  failures: number;
  /** null while a poll is under way. */
  next_at: string | null;
}

/** How the calls of a rule's enrichments go, since the start of the process. */
export interface CallReport {
  /** Under way. */
  in_flight: number;
  /** Wanted, and waiting for a place. */
  queued: number;
  /** Failed calls in a row. */
  failures: number;
  /** Why the last call that failed did. */
  last_error: string | null;
  /** RFC 3339; null: none failed. */
  last_failed_at: string | null;
}

/** GET /rules/{id}/state */
export interface RuleStateReport {
  rule_id: string;
  status: RuleStatus;
  /** Everything below this offset has been applied. */
  applied: number;
  /** Events between `applied` and the head of the log. */
  lag: number;
  worker: number | null;
  isolation: "shared" | "dedicated";
  counters: Record<string, number>;
  /** Held by the actor now; null while it has none. */
  keys: number | null;
  state_bytes: number | null;
  /** Event time, RFC 3339; null for a rule that does not go by it, or has seen no event. */
  watermark: string | null;
  /** How far it is behind the clock. */
  watermark_lag_seconds: number | null;
  /** Windows that have not fired yet. */
  open_windows: number | null;
  /** Partial matches of its pattern. */
  partials: number | null;
  /** Keys whose alert waits for `for`. */
  pending: number | null;
  /** Offsets of the newest events that came too late, since the start of the process. */
  late: readonly number[];
  /** null: its value is not polled. */
  poll: PollReport | null;
  /** Events that wait for answers of its calls; null: it makes none. */
  waiting: number | null;
  /** null: none was wanted yet. */
  calls: CallReport | null;
  restarts: number;
  quarantine: Quarantine | null;
  /** Events [from, to) that retention took before the rule, in quarantine, could see them. */
  gap: { from: number; to: number } | null;
  poison: Poison[];
}

/** A rule that is switched on, without what only its actor knows. */
export interface RunningRule {
  rule_id: string;
  status: RuleStatus;
  /** Since it was started here; null: it is in quarantine. */
  cost: StepCost | null;
  restarts: number;
  /** Everything below it is applied at least. */
  offset: number;
}

export interface SupervisorStatus {
  workers: number;
  rules: number;
  quarantined: number;
  /** Events between the slowest running rule and the head of the log. */
  lag: number;
  /** False until replay after start has caught up, and from the stop on. */
  ready: boolean;
  stopping: boolean;
}

export interface Control {
  ruleState(ruleId: string): Promise<RuleStateReport | undefined>;
  /** Every rule that is switched on. */
  running(): RunningRule[];
  /** What the rule compares with, for a key or (null) for all; null: no actor with a baseline answers. */
  baseline(ruleId: string, key: KeyDocument | null): Promise<BaselineFigures | null>;
  /** What the rule waits for; null: no actor answers. */
  explain(ruleId: string): Promise<Explanation | null>;
  /** Ends quarantine. "quarantine": goes on where it stopped; "now": skips what lies between. */
  resume(ruleId: string, from: "quarantine" | "now"): Promise<void>;
  /** Calls `listener` with alerts after their commit. Answers how to stop. */
  onAlerts(listener: (alerts: readonly StoredAlert[]) => void): () => void;
  /** Resolves when every running rule has applied everything below `offset`. */
  applied(offset: number): Promise<void>;
  status(): SupervisorStatus;
  /** A rule's version was saved, or a rule was deleted: follow it. */
  ruleSaved(ruleId: string): void;
  /** A lookup table has a new version: follow it. */
  lookupSaved(): void;
  /** Stop a rule at once (disabled, deleted): it applies nothing further. */
  stopRule(ruleId: string): Promise<void>;
}

/** Where a new or enabled rule starts reading: now, or at an offset of the past. */
export type StartAt = { kind: "now" } | { kind: "offset"; offset: number };
