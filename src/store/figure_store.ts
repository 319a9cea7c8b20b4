/**
 * What happened, counted: by kind and name in buckets of {@linkcode BUCKET_MS}, and the newest errors one by
 * one. For people who look after the server; nothing else depends on it.
 *
 * Promises: `add` is one transaction at normal durability, so a power loss may take the newest figures back.
 * Errors beyond {@linkcode ERRORS_KEPT_MAX} go, the oldest first.
 */

export const BUCKET_MS = 300_000;
export const ERRORS_KEPT_MAX = 1_000;

/** Things that went wrong. */
export const ERROR_KINDS = [
  /** An attempt of a delivery failed and is made again. */
  "attempt_failed",
  /** A delivery is dead, expired, or its outcome unknown. */
  "delivery_failed",
  /** A rule threw, hung or took too much memory. */
  "rule_crash",
  "rule_quarantined",
  /** An event is parked for a rule that it crashed. */
  "poison",
  /** An event came too late for a rule. */
  "late_event",
  /** An event, a partial match or a key was put out by a limit of a rule. */
  "over_limit",
  /** A call of an enrichment came to its fallback. */
  "call_failed",
] as const;
export type ErrorKind = typeof ERROR_KINDS[number];

/** What else is counted, and by which name. */
export type FigureKind =
  | ErrorKind
  /** By topic. */
  | "events"
  /** Events that met the conditions of a rule, by rule. */
  | "matched"
  /** New alerts: by rule, and by severity. */
  | "alerts"
  | "alert_severity"
  /** Alerts that began to fire, and those that were resolved. */
  | "alert_status"
  /** Errors that are kept one by one, by what their message tells. */
  | "error_class";

export interface Figure {
  /** When its bucket begins, ms. */
  bucket: number;
  kind: FigureKind;
  /** "": of what has no name of its own. */
  name: string;
  n: number;
}

export interface ErrorEntry {
  /** ms since the epoch */
  at: number;
  kind: ErrorKind;
  rule_id: string | null;
  message: string;
  /** The delivery, or the offset of the event. */
  ref: string | null;
  duration_ms: number | null;
}

export interface StoredError extends ErrorEntry {
  id: number;
}

/** [from, to) by when buckets begin. */
export interface FigureSpan {
  kinds: readonly FigureKind[];
  from: number;
  to: number;
}

export interface FigureStore {
  /** Adds to what is counted already. */
  add(write: { figures: readonly Figure[]; errors: readonly ErrorEntry[] }): Promise<void>;
  /** Over all names, in the order of time. */
  byBucket(span: FigureSpan): Promise<Omit<Figure, "name">[]>;
  /** Over all buckets, the largest first. */
  byName(span: FigureSpan & { limit: number }): Promise<Omit<Figure, "bucket">[]>;
  /** Newest first. */
  errors(query: { from: number; to: number; limit: number }): Promise<StoredError[]>;
  /** Deletes figures of buckets that began before `before`, at most `slice`; answers how many. */
  trim(before: number, slice: number): Promise<number>;
}
