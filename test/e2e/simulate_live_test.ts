/**
 * What a simulation says is what the live server does: rules of every kind over random events, by
 * POST /rules/simulate and by POST /events in random cuts, alert by alert and late event by late event.
 *
 * The two differ in arrival: simulated events arrive at the running maximum of their times, live ones today. So
 * times lie in the past (none is ahead of its arrival), `idle_after` is longer than any pause (no watermark moves
 * by idle time), alerts a minute have no cap, and `advance_to` is null (no simulated time goes on at the end).
 * Schedules, which fire by arrival alone, are left out. Where events have no times `received_at` says the arrival.
 */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { systemClock as clock } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { allItems } from "./all_items.ts";
import { events, HOSTS, KINDS } from "./any_rule.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

/** The server refuses TOCSIN_TEST_RUNS, as it does any unknown setting. */
const RUNS = Number(Deno.env.get("TEST_RUNS") ?? 2);
/** The same rules and events each time, of which some find something. */
const FIXED = { seed: 20_140_410, numRuns: 3 };
/** A counterexample is told as it came: making it smaller would take minutes. */
const AS_IT_CAME = { endOnFailure: true };
const DAY_MS = 86_400_000;

interface SimulatedAlert extends JsonObject {
  alert_id: string;
  events: number[];
}

interface Simulation {
  alerts: SimulatedAlert[];
  late_events: number[];
  final: { watermark: string | null; keys: number; open_windows: number };
}

interface LiveAlert extends JsonObject {
  events: { offset: number; event: JsonObject }[];
}

interface LiveState {
  status: string;
  /** Events that it has not applied. */
  lag: number;
  counters: Record<string, number>;
  late: number[];
  keys: number;
  open_windows: number;
  watermark: string | null;
}

/** A rule and its events, once simulated and once live. */
class Comparison {
  readonly #server: ServerProcess;
  readonly #id: string;
  readonly #rule: JsonObject;
  readonly #events: readonly JsonObject[];

  constructor(server: ServerProcess, id: string, rule: JsonObject, events: readonly JsonObject[]) {
    this.#server = server;
    this.#id = id;
    const spec = { ...rule["trigger_spec"] as JsonObject, topics: [id] };
    this.#rule = { ...rule, rule_id: id, trigger_spec: spec };
    this.#events = events;
  }

  simulate(more: JsonObject = {}): Promise<Simulation> {
    const body = { rule: this.#rule, events: [...this.#events], advance_to: null, ...more };
    return this.#server.call("POST", "/api/v1/rules/simulate", body);
  }

  start(): Promise<unknown> {
    return this.#server.call("POST", "/api/v1/rules", this.#rule);
  }

  /** Posts requests of `sizes` events in turn; answers the offset of each event. */
  async post(sizes: readonly number[]): Promise<number[]> {
    const offsets: number[] = [];
    for (let from = 0, i = 0; from < this.#events.length; i++) {
      const part = this.#events.slice(from, from += sizes[i % sizes.length]!);
      const path = `/api/v1/events?topic=${this.#id}`;
      const { first_offset } = await this.#server.call<{ first_offset: number }>("POST", path, part);
      offsets.push(...part.map((_, k) => first_offset + k));
    }
    // A rule that has just been made may still catch up, apart from the others.
    await this.#server.until("applied", async () => {
      const { status, lag } = await this.state();
      return status === "running" && lag === 0;
    });
    return offsets;
  }

  alerts(): Promise<LiveAlert[]> {
    return allItems<LiveAlert>(this.#server, `/api/v1/alerts?rule_id=${this.#id}`);
  }

  state(): Promise<LiveState> {
    return this.#server.call("GET", `/api/v1/rules/${this.#id}/state`);
  }

  async stop(): Promise<void> {
    await this.#server.call("DELETE", `/api/v1/rules/${this.#id}`);
  }
}

/** The alerts as the store holds them: a later revision takes the place of an earlier one. */
function simulatedAlerts({ alerts }: Simulation): SimulatedAlert[] {
  return [...new Map(alerts.map((alert) => [alert.alert_id, alert])).values()];
}

/** Ids are made of offsets, which are indexes in a simulation; so is what a message says of the rest. */
function comparable(alert: JsonObject, events: readonly number[], keep: readonly string[] = []): string {
  const left = ["alert_id", "fired_at"].filter((name) => !keep.includes(name));
  const shown = Object.entries(alert).filter(([name]) => !left.includes(name));
  return JSON.stringify([...shown.toSorted(([a], [b]) => a < b ? -1 : 1), [...events]], sortedMembers);
}

function sortedMembers(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1));
}

/** Simulates, runs, compares; answers the number of alerts. */
async function same(compared: Comparison, sizes: readonly number[]): Promise<number> {
  const simulation = await compared.simulate();
  await compared.start();
  const offsets = await compared.post(sizes);
  const index = new Map(offsets.map((offset, i) => [offset, i]));
  const [alerts, state] = [await compared.alerts(), await compared.state()];
  await compared.stop();
  const live = alerts.map(({ events, ...alert }) =>
    comparable(alert, events.map(({ offset }) => index.get(offset)!))
  );
  const simulated = simulatedAlerts(simulation).map(({ events, ...alert }) => comparable(alert, events));
  assert.deepEqual(live.sort(), simulated.sort());
  assert.deepEqual(state.late.map((offset) => index.get(offset)), simulation.late_events);
  assert.equal(state.counters["late"] ?? 0, simulation.late_events.length);
  const { keys, open_windows } = state;
  assert.deepEqual({ keys, open_windows }, {
    keys: simulation.final.keys,
    open_windows: simulation.final.open_windows,
  });
  return live.length;
}

Deno.test("simulate is the live run: rules of every kind, random events in random cuts", async (t) => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  await server.call("PUT", "/api/v1/lookups/hosts", HOSTS);
  const first = Math.floor(clock.now() / DAY_MS - 2) * DAY_MS;
  const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 });
  let rules = 0;
  for (const [kind, rule] of Object.entries(KINDS)) {
    await t.step(kind, async () => {
      let alerts = 0;
      const property = fc.asyncProperty(rule, events(first), cuts, async (document, given, sizes) => {
        alerts += await same(new Comparison(server, `equal-${rules++}`, document, given), sizes);
      });
      await fc.assert(property, { ...FIXED, ...AS_IT_CAME });
      assert.ok(alerts > 0, "some of the rules found something");
      await fc.assert(property, { numRuns: RUNS, ...AS_IT_CAME });
    });
  }
});

Deno.test("simulate is the live run: events without times arrive at received_at", async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  const rule = {
    rule_name: "by arrival",
    trigger_type: "metric",
    trigger_spec: {
      group_by: ["host"],
      window_config: { type: "sliding", size: "1m" },
      aggregations: [{ as: "n", type: "count" }, { as: "sum", type: "sum", field: "v" }],
    },
  };
  const given = Array.from({ length: 20 }, (_, i) => ({ host: i % 3 === 0 ? "a" : "b", v: i }));
  const compared = new Comparison(server, "arrival", rule, given);
  await compared.start();
  const offsets = await compared.post([given.length]);
  const live = await compared.alerts();
  const { items: [event] } = await server.call<{ items: [{ received_at: string }] }>(
    "GET",
    "/api/v1/events?topic=arrival&limit=1",
  );
  const simulation = await compared.simulate({ received_at: event.received_at });
  const index = (offset: number) => offsets.indexOf(offset);
  assert.deepEqual(
    live.map(({ events, ...alert }) =>
      comparable(alert, events.map(({ offset }) => index(offset)), ["fired_at"])
    )
      .sort(),
    simulatedAlerts(simulation).map(({ events, ...alert }) => comparable(alert, events, ["fired_at"])).sort(),
  );
  assert.equal(live.length, given.length);
});
