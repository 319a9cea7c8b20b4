/** Events for backtests over HTTP, and how one is run to its end. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { Api } from "./api.ts";

export const T0 = Date.UTC(2026, 0, 1);
const HOSTS = 7;

/** Events of a quarter of an hour per 3,000, some of them out of order; `temp` goes up and down slowly. */
export function events(n: number): JsonObject[] {
  return Array.from({ length: n }, (_, i) => ({
    host: `h${i % HOSTS}`,
    zone: `z${i % 3}`,
    cpu: (i * 37) % 101,
    temp: Math.round(50 + 40 * Math.sin(i / (60 + 20 * (i % HOSTS)))),
    timestamp: T0 + 300 * (i - (i % 5 === 0 ? 3 : 0)),
  }));
}

export async function post(api: Api, all: readonly JsonObject[]): Promise<void> {
  for (let i = 0; i < all.length; i += 250) {
    await api.send("POST", "/events?topic=metrics", all.slice(i, i + 250) as never);
  }
  await api.settle();
}

export async function finished(api: Api, id: string): Promise<JsonObject> {
  for (;;) {
    const { body } = await api.send("GET", `/backtests/${id}`);
    if (body.state !== "queued" && body.state !== "running") return body;
    await turn(systemClock);
  }
}

/** The result of a backtest of the stored rule, or of a draft beside it. */
export async function backtest(api: Api, ruleId: string, body: JsonObject = {}): Promise<JsonObject> {
  const begun = await api.send("POST", `/rules/${ruleId}/backtest`, body);
  assert.equal(begun.status, 202, begun.text);
  const done = await finished(api, begun.body.backtest_id);
  assert.equal(done.state, "done", JSON.stringify(done).slice(0, 500));
  return done.result as JsonObject;
}

/** All alerts of a rule, the oldest first. */
export async function allAlerts(api: Api, ruleId: string): Promise<JsonObject[]> {
  const items: JsonObject[] = [];
  for (let cursor = ""; cursor !== null;) {
    const path = `/alerts?rule_id=${ruleId}&limit=200${cursor && `&cursor=${cursor}`}`;
    const { body } = await api.send("GET", path);
    items.push(...body.items);
    cursor = body.next_cursor;
  }
  return items.reverse();
}
