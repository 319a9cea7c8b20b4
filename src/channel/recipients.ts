/**
 * Messages to several recipients: whom an attempt still has to reach, and one outcome made of theirs. While a
 * recipient may still be reached the delivery goes on for those alone; at its end it counts as delivered only
 * if all were reached. What is settled is kept with the delivery, so one mail or message is not sent twice to
 * somebody because another one's server was slow.
 */
import type { Settled } from "../model/delivery.ts";
import type { SendResult } from "./channel.ts";

export type Results = ReadonlyMap<string, SendResult>;

/** Recipients that an error text names; the others are counted. */
const NAMED_MAX = 5;

/**
 * Those that are not settled. When all are, the delivery was sent again by hand: then all that were not
 * reached are tried once more.
 */
export function pendingOf(recipients: readonly string[], settled: Settled): string[] {
  const open = recipients.filter((one) => settled[one] === undefined);
  return open.length > 0 ? open : recipients.filter((one) => settled[one] !== "delivered");
}

/** `results` are those of this attempt, `before` what earlier ones settled; at least one recipient was tried. */
export function combined(
  results: Results,
  { recipients, before, afterUnknown }: {
    recipients: readonly string[];
    before: Settled;
    afterUnknown: "repeat" | "stop";
  },
): SendResult {
  const settled = settledAfter(results, before, afterUnknown);
  const open = [...results.values()].filter((result) => goesOn(result, afterUnknown));
  if (open.length > 0) {
    const { retries_max: _, ...first } = open.find((result) => result.class === "deferred") ?? open[0]!;
    return { ...first, ...waitsOf(open), settled, error: errorOf(results) };
  }
  return { ...endOf(results, recipients.map((one) => settled[one])), settled };
}

/** Nobody is left to reach: the worst that became of anybody, told by this attempt where it was this one's. */
function endOf(results: Results, ends: readonly (Settled[string] | undefined)[]): SendResult {
  const all = [...results.values()];
  const worst = ends.includes("refused") ? "permanent" : ends.includes("unknown") ? "unknown" : "delivered";
  const told = all.find((result) => result.class === worst);
  if (told !== undefined) return { ...told, error: errorOf(results) };
  const earlier = {
    class: worst,
    error: errorOf(results) ?? "Cannot deliver to all: see earlier attempts",
  } as const;
  if (worst === "unknown") return { ...all[0]!, ...earlier, scope: null, reason: "recipients_unknown" };
  return { ...all[0]!, ...earlier, scope: "recipient", reason: "recipients_refused" };
}

function settledAfter(results: Results, before: Settled, afterUnknown: "repeat" | "stop"): Settled {
  const settled: Record<string, Settled[string]> = {};
  for (const [recipient, how] of Object.entries(before)) {
    if (!results.has(recipient)) settled[recipient] = how;
  }
  for (const [recipient, result] of results) {
    if (goesOn(result, afterUnknown)) continue;
    settled[recipient] = result.class === "permanent" ? "refused" : result.class as "delivered" | "unknown";
  }
  return settled;
}

function goesOn(result: SendResult, afterUnknown: "repeat" | "stop"): boolean {
  if (result.class === "unknown") return afterUnknown === "repeat";
  return result.class === "deferred" || result.class === "transient";
}

/** The longest wait, and as many retries as the most hopeful recipient is worth. */
function waitsOf(open: readonly SendResult[]): Partial<SendResult> {
  const waits = open.map((one) => one.retry_after_ms).filter((wait) => wait !== null);
  const retries = open.map((one) => one.retries_max ?? Infinity);
  const most = Math.max(...retries);
  return {
    retry_after_ms: waits.length === 0 ? null : Math.max(...waits),
    ...(most !== Infinity && { retries_max: most }),
  };
}

function errorOf(results: Results): string | null {
  const failed = [...results].filter(([, result]) => result.error !== null);
  if (failed.length === 0) return null;
  if (results.size === 1) return failed[0]![1].error;
  const named = failed.slice(0, NAMED_MAX).map(([recipient, { error }]) => `${recipient}: ${error}`);
  const more = failed.length > NAMED_MAX ? [`and ${failed.length - NAMED_MAX} more`] : [];
  return `${failed.length} of ${results.size} recipients not reached: ${[...named, ...more].join("; ")}`;
}
