/**
 * The main promise on the real server: killed under load at random moments, also while it starts and replays,
 * it loses nothing that it answered for and counts nothing twice. CRASH_SEED repeats a run as far as chance
 * in the test goes.
 */
import assert from "node:assert/strict";
import { sleep, systemClock as clock } from "../../src/base/clock.ts";
import { type Rng, seededRng, systemRng } from "../../src/base/rng.ts";
import { allItems } from "./all_items.ts";
import { CrashLoad } from "./crash_load.ts";
import { crashRules, editedSpec, type EditedVersion, expectedOf, type LoggedEvent } from "./crash_oracle.ts";
import { ServerProcess } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";
import { openWebhookReceiver, type WebhookReceiver } from "./webhook_receiver.ts";

const KILLS = 30;
const SECRET = `whsec_${btoa("a secret of thirty-two bytes....")}`;
const DELIVERED_MS_MAX = 30_000;

interface AlertItem {
  alert_id: string;
  rule_id: string;
  revision: number;
  message: string;
  events: { offset: number; event: unknown }[];
}

/** The server that runs now, and those that follow it. */
class Generations implements AsyncDisposable {
  readonly #data: string;
  #replacing: Promise<void> = Promise.resolve();
  #closed = false;
  current: ServerProcess;

  constructor(data: string) {
    this.#data = data;
    this.current = this.#launch();
  }

  /** The address of the server that listens, or of the next that does. @throws Error when one ends by itself */
  async origin(): Promise<string> {
    for (;;) {
      await this.#replacing;
      if (this.#closed) throw new Error("Cannot wait for another server: the test has ended");
      const server = this.current;
      try {
        return await server.origin;
      } catch (error) {
        if (!server.killed) throw error;
      }
    }
  }

  async replace(): Promise<void> {
    const replaced = Promise.withResolvers<void>();
    this.#replacing = replaced.promise;
    await this.current.kill();
    this.current = this.#launch();
    replaced.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    return this.current.kill();
  }

  #launch(): ServerProcess {
    return new ServerProcess({ data: this.#data });
  }
}

Deno.test("kill -9 at 30 random moments: what was answered is there once, counted once, told under one id", async () => {
  const seed = Number(Deno.env.get("CRASH_SEED") ?? Math.floor(systemRng.next() * 2 ** 32));
  console.log(`CRASH_SEED=${seed}`);
  const rng = seededRng(seed);
  using data = temporaryDirectory();
  // Now and then it refuses: those notifications come by way of a retry.
  await using receiver = openWebhookReceiver({ secret: SECRET, refuses: (index) => index % 41 === 7 });
  await using generations = new Generations(data.path);
  await generations.current.ready();
  await generations.current.call("POST", "/api/v1/channels", {
    name: "receiver",
    type: "webhook",
    config: { url: receiver.url, secret: SECRET },
  });
  for (const rule of crashRules("receiver")) await generations.current.call("POST", "/api/v1/rules", rule);

  const load = new CrashLoad(rng, () => generations.origin());
  const editing = new AbortController();
  const running = Promise.all([load.run(), keepEditing(generations, rng, editing.signal)]);
  // What goes wrong there is told where it is awaited.
  running.catch(() => {});
  for (let i = 0; i < KILLS; i++) {
    // One time in five it dies before it listens.
    if (rng.next() < 0.8) await generations.origin();
    await sleep(clock, rng.next() * 500);
    await generations.replace();
  }
  await generations.origin();
  load.stop();
  editing.abort();
  await running;

  const server = await generations.current.ready();
  assert.deepEqual(load.wrong, []);
  const log = await allItems<LoggedEvent>(server, "/api/v1/events?topic=crash");
  assertLog(log, load);
  await server.applied();
  const versions = await allItems<EditedVersion>(server, "/api/v1/rules/edited/versions");
  const alerts = await assertRules(server, log, versions);
  await assertDelivered(server, receiver, alerts);
  console.log(
    `${load.sent} events sent, ${log.length} in the log, ${alerts.length} alerts, ` +
      `${receiver.received.length} webhooks, ${versions.length} versions of the edited rule`,
  );
});

async function keepEditing(generations: Generations, rng: Rng, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const origin = await generations.origin();
    const threshold = 30 + Math.floor(rng.next() * 40);
    try {
      const answer = await fetch(`${origin}/api/v1/rules/edited`, {
        method: "PATCH",
        headers: { "content-type": "application/merge-patch+json" },
        body: JSON.stringify({ trigger_spec: editedSpec(threshold) }),
      });
      assert.equal(answer.status, 200, await answer.text());
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // Killed meanwhile: nobody knows.
    }
    await sleep(clock, rng.next() * 150);
  }
}

function assertLog(log: readonly LoggedEvent[], load: CrashLoad): void {
  const there = new Set(log.map(({ event }) => event.n));
  assert.equal(there.size, log.length, "no event is in the log twice");
  const lost = load.answered.flat().filter((n) => !there.has(n));
  assert.deepEqual(lost, [], "every answered event is in the log");
  for (const numbers of load.unanswered) {
    const found = numbers.filter((n) => there.has(n)).length;
    assert.ok(found === 0 || found === numbers.length, "an unanswered request is there as a whole or not");
  }
  const known = new Set([...load.answered, ...load.unanswered].flat());
  assert.ok(log.every(({ event }) => known.has(event.n)), "nothing is in the log that was never sent");
  const offsets = log.map(({ offset }) => offset);
  assert.ok(offsets.every((offset, i) => i === 0 || offset > offsets[i - 1]!), "offsets grow");
}

async function assertRules(
  server: ServerProcess,
  log: readonly LoggedEvent[],
  versions: readonly EditedVersion[],
): Promise<AlertItem[]> {
  const alerts = await allItems<AlertItem>(server, "/api/v1/alerts");
  for (const [id, expected] of Object.entries(expectedOf(log, versions))) {
    const state = await server.call<{ counters: object }>("GET", `/api/v1/rules/${id}/state`);
    assert.deepEqual(state.counters, expected.counters, `counters of rule "${id}"`);
    const offsets = alerts.filter((alert) => alert.rule_id === id).map(({ events }) => events[0]!.offset);
    assert.deepEqual(offsets.sort((a, b) => a - b), expected.alerts, `alerts of rule "${id}"`);
  }
  assert.equal(new Set(alerts.map((alert) => alert.alert_id)).size, alerts.length, "alert ids are unique");
  const events = new Map(log.map(({ offset, event }) => [offset, event]));
  for (const { events: [evidence], revision, message } of alerts) {
    assert.deepEqual(evidence!.event, events.get(evidence!.offset), "an alert holds its event");
    assert.equal(revision, 1);
    assert.notEqual(message, "");
  }
  return alerts;
}

async function assertDelivered(
  server: ServerProcess,
  receiver: WebhookReceiver,
  alerts: readonly AlertItem[],
): Promise<void> {
  const told = alerts.filter(({ rule_id }) => rule_id === "equal" || rule_id === "cooled");
  const waiting = () => told.filter(({ alert_id }) => !receiver.alerts.has(alert_id)).length;
  await server.until("delivered", () => waiting() === 0, DELIVERED_MS_MAX);
  const ids = new Set(told.map(({ alert_id }) => alert_id));
  assert.deepEqual(
    [...receiver.alerts.keys()].filter((id) => !ids.has(id)),
    [],
    "every webhook has its alert",
  );
  const renamed = [...receiver.alerts].filter(([, webhooks]) => webhooks.size > 1);
  assert.deepEqual(renamed, [], "an alert comes under one webhook id, however often it comes");
  assert.ok(receiver.received.every(({ sound }) => sound), "every webhook is signed");
}
