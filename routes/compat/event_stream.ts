/**
 * GET /cep/events/stream: server-sent events as the reference system sends them. First `summary`, then the
 * alerts of the last hour as `historical` (at most a hundred, the oldest of them first), then what happens:
 * `new_event` and `ack_event`, each followed by a `summary`; `ping` after a second without any; `shutdown` at
 * the end. Further revisions of an alert come as `changed_event`, which its clients do not know and leave out.
 *
 * As in ../alert_stream.ts a client is served from the store when it has taken what it was sent before, so a
 * slow one costs no memory but its acknowledgements, of which the oldest are dropped. An alert's event has its
 * sequence number as id: a client that comes back with Last-Event-ID misses none, and gets no history.
 */
import type { Timer } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { Alert } from "../../src/model/alert.ts";
import type { StoredAlert } from "../../src/store/effect_store.ts";
import {
  closeSink,
  type EventSink,
  eventSource,
  eventText,
  RECONNECT,
  tooManyStreams,
} from "../event_source.ts";
import type { RouteContext } from "../route_table.ts";
import { shownEvent } from "./events.ts";

export const STREAM_CLIENTS_MAX = 500;
/** Acknowledgements that wait for one client. */
export const ACKS_WAITING_MAX = 200;
export const PING_MS = 1_000;
export const HISTORY_MS = 3_600_000;
export const HISTORY_MAX = 100;
const READ_ALERTS = 25;
const encoder = new TextEncoder();

interface Client {
  /** Sequence number of the last alert that it was sent. */
  after: number;
  greeting: "history" | "summary" | null;
  /** Set when it may have something to read. */
  due: boolean;
  acks: Alert[];
  wake: (() => void) | null;
  controller: EventSink | null;
}

export class EventStream {
  readonly #context: RouteContext;
  readonly #clients = new Set<Client>();
  #stopListening: (() => void)[] = [];
  #closed = false;

  constructor(context: RouteContext) {
    this.#context = context;
  }

  /** Serves one client until it goes away. @throws Problem 503 */
  async serve(request: Request): Promise<Response> {
    const { effects } = this.#context.deps.store;
    const last = await effects.lastAlertSeq();
    const given = /^\d{1,15}$/.exec(request.headers.get("last-event-id") ?? "")?.[0];
    if (this.#closed || this.#clients.size >= STREAM_CLIENTS_MAX) throw tooManyStreams(STREAM_CLIENTS_MAX);
    const client: Client = {
      after: given === undefined ? last : Math.min(Number(given), last),
      greeting: given === undefined ? "history" : "summary",
      ...{ due: true, acks: [], wake: null, controller: null },
    };
    this.#add(client);
    return eventSource({
      opened: (controller) => void (client.controller = controller),
      pull: (controller) => this.#pull(client, controller),
      gone: () => this.#remove(client),
    });
  }

  /** Ends all streams. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const client of this.#clients) this.#end(client, "shutdown", {});
  }

  #end(client: Client, event: string, data: JsonObject): void {
    this.#remove(client);
    closeSink(client.controller, encoder.encode(eventText(event, data)));
  }

  async #pull(client: Client, controller: EventSink): Promise<void> {
    try {
      const text = client.greeting === null ? await this.#next(client) : await this.#greet(client);
      if (this.#clients.has(client)) controller.enqueue(encoder.encode(text));
    } catch (error) {
      this.#context.deps.logger.warn("a stream of events ended by a fault", { error });
      this.#end(client, "error", { message: "the server failed; connect again" });
    }
  }

  async #greet(client: Client): Promise<string> {
    const history = client.greeting === "history" ? await this.#history() : [];
    const summary = await this.#summary();
    client.greeting = null;
    return `${RECONNECT}${summary}${history.map(historical).join("")}`;
  }

  /** The newest of the last hour, the oldest of them first. */
  async #history(): Promise<StoredAlert[]> {
    const { clock, store: { effects } } = this.#context.deps;
    const from_time = clock.now() - HISTORY_MS;
    const found: StoredAlert[] = [];
    let before: number | null | undefined;
    while (before !== null && found.length < HISTORY_MAX) {
      const page = await effects.alerts({
        from_time,
        limit: Math.min(READ_ALERTS, HISTORY_MAX - found.length),
        ...(before !== undefined && { before }),
      });
      found.push(...page.items);
      before = page.next;
    }
    return found.reverse();
  }

  async #next(client: Client): Promise<string> {
    if (!client.due && !await this.#waited(client)) return eventText("ping", {});
    client.due = false;
    if (!this.#clients.has(client)) return "";
    const acks = client.acks.splice(0);
    const alerts = await this.#context.deps.store.effects.alertsAfter(client.after, READ_ALERTS);
    // News may have come during the read: that the client is due must not get lost.
    client.due ||= alerts.length === READ_ALERTS;
    client.after = alerts.at(-1)?.seq ?? client.after;
    if (acks.length + alerts.length === 0) return ": nothing new\n\n";
    return acks.map(acked).join("") + alerts.map(told).join("") + await this.#summary();
  }

  /** Until there is news; false: none came within a second. */
  #waited(client: Client): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (news: boolean) => {
        client.wake = null;
        timer.cancel();
        resolve(news);
      };
      const timer: Timer = this.#context.deps.clock.after(PING_MS, () => end(false));
      client.wake = () => end(true);
    });
  }

  async #summary(): Promise<string> {
    return eventText("summary", { ...await this.#context.deps.store.effects.alertSummary() });
  }

  #add(client: Client): void {
    this.#clients.add(client);
    if (this.#stopListening.length > 0) return;
    const { acks, deps: { control } } = this.#context;
    this.#stopListening = [
      control.onAlerts(() => this.#wakeAll(null)),
      acks.on(({ alert }) => this.#wakeAll(alert)),
    ];
  }

  #remove(client: Client): void {
    this.#clients.delete(client);
    client.wake?.();
    if (this.#clients.size > 0) return;
    for (const stop of this.#stopListening.splice(0)) stop();
  }

  #wakeAll(acked: Alert | null): void {
    for (const client of this.#clients) {
      if (acked !== null && client.acks.push(acked) > ACKS_WAITING_MAX) client.acks.shift();
      client.due = true;
      client.wake?.();
    }
  }
}

function historical({ alert: { alert_id: event_id, fired_at, status } }: StoredAlert): string {
  return eventText("historical", { event_id, fired_at, status });
}

function told({ seq, alert }: StoredAlert): string {
  return eventText(alert.revision > 1 ? "changed_event" : "new_event", shownEvent(alert), seq);
}

function acked({ alert_id: event_id, ack, ack_at }: Alert): string {
  return eventText("ack_event", { event_id, ack, ack_at });
}
