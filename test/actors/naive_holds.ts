/**
 * What held alerts of a rule on single events mean, told the slow way from a log: one rule, never edited, without
 * caps, whose condition is `v > above` by `host`. Shares nothing with the engine.
 */
import type { JsonObject } from "../../src/base/json.ts";
import type { ParsedRecord } from "../../src/ingest/parsed_record.ts";

export interface HoldRule {
  above: number;
  for_ms: number;
  keep_ms: number;
  delay_ms: number;
  idle_ms: number;
}

/** An alert as of its last revision: `cause` is the offset of the event that began it; times in ms. */
export interface HeldAlert {
  host: string | null;
  cause: number;
  revision: number;
  event_time: number;
  resolved_at: number | null;
}

interface Open extends HeldAlert {
  due: number;
  failed_at: number | null;
}

const FUTURE_MS = 300_000;

export function naiveHolds(log: readonly ParsedRecord[], rule: HoldRule): HeldAlert[] {
  const told: Open[] = [];
  const open = new Map<string | null, Open>();
  let watermark = -Infinity;
  let anchor = { watermark: -Infinity, arrival: -Infinity };
  const fire = (one: Open) => {
    Object.assign(one, { revision: 1, event_time: one.due });
    told.push(one);
  };
  const reach = (time: number) => {
    watermark = Math.max(watermark, time);
    for (const one of open.values()) if (one.revision === 0 && one.due <= watermark) fire(one);
  };
  const see = (event: JsonObject, offset: number, arrival: number) => {
    const said = typeof event.timestamp === "number" ? event.timestamp * 1000 : arrival;
    const ahead = said > arrival + FUTURE_MS;
    const time = ahead ? arrival : said;
    const host = (event.host ?? null) as string | null;
    // Event time is at the event before it counts.
    if (!ahead) reach(time - rule.delay_ms);
    const one = open.get(host);
    if (one?.revision === 0 && one.due <= time) fire(one);
    if (Number(event.v) > rule.above) {
      if (one !== undefined) one.failed_at = null;
      else {
        const due = time + rule.for_ms;
        const begun = {
          host,
          cause: offset,
          revision: 0,
          event_time: 0,
          resolved_at: null,
          due,
          failed_at: null,
        };
        open.set(host, begun);
        if (rule.for_ms === 0) fire(begun);
      }
    } else if (one?.revision === 0) open.delete(host);
    else if (one !== undefined) {
      one.failed_at ??= time;
      if (time < one.failed_at + rule.keep_ms) return;
      Object.assign(one, { revision: 2, event_time: time, resolved_at: time });
      open.delete(host);
    }
  };
  // A tick moves event time where it makes something due.
  const due = (time: number) => [...open.values()].some((one) => one.revision === 0 && one.due <= time);
  for (const { record: { kind, arrival, first }, events } of log) {
    if (kind === "start") anchor = { watermark, arrival };
    const elapsed = arrival - anchor.arrival;
    const to = anchor.watermark + elapsed;
    if (kind === "events" || due(to)) {
      if (anchor.watermark > -Infinity && elapsed >= rule.idle_ms) reach(to);
    }
    if (kind !== "events") continue;
    events.forEach((event, i) => {
      see(event, first + i, arrival);
      // An event that came late may begin what is due already.
      reach(watermark);
    });
    anchor = { watermark, arrival };
  }
  return told.map(({ host, cause, revision, event_time, resolved_at }) => ({
    ...{ host, cause, revision, event_time, resolved_at },
  }));
}
