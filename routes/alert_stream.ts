/**
 * GET /alerts/stream: alerts as they are committed, as server-sent events. The first event is the summary;
 * then each alert once, in the order of its sequence number, which is the event's id: a client that comes
 * back with Last-Event-ID misses nothing.
 *
 * A client is served from the store when it has taken what it was sent before, so a slow one costs no
 * memory: at most one chunk (_alert_chunks.ts) waits for it. News only wakes, at once and then at most every
 * {@linkcode NEWS_MS}; the heartbeat looks into the store as well, for alerts that another process wrote. A
 * client whose read fails is let go: it comes back with Last-Event-ID.
 */
import type { Timer } from "../src/base/clock.ts";
import { AlertChunks } from "./_alert_chunks.ts";
import type { AppDeps } from "./deps.ts";
import {
  closeSink,
  type EventSink,
  eventSource,
  eventText,
  lastEventNumber,
  RECONNECT,
  tooManyStreams,
} from "./event_source.ts";
import { Query } from "./query.ts";

export const STREAM_CLIENTS_MAX = 1_000;
/** Between two wake-ups by news. */
export const NEWS_MS = 50;
export const HEARTBEAT_MS = 15_000;
const encoder = new TextEncoder();
const NOTHING_NEW = encoder.encode(": nothing new\n\n");

/** One connected client. */
interface Client {
  /** Sequence number of the last alert that it was sent. */
  after: number;
  greeted: boolean;
  /** Set when it may have something to read. */
  due: boolean;
  wake: (() => void) | null;
  controller: EventSink | null;
}

type StreamDeps = Pick<AppDeps, "store" | "control" | "clock" | "logger">;

export class AlertStream {
  readonly #deps: StreamDeps;
  readonly #chunks: AlertChunks;
  readonly #clients = new Set<Client>();
  #stopListening: (() => void) | null = null;
  #heartbeat: Timer | null = null;
  // Runs after a wake-up by news; what comes meanwhile waits for its end.
  #pause: Timer | null = null;
  #newsWaits = false;
  #closed = false;

  constructor(deps: StreamDeps) {
    this.#deps = deps;
    this.#chunks = new AlertChunks(deps.store.effects);
  }

  /** Serves one client until it goes away. @throws Problem 400, 503 */
  async serve(request: Request): Promise<Response> {
    const query = Query.of(request.url, ["last_event_id"]);
    const resume = lastEventNumber(request.headers.get("last-event-id") ?? query.text("last_event_id"));
    const last = await this.#deps.store.effects.lastAlertSeq();
    // An id beyond the end was given by data that are no more, before a backup came back say: such a client
    // joins at the end, or it would wait for a number that may never come.
    const after = Math.min(resume ?? last, last);
    if (this.#closed || this.#clients.size >= STREAM_CLIENTS_MAX) throw tooManyStreams(STREAM_CLIENTS_MAX);
    const client: Client = { after, greeted: false, due: true, wake: null, controller: null };
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
    for (const client of this.#clients) this.#end(client);
  }

  #end(client: Client): void {
    this.#remove(client);
    closeSink(client.controller);
  }

  /** Resolves when the client was sent something, or was let go. */
  async #pull(client: Client, controller: EventSink): Promise<void> {
    try {
      const bytes = client.greeted ? await this.#next(client) : await this.#greeting(client);
      client.greeted = true;
      if (this.#clients.has(client)) controller.enqueue(bytes);
    } catch (error) {
      this.#deps.logger.warn("a stream of alerts ended by a fault", { error });
      this.#end(client);
    }
  }

  async #greeting({ after }: Client): Promise<Uint8Array> {
    const summary = await this.#deps.store.effects.alertSummary();
    return encoder.encode(RECONNECT + eventText("summary", summary, after));
  }

  async #next(client: Client): Promise<Uint8Array> {
    if (!client.due) await new Promise<void>((resolve) => client.wake = resolve);
    client.due = false;
    if (!this.#clients.has(client)) return NOTHING_NEW;
    const { bytes, last, more } = await this.#chunks.after(client.after);
    // News may have come during the read: that the client is due must not get lost.
    client.due ||= more;
    client.after = last;
    return bytes.length === 0 ? NOTHING_NEW : bytes;
  }

  #add(client: Client): void {
    this.#clients.add(client);
    this.#stopListening ??= this.#deps.control.onAlerts(() => this.#news());
    this.#heartbeat ??= this.#beat();
  }

  #remove(client: Client): void {
    this.#clients.delete(client);
    this.#wake(client);
    if (this.#clients.size > 0) return;
    this.#stopListening?.();
    this.#stopListening = null;
    this.#heartbeat?.cancel();
    this.#heartbeat = null;
    this.#pause?.cancel();
    this.#pause = null;
    this.#newsWaits = false;
    this.#chunks.clear();
  }

  #news(): void {
    this.#newsWaits = this.#pause !== null;
    if (this.#newsWaits) return;
    this.#wakeAll();
    this.#pause = this.#deps.clock.after(NEWS_MS, () => {
      this.#pause = null;
      if (this.#newsWaits) this.#news();
    });
  }

  #beat(): Timer {
    return this.#deps.clock.after(HEARTBEAT_MS, () => {
      this.#heartbeat = this.#beat();
      this.#wakeAll();
    });
  }

  #wakeAll(): void {
    this.#chunks.clear();
    for (const client of this.#clients) this.#wake(client);
  }

  #wake(client: Client): void {
    client.due = true;
    client.wake?.();
    client.wake = null;
  }
}
