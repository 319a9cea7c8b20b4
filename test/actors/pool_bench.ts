/** A notifier pool with its store, clock and client, for tests; receivers are real ones on loopback. */
import { systemClock } from "../../src/base/clock.ts";
import { randomId } from "../../src/base/ids.ts";
import { silentLogger } from "../../src/base/logging.ts";
import { Metrics } from "../../src/base/metrics.ts";
import { seededRng } from "../../src/base/rng.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { HttpPort } from "../../src/channel/mod.ts";
import type { Alert } from "../../src/model/alert.ts";
import type { Channel } from "../../src/model/channel.ts";
import type { Delivery, DeliveryState } from "../../src/model/delivery.ts";
import { RETRY_PROFILES } from "../../src/model/retry_policy.ts";
import { createHttpClient } from "../../src/notify/http_client.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { LEASE_MS } from "../../src/store/outbox.ts";
import type { Store } from "../../src/store/store.ts";
import { createNotifierPool, type NotifierPool, type NotifierPoolParts } from "../../actors/notifier_pool.ts";
import { alertOf, channelOf } from "../channel/channel_fixture.ts";
import { loopbackGuard } from "../notify/receivers.ts";
import { VirtualClock } from "../virtual_clock.ts";

const noMail = { send: () => Promise.reject(new Error("this test sends no mail")) };

export class PoolBench implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly store: Store = createMemoryStore();
  readonly metrics = new Metrics();
  readonly http: HttpPort;
  /** Real sockets keep to real time; everything else to the virtual clock. */
  readonly #client = createHttpClient({ egress: loopbackGuard(), clock: systemClock });
  #exchanges = 0;
  readonly #pools: NotifierPool[] = [];
  #offset = 0;

  constructor() {
    this.http = {
      send: async (request) => {
        this.#exchanges++;
        return await this.#client.send(request).finally(() => this.#exchanges--);
      },
    };
  }

  /** A started pool. */
  pool(options: Partial<NotifierPoolParts> = {}): NotifierPool {
    const { outbox, effects, channels } = this.store;
    const pool = createNotifierPool({
      ...{ outbox, effects, channels, http: this.http, mail: noMail, clock: this.clock },
      ...{ rng: seededRng(1), logger: silentLogger, metrics: this.metrics, owner: "me" },
      ...options,
    });
    pool.start();
    this.#pools.push(pool);
    return pool;
  }

  async channel(url: string, config: JsonObject = {}, members: Partial<Channel> = {}): Promise<Channel> {
    const channel = channelOf({ url, method: "POST", headers: {}, format: "standard", ...config }, {
      name: randomId(),
      ...members,
    });
    await this.store.channels.create(channel);
    return channel;
  }

  /** Commits `n` alerts, each with one delivery to `channel`, leased to `owner`. */
  async born(
    channel: Pick<Channel, "channel_id">,
    n = 1,
    { owner = "me", lifeMs = RETRY_PROFILES.default.lifeMs }: { owner?: string; lifeMs?: number } = {},
  ): Promise<{ deliveries: Delivery[]; alerts: Alert[] }> {
    const now = this.clock.now();
    const alerts = Array.from({ length: n }, () => alertOf({ alert_id: randomId(), rule_id: "r1" }));
    const deliveries = alerts.map((alert): Delivery => ({
      delivery_id: `d_${alert.alert_id}`,
      alert_id: alert.alert_id,
      rule_id: "r1",
      channel_id: channel.channel_id,
      revision: 1,
      kind: "channel",
      state: "queued",
      retries: 0,
      created_at: now,
      expires_at: now + lifeMs,
      next_attempt_at: now,
      reason: null,
    }));
    await this.#commit(alerts, deliveries, owner);
    return { deliveries, alerts };
  }

  /** Commits the next revision of an alert, resolved, without deliveries. */
  async resolved(alert: Alert): Promise<void> {
    const resolved_at = alert.fired_at;
    await this.#commit(
      [{ ...alert, revision: alert.revision + 1, status: "resolved", resolved_at }],
      [],
      "me",
    );
  }

  /** Commits one alert with one delivery that is sent in the order of its dedup_key. */
  async bornInOrder(channel: Pick<Channel, "channel_id">, alert: Alert): Promise<Delivery> {
    const now = this.clock.now();
    const delivery: Delivery = {
      delivery_id: `d_${alert.alert_id}_${alert.revision}`,
      alert_id: alert.alert_id,
      rule_id: "r1",
      channel_id: channel.channel_id,
      revision: alert.revision,
      kind: "channel",
      state: "queued",
      retries: 0,
      created_at: now,
      expires_at: now + RETRY_PROFILES.default.lifeMs,
      next_attempt_at: now,
      reason: null,
      order_key: alert.dedup_key,
    };
    await this.#commit([alert], [delivery], "me");
    return delivery;
  }

  async #commit(alerts: Alert[], deliveries: Delivery[], owner: string): Promise<void> {
    const { effects } = this.store;
    const [incarnation] = await effects.incarnate(["r1"]);
    const from = { offset: this.#offset, effects: 0 };
    const to = { offset: ++this.#offset, effects: 0 };
    const written = await effects.commit({
      frames: [{
        rule_id: "r1",
        incarnation: incarnation!,
        from,
        to,
        counters: {},
        alerts: alerts.map((alert, i) => ({ alert, deliveries: deliveries.slice(i, i + 1) })),
      }],
      floors: [],
      owner,
      leaseUntil: this.clock.now() + LEASE_MS,
    });
    if (written.frames[0] !== "written") throw new Error(`the frame is ${written.frames[0]}`);
  }

  async delivery(deliveryId: string) {
    const found = await this.store.outbox.get(deliveryId);
    if (found === undefined) throw new Error(`no delivery ${deliveryId}`);
    return found;
  }

  /** Waits, time standing still, until a delivery is in `state`. */
  async reaches(deliveryId: string, state: DeliveryState): Promise<void> {
    const reached = async () => (await this.delivery(deliveryId)).delivery.state === state;
    await this.clock.until(reached, `${deliveryId} to be ${state}`);
  }

  /**
   * Lets the pool work until `condition` holds. Time moves from timer to timer, and only while no exchange
   * is under way: so every attempt happens at its exact time. Fails after `limitMs` of virtual time.
   */
  async runUntil(condition: () => boolean | Promise<boolean>, limitMs = 120_000): Promise<void> {
    const end = this.clock.now() + limitMs;
    for (;;) {
      await this.clock.settle();
      await this.clock.until(() => this.#exchanges === 0, "exchanges to end");
      await this.clock.settle();
      if (this.#exchanges > 0) continue;
      if (await condition()) return;
      if (this.clock.now() > end || !await this.clock.step()) throw new Error("the condition never held");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pool of this.#pools) await pool.stop();
    this.#client.close();
    await this.store[Symbol.asyncDispose]();
  }
}
