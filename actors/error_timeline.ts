/** GET /errors/timeline: what went wrong, in buckets of time, and the newest of it one by one. */
import { ERROR_KINDS, type ErrorKind, ERRORS_KEPT_MAX, type StoredError } from "../src/store/figure_store.ts";
import { byName } from "./figure_span.ts";
import type { MonitorParts } from "./monitor.ts";

export interface TimelineWish {
  /** ms, inclusive, and exclusive; whole buckets. */
  from: number;
  to: number;
  bucket_ms: number;
  kinds: readonly ErrorKind[];
  /** Errors that are listed. */
  recent: number;
}

export interface ErrorTimeline {
  /** Every bucket, oldest first, also those without errors. */
  buckets: { at: number; total: number; by_kind: Partial<Record<ErrorKind, number>> }[];
  total: number;
  by_kind: Partial<Record<ErrorKind, number>>;
  /** Of errors of all kinds that are kept one by one. */
  by_class: Record<string, number>;
  /** Newest first. */
  recent: (StoredError & { rule_name: string | null })[];
}

export async function errorTimeline(
  { from, to, bucket_ms, kinds, recent }: TimelineWish,
  { store }: Pick<MonitorParts, "store">,
): Promise<ErrorTimeline> {
  const length = Math.ceil((to - from) / bucket_ms);
  const buckets = Array.from({ length }, (_, i): ErrorTimeline["buckets"][number] => ({
    ...{ at: from + i * bucket_ms, total: 0 },
    by_kind: {},
  }));
  const by_kind: ErrorTimeline["by_kind"] = {};
  let total = 0;
  for (const { bucket, kind, n } of await store.figures.byBucket({ kinds, from, to })) {
    const known = kind as ErrorKind;
    const into = buckets[Math.floor((bucket - from) / bucket_ms)]!;
    into.total += n;
    into.by_kind[known] = (into.by_kind[known] ?? 0) + n;
    by_kind[known] = (by_kind[known] ?? 0) + n;
    total += n;
  }
  const classes = await store.figures.byName({ kinds: ["error_class"], from, to, limit: ERROR_KINDS.length });
  return {
    ...{ buckets, total, by_kind },
    by_class: Object.fromEntries(byName(classes)),
    recent: await newest({ from, to, kinds, recent }, store),
  };
}

async function newest(
  { from, to, kinds, recent }: Pick<TimelineWish, "from" | "to" | "kinds" | "recent">,
  { figures, rules }: MonitorParts["store"],
): Promise<ErrorTimeline["recent"]> {
  const errors = await figures.errors({ from, to, limit: ERRORS_KEPT_MAX });
  const wanted = errors.filter(({ kind }) => kinds.includes(kind)).slice(0, recent);
  return await Promise.all(wanted.map(async (error) => {
    const name = error.rule_id === null ? undefined : (await rules.get(error.rule_id))?.doc.rule_name;
    return { ...error, rule_name: typeof name === "string" ? name : null };
  }));
}
