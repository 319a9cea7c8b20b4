/**
 * GET /backtests/{id}/stream: a backtest as server-sent events while it runs. `progress` at most every
 * {@linkcode PROGRESS_MS}; each alert that its result will show as `alert`, as it is found, with its number as id; at
 * the end `end`, the document of the backtest, whose result leaves out the alerts that were sent. A client that comes
 * back with Last-Event-ID gets the alerts behind it; one that has had the end is told by 204 to stay away.
 *
 * A client is served when it has taken what it was sent before: one chunk of {@linkcode CHUNK_CHARACTERS_MAX} at most,
 * or one alert, waits for it. The alerts are the backtest's own; nothing is kept for a client but where it stands.
 */
import type { Timer } from "../src/base/clock.ts";
import { isObject, type JsonObject } from "../src/base/json.ts";
import type { BacktestJob } from "../actors/backtest_job.ts";
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

export const BACKTEST_STREAMS_MAX = 50;
export const PROGRESS_MS = 250;
export const CHUNK_CHARACTERS_MAX = 256_000;
const HEARTBEAT_MS = 15_000;
const END = "end";
const NOTHING_NEW = ": nothing new\n\n";
const encoder = new TextEncoder();

/** One connected client. */
interface Client {
  job: BacktestJob;
  /** Alerts that it was sent. */
  sent: number;
  greeted: boolean;
  /** The progress that it was told last. */
  told: string;
  /** Ends its wait for news. */
  wake: (() => void) | null;
  sink: EventSink | null;
}

type StreamDeps = Pick<AppDeps, "backtests" | "clock" | "logger">;

export class BacktestStream {
  readonly #deps: StreamDeps;
  readonly #clients = new Set<Client>();
  #closed = false;

  constructor(deps: StreamDeps) {
    this.#deps = deps;
  }

  /** Serves one client until the backtest ends or it goes away. @throws Problem 400, 404, 503 */
  serve(request: Request, id: string): Response {
    const query = Query.of(request.url, ["last_event_id"]);
    const job = this.#deps.backtests.job(id);
    const sent = sentBefore(request.headers.get("last-event-id") ?? query.text("last_event_id"));
    if (sent === END) return new Response(null, { status: 204 });
    if (this.#closed || this.#clients.size >= BACKTEST_STREAMS_MAX) {
      throw tooManyStreams(BACKTEST_STREAMS_MAX);
    }
    const client: Client = { job, sent, greeted: false, told: "", wake: null, sink: null };
    this.#clients.add(client);
    return eventSource({
      opened: (sink) => void (client.sink = sink),
      pull: (sink) => this.#pull(client, sink),
      gone: () => this.#remove(client),
    });
  }

  /** Ends all streams. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const client of this.#clients) this.#end(client);
  }

  async #pull(client: Client, sink: EventSink): Promise<void> {
    try {
      const text = await this.#next(client);
      if (!this.#clients.has(client)) return;
      sink.enqueue(encoder.encode(client.greeted ? text : RECONNECT + text));
      client.greeted = true;
      if (text.startsWith(`event: ${END}\n`)) this.#end(client);
    } catch (error) {
      this.#deps.logger.warn("a stream of a backtest ended by a fault", { error });
      this.#end(client);
    }
  }

  /** What it is to be sent next, as soon as there is something. */
  async #next(client: Client): Promise<string> {
    const { job } = client;
    const start = this.#deps.clock.monotonic();
    if (client.greeted && job.found.alerts.length <= client.sent) await this.#news(client);
    while (this.#clients.has(client)) {
      const alerts = nextAlerts(client);
      if (alerts !== "") return alerts;
      if (job.ended) return eventText(END, withoutAlerts(job.shown()), END);
      const told = eventText("progress", { state: job.state, ...job.progress() });
      if (told !== client.told) return client.told = told;
      if (this.#deps.clock.monotonic() - start >= HEARTBEAT_MS) return NOTHING_NEW;
      await this.#news(client);
    }
    return NOTHING_NEW;
  }

  /** Until the time of the next progress, the end of the backtest, or that of the stream. */
  #news(client: Client): Promise<void> {
    if (client.job.ended) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        timer.cancel();
        forget();
        client.wake = null;
        resolve();
      };
      const timer: Timer = this.#deps.clock.after(PROGRESS_MS, wake);
      const forget = client.job.onEnd(wake);
      client.wake = wake;
    });
  }

  #end(client: Client): void {
    this.#remove(client);
    closeSink(client.sink);
  }

  #remove(client: Client): void {
    this.#clients.delete(client);
    client.wake?.();
  }
}

function nextAlerts(client: Client): string {
  const { alerts } = client.job.found;
  let text = "";
  while (client.sent < alerts.length && text.length < CHUNK_CHARACTERS_MAX) {
    text += eventText("alert", alerts[client.sent]!, String(++client.sent));
  }
  return text;
}

function withoutAlerts({ result, ...head }: JsonObject): JsonObject {
  if (!isObject(result)) return { ...head, result: null };
  const { alerts: _, ...rest } = result;
  return { ...head, result: rest };
}

/** How many alerts a client had before it came, or that it has had the end. */
function sentBefore(text: string | undefined): number | typeof END {
  return text === END ? END : lastEventNumber(text) ?? 0;
}
