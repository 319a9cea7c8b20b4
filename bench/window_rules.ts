/**
 * The windowed rules of the cases, as documents. Their `having` is never met: what is measured is windows and
 * aggregates, and not the writing of alerts. Event time waits a second for late events, as it often has to.
 */
import type { JsonObject } from "../src/base/json.ts";
import { serviceName, SERVICES } from "./events.ts";
import { TOPIC } from "./rules.ts";

const DELAY = "1s";
/** Between two rounds others have their turn: event time must not go on meanwhile, or the next events are late. */
const PAUSE = "1d";
/** Longer than any run: these windows do not close while it is measured. */
const LONG = { type: "tumbling", size: "400d" };
const COUNT_AND_MEAN = [{ as: "n", type: "count" }, { as: "mean", type: "avg", field: "cpu" }];

interface WindowedRule {
  name: string;
  window: JsonObject;
  key?: string;
  aggregations?: JsonObject[];
  conditions?: JsonObject[];
}

function windowed(
  { name, window, key, aggregations = COUNT_AND_MEAN, conditions = [] }: WindowedRule,
): JsonObject {
  return {
    rule_name: name,
    trigger_type: "metric",
    trigger_spec: {
      topics: [TOPIC],
      conditions,
      window_config: window,
      aggregations,
      having: { conditions: [{ field: aggregations[0]!.as!, op: "<", value: 0 }] },
      time: { watermark_delay: DELAY, idle_after: PAUSE },
      ...key === undefined ? {} : { group_by: [key] },
    },
    limits: { keys: null, state_bytes: null },
  };
}

/** A new window every second of event time, each as long as `slides` of them; a thousand events a slide. */
export function hoppingRule(slides: number): JsonObject {
  const window = { type: "sliding", size: `${slides}s`, slide: "1s" };
  return windowed({ name: `hopping ${slides}`, window, key: "service" });
}

/** Every device is a key, and none of them ever goes. */
export function everyDeviceRule(): JsonObject {
  return windowed({ name: "every device", window: LONG, key: "device" });
}

/** What {@linkcode everyDeviceRule} would be without keys. */
export function noKeyRule(): JsonObject {
  return windowed({ name: "no key", window: LONG });
}

/** `count` rules, each a minute a host over the events of one service with a high cpu: a tenth of them. */
export function manyWindowRules(count: number): JsonObject[] {
  return Array.from({ length: count }, (_, i) =>
    windowed({
      name: `minute ${i}`,
      window: { type: "tumbling", size: "1m" },
      key: "host",
      conditions: [
        { field: "service", op: "==", value: serviceName(i % SERVICES) },
        { field: "cpu", op: ">", value: 90 + i / count },
      ],
    }));
}

/** One percentile of all values there ever are. */
export function percentileRule(): JsonObject {
  const aggregations = [{ as: "p", type: "percentile", field: "latency_ms", percentile_value: 95 }];
  return windowed({ name: "percentile", window: LONG, aggregations });
}
