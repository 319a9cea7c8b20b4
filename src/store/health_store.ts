/**
 * What went wrong with rules, durably: crash strikes per event, parked poison events, quarantine. Loaded
 * before replay, so a crash loop does not begin anew at each start.
 */

export interface Quarantine {
  rule_id: string;
  reason: string;
  /** Nothing at or beyond this offset has been applied. */
  offset: number;
  /** ms since the epoch */
  at: number;
}

export interface Poison {
  rule_id: string;
  offset: number;
  error: string;
  at: number;
}

export interface HealthStore {
  /** Counts a crash of the rule at an event; answers the strikes so far. */
  strike(ruleId: string, offset: number): Promise<number>;
  /** Parks an event for one rule. */
  park(poison: Poison): Promise<void>;
  poison(ruleId: string): Promise<Poison[]>;
  /** Forgets the strikes of a rule, and these parked events of it. */
  unpark(ruleId: string, offsets: readonly number[]): Promise<void>;
  /** How many events are parked, over all rules. */
  parked(): Promise<number>;
  quarantine(row: Quarantine): Promise<void>;
  release(ruleId: string): Promise<void>;
  quarantined(): Promise<Quarantine[]>;
  /** Forgets everything about a deleted rule. */
  forget(ruleId: string): Promise<void>;
}
