/** Spans of time as monitoring asks for them: whole buckets of figures, up to now. */
import { BUCKET_MS, type Figure } from "../src/store/figure_store.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

export interface Spans {
  /** Behind the bucket at hand. */
  to: number;
  /** 00:00 UTC. */
  today: number;
  /** An hour ago, at the beginning of its bucket: up to a bucket more than an hour. */
  hour: number;
  day: number;
  week: number;
}

export function spansAt(now: number): Spans {
  const bucket = (time: number) => Math.floor(time / BUCKET_MS) * BUCKET_MS;
  return {
    to: bucket(now) + BUCKET_MS,
    today: Math.floor(now / DAY_MS) * DAY_MS,
    hour: bucket(now - HOUR_MS),
    day: bucket(now - DAY_MS),
    week: bucket(now - 7 * DAY_MS),
  };
}

/** Sums of figures that reach back a day. */
export interface Counts {
  today: number;
  last_hour: number;
  last_24h: number;
}

export function countsOf(rows: readonly Pick<Figure, "bucket" | "n">[], { today, hour, day }: Spans): Counts {
  const since = (from: number) => rows.reduce((sum, { bucket, n }) => bucket >= from ? sum + n : sum, 0);
  return { today: since(today), last_hour: since(hour), last_24h: since(day) };
}

/** The start of whichever of "today" and 24 hours lies further back. */
export function earliest({ today, day }: Spans): number {
  return Math.min(today, day);
}

/** Numbers by name, the rows of several kinds summed. */
export function byName(rows: readonly Pick<Figure, "name" | "n">[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { name, n } of rows) sums.set(name, (sums.get(name) ?? 0) + n);
  return sums;
}
