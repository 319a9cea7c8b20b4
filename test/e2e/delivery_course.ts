/**
 * A course of many deliveries over kill -9: every event is an alert, every alert a delivery to a receiver that
 * fails a tenth of them. In the end each one is delivered or dead for the right reason, nothing waits, and what
 * came twice came under the same id.
 */
import assert from "node:assert/strict";
import { systemClock as clock } from "../../src/base/clock.ts";
import { allItems } from "./all_items.ts";
import { type AlertItem, assertOutcomes, deadReasons, type DeliveryItem } from "./delivery_outcomes.ts";
import { FailingReceiver } from "./failing_receiver.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

export interface Course {
  events: number;
  /** From the last event to the last delivery. */
  msMax: number;
}

const EVENTS_PER_POST = 500;

/** Runs the course and checks it; one kill falls after half of the events were told. */
export async function runDeliveryCourse({ events, msMax }: Course): Promise<void> {
  using data = temporaryDirectory();
  await using receiver = await FailingReceiver.open();
  const begun = clock.monotonic();
  await using first = await startServer({ data: data.path });
  await prepare(first, receiver.url);
  const restarted = Promise.withResolvers<ServerProcess>();
  const posting = post(events, first, restarted.promise);
  // What goes wrong there is told where it is awaited.
  posting.catch(() => {});
  const half = first.until("half told", () => receiver.told.size >= events >> 1, msMax);
  await Promise.race([half, posting.then(() => half)]);
  await first.kill();
  const before = receiver.told.size;
  assert.ok(before < events, "the kill falls into the middle");
  await using server = await startServer({ data: data.path });
  restarted.resolve(server);
  await posting;
  await server.applied();
  // The server is asked only at the end: what is asked all the time slows it down.
  await server.until("told", () => receiver.settled === events, msMax);
  await server.until("settled", async () => await waiting(server) === 0, msMax);
  const ms = clock.monotonic() - begun;

  const alerts = await allItems<AlertItem>(server, "/api/v1/alerts");
  const deliveries = await allItems<DeliveryItem>(server, "/api/v1/deliveries");
  assertOutcomes({ events, alerts, deliveries, receiver });
  await assertPreview(server, events);
  const attempts = [...receiver.told.values()].reduce((sum, told) => sum + told.attempts, 0);
  const repeats = [...receiver.told.values()].reduce((sum, told) => sum + Math.max(0, told.taken - 1), 0);
  console.log(
    `${events} deliveries, ${before} told before the kill, ${attempts} attempts, faults ` +
      `${JSON.stringify(receiver.faults)}, ${repeats} taken again under the same id, ` +
      `${Math.round(events * 1000 / ms)} deliveries/s with kill, restart and retries`,
  );
}

async function prepare(server: ServerProcess, url: string): Promise<void> {
  await server.call("POST", "/api/v1/channels", { name: "hook", type: "webhook", config: { url } });
  await server.call("POST", "/api/v1/rules", {
    rule_name: "every event",
    trigger_type: "event",
    trigger_spec: { topics: ["t"], conditions: [] },
    limits: { alerts_per_minute: null },
    action_spec: { type: "notify", channels: ["hook"] },
  });
}

/** Posts all events, those that the kill left without an answer once more to the next server, under the same key. */
async function post(events: number, first: ServerProcess, second: Promise<ServerProcess>): Promise<void> {
  let server = first;
  for (let n = 0; n < events; n += EVENTS_PER_POST) {
    const count = Math.min(EVENTS_PER_POST, events - n);
    const body = JSON.stringify(Array.from({ length: count }, (_, i) => ({ n: n + i })));
    while (!await isTaken(server, body, `course-${n}`)) server = await second;
  }
}

/** Whether there was an answer; it is the right one. */
async function isTaken(server: ServerProcess, body: string, key: string): Promise<boolean> {
  const headers = { "content-type": "application/json", "idempotency-key": key };
  try {
    const url = `${await server.origin}/api/v1/events?topic=t`;
    const answer = await fetch(url, { method: "POST", headers, body });
    assert.equal(answer.status, 202, await answer.text());
    return true;
  } catch (error) {
    if (!(error instanceof TypeError) || !server.killed) throw error;
    return false;
  }
}

/** Deliveries that wait or are under way. */
async function waiting(server: ServerProcess): Promise<number> {
  let sum = 0;
  for (const state of ["queued", "sending", "retry_wait", "deferred"]) {
    const { items } = await server.call<{ items: unknown[] }>(
      "GET",
      `/api/v1/deliveries?state=${state}&limit=1`,
    );
    sum += items.length;
  }
  return sum;
}

/** A preview of a redrive tells what died, and of what; it moves nothing. */
async function assertPreview(server: ServerProcess, events: number): Promise<void> {
  const preview = await server.call<{ redriven: number; reasons: { reason: string; count: number }[] }>(
    ...["POST", "/api/v1/deliveries/redrive", { state: "dead", dry_run: true }] as const,
  );
  assert.equal(preview.redriven, 0);
  assert.deepEqual(new Map(preview.reasons.map(({ reason, count }) => [reason, count])), deadReasons(events));
}
