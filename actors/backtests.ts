/**
 * Backtests: a rule, and beside it the version that runs, over the stored log. Each has a Worker of its own, one at a
 * time; the others wait in order. Main reads the log and hands it over piece by piece, never more than
 * {@linkcode PIECES_AHEAD} ahead, at a pace that leaves live work its way (backtest_pace.ts). Results are kept in memory,
 * the newest {@linkcode BACKTESTS_KEPT}; a restart forgets them.
 */
import { Worker } from "node:worker_threads";
import type { Clock } from "../src/base/clock.ts";
import type { JsonObject } from "../src/base/json.ts";
import type { Logger } from "../src/base/logging.ts";
import type { Counter, Metrics } from "../src/base/metrics.ts";
import { notFound, Problem } from "../src/base/problem.ts";
import type { EventLog, LogRecord } from "../src/store/event_log.ts";
import { BacktestConversation } from "./backtest_conversation.ts";
import { BacktestPace } from "./backtest_pace.ts";
import { BacktestJob, type BacktestState } from "./backtest_job.ts";
import type { BacktestRule, FromBacktest, SentRecord } from "./backtest_worker.ts";
import { BacktestTally, type TallyRule } from "./backtest_tally.ts";
import type { TableImage } from "./messages.ts";
import { valueThresholds } from "./value_thresholds.ts";

export const BACKTESTS_WAITING_MAX = 20;
export const BACKTESTS_KEPT = 20;
const PIECES_AHEAD = 2;
const PIECE = { records: 256, bytes: 1024 * 1024 };
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
  /** Of the machine. */
  cores: number;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
}

export class Backtests implements AsyncDisposable {
  readonly #p: BacktestsParts;
  readonly #jobs = new Map<string, BacktestJob>();
  readonly #ended: Counter;
  readonly #events: Counter;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(parts: BacktestsParts) {
    this.#p = parts;
    const { metrics } = parts;
    this.#ended = metrics.counter("tocsin_backtests_total", "Backtests by how they ended.");
    this.#events = metrics.counter("tocsin_backtest_events_total", "Events that backtests applied.");
    metrics.observed(
      "tocsin_backtests_waiting",
      "Backtests that wait for their turn.",
      () => [[{}, this.#waiting()]],
    );
  }

  /** @throws Problem 503 too many wait, or the server is stopping */
  start(task: BacktestTask): JsonObject {
    if (this.#closed || this.#waiting() >= BACKTESTS_WAITING_MAX) throw overloaded();
    const job = new BacktestJob(task, this.#p.clock);
    this.#jobs.set(job.id, job);
    this.#forget();
    this.#last = this.#last.then(() => this.#run(job));
    return job.shown();
  }

  /** The newest first. */
  list(): JsonObject[] {
    return [...this.#jobs.values()].reverse().map((job) => job.head());
  }

  /** @throws Problem 404 */
  get(id: string): JsonObject {
    return this.job(id).shown();
  }

  /** One that has ended stays as it is. @throws Problem 404 */
  cancel(id: string): JsonObject {
    const job = this.job(id);
    job.cancel.abort();
    if (job.state === "queued") this.#end(job, "cancelled");
    return job.shown();
  }

  /** To follow one while it runs. @throws Problem 404 */
  job(id: string): BacktestJob {
    const job = this.#jobs.get(id);
    if (job === undefined) throw notFound("backtest", id);
    return job;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const job of this.#jobs.values()) job.cancel.abort();
    await this.#last;
  }

  #waiting(): number {
    return [...this.#jobs.values()].filter(({ state }) => state === "queued").length;
  }

  #forget(): void {
    for (const [id, { ended }] of this.#jobs) {
      if (this.#jobs.size <= BACKTESTS_KEPT) return;
      if (ended) this.#jobs.delete(id);
    }
  }

  async #run(job: BacktestJob): Promise<void> {
    if (job.cancel.signal.aborted) return this.#end(job, "cancelled");
    const task = job.begin();
    if (task === null) return;
    const worker = new Worker(new URL("./backtest_worker.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    try {
      using talk = new BacktestConversation(worker, this.#p.clock, job.cancel.signal);
      job.result = await this.#over(job, task, talk);
      this.#end(job, "done");
    } catch (error) {
      if (job.cancel.signal.aborted) this.#end(job, "cancelled");
      else {
        job.error = error instanceof Error ? error.message : String(error);
        this.#p.logger.warn("a backtest failed", { backtest_id: job.id, error: job.error });
        this.#end(job, "failed");
      }
    } finally {
      await worker.terminate();
    }
  }

  #end(job: BacktestJob, state: BacktestState): void {
    if (job.end(state)) this.#ended.add(1, { state });
  }

  async #over(job: BacktestJob, task: BacktestTask, talk: BacktestConversation): Promise<JsonObject> {
    const { signal } = job.cancel;
    const { rules, tables, from, to } = task;
    const said = await talk.ask({ kind: "begin", rules: rules.map(bare), tables, from, to });
    const topics = said.kind === "ready" ? said.topics : null;
    const tally = new BacktestTally(task.rules, (offset) => {
      signal.throwIfAborted();
      return this.#p.event(offset);
    });
    job.found = tally;
    const pace = new BacktestPace({ ...this.#p, head: () => this.#p.log.next });
    const start = Math.max(from, this.#p.log.first);
    const waiting: { end: number; answer: Promise<FromBacktest> }[] = [];
    const settle = async () => {
      const { end, answer } = waiting.shift()!;
      const took = await answer;
      if (took.kind !== "took") throw new Error("the Worker answered out of turn");
      await tally.add(took.news);
      pace.spent(took.ms);
      job.events += took.events;
      this.#events.add(took.events, {});
      job.cursor = end;
    };
    for (let cursor = start; cursor < to;) {
      await pace.next(signal);
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
    const gap = start > from && to > from ? { from, to: Math.min(start, to) } : null;
    const values = await talk.ask({ kind: "values" });
    const series = values.kind === "values" && values.series !== null
      ? { thresholds: valueThresholds(rules[0]!.rule), ...values.series }
      : null;
    const result = await tally.result();
    signal.throwIfAborted();
    return { ...result, series, gap, warnings: task.warnings.map((warning) => ({ ...warning })) };
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
    detail: `Cannot start a backtest now: ${BACKTESTS_WAITING_MAX} are waiting, or the server is stopping`,
    headers: { "retry-after": "30" },
  });
}
