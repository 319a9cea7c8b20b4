/** What the server counts of itself: requests, events, rules, the store. */
import assert from "node:assert/strict";
import { StorageBusyError, StorageFullError } from "../../src/store/event_log.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import type { Store } from "../../src/store/store.ts";
import { type Api, cpuRule, openApi } from "./api.ts";

/** The values on the page, by series. */
async function page(api: Api): Promise<Map<string, number>> {
  const response = await api.app.fetch(new Request("http://localhost/metrics"));
  const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at), Number(line.slice(at + 1))] as const;
  }));
}

/** A store whose next appends fail. */
function failingStore(errors: Error[]): Store {
  const inner = createMemoryStore();
  const log = new Proxy(inner.log, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== "append" || errors.length === 0) return value;
      return () => Promise.reject(errors.shift());
    },
  });
  return { ...inner, log };
}

Deno.test("metrics: requests are counted by route and class of status, never by path", async () => {
  await using api = await openApi();
  for (const id of ["a", "b", "c"]) await api.send("GET", `/rules/${id}`);
  await api.send("GET", "/rules");
  await api.send("GET", "/nowhere/at/all");
  await api.send("PUT", "/events", {});
  const series = await page(api);
  const requests = (labels: string) => series.get(`tocsin_http_requests_total{${labels}}`);
  assert.equal(requests('method="GET",route="/api/v1/rules/:id",status="4xx"'), 3);
  assert.equal(requests('method="GET",route="/api/v1/rules",status="2xx"'), 1);
  assert.equal(requests('method="",route="none",status="4xx"'), 2);
  assert.equal(series.get('tocsin_http_request_seconds_count{method="GET",route="/api/v1/rules/:id"}'), 3);
  assert.ok(![...series.keys()].some((name) => name.includes("nowhere")));
});

Deno.test("metrics: events taken and left out are counted, and answers that say not now", async () => {
  const errors: Error[] = [];
  await using api = await openApi({ store: failingStore(errors) });
  await api.send("POST", "/events?topic=metrics", '[{"n":1},{"n":2},{"n":3}]');
  await api.send("POST", "/events?partial=true", '[{"n":1},7,"x"]');
  await api.send("POST", "/events", "[1]");
  errors.push(new StorageFullError("full"), new StorageBusyError("busy"));
  const full = await api.send("POST", "/events", '{"n":1}');
  const busy = await api.send("POST", "/events", '{"n":1}');
  assert.deepEqual([full.status, full.headers.get("retry-after")], [507, "30"]);
  assert.deepEqual([busy.status, busy.headers.get("retry-after")], [503, "5"]);
  const series = await page(api);
  assert.equal(series.get("tocsin_events_accepted_total"), 4);
  assert.equal(series.get("tocsin_events_rejected_total"), 2);
  const refused = [429, 503, 507].map((status) =>
    series.get(`tocsin_http_refused_total{status="${status}"}`)
  );
  assert.deepEqual(refused, [0, 1, 1]);
});

Deno.test("metrics: a busy store asks for the same patience wherever it is met", async () => {
  const errors: Error[] = [];
  const inner = createMemoryStore();
  const rules = { ...inner.rules, save: () => Promise.reject(errors[0]) };
  await using api = await openApi({ store: { ...inner, rules } });
  errors.push(new StorageBusyError("busy"));
  const { status, headers } = await api.send("POST", "/rules", cpuRule());
  assert.deepEqual([status, headers.get("retry-after")], [503, "5"]);
});

Deno.test("metrics: what rules did is summed over them, and they are counted by status", async () => {
  await using api = await openApi();
  for (const id of ["a", "b"]) await api.send("POST", "/rules", cpuRule({ rule_id: id, cooldown: "1h" }));
  await api.send("POST", "/events?topic=metrics", '[{"cpu":99},{"cpu":99},{"cpu":1}]');
  await api.settle();
  const series = await page(api);
  const counted = (name: string) => series.get(`tocsin_rule_counts_total{counter="${name}"}`);
  assert.deepEqual([counted("matched"), counted("alerts"), counted("in_cooldown")], [4, 2, 2]);
  assert.equal(series.get('tocsin_rules_by_status{status="running"}'), 2);
  assert.equal(series.get('tocsin_rules_by_status{status="quarantined"}'), 0);
  assert.deepEqual([series.get("tocsin_rule_restarts_total"), series.get("tocsin_rule_workers_lost_total")], [
    0,
    0,
  ]);
});

Deno.test("metrics: the store's sizes, gaps and parked events", async () => {
  const inner = createMemoryStore();
  const gaps = () => Promise.resolve([{ from: 4, to: 7, reason: "log_lost" }]);
  const log = new Proxy(inner.log, {
    get: (target, name) => name === "gaps" ? gaps : Reflect.get(target, name),
  });
  const sizes = { log_bytes: 1, file_bytes: 2, wal_bytes: 3, ballast_whole: false };
  await using api = await openApi({ store: { ...inner, log, sizes: () => Promise.resolve(sizes) } });
  await api.store.health.park({ rule_id: "r", offset: 1, error: "boom", at: 1 });
  const series = await page(api);
  const names = [
    "log_bytes",
    "database_bytes",
    "wal_bytes",
    "ballast_present",
    "log_gaps",
    "log_lost_offsets",
  ];
  assert.deepEqual(names.map((name) => series.get(`tocsin_${name}`)), [1, 2, 3, 0, 1, 3]);
  assert.equal(series.get("tocsin_poison_events"), 1);
  const told = await api.send("GET", "/log");
  assert.deepEqual(told.body, {
    first_offset: 0,
    next_offset: 0,
    bytes: 0,
    gaps: [{ from: 4, to: 7, reason: "log_lost" }],
  });
});

Deno.test("readyz tells a stop from a start", async () => {
  const api = await openApi();
  const ask = async () => {
    const response = await api.app.fetch(new Request("http://localhost/readyz"));
    return [response.status, (await response.json()).status];
  };
  await api.settle();
  assert.deepEqual(await ask(), [200, "ready"]);
  await api[Symbol.asyncDispose]();
  assert.deepEqual(await ask(), [503, "stopping"]);
});
