/**
 * GET /alerts/stream: alerts as they are committed, as server-sent events. The first event is the summary;
 * then each alert once, in the order of its sequence number, which is the event's id: a client that comes
 * back with Last-Event-ID misses nothing.
 *
 * A client is served from the store when it has taken what it was sent before, so a slow one costs no
 * memory: at most one chunk of {@linkcode CHUNK_ALERTS_MAX} alerts waits for it. News only wakes; the
 * heartbeat looks into the store as well, for alerts that another process wrote.
 */
import type { Timer } from "../src/base/clock.ts";
import { badRequest, Problem } from "../src/base/problem.ts";
import type { StoredAlert } from "../src/store/effect_store.ts";
import type { AppDeps } from "./deps.ts";
import { Query } from "./query.ts";

export const STREAM_CLIENTS_MAX = 1_000;
export const CHUNK_ALERTS_MAX = 100;
export const HEARTBEAT_MS = 15_000;
/** What browsers wait before they connect again. */
const RECONNECT_MS = 3_000;
const encoder = new TextEncoder();

/** One connected client. */
interface Client {
  /** Sequence number of the last alert that it was sent. */
  after: number;
  greeted: boolean;
  /** Set when it may have something to read. */
  due: boolean;
  wake: (() => void) | null;
  controller: ReadableStreamDefaultController<Uint8Array> | null;
}

export class AlertStream {
  readonly #deps: Pick<AppDeps, "store" | "control" | "clock">;
  readonly #clients = new Set<Client>();
  #stopListening: (() => void) | null = null;
  #heartbeat: Timer | null = null;
  #closed = false;

  constructor(deps: Pick<AppDeps, "store" | "control" | "clock">) {
    this.#deps = deps;
  }

  /** Serves one client until it goes away. @throws Problem 400, 503 */
  async serve(request: Request): Promise<Response> {
    const query = Query.of(request.url, ["last_event_id"]);
    const resume = lastEventId(request.headers.get("last-event-id") ?? query.text("last_event_id"));
    if (this.#closed || this.#clients.size >= STREAM_CLIENTS_MAX) throw tooManyClients();
    const after = resume ?? await this.#deps.store.effects.lastAlertSeq();
    const client: Client = { after, greeted: false, due: true, wake: null, controller: null };
    this.#add(client);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (client.controller = controller),
      pull: (controller) => this.#pull(client, controller),
      cancel: () => this.#remove(client),
    }, { highWaterMark: 1 });
    return new Response(body, {
      headers: {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      },
    });
  }

  /** Ends all streams. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const client of this.#clients) {
      this.#remove(client);
      client.controller?.close();
    }
  }

  /** Resolves when the client was sent something. */
  async #pull(client: Client, controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const text = client.greeted ? await this.#next(client) : await this.#greeting(client);
    client.greeted = true;
    if (this.#clients.has(client)) controller.enqueue(encoder.encode(text));
  }

  async #greeting({ after }: Client): Promise<string> {
    const summary = await this.#deps.store.effects.alertSummary();
    return `retry: ${RECONNECT_MS}\n${eventText("summary", after, summary)}`;
  }

  async #next(client: Client): Promise<string> {
    if (!client.due) await new Promise<void>((resolve) => client.wake = resolve);
    client.due = false;
    if (!this.#clients.has(client)) return "";
    const news = await this.#deps.store.effects.alertsAfter(client.after, CHUNK_ALERTS_MAX);
    if (news.length === 0) return ": nothing new\n\n";
    client.due = news.length === CHUNK_ALERTS_MAX;
    client.after = news.at(-1)!.seq;
    return news.map(alertText).join("");
  }

  #add(client: Client): void {
    this.#clients.add(client);
    this.#stopListening ??= this.#deps.control.onAlerts(() => this.#wakeAll());
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
  }

  #beat(): Timer {
    return this.#deps.clock.after(HEARTBEAT_MS, () => {
      this.#heartbeat = this.#beat();
      this.#wakeAll();
    });
  }

  #wakeAll(): void {
    for (const client of this.#clients) this.#wake(client);
  }

  #wake(client: Client): void {
    client.due = true;
    client.wake?.();
    client.wake = null;
  }
}

function alertText({ seq, alert }: StoredAlert): string {
  return eventText("alert", seq, alert);
}

function eventText(event: string, id: number, data: object): string {
  return `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}

function lastEventId(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(
    "bad_event_id",
    "Cannot resume after this Last-Event-ID: expected the id of an event sent here",
  );
}

function tooManyClients(): Problem {
  return new Problem({
    status: 503,
    code: "too_many_streams",
    detail: `Cannot open the stream: ${STREAM_CLIENTS_MAX} are open already, or the server is stopping`,
    headers: { "retry-after": "5" },
  });
}
