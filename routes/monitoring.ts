/** GET /stats/summary, /rules/performance, /errors/timeline, /scheduler/status: the server in figures. */
import { formatDuration, parseDuration } from "../src/base/duration.ts";
import { instant } from "../src/base/event_time.ts";
import type { JsonObject, JsonValue } from "../src/base/json.ts";
import { badRequest } from "../src/base/problem.ts";
import {
  PERFORMANCE_DAYS,
  PERFORMANCE_SORTS,
  TIMELINE_BUCKETS_MAX,
  TIMELINE_RECENT_MAX,
} from "../src/model/monitoring.ts";
import { BUCKET_MS, ERROR_KINDS } from "../src/store/figure_store.ts";
import type { ErrorTimeline, TimelineWish } from "../actors/error_timeline.ts";
import { type Answer, ok } from "./answer.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type { Query } from "./query.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";

const DAY_MS = 86_400_000;
const BUCKET_DEFAULT_MS = 3_600_000;
const RECENT_DEFAULT = 20;

export function monitoringRoutes(
  routes: RouteTable,
  { deps: { monitor, clock, instance } }: RouteContext,
): void {
  routes.on("GET", "/api/v1/stats/summary", async () => ok(jsonOf(await monitor.summary())));
  routes.on("GET", "/api/v1/rules/performance", async ({ query }) => {
    const sort = query.oneOf("sort", PERFORMANCE_SORTS) ?? "cpu";
    const { rows, total } = await monitor.performance({ sort, limit: query.limit() });
    return ok({ items: rows.map(jsonOf), total_rules: total, sort, period_days: PERFORMANCE_DAYS });
  }, { query: ["sort", "limit"] });
  routes.on("GET", "/api/v1/errors/timeline", async ({ query }) => {
    const wish = wishOf(query, clock.now());
    return shownTimeline(wish, await monitor.errors(wish));
  }, { query: ["from", "to", "bucket", "kind", "recent"] });
  routes.on("GET", "/api/v1/scheduler/status", async ({ query }) => {
    const after = decodeCursor("rules", query.text("cursor"));
    const { schedules, next, polls } = await monitor.scheduler({ limit: query.limit(), after });
    return ok({
      instance_id: instance,
      items: schedules.map(jsonOf),
      next_cursor: next === null ? null : encodeCursor("rules", next),
      polls: jsonOf(polls),
    });
  }, { query: ["limit", "cursor"] });
}

/** Whole buckets that hold what is asked for; the last 24 hours by the hour where nothing is said. */
function wishOf(query: Query, now: number): TimelineWish {
  const bucket_ms = bucketOf(query.text("bucket"));
  const from = query.time("from") ?? now - Math.max(DAY_MS - bucket_ms, bucket_ms - 1);
  const to = query.time("to") ?? now;
  if (to <= from) {
    throw badRequest("bad_parameter", 'Cannot read query parameter "to": it is not after "from"');
  }
  const span = {
    from: Math.floor(from / bucket_ms) * bucket_ms,
    to: Math.ceil(to / bucket_ms) * bucket_ms,
  };
  if ((span.to - span.from) / bucket_ms > TIMELINE_BUCKETS_MAX) {
    const wish = `expected at most ${TIMELINE_BUCKETS_MAX} of them between from and to`;
    throw badRequest("bad_parameter", `Cannot read query parameter "bucket": ${wish}`);
  }
  const kind = query.oneOf("kind", ERROR_KINDS);
  const recent = query.integer("recent", { min: 0, max: TIMELINE_RECENT_MAX }) ?? RECENT_DEFAULT;
  return { ...span, bucket_ms, kinds: kind === undefined ? ERROR_KINDS : [kind], recent };
}

function bucketOf(text: string | undefined): number {
  const ms = text === undefined ? BUCKET_DEFAULT_MS : parseDuration(text);
  if (ms !== undefined && ms >= BUCKET_MS && ms <= DAY_MS && ms % BUCKET_MS === 0 && DAY_MS % ms === 0) {
    return ms;
  }
  const wish = `a part of a day in steps of ${formatDuration(BUCKET_MS)}, like "1h"`;
  throw badRequest("bad_parameter", `Cannot read query parameter "bucket": expected ${wish}`);
}

function shownTimeline({ from, to, bucket_ms }: TimelineWish, timeline: ErrorTimeline): Answer {
  const { buckets, total, by_kind, by_class, recent } = timeline;
  return ok({
    ...{ from: instant(from), to: instant(to), bucket: formatDuration(bucket_ms) },
    items: buckets.map(({ at, ...bucket }) => ({ at: instant(at), ...jsonOf(bucket) })),
    ...{ total, by_kind: jsonOf(by_kind), by_class },
    recent: recent.map(({ id, at, ...error }) => ({ id, at: instant(at), ...jsonOf(error) })),
  });
}

// Plain data that its own interface describes more closely than JsonObject does.
function jsonOf<T extends object>(plain: T): T extends readonly unknown[] ? JsonValue[] : JsonObject {
  return plain as never;
}
