/**
 * Backtests: a rule, and beside it the version that runs, over the stored log. Each has a Worker of its own, one at a
 * time; the others wait in order. Main reads the log and hands it over piece by piece, never more than
 * {@linkcode PIECES_AHEAD} ahead, and waits while live rules lag, so that they go first. Results are kept in memory,
 * the newest {@linkcode BACKTESTS_KEPT}; a restart forgets them.
 */
import { Worker } from "node:worker_threads";
import { type Clock, sleep, turn } from "../src/base/clock.ts";
import { instant } from "../src/base/event_time.ts";
import { randomId } from "../src/base/ids.ts";
import type { JsonObject } from "../src/base/json.ts";
import type { Logger } from "../src/base/logging.ts";
import type { Counter, Metrics } from "../src/base/metrics.ts";
import { notFound, Problem } from "../src/base/problem.ts";
import type { EventLog, LogRecord } from "../src/store/event_log.ts";
import type { BacktestNews, BacktestRule, FromBacktest, SentRecord, ToBacktest } from "./backtest_worker.ts";
import { BacktestTally, type TallyRule } from "./backtest_tally.ts";
import type { TableImage } from "./messages.ts";

export const BACKTESTS_WAITING_MAX = 20;
export const BACKTESTS_KEPT = 20;
const PIECES_AHEAD = 2;
const PIECE = { records: 256, bytes: 1024 * 1024 };
/** While live rules lag by more offsets than these, a backtest waits. */
const LAG_MAX = 20_000;
const WAIT_MS = 10;
/** A piece that takes longer has hung. */
const PIECE_MS_MAX = 60_000;
const HEAP_MB = 1024;

export interface BacktestTask {
  rules: readonly (BacktestRule & TallyRule)[];
  tables: readonly TableImage[];
  from: number;
  to: number;
  /** What the answer has to say beforehand. */
  warnings: readonly { pointer: string; code: string; message: string }[];
}

export interface BacktestsParts {
  log: EventLog;
  /** Events of the log by offset, for the alerts that are shown. */
  event(offset: number): Promise<JsonObject | null>;
  /** Offsets that the slowest live rule is behind. */
  lag(): number;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
}

type State = "queued" | "running" | "done" | "cancelled" | "failed";

interface Job {
  id: string;
  task: BacktestTask;
  state: State;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  /** Everything below was applied. */
  cursor: number;
  events: number;
  error: string | null;
  result: JsonObject | null;
  cancel: AbortController;
}

export class Backtests implements AsyncDisposable {
  readonly #p: BacktestsParts;
  readonly #jobs = new Map<string, Job>();
  readonly #ended: Counter;
  readonly #events: Counter;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: BacktestsParts) {
    this.#p = parts;
    const { metrics } = parts;
    this.#ended = metrics.counter("tocsin_backtests_total", "Backtests by how they ended.");
    this.#events = metrics.counter("tocsin_backtest_events_total", "Events that backtests applied.");
    const waiting = () => [...this.#jobs.values()].filter(({ state }) => state === "queued").length;
    metrics.observed(
      "tocsin_backtests_waiting",
      "Backtests that wait for their turn.",
      () => [[{}, waiting()]],
    );
  }

  /** @throws Problem 503 too many wait */
  start(task: BacktestTask): JsonObject {
    const waiting = [...this.#jobs.values()].filter(({ state }) => state === "queued");
    if (waiting.length >= BACKTESTS_WAITING_MAX) throw overloaded();
    const job: Job = {
      ...{ id: randomId(), task, state: "queued", created_at: this.#p.clock.now(), started_at: null },
      ...{ ended_at: null, cursor: task.from, events: 0, error: null, result: null },
      cancel: new AbortController(),
    };
    this.#jobs.set(job.id, job);
    this.#forget();
    this.#last = this.#last.then(() => this.#run(job));
    return this.#shown(job);
  }

  /** The newest first. */
  list(): JsonObject[] {
    return [...this.#jobs.values()].reverse().map((job) => {
      const { result: _, ...shown } = this.#shown(job);
      return shown;
    });
  }

  /** @throws Problem 404 */
  get(id: string): JsonObject {
    return this.#shown(this.#job(id));
  }

  /** One that has ended stays as it is. @throws Problem 404 */
  cancel(id: string): JsonObject {
    const job = this.#job(id);
    job.cancel.abort();
    if (job.state === "queued") this.#end(job, "cancelled");
    return this.#shown(job);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const job of this.#jobs.values()) job.cancel.abort();
    await this.#last;
  }

  #job(id: string): Job {
    const job = this.#jobs.get(id);
    if (job === undefined) throw notFound("backtest", id);
    return job;
  }

  #forget(): void {
    for (const [id, { state }] of this.#jobs) {
      if (this.#jobs.size <= BACKTESTS_KEPT) return;
      if (state !== "queued" && state !== "running") this.#jobs.delete(id);
    }
  }

  async #run(job: Job): Promise<void> {
    if (job.cancel.signal.aborted) return this.#end(job, "cancelled");
    job.state = "running";
    job.started_at = this.#p.clock.now();
    const worker = new Worker(new URL("./backtest_worker.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    const talk = new Conversation(worker, this.#p.clock, job.cancel.signal);
    try {
      job.result = await this.#over(job, talk);
      this.#end(job, "done");
    } catch (error) {
      if (job.cancel.signal.aborted) this.#end(job, "cancelled");
      else {
        job.error = error instanceof Error ? error.message : String(error);
        this.#p.logger.warn("a backtest failed", { backtest_id: job.id, error: job.error });
        this.#end(job, "failed");
      }
    } finally {
      talk.close();
      await worker.terminate();
    }
  }

  #end(job: Job, state: State): void {
    if (job.ended_at !== null) return;
    job.state = state;
    this.#ended.add(1, { state });
    job.ended_at = this.#p.clock.now();
  }

  async #over(job: Job, talk: Conversation): Promise<JsonObject> {
    const { task } = job;
    const { rules, tables, from, to } = task;
    const said = await talk.ask({ kind: "begin", rules: rules.map(bare), tables, from, to });
    const topics = said.kind === "ready" ? said.topics : null;
    const tally = new BacktestTally(task.rules, (offset) => this.#p.event(offset));
    const start = Math.max(from, this.#p.log.first);
    const waiting: { end: number; answer: Promise<FromBacktest> }[] = [];
    const settle = async () => {
      const { end, answer } = waiting.shift()!;
      const took = await answer;
      if (took.kind !== "took") throw new Error("the Worker answered out of turn");
      tally.add(took.news as readonly BacktestNews[]);
      job.events += took.events;
      this.#events.add(took.events, {});
      job.cursor = end;
    };
    for (let cursor = start; cursor < to;) {
      await this.#whenLiveRulesKeepUp(job);
      const read = await this.#p.log.read(cursor, PIECE);
      const records = read.filter(({ first }) => first < to);
      if (records.length === 0) break;
      const last = records.at(-1)!;
      cursor = last.first + last.count;
      const answer = talk.ask({ kind: "records", records: records.map((one) => lean(one, topics)) });
      // Where this is given up first, nobody waits for it any more.
      answer.catch(() => {});
      waiting.push({ end: Math.min(cursor, to), answer });
      if (waiting.length >= PIECES_AHEAD) await settle();
    }
    while (waiting.length > 0) await settle();
    const gap = start > from ? { from, to: start } : null;
    return { ...await tally.result(), gap, warnings: task.warnings.map((warning) => ({ ...warning })) };
  }

  async #whenLiveRulesKeepUp({ cancel }: Job): Promise<void> {
    const { clock, lag } = this.#p;
    await turn(clock);
    while (lag() > LAG_MAX && !cancel.signal.aborted) await sleep(clock, WAIT_MS);
    if (cancel.signal.aborted) throw new Error("it was cancelled");
  }

  #shown(
    { id, task, state, created_at, started_at, ended_at, cursor, events, error, result }: Job,
  ): JsonObject {
    const { from, to } = task;
    const at = (time: number | null) => time === null ? null : instant(time);
    const seconds = started_at === null ? 0 : ((ended_at ?? this.#p.clock.now()) - started_at) / 1000;
    return {
      ...{ backtest_id: id, state, from, to, created_at: instant(created_at) },
      ...{ started_at: at(started_at), ended_at: at(ended_at), error },
      progress: {
        ...{ offset: cursor, events },
        done: to > from ? (cursor - from) / (to - from) : 1,
        events_per_second: seconds > 0 ? Math.round(events / seconds) : 0,
      },
      result,
    };
  }
}

/** Questions to the Worker, answered in their order. */
class Conversation {
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #asked: PromiseWithResolvers<FromBacktest>[] = [];
  #ended: Error | null = null;

  constructor(worker: Worker, clock: Clock, signal: AbortSignal) {
    this.#worker = worker;
    this.#clock = clock;
    this.#signal = signal;
    worker.on("message", (message: FromBacktest) => {
      const next = this.#asked.shift();
      if (message.kind === "failed") next?.reject(new Error(message.error));
      else next?.resolve(message);
    });
    worker.on("error", (error) => this.#fail(new Error(`its Worker ended: ${error.message}`)));
    worker.on("exit", () => this.#fail(new Error("its Worker ended")));
    signal.addEventListener("abort", () => this.#fail(new Error("it was cancelled")), { once: true });
  }

  async ask(message: ToBacktest): Promise<FromBacktest> {
    if (this.#ended !== null) throw this.#ended;
    const asked = Promise.withResolvers<FromBacktest>();
    // Whoever waits for an earlier one is told first; this one is told as well.
    asked.promise.catch(() => {});
    this.#asked.push(asked);
    const timer = this.#clock.after(
      PIECE_MS_MAX,
      () => this.#fail(new Error("it took too long over one piece of the log")),
    );
    this.#worker.postMessage(message);
    try {
      return await asked.promise;
    } finally {
      timer.cancel();
    }
  }

  close(): void {
    this.#ended ??= new Error("it is over");
  }

  #fail(error: Error): void {
    if (this.#ended !== null) return;
    this.#ended = this.#signal.aborted ? new Error("it was cancelled") : error;
    for (const asked of this.#asked.splice(0)) asked.reject(this.#ended);
  }
}

function bare({ document, rule_id, version, generation }: BacktestRule): BacktestRule {
  return { document, rule_id, version, generation };
}

/** Without the body where no rule reads it: only its time counts. */
function lean({ body, lines, ...record }: LogRecord, topics: readonly string[] | null): SentRecord {
  const read = record.kind === "events" && (topics === null || topics.includes(record.topic));
  if (read) return { ...record, body: body.slice().buffer, lines: lines.slice().buffer };
  const kind = record.kind === "events" ? "tick" : record.kind;
  return { ...record, kind, body: new ArrayBuffer(), lines: new ArrayBuffer() };
}

function overloaded(): Problem {
  return new Problem({
    status: 503,
    code: "overloaded",
    detail: `Cannot start a backtest now: ${BACKTESTS_WAITING_MAX} are waiting`,
    headers: { "retry-after": "30" },
  });
}
