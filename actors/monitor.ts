/**
 * What people who look after the server ask: a summary, what rules cost, what went wrong and when, what is due.
 * Everything is read from the figures of the store and from what runs; nothing is counted here. Answers that are
 * dear are kept for a moment, so that a page that asks each second costs no more than one that asks seldom.
 */
import type { Clock } from "../src/base/clock.ts";
import type { Store } from "../src/store/store.ts";
import type { Control } from "./control.ts";
import { type ErrorTimeline, errorTimeline, type TimelineWish } from "./error_timeline.ts";
import { type PerformanceRow, type PerformanceWish, rulePerformance } from "./rule_performance.ts";
import { type SchedulerStatus, schedulerStatus } from "./scheduler_status.ts";
import { type StatsSummary, statsSummary } from "./stats_summary.ts";
import type { Poller } from "./poller.ts";

/** How long an answer is kept. */
export const MONITOR_LOOK_MS = 2_000;

export interface MonitorParts {
  store: Store;
  control: Control;
  clock: Clock;
  poller: Pick<Poller, "report">;
}

export interface Monitor {
  summary(): Promise<StatsSummary>;
  /** The first of them by what is asked for. */
  performance(wish: PerformanceWish): Promise<{ rows: PerformanceRow[]; total: number }>;
  errors(wish: TimelineWish): Promise<ErrorTimeline>;
  scheduler(page: { limit: number; after: string | undefined }): Promise<SchedulerStatus>;
}

export function createMonitor(parts: MonitorParts): Monitor {
  const summary = kept(parts.clock, () => statsSummary(parts));
  const measured = kept(parts.clock, () => rulePerformance(parts));
  return {
    summary,
    performance: async (wish) => await (await measured())(wish),
    errors: (wish) => errorTimeline(wish, parts),
    scheduler: (page) => schedulerStatus(page, parts),
  };
}

/** A look that failed is not kept. */
function kept<T>(clock: Clock, look: () => Promise<T>): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | null = null;
  return () => {
    const now = clock.monotonic();
    if (last !== null && now - last.at < MONITOR_LOOK_MS) return last.answer;
    const looked = { at: now, answer: look() };
    last = looked;
    looked.answer.catch(() => {
      if (last === looked) last = null;
    });
    return looked.answer;
  };
}
