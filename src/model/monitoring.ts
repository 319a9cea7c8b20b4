/** What monitoring may be asked for. */

export const PERFORMANCE_SORTS = ["cpu", "events", "matches", "alerts", "errors", "restarts", "lag"] as const;
export type PerformanceSort = typeof PERFORMANCE_SORTS[number];

/** Matches, alerts and errors of rules are counted over so many days. */
export const PERFORMANCE_DAYS = 7;

/** Buckets of one timeline of errors. */
export const TIMELINE_BUCKETS_MAX = 1_000;
/** Errors that one timeline lists. */
export const TIMELINE_RECENT_MAX = 200;
