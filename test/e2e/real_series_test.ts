/**
 * Real metric series through the real server: what three rules a series find, held against numbers computed from
 * the rows by plain code (series.ts). At the change of clocks twelve rows of one series have the same time.
 */
import assert from "node:assert/strict";
import { instant } from "../../src/base/event_time.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { allItems } from "./all_items.ts";
import { days, type Expected, hoursAbove, outliers, readSeries, type Row } from "./series.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

interface Series {
  name: string;
  /** Rows a request. */
  rows: number;
  format: "array" | "ndjson";
  /** Of the mean of an hour. */
  limit: number;
}

const SERIES: Series[] = [
  { name: "ec2_cpu_utilization_825cc2", rows: 1_000, format: "ndjson", limit: 95 },
  { name: "rds_cpu_utilization_e47b3b", rows: 37, format: "array", limit: 28 },
  { name: "ec2_request_latency_system_failure", rows: 301, format: "ndjson", limit: 46.1 },
];
const OUTLIER = { threshold: 3, held: 60 };
/** Of what is summed up in another order. */
const RELATIVE_ERROR_MAX = 1e-11;

interface AlertItem {
  rule_id: string;
  reason: string;
  key: JsonObject;
  event_time: string;
  window: { start: string; end: string } | null;
  values: Record<string, number>;
  events: { offset: number; event: JsonObject }[];
  event_count: number;
}

interface Kind {
  reason: string;
  key(name: string): JsonObject;
  rule(series: Series): JsonObject;
  expected(rows: Row[], series: Series): Expected[];
}

const KINDS: Record<string, Kind> = {
  outlier: {
    reason: "anomaly",
    key: () => ({}),
    rule: ({ name }) => ({
      trigger_type: "anomaly",
      trigger_spec: {
        ...{ topics: [name], value_path: "value", anomaly_method: "zscore" },
        ...{ anomaly_config: { threshold: OUTLIER.threshold }, baseline_window: OUTLIER.held },
      },
    }),
    expected: (rows) => outliers(rows, OUTLIER),
  },
  hour: {
    reason: "window",
    key: () => ({}),
    rule: ({ name, limit }) => ({
      trigger_type: "metric",
      trigger_spec: {
        topics: [name],
        window_config: { type: "sliding", size: "1h" },
        aggregations: [{ as: "avg", type: "avg", field: "value" }, { as: "n", type: "count" }],
        having: { field: "avg", op: ">", value: limit },
      },
    }),
    expected: (rows, { limit }) => hoursAbove(rows, limit),
  },
  day: {
    reason: "window",
    key: (series) => ({ series }),
    rule: ({ name }) => ({
      trigger_type: "event",
      trigger_spec: {
        ...{ topics: [name], group_by: ["series"], window_config: { type: "tumbling", size: "1d" } },
        aggregations: [
          { as: "n", type: "count" },
          ...["sum", "avg", "std", "min", "max", "range", "first", "last", "distinct", "median"]
            .map((type) => ({ as: type, type, field: "value" })),
          { as: "p95", type: "percentile", percentile_value: 95, field: "value" },
        ],
      },
    }),
    expected: (rows) => days(rows),
  },
};

/** Posts a series as it stands in its file; answers the offset of each row. */
async function post(server: ServerProcess, { name, rows: size, format }: Series, rows: readonly Row[]) {
  const offsets: number[] = [];
  for (let from = 0; from < rows.length; from += size) {
    const events = rows.slice(from, from + size)
      .map(({ timestamp, value }) => ({ series: name, timestamp, value }));
    const isArray = format === "array";
    const answer = await fetch(`${await server.origin}/api/v1/events?topic=${name}`, {
      method: "POST",
      headers: { "content-type": isArray ? "application/json" : "application/x-ndjson" },
      body: isArray ? JSON.stringify(events) : events.map((event) => JSON.stringify(event)).join("\n"),
    });
    const text = await answer.text();
    assert.equal(answer.status, 202, text);
    const { first_offset, accepted } = JSON.parse(text);
    assert.equal(accepted, events.length);
    offsets.push(...events.map((_, i) => first_offset + i));
  }
  return offsets;
}

function near(actual: unknown, expected: number, what: string): void {
  assert.equal(typeof actual, "number", what);
  const off = Math.abs(actual as number - expected);
  assert.ok(off <= Math.abs(expected) * RELATIVE_ERROR_MAX, `${what}: ${actual} is not ${expected}`);
}

/** What an alert tells, and what it must tell, but for values. */
function shape(alert: AlertItem) {
  const { reason, key, event_time, window, event_count, events } = alert;
  return { reason, key, event_time, window, event_count, offsets: events.map(({ offset }) => offset) };
}

function wantedShape(expected: Expected, kind: Kind, { name, offsets }: { name: string; offsets: number[] }) {
  const { event_time, window, events, event_count } = expected;
  return {
    ...{ reason: kind.reason, key: kind.key(name), event_time: instant(event_time) },
    window: window && { start: instant(window.start), end: instant(window.end) },
    event_count,
    offsets: events.map((place) => offsets[place]),
  };
}

Deno.test("real series: outliers, hours and days are those that plain code finds in the rows", async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  for (const series of SERIES) {
    for (const [kind, { rule }] of Object.entries(KINDS)) {
      const rule_id = `${series.name}-${kind}`;
      await server.call("POST", "/api/v1/rules", { rule_id, rule_name: rule_id, ...rule(series) });
    }
  }
  const posted = [];
  for (const series of SERIES) {
    const rows = readSeries(series.name);
    posted.push({ series, rows, offsets: await post(server, series, rows) });
  }
  await server.applied();
  const alerts = await allItems<AlertItem>(server, "/api/v1/alerts");
  for (const { series, rows, offsets } of posted) {
    const byOffset = new Map(offsets.map((offset, i) => [offset, rows[i]!.value]));
    for (const [name, kind] of Object.entries(KINDS)) {
      const rule_id = `${series.name}-${name}`;
      const expected = kind.expected(rows, series);
      assert.ok(expected.length > 5 && expected.length < rows.length / 2, `${rule_id}: ${expected.length}`);
      const found = inOrder(alerts.filter((alert) => alert.rule_id === rule_id));
      const wanted = expected.map((one) => wantedShape(one, kind, { name: series.name, offsets }));
      assert.deepEqual(found.map(shape), wanted, rule_id);
      for (const [i, { values }] of expected.entries()) {
        const told = found[i]!.values;
        for (const [value, number] of Object.entries(values)) {
          near(told[value], number, `${rule_id} ${i} ${value}`);
        }
      }
      for (const { offset, event } of found.flatMap(({ events }) => events)) {
        assert.equal(event["value"], byOffset.get(offset), `${rule_id}: event ${offset}`);
      }
    }
  }
});

/** By event time; of one time by the event that caused it, the last. */
function inOrder(alerts: readonly AlertItem[]): AlertItem[] {
  return alerts.toSorted((a, b) =>
    a.event_time < b.event_time
      ? -1
      : a.event_time > b.event_time
      ? 1
      : a.events.at(-1)!.offset - b.events.at(-1)!.offset
  );
}
