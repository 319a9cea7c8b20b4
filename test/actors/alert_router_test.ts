/** The router on a clock that is moved by hand: groups over restarts, and what it says of what it held back. */
import { NO_ACTION } from "../../src/model/action.ts";
import assert from "node:assert/strict";
import { createLogger } from "../../src/base/logging.ts";
import { Metrics } from "../../src/base/metrics.ts";
import { instant } from "../../src/base/event_time.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { Alert } from "../../src/model/alert.ts";
import type { Channel } from "../../src/model/channel.ts";
import type { Delivery } from "../../src/model/delivery.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import type { Store } from "../../src/store/store.ts";
import { AlertRouter } from "../../actors/alert_router.ts";
import { RoutingDesk } from "../../actors/routing_desk.ts";
import { alert, channel } from "../store/fixtures.ts";
import { createFaultStore } from "../store/fault_store.ts";
import { born } from "../store/alert_claims.ts";
import { VirtualClock } from "../virtual_clock.ts";

const ROUTES: JsonObject = {
  route: {
    ...{
      receiver: "ops",
      group_by: ["service"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "1h",
    },
    routes: [{ matchers: ['severity="critical"'], receiver: "pager", continue: true }, {
      matchers: ['team="db"'],
    }],
  },
  receivers: [{ name: "pager", channels: ["chat", "phone"] }],
};

class Bench implements AsyncDisposable {
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly sent: Delivery[] = [];
  desk!: RoutingDesk;
  router!: AlertRouter;
  n = 0;

  constructor(clock = new VirtualClock(), store: Store = createMemoryStore()) {
    [this.clock, this.store] = [clock, store];
  }

  static async open(routes: JsonObject | null = ROUTES): Promise<Bench> {
    const bench = new Bench();
    await bench.start();
    if (routes !== null) await bench.desk.saveRouting(routes);
    return bench;
  }

  /** `store`: what the router is given in the place of the bench's own. */
  async start(given = this.store): Promise<void> {
    const { clock } = this;
    const write = (line: string) => assert.ok(given !== this.store, line);
    const logger = createLogger({ level: "error", clock, write });
    const channels: Channel[] = ["ops", "chat", "phone"].map((name) =>
      channel(name, {
        name,
        type: name === "phone" ? "pagerduty" : "webhook",
        policy: { send_resolved: name !== "phone" },
      })
    );
    this.desk = await RoutingDesk.open({ store: this.store.routing, clock });
    this.router = new AlertRouter({
      ...{ store: given.routing, desk: this.desk, clock, logger, metrics: new Metrics(), owner: "me" },
      channels: () => channels,
      onDeliveries: (deliveries) => this.sent.push(...deliveries),
    });
    await this.router.start();
  }

  /** The process ends and another one begins, with the same files. */
  async restart(given = this.store): Promise<void> {
    await this.router.stop();
    await this.start(given);
  }

  /** An alert as a commit makes it. */
  async fire(id: string, members: Partial<Alert> = {}, { once = false } = {}): Promise<void> {
    const made = alert(id, {
      labels: { service: "web", alertname: id },
      fired_at: instant(this.clock.now()),
      ...members,
    });
    const routed = this.desk.noteOf(made, { action: NO_ACTION, once });
    await born(this.store, [made], [], routed);
    this.router.nudge();
    await this.clock.settle(10);
  }

  resolve(id: string, members: Partial<Alert> = {}): Promise<void> {
    const resolved_at = instant(this.clock.now());
    return this.fire(id, { status: "resolved", resolved_at, revision: 2, ...members });
  }

  /** What was sent since the last look: channel, reason, alerts. */
  news(): string[] {
    return this.sent.splice(0).map(({ channel_id, group }) =>
      `${channel_id} ${group!.why} ${
        group!.alerts.map(({ alert_id, status }) => `${alert_id}:${status}`).join(" ")
      }`
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.router.stop();
    await this.store[Symbol.asyncDispose]();
  }
}

const seconds = (n: number) => n * 1000;

Deno.test("router: alerts of a group are told together, news after the interval, the same after the repeat", async () => {
  await using bench = await Bench.open();
  await bench.fire("a");
  await bench.clock.advance(seconds(10));
  await bench.fire("b");
  await bench.clock.advance(seconds(19));
  assert.deepEqual(bench.news(), []);
  await bench.clock.advance(seconds(1));
  assert.deepEqual(bench.news(), ["ops first_notification a:firing b:firing"]);
  await bench.fire("c");
  await bench.clock.advance(seconds(300));
  assert.deepEqual(bench.news(), ["ops new_alerts_in_group a:firing b:firing c:firing"]);
  await bench.resolve("a");
  await bench.clock.advance(seconds(300));
  assert.deepEqual(bench.news(), ["ops new_resolved_alerts a:resolved b:firing c:firing"]);
  await bench.clock.advance(seconds(3600));
  assert.deepEqual(bench.news(), []);
  await bench.clock.advance(seconds(300));
  assert.deepEqual(bench.news(), ["ops repeat_interval_elapsed b:firing c:firing"]);
});

Deno.test("router: a receiver of two channels keeps count of each; resolved ones go where they are wanted", async () => {
  await using bench = await Bench.open();
  const labels = { service: "web", severity: "critical" };
  await bench.fire("a", { labels });
  await bench.clock.advance(seconds(30));
  const ordered = bench.sent.map(({ channel_id, order_key }) => [channel_id, order_key !== undefined]);
  assert.deepEqual(ordered, [["chat", false], ["phone", true]], "an incident is told in order");
  assert.deepEqual(bench.news(), ["chat first_notification a:firing", "phone first_notification a:firing"]);
  await bench.resolve("a", { labels });
  await bench.clock.advance(seconds(300));
  assert.deepEqual(bench.news(), ["chat all_alerts_resolved a:resolved"]);
  assert.deepEqual(bench.router.groups(), []);
});

Deno.test("router: a restart neither forgets a group nor doubles its notification", async () => {
  await using bench = await Bench.open();
  await bench.fire("a");
  await bench.restart();
  await bench.clock.advance(seconds(30));
  const [first] = bench.sent;
  assert.deepEqual(bench.news(), ["ops first_notification a:firing"]);
  await bench.restart();
  await bench.clock.advance(seconds(600));
  assert.deepEqual(bench.news(), []);
  assert.deepEqual((await bench.store.outbox.get(first!.delivery_id))?.delivery, first);
});

Deno.test("router: what was committed while nobody looked is taken at the next start", async () => {
  await using bench = await Bench.open();
  await bench.router.stop();
  await bench.fire("a");
  assert.equal((await bench.store.routing.inbox(9)).length, 1);
  await bench.start();
  await bench.clock.advance(seconds(30));
  assert.deepEqual(bench.news(), ["ops first_notification a:firing"]);
});

Deno.test("router: a match that cannot resolve is told once and leaves when its time-out is over", async () => {
  await using bench = await Bench.open();
  await bench.fire("a", {}, { once: true });
  await bench.fire("b", {}, { once: true });
  await bench.clock.advance(seconds(30));
  assert.deepEqual(bench.news(), ["ops first_notification a:firing b:firing"]);
  await bench.clock.advance(seconds(300));
  assert.deepEqual([bench.news(), bench.router.groups()], [[], []]);
});

Deno.test("router: a silence holds alerts back, says so, and what still fires is told when it ends", async () => {
  await using bench = await Bench.open();
  const now = bench.clock.now();
  await bench.desk.putSilences([{
    ...{ silence_id: "s1", matcher_sets: [[{ name: "alertname", op: "=", value: "a" }]], schedule: [] },
    ...{ starts_at: now, ends_at: now + seconds(200), created_by: "", comment: "", updated_at: now },
  }]);
  await bench.fire("a");
  await bench.fire("b");
  await bench.clock.advance(seconds(30));
  assert.deepEqual(bench.news(), ["ops first_notification b:firing"]);
  const { items } = await bench.store.outbox.list({ state: "suppressed", limit: 9 });
  assert.deepEqual(
    items.map(({ delivery: d }) => [d.alert_id, d.reason, d.suppressed_by]),
    [["a", "silenced", ["s1"]]],
  );
  await bench.clock.advance(seconds(300));
  assert.deepEqual(bench.news(), ["ops new_alerts_in_group a:firing b:firing"]);
});

Deno.test("router: an inhibition holds its targets back while a source is active, also after a restart", async () => {
  await using bench = await Bench.open();
  await bench.desk.putInhibition({
    ...{ inhibition_id: "i1", source: [{ name: "alertname", op: "=", value: "down" }], equal: ["service"] },
    ...{ target: [{ name: "alertname", op: "=", value: "slow" }], comment: "" },
  });
  await bench.fire("down");
  await bench.restart();
  await bench.fire("slow");
  const direct = alert("x", { labels: { service: "web", alertname: "slow" } });
  assert.deepEqual(bench.desk.quiet(direct, bench.clock.now()), { reason: "inhibited", by: ["i1"] });
  await bench.clock.advance(seconds(30));
  assert.deepEqual(bench.news(), ["ops first_notification down:firing"]);
  await bench.resolve("down");
  assert.equal(bench.desk.quiet(direct, bench.clock.now()), null);
  await bench.clock.advance(seconds(300));
  assert.deepEqual(bench.news(), ["ops new_alerts_in_group down:resolved slow:firing"]);
});

Deno.test("router: other routes take over the groups that are open; what was told is not told again", async () => {
  await using bench = await Bench.open();
  await bench.fire("a");
  await bench.clock.advance(seconds(30));
  bench.news();
  await bench.desk.saveRouting(ROUTES);
  await bench.clock.advance(seconds(60));
  assert.deepEqual(bench.news(), [], "the same tree");
  await bench.desk.saveRouting({ route: { receiver: "chat", group_by: ["alertname"], group_wait: "30s" } });
  await bench.clock.advance(seconds(60));
  assert.deepEqual(bench.news(), ["chat first_notification a:firing"], "another receiver, another group");
  await bench.desk.saveRouting(null);
  assert.deepEqual(bench.router.groups(), []);
});

Deno.test("router: without routes nothing is left for it", async () => {
  await using bench = await Bench.open(null);
  await bench.fire("a");
  assert.deepEqual(await bench.store.routing.inbox(9), []);
});

Deno.test("router: killed between any two store calls, it tells what it would have told, under the same ids", async () => {
  const steps: ((bench: Bench) => Promise<void>)[] = [
    (bench) => bench.fire("a"),
    (bench) => bench.clock.advance(seconds(30)),
    (bench) => bench.fire("b"),
    (bench) => bench.resolve("a"),
    (bench) => bench.clock.advance(seconds(300)),
  ];
  const told = async (store: Store) => {
    const { items } = await store.outbox.list({ limit: 99 });
    return items.map(({ delivery: { delivery_id, group } }) => [delivery_id, group!.alerts]);
  };
  await using whole = await Bench.open();
  for (const step of steps) await step(whole);
  const expected = await told(whole.store);
  assert.equal(expected.length, 2);
  // The first call is that of the start.
  let at = 2;
  for (let crashed = true; crashed; at++) {
    await using bench = await Bench.open();
    const faulty = createFaultStore(bench.store, { kind: "crash", at });
    await bench.restart(faulty.store);
    crashed = false;
    for (const step of steps) {
      await step(bench);
      if (crashed || !faulty.failed()) continue;
      crashed = true;
      await bench.restart();
      await bench.clock.advance(0);
    }
    assert.deepEqual(await told(bench.store), expected, `killed before call ${at}`);
  }
  assert.ok(at > 8, `${at} calls`);
});

Deno.test("router: under a stream alerts gather in the inbox, a tenth of a second at most", async () => {
  await using bench = await Bench.open();
  const waiting = async () => (await bench.store.routing.inbox(99)).length;
  await bench.fire("a");
  assert.equal(await waiting(), 0, "a lone one is taken at once");
  await bench.fire("b");
  await bench.fire("c");
  assert.equal(await waiting(), 2);
  await bench.clock.advance(100);
  assert.equal(await waiting(), 0);
  assert.equal(Object.keys(bench.router.groups()[0]!.members).length, 3);
});

Deno.test("router: a message of many alerts tells of a hundred and counts the others", async () => {
  await using bench = await Bench.open();
  for (let i = 0; i < 103; i++) await bench.fire(`a${i}`);
  await bench.clock.advance(seconds(30));
  const [{ group }] = bench.sent as [Delivery];
  assert.deepEqual([group!.alerts.length, group!.truncated], [100, 3]);
});
