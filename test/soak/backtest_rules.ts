/**
 * Events and rules of the long comparison of backtests with the life of their rules: a rule of each kind, tuned so that
 * each tells a few hundred alerts over ten million events, as many as a result shows whole. Everything follows from the
 * number of an event.
 */
import type { JsonObject } from "../../src/base/json.ts";

export const STEP_MS = 20;
const HOSTS = 20;
const USERS = 100;
/** Events that one user sends in a row. */
const BURST = 500;
/** Events of the span in which a host is hot or is not. */
const SPELL = 15_000;
const CHANCES = 1_000_000;
const LATE_MS = 500;

/** Evenly spread over 32 bits. */
function mixed(n: number): number {
  let x = Math.imul(n ^ (n >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The line of event `n` of a log that begins at `start`, ms. One in seven is half a second late. */
export function soakLine(n: number, start: number): string {
  const host = n % HOSTS;
  const chance = mixed(n) % CHANCES;
  const isHot = mixed(Math.floor(n / SPELL) * HOSTS + host + 7) % 90 === 0;
  const user = mixed(Math.floor(n / BURST) + 99) % USERS;
  const cpu = chance >= CHANCES - 30 ? 500 : (isHot ? 50 : 20) + chance % 50;
  const timestamp = start + STEP_MS * n - (n % 7 === 0 ? LATE_MS : 0);
  return `{"host":"h${host}","cpu":${cpu},"r":${chance},"user":"u${user}","timestamp":${timestamp}}`;
}

const above = (value: number) => [{ field: "r", op: ">=", value: CHANCES - value }];
const mean = { as: "mean", type: "avg", field: "cpu" };
const byHost = { topics: ["soak"], group_by: ["host"], time: { watermark_delay: "1s" } };

function rule(rule_id: string, trigger_spec: JsonObject, members: JsonObject = {}): JsonObject {
  return { rule_id, rule_name: rule_id, trigger_type: "metric", trigger_spec, ...members };
}

export const SOAK_RULES: readonly JsonObject[] = [
  rule("threshold", { ...byHost, conditions: above(50) }),
  rule("cooldown", { ...byHost, conditions: above(1000) }, { cooldown: "2h" }),
  rule("held", {
    ...byHost,
    window_config: { type: "tumbling", size: "1m" },
    aggregations: [mean],
    having: { conditions: [{ field: "mean", op: ">", value: 60 }] },
  }, { for: "2m" }),
  rule("tumbling", {
    ...byHost,
    window_config: { type: "tumbling", size: "5m" },
    aggregations: [mean, { as: "most", type: "max", field: "cpu" }, { as: "n", type: "count" }],
    having: { conditions: [{ field: "mean", op: ">", value: 60 }] },
  }),
  rule("hopping", {
    ...byHost,
    window_config: { type: "sliding", size: "10m", slide: "1m" },
    aggregations: [mean, { as: "p", type: "percentile", field: "cpu", percentile_value: 90 }],
    having: { conditions: [{ field: "mean", op: ">", value: 56 }] },
  }, { cooldown: "30m" }),
  rule("session", {
    ...{ topics: ["soak"], group_by: ["user"], time: { watermark_delay: "1s" } },
    window_config: { type: "session", gap: "5s" },
    aggregations: [{ as: "n", type: "count" }, { as: "hosts", type: "count_distinct", field: "host" }],
    having: { conditions: [{ field: "n", op: ">", value: 900 }] },
  }),
  rule("pattern", {
    ...byHost,
    pattern: {
      steps: [
        { name: "low", conditions: [{ field: "r", op: "<", value: 1000 }] },
        { name: "high", conditions: above(40) },
      ],
      within: "10m",
    },
  }, { trigger_type: "pattern" }),
  rule("anomaly", { ...byHost, value_path: "cpu", anomaly_config: { threshold: 6 } }, {
    trigger_type: "anomaly",
  }),
];
