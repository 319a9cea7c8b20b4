/**
 * Backtests of rules of every kind over a long log: their alerts are those of the rules' lives. SOAK_EVENTS says how
 * many events, a million where it is not set.
 */
import assert from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import { allItems } from "../e2e/all_items.ts";
import { type ServerProcess, startServer } from "../e2e/server_process.ts";
import { temporaryDirectory } from "../e2e/temporary_directory.ts";
import { SOAK_RULES, soakLine, STEP_MS } from "./backtest_rules.ts";

const EVENTS = Number(Deno.env.get("SOAK_EVENTS") ?? 1_000_000);
const PER_REQUEST = 20_000;
const WAIT_MS_MAX = 1_800_000;
/** Alerts of so many rules a minute may be more than live rules are given. */
const LIMITS = { alerts_per_minute: null };

interface Shown {
  backtest_id: string;
  state: string;
  error: string | null;
  progress: { events: number; events_per_second: number };
  result: {
    alerts_total: number;
    alerts_left_out: number;
    alerts: JsonObject[];
    by_key: { count: number }[];
    by_hour: { count: number }[];
  };
}

async function post(server: ServerProcess, from: number, start: number): Promise<void> {
  const lines = Array.from({ length: PER_REQUEST }, (_, i) => soakLine(from + i, start));
  const answer = await fetch(`${await server.origin}/api/v1/events?topic=soak`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: lines.join("\n"),
  });
  assert.equal(answer.status, 202, await answer.text());
}

/** What an alert says, without its id: its revisions one by one. */
function identity({ key, window, event_time, values, status, revision, event_count, events }: JsonObject) {
  const offsets = (events as JsonObject[]).map(({ offset }) => offset as JsonValue);
  return JSON.stringify({ key, window, event_time, values, status, revision, event_count, offsets });
}

/** The last revision of each alert, as a list of alerts shows it. */
function newest(alerts: readonly JsonObject[]): JsonObject[] {
  return [...new Map(alerts.map((alert) => [alert.alert_id, alert])).values()];
}

async function run(server: ServerProcess, ruleId: string): Promise<Shown> {
  const { backtest_id } = await server.call<Shown>("POST", `/api/v1/rules/${ruleId}/backtest`, {});
  const path = `/api/v1/backtests/${backtest_id}`;
  const ended = async () => !["queued", "running"].includes((await server.call<Shown>("GET", path)).state);
  await server.until(`done with ${ruleId}`, ended, WAIT_MS_MAX);
  const shown = await server.call<Shown>("GET", path);
  assert.equal(shown.state, "done", shown.error ?? "");
  return shown;
}

async function compare(server: ServerProcess, ruleId: string): Promise<void> {
  const live = await allItems<JsonObject>(server, `/api/v1/alerts?rule_id=${ruleId}`);
  const { result, progress } = await run(server, ruleId);
  const per = progress.events_per_second;
  console.log(
    `${ruleId}: ${live.length} alerts live, ${result.alerts_total} in the backtest, ${per} events/s`,
  );
  assert.equal(progress.events, EVENTS, ruleId);
  assert.ok(live.length > EVENTS / 200_000, `${ruleId} has something to compare`);
  assert.deepEqual([result.alerts_total, result.alerts_left_out], [live.length, 0], ruleId);
  assert.deepEqual(newest(result.alerts).map(identity).sort(), live.map(identity).sort(), ruleId);
  const sum = (rows: readonly { count: number }[]) => rows.reduce((all, { count }) => all + count, 0);
  assert.deepEqual([sum(result.by_key), sum(result.by_hour)], [live.length, live.length], ruleId);
}

Deno.test("backtests over a long log equal the lives of their rules, of every kind", async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  for (const rule of SOAK_RULES) await server.call("POST", "/api/v1/rules", { ...rule, limits: LIMITS });
  const start = systemClock.now() - STEP_MS * EVENTS;
  const begun = systemClock.monotonic();
  for (let from = 0; from < EVENTS; from += PER_REQUEST) await post(server, from, start);
  await server.applied(WAIT_MS_MAX);
  const seconds = (systemClock.monotonic() - begun) / 1000;
  console.log(`${EVENTS} events, ${SOAK_RULES.length} rules live: ${seconds.toFixed(0)} s`);
  for (const { rule_id } of SOAK_RULES) await compare(server, String(rule_id));
  const most = await server.memoryBytes("VmHWM");
  console.log(`most memory of the server: ${Math.round(most / 1024 / 1024)} MiB`);
});
