/**
 * What decides where alerts go and what keeps them quiet, in memory behind the store: the tree of routes,
 * silences, inhibitions and the alerts that these look at. Alerts ask by the thousand, documents change by
 * hand: writes go to the store first.
 */
import { assert } from "../src/base/assert.ts";
import { timeOf } from "../src/base/event_time.ts";
import type { JsonObject } from "../src/base/json.ts";
import type { Clock } from "../src/base/clock.ts";
import { type Action, namesChannels } from "../src/model/action.ts";
import type { Alert } from "../src/model/alert.ts";
import type { Member, RoutedAlert } from "../src/model/alert_group.ts";
import type { Channel } from "../src/model/channel.ts";
import type { Inhibition } from "../src/model/inhibition.ts";
import { type Routing, routingSchema } from "../src/model/routing.ts";
import type { Silence } from "../src/model/silence.ts";
import { type Calm, type Quiet, quietOf } from "../src/notify/flush.ts";
import { labelIdentity } from "../src/notify/group_member.ts";
import { type CompiledInhibition, compileInhibition } from "../src/notify/inhibiting.ts";
import { compileRoutes, type RouteNode, walkRoutes } from "../src/notify/route_tree.ts";
import { type CompiledSilence, compileSilence } from "../src/notify/silencing.ts";
import type { RoutingStore, StoredRouting } from "../src/store/routing_store.ts";
import { ActiveSources } from "./active_sources.ts";

/** Silences that ended are kept this long. */
export const SILENCE_KEPT_MS = 5 * 86_400_000;
const NO_ROUTING: StoredRouting = { version: 0, updated_at: 0, document: null };
const RESOLVE_TIMEOUT_MS = 300_000;

export class RoutingDesk {
  readonly sources = new ActiveSources();
  readonly #store: RoutingStore;
  readonly #clock: Clock;
  #stored: StoredRouting = NO_ROUTING;
  #routing: Routing | null = null;
  #tree: RouteNode | null = null;
  #silences: readonly CompiledSilence[] = [];
  #inhibitions: readonly Inhibition[] = [];
  #compiled: readonly CompiledInhibition[] = [];
  /** Told when routes have changed. */
  onRoutes: () => Promise<void> = () => Promise.resolve();

  private constructor(store: RoutingStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  static async open({ store, clock }: { store: RoutingStore; clock: Clock }): Promise<RoutingDesk> {
    const desk = new RoutingDesk(store, clock);
    desk.#setRouting(await store.routing() ?? NO_ROUTING);
    await desk.#readSilences();
    await desk.#readInhibitions();
    for (const source of await store.sources()) desk.sources.observe(source, clock.now());
    return desk;
  }

  /** null: there are no routes. */
  get tree(): RouteNode | null {
    return this.#tree;
  }

  get stored(): StoredRouting {
    return this.#stored;
  }

  /** The channels, by id or name, that a receiver stands for. */
  channelsOf(receiver: string): readonly string[] {
    return this.#routing?.receivers.find(({ name }) => name === receiver)?.channels ?? [receiver];
  }

  /** Whether a receiver or a route names a channel by its id or name. */
  names({ channel_id, name }: Channel): boolean {
    const wanted = (one: string) => one === channel_id || one.toLowerCase() === name.toLowerCase();
    const listed = (this.#routing?.receivers ?? []).flatMap(({ channels }) => channels);
    const routed = this.#tree === null ? [] : [...walkRoutes(this.#tree)].map((node) => node.receiver);
    const own = routed.filter((receiver) => this.channelsOf(receiver).includes(receiver));
    return [...listed, ...own].some(wanted);
  }

  silences(): readonly Silence[] {
    return this.#silences.map(({ silence }) => silence);
  }

  inhibitions(): readonly Inhibition[] {
    return this.#inhibitions;
  }

  /** What keeps alerts quiet at `now`. */
  calm(now: number): Calm {
    const intervals = Object.fromEntries(
      (this.#routing?.time_intervals ?? []).map(({ name, time_intervals }) => [name, time_intervals]),
    );
    const active = () => this.sources.active(now);
    return { intervals, silences: this.#silences, inhibitions: this.#compiled, active };
  }

  /** Why an alert that goes to its channels directly is not sent now; null when it is. */
  quiet(alert: Alert, now: number): Quiet | null {
    if (this.#silences.length === 0 && this.#compiled.length === 0) return null;
    return quietOf(alert.labels, this.calm(now), now);
  }

  /**
   * What the router has to know of an alert; undefined when it is none of its business. A source counts for
   * other alerts from here on.
   */
  noteOf(alert: Alert, { action, once }: { action: Action; once: boolean }): RoutedAlert | undefined {
    const routed = this.#tree !== null && takesRoutes(action);
    const source = this.isSource(alert.labels);
    if (!routed && !source) return undefined;
    const now = this.#clock.now();
    const member = memberOf(alert, {
      once,
      now,
      timeout: this.#routing?.resolve_timeout ?? RESOLVE_TIMEOUT_MS,
    });
    if (source) this.sources.observe(member, now);
    return { member, routed };
  }

  isSource(labels: Alert["labels"]): boolean {
    return this.#compiled.some((rule) => rule.isSource(labels));
  }

  /** `document` was checked; null takes all routes away. */
  async saveRouting(document: JsonObject | null): Promise<void> {
    const stored = { version: this.#stored.version + 1, updated_at: this.#clock.now(), document };
    await this.#store.saveRouting(stored);
    this.#setRouting(stored);
    await this.onRoutes();
  }

  async putSilences(silences: readonly Silence[]): Promise<void> {
    await this.#store.putSilences(silences);
    await this.#store.trimSilences(this.#clock.now() - SILENCE_KEPT_MS);
    await this.#readSilences();
  }

  async putInhibition(inhibition: Inhibition): Promise<void> {
    await this.#store.putInhibition(inhibition);
    await this.#readInhibitions();
  }

  async deleteInhibition(inhibitionId: string): Promise<boolean> {
    const deleted = await this.#store.deleteInhibition(inhibitionId);
    await this.#readInhibitions();
    return deleted;
  }

  #setRouting(stored: StoredRouting): void {
    const read = stored.document === null ? null : routingSchema.safeParse(stored.document);
    assert(read === null || read.success, "stored routes were checked when they were saved");
    this.#stored = stored;
    this.#routing = read?.data ?? null;
    const root = this.#routing?.route;
    this.#tree = root === undefined || root === null ? null : compileRoutes(root);
  }

  async #readSilences(): Promise<void> {
    this.#silences = (await this.#store.silences()).map(compileSilence);
  }

  async #readInhibitions(): Promise<void> {
    this.#inhibitions = await this.#store.inhibitions();
    this.#compiled = this.#inhibitions.map(compileInhibition);
  }
}

/** Routes are for alerts whose rule names no channel, or says `via: "routes"`. */
function takesRoutes(action: Action): boolean {
  return !namesChannels(action);
}

function memberOf(
  alert: Alert,
  { once, now, timeout }: { once: boolean; now: number; timeout: number },
): Member {
  const { alert_id, revision, rule_id, labels, status, fired_at, resolved_at } = alert;
  const starts_at = timeOf(fired_at, null);
  // What has resolved is over, also where its time runs ahead of this clock.
  const resolved = Math.min(resolved_at === null ? now : timeOf(resolved_at, null), now);
  return {
    identity: once ? alert_id : labelIdentity(labels),
    ...{ alert_id, revision, rule_id, labels, starts_at, once },
    ends_at: once ? now + timeout : status === "resolved" ? resolved : null,
    timeout: once,
    updated_at: now,
  };
}
