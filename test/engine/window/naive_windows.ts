/** What windows mean, told the slow way: every window is looked up among all events. */
import type { WindowPlan } from "../../../src/engine/plan.ts";

export interface NaiveEvent {
  key: string;
  /** ms */
  t: number;
  v: number;
}

export interface NaiveFiring {
  key: string;
  start: number | null;
  end: number | null;
  count: number;
  sum: number | null;
  min: number | null;
  max: number | null;
  first: number | null;
  last: number | null;
  median: number | null;
  distinct: number;
}

/** All firings once time has run out, of events none of which is late; in no order. */
export function naiveFirings(plan: WindowPlan, events: readonly NaiveEvent[]): NaiveFiring[] {
  const keys = [...new Set(events.map(({ key }) => key))];
  return keys.flatMap((key) => ofKey(plan, key, events.filter((event) => event.key === key)));
}

function ofKey(plan: WindowPlan, key: string, events: readonly NaiveEvent[]): NaiveFiring[] {
  const ordered = events.toSorted((a, b) => a.t - b.t);
  switch (plan.type) {
    case "hopping":
      return hopping(plan, key, ordered);
    case "sliding":
      return ordered.map((last, i) => {
        const start = last.t - plan.size_ms;
        const within = ordered.slice(0, i + 1).filter(({ t }) => t > start);
        return firing(key, { start, end: last.t }, within);
      });
    case "session":
      return sessions(plan.gap_ms, ordered).map((held) =>
        firing(key, { start: held[0]!.t, end: held.at(-1)!.t + plan.gap_ms }, held)
      );
    case "count":
      return events.flatMap((_, i) => {
        const n = i + 1;
        if (n < plan.size || n % plan.slide !== 0) return [];
        return [firing(key, null, events.slice(n - plan.size, n))];
      });
  }
}

function hopping(
  { size_ms, slide_ms, offset_ms }: Extract<WindowPlan, { type: "hopping" }>,
  key: string,
  events: readonly NaiveEvent[],
): NaiveFiring[] {
  const found: NaiveFiring[] = [];
  const first = Math.floor((events[0]!.t - size_ms - offset_ms) / slide_ms) * slide_ms + offset_ms;
  for (let start = first; start <= events.at(-1)!.t; start += slide_ms) {
    const within = events.filter(({ t }) => t >= start && t < start + size_ms);
    if (within.length > 0) found.push(firing(key, { start, end: start + size_ms }, within));
  }
  return found;
}

function sessions(gap: number, events: readonly NaiveEvent[]): NaiveEvent[][] {
  const found: NaiveEvent[][] = [];
  for (const event of events) {
    const open = found.at(-1);
    if (open !== undefined && event.t - open.at(-1)!.t <= gap) open.push(event);
    else found.push([event]);
  }
  return found;
}

/** A window that holds `events`, in the order in which they came; of none all but counts are null. */
export function firing(
  key: string,
  window: { start: number; end: number } | null,
  events: readonly NaiveEvent[],
): NaiveFiring {
  const values = events.map(({ v }) => v);
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const byTime = events.toSorted((a, b) => a.t - b.t);
  return {
    key,
    start: window?.start ?? null,
    end: window?.end ?? null,
    count: values.length,
    sum: values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0),
    min: sorted[0] ?? null,
    max: sorted.at(-1) ?? null,
    first: byTime[0]?.v ?? null,
    last: byTime.at(-1)?.v ?? null,
    median: values.length === 0 ? null : (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2,
    distinct: new Set(values).size,
  };
}
