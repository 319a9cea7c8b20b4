/** Anomaly rules, schedules, polled metrics and held alerts: their members, and members out of place. */
import assert from "node:assert/strict";
import { parseRule, type Rule } from "../../src/model/rule.ts";
import { EVERYTHING } from "./built.ts";

function parse(trigger_type: string, trigger_spec: unknown, more: Record<string, unknown> = {}) {
  return parseRule({ rule_name: "r", trigger_type, trigger_spec, ...more }, "save", EVERYTHING);
}

function read(trigger_type: string, trigger_spec: unknown, more: Record<string, unknown> = {}): Rule {
  const parsed = parse(trigger_type, trigger_spec, more);
  assert(parsed.ok, JSON.stringify(parsed));
  return parsed.rule;
}

function faults(trigger_type: string, trigger_spec: unknown, more: Record<string, unknown> = {}): string[] {
  const parsed = parse(trigger_type, trigger_spec, more);
  return parsed.ok
    ? []
    : parsed.errors.map(({ pointer, code, message }) =>
      `${pointer.replace("/trigger_spec", "")} ${code}: ${message}`
    );
}

function warnings(trigger_type: string, trigger_spec: unknown): string[] {
  const parsed = parse(trigger_type, trigger_spec);
  assert(parsed.ok, JSON.stringify(parsed));
  return parsed.warnings.map(({ pointer }) => pointer.replace("/trigger_spec", ""));
}

Deno.test("an anomaly rule of the least members has every default", () => {
  assert.deepEqual(read("anomaly", { value_path: "v" }).trigger.anomaly, {
    method: "zscore",
    path: "v",
    threshold: 3,
    multiplier: 1.5,
    alpha: 0.3,
    baseline_window: 100,
    baseline_values: [],
  });
});

Deno.test("anomaly: junk in the baseline is skipped, numeric text converted, only the newest are kept", () => {
  const baseline_values = [50, "52", null, "x", "", [1], true, 48];
  const spec = { value_path: "v", anomaly_method: " IQR", baseline_values, baseline_window: 2 };
  const { anomaly } = read("anomaly", spec).trigger;
  assert.deepEqual([anomaly?.method, anomaly?.baseline_values], ["iqr", [52, 48]]);
});

Deno.test("anomaly: alpha is clamped, numbers of the config may be text", () => {
  const alpha = (given: unknown) => {
    const spec = {
      value_path: "v",
      anomaly_method: "ema",
      anomaly_config: { alpha: given, threshold: "2.5" },
    };
    const { anomaly } = read("anomaly", spec).trigger;
    assert.equal(anomaly?.threshold, 2.5);
    return anomaly?.alpha;
  };
  assert.deepEqual([0, 0.5, 7, "0.2", null].map(alpha), [0.01, 0.5, 1, 0.2, 0.3]);
});

Deno.test("anomaly: conditions filter events; an endpoint is polled only where source says runtime", () => {
  const polled = read("anomaly", { value_path: "v", source: "runtime", endpoint: "/runtime/m" }).trigger;
  assert.deepEqual([polled.polling?.interval_ms, polled.source], [60_000, null]);
  const fed =
    read("anomaly", { value_path: "v", endpoint: "/runtime/m", field: "env", value: "prod" }).trigger;
  assert.deepEqual([fed.polling, fed.where?.conditions.length, fed.block], [null, 1, null]);
  assert.deepEqual(warnings("anomaly", { value_path: "v", endpoint: "/runtime/m" }), ["/endpoint"]);
});

const ANOMALY: [claim: string, spec: Record<string, unknown>, ...expected: string[]][] = [
  ["no value path", { anomaly_method: "iqr" }, "/value_path required: value_path is required"],
  [
    "a method",
    { value_path: "v", anomaly_method: "lof" },
    '/anomaly_method unsupported_method: Unsupported anomaly method "lof": did you mean "iqr"?',
  ],
  [
    "a config",
    { value_path: "v", anomaly_config: { threshhold: 3 } },
    '/anomaly_config/threshhold unknown_member: Unknown member "threshhold": did you mean "threshold"?',
  ],
  [
    "a baseline window beyond 1000",
    { value_path: "v", baseline_window: 1_001 },
    "/baseline_window out_of_range: Cannot use 1001 as baseline_window: expected at most 1000",
  ],
  [
    "a threshold of its own",
    { value_path: "v", threshold: 3 },
    '/threshold misplaced: Cannot use "threshold" in a rule of trigger_type anomaly: ' +
    "anomaly_config.threshold is the limit of an anomaly",
  ],
  [
    "a window",
    { value_path: "v", window_config: { type: "count", size: 3 } },
    '/window_config misplaced: Cannot use "window_config" in a rule of trigger_type anomaly: ' +
    "it belongs to another trigger_type",
  ],
];

for (const [claim, spec, ...expected] of ANOMALY) {
  Deno.test(`anomaly fault: ${claim}`, () => assert.deepEqual(faults("anomaly", spec), expected));
}

Deno.test("a schedule: cron under each of its names, or an interval; a cron expression wins", () => {
  const schedule = (spec: object) => read("schedule", spec).trigger.schedule;
  const every = { cron: "*/5 * * * *", interval_ms: null, timezone: "UTC", missed: "run_once" };
  assert.deepEqual(schedule({ cron: "*/5 * * * *" }), every);
  assert.deepEqual(schedule({ scheduleExpression: " */5 * * * * ", interval_seconds: 60 }), every);
  assert.deepEqual(schedule({ interval_seconds: 300, timezone: "Asia/Seoul", missed: "skip" }), {
    cron: null,
    interval_ms: 300_000,
    timezone: "Asia/Seoul",
    missed: "skip",
  });
});

Deno.test("a schedule looks at no events, and says so", () => {
  const spec = { cron: "0 9 * * *", field: "cpu", op: ">", value: 80 };
  assert.deepEqual(warnings("schedule", spec), ["/field"]);
  assert.equal(read("schedule", spec).trigger.where, null);
});

const SCHEDULE: [claim: string, spec: Record<string, unknown>, ...expected: string[]][] = [
  ["nothing", {}, "/cron required: cron is required, or interval_seconds"],
  [
    "too few fields",
    { cron: "0 9 * *" },
    '/cron invalid_cron: Cannot read the cron expression "0 9 * *": ' +
    "it has 4 fields, expected 5 (minute hour day month weekday) or 6 (second first)",
  ],
  [
    "a day that never comes",
    { cron: "0 9 30 2 *" },
    '/cron invalid_cron: Cannot use the cron expression "0 9 30 2 *": it never runs',
  ],
  [
    "a time zone",
    { cron: "0 9 * * *", timezone: "Europe/Berlinn" },
    '/timezone invalid_timezone: Cannot use "Europe/Berlinn" as timezone: ' +
    'expected an IANA name like "Europe/Berlin"',
  ],
  [
    "an interval of 0",
    { interval_seconds: 0 },
    "/interval_seconds out_of_range: Cannot use 0 as interval_seconds: expected at least 1",
  ],
  [
    "an aggregation",
    { interval_seconds: 1, aggregation: { type: "count" } },
    '/aggregation misplaced: Cannot use "aggregation" in a rule of trigger_type schedule: ' +
    "it belongs to another trigger_type",
  ],
];

for (const [claim, spec, ...expected] of SCHEDULE) {
  Deno.test(`schedule fault: ${claim}`, () => assert.deepEqual(faults("schedule", spec), expected));
}

Deno.test("members of a schedule or a poll are out of place in an event rule", () => {
  assert.deepEqual(
    faults("event", { topics: ["t"], cron: "0 9 * * *", interval: "5m", endpoint: "/runtime/m" }).map((
      text,
    ) => text.split(":")[0]),
    ["/cron misplaced", "/endpoint misplaced", "/interval misplaced"],
  );
});

Deno.test("a metric is polled every minute unless it says otherwise", () => {
  const polling = (more: object) =>
    read("metric", { endpoint: "/runtime/m", value_path: "v", threshold: 1, ...more }).trigger.polling;
  assert.deepEqual(polling({}), {
    endpoint: "/runtime/m",
    method: "GET",
    params: {},
    interval_ms: 60_000,
    timeout_ms: 5_000,
  });
  assert.equal(polling({ interval: "90s" })?.interval_ms, 90_000);
  assert.equal(polling({ interval_seconds: 1, timeout_ms: 250 })?.timeout_ms, 250);
  assert.deepEqual(
    faults("metric", { endpoint: "/runtime/m", value_path: "v", threshold: 1, interval: "500ms" }),
    [
      '/interval out_of_range: Cannot use "500ms" as interval: expected at least 1s',
    ],
  );
});

Deno.test("for or keep_firing_for, also of 0, give a key one alert", () => {
  const hold = (more: Record<string, unknown>) => read("event", { topics: ["t"] }, more).hold;
  assert.equal(hold({}), null);
  assert.deepEqual(hold({ for: "5m" }), { for_ms: 300_000, keep_ms: 0 });
  assert.deepEqual(hold({ keep_firing_for: "1m" }), { for_ms: 0, keep_ms: 60_000 });
  assert.deepEqual(hold({ for: "0s", keep_firing_for: null }), { for_ms: 0, keep_ms: 0 });
  assert.deepEqual(faults("schedule", { interval_seconds: 5 }, { for: "1m" }), [
    '/for misplaced: Cannot use "for" in a rule of trigger_type schedule: nothing can hold',
  ]);
});
