/**
 * Watches how attempts of channels end. A channel that refuses everything, or whose circuit stays open, raises an
 * alert of its own, once for each outage; it is resolved when the channel delivers again or is no more. Outages
 * outlive a restart as what they are: alerts that fire.
 */
import type { Clock } from "../src/base/clock.ts";
import type { JsonObject } from "../src/base/json.ts";
import { instant } from "../src/base/event_time.ts";
import type { Logger } from "../src/base/logging.ts";
import type { SendResult } from "../src/channel/mod.ts";
import type { Alert } from "../src/model/alert.ts";
import type { RoutedAlert } from "../src/model/alert_group.ts";
import type { Channel } from "../src/model/channel.ts";
import { CHANNELS_RULE_ID } from "../src/model/rule.ts";
import { type CircuitView, verdictOf } from "../src/notify/circuit_breaker.ts";
import { type Outage, outageAlert, outageOver } from "../src/notify/outage_alert.ts";
import type { EffectStore, StoredAlert } from "../src/store/effect_store.ts";

/** A circuit that is open for so long is an outage. */
export const OUTAGE_MS = 5 * 60_000;
/** One that took something so lately may refuse one thing and take the next. */
export const LATELY_MS = 60_000;
const PAGE = 200;

export interface ChannelWatchParts {
  effects: Pick<EffectStore, "tell" | "alerts">;
  channels(): readonly Channel[];
  /** What routes are to be told of an alert. */
  noteOf(alert: Alert): RoutedAlert | undefined;
  onAlerts(alerts: readonly StoredAlert[]): void;
  clock: Clock;
  logger: Logger;
}

/** What is known of a channel since this start. */
interface Seen {
  delivered_at: number | null;
  failed_at: number | null;
  error: string | null;
}

export class ChannelWatch {
  readonly #p: ChannelWatchParts;
  readonly #seen = new Map<string, Seen>();
  /** Alerts that fire, by channel. */
  readonly #outages = new Map<string, Alert>();
  /** Writes, one after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(parts: ChannelWatchParts) {
    this.#p = parts;
  }

  /** Takes over the outages that fire, and ends those of channels that are no more. */
  async start(): Promise<void> {
    const query = { rule_id: CHANNELS_RULE_ID, status: "firing", limit: PAGE };
    let page = await this.#p.effects.alerts(query);
    for (;;) {
      for (const { alert } of page.items) this.#outages.set(channelOf(alert), alert);
      if (page.next === null) break;
      page = await this.#p.effects.alerts({ ...query, before: page.next });
    }
    for (const channelId of this.#outages.keys()) {
      if (!this.#p.channels().some(({ channel_id }) => channel_id === channelId)) this.forget(channelId);
    }
    await this.#work;
  }

  ended(channel: Channel, result: SendResult, circuit: CircuitView): void {
    const { channel_id } = channel;
    const now = this.#p.clock.now();
    const worked = verdictOf(result);
    if (worked === null) return;
    const seen = this.#seen.get(channel_id) ?? { delivered_at: null, failed_at: null, error: null };
    this.#seen.set(
      channel_id,
      worked ? { ...seen, delivered_at: now } : { ...seen, failed_at: now, error: result.error },
    );
    if (worked) return this.#over(channel_id, "delivers again");
    const refused = result.class === "permanent";
    const since = circuit.opened_at ?? now;
    const lately = now - (seen.delivered_at ?? -Infinity) < LATELY_MS;
    if (refused ? lately : now - since < OUTAGE_MS) return;
    const { status, error } = result;
    this.#begin(channel, {
      since: refused ? now : since,
      cause: refused ? "refused" : "failing",
      status,
      error,
    });
  }

  /** A channel is no more, or was changed: what was said of it is over. */
  forget(channelId: string): void {
    this.#seen.delete(channelId);
    this.#over(channelId, "was deleted");
  }

  /** As the API shows it. */
  healthOf(channelId: string, circuit: CircuitView): JsonObject {
    const seen = this.#seen.get(channelId);
    const outage = this.#outages.get(channelId);
    const state = outage !== undefined
      ? "down"
      : circuit.state !== "closed" || circuit.failures > 0
      ? "failing"
      : seen?.delivered_at != null
      ? "ok"
      : "unknown";
    return {
      state,
      circuit: circuit.state,
      failures: circuit.failures,
      probe_at: shown(circuit.probe_at),
      delivered_at: shown(seen?.delivered_at ?? null),
      failed_at: shown(seen?.failed_at ?? null),
      error: seen?.error ?? null,
      outage_alert_id: outage?.alert_id ?? null,
    };
  }

  /** Resolves when what was found so far is written. */
  async settled(): Promise<void> {
    await this.#work;
  }

  #begin(channel: Channel, outage: Outage): void {
    if (this.#outages.has(channel.channel_id)) return;
    const alert = outageAlert(channel, outage, this.#p.clock.now());
    this.#outages.set(channel.channel_id, alert);
    this.#p.logger.error("a channel is down", { channel: channel.name, error: outage.error });
    this.#tell(alert);
  }

  #over(channelId: string, why: string): void {
    const alert = this.#outages.get(channelId);
    if (alert === undefined) return;
    this.#outages.delete(channelId);
    this.#p.logger.info("the outage of a channel is over", {
      channel: alert.labels.channel ?? channelId,
      why,
    });
    this.#tell(outageOver(alert, why, this.#p.clock.now()));
  }

  #tell(alert: Alert): void {
    const { effects, noteOf, onAlerts, logger } = this.#p;
    this.#work = this.#work.then(async () => {
      const routed = noteOf(alert);
      const alerts = [{ alert, deliveries: [], ...(routed && { routed }) }];
      onAlerts(await effects.tell({ alerts, owner: "", leaseUntil: 0 }));
    }).catch((error) => logger.error("an outage of a channel could not be told", { error }));
  }
}

function channelOf({ metadata, labels }: Alert): string {
  return typeof metadata.channel_id === "string" ? metadata.channel_id : labels.channel_id ?? "";
}

function shown(at: number | null): string | null {
  return at === null ? null : instant(at);
}
