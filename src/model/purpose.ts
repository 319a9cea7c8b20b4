/** What a rule document is read for. */

/** Saving refuses what cannot run yet; simulation accepts what the caller stands in for. */
export type Purpose = "save" | "simulate";
