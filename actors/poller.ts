/**
 * Polls the values of rules that name an endpoint, and logs what comes back as events of the rule's own topic,
 * so that a replay sees the same (INVARIANTS 4). A rule is polled while it runs, never twice at once: the next
 * poll is set when the last one is over. First polls are spread at random, so that rules which start together
 * do not poll together, and no interval is exact to the millisecond, so that they do not come together later.
 *
 * A poll that fails is counted and shown in the rule's state; it is told once when polling begins to fail and
 * once when it works again. The waits double with each failure, up to {@linkcode BACKOFF_MS_MAX}.
 */
import type { Clock, Timer } from "../src/base/clock.ts";
import { instant } from "../src/base/event_time.ts";
import type { Logger } from "../src/base/logging.ts";
import type { Counter, Metrics } from "../src/base/metrics.ts";
import { pollTopic } from "../src/base/poll_topic.ts";
import { Problem } from "../src/base/problem.ts";
import type { Rng } from "../src/base/rng.ts";
import type { HttpPort } from "../src/channel/http.ts";
import type { EventSlice } from "../src/ingest/event_slice.ts";
import type { Polling } from "../src/model/polling.ts";
import type { PollReport } from "./control.ts";
import { poll, type PollAnswer } from "./poll_exchange.ts";
import type { PollTally } from "./poll_snapshots.ts";

/** Of all rules; those beyond wait for their turn. */
export const POLLS_AT_ONCE_MAX = 32;
/** First polls are spread over the interval, but nobody waits for longer than this. */
const SPREAD_MS_MAX = 10_000;
/** An interval is this much longer or shorter at random. */
const JITTER = 0.05;
/** Longest wait after failures, where the interval itself is not longer. */
export const BACKOFF_MS_MAX = 300_000;

export interface PollerOptions {
  http: HttpPort;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  metrics: Metrics;
  /** Appends to the log. @throws Problem when it cannot for now */
  submit(topic: string, slices: readonly EventSlice[]): Promise<unknown>;
}

/** A rule that is polled. */
interface Polled {
  readonly ruleId: string;
  readonly polling: Polling;
  readonly ended: AbortController;
  timer: Timer | null;
  /** When the last poll began, and the last that was logged, ms since the epoch. */
  lastAt: number | null;
  lastOkAt: number | null;
  /** null: under way. */
  nextAt: number | null;
  error: string | null;
  failures: number;
}

export class Poller {
  readonly #o: PollerOptions;
  readonly #polled = new Map<string, Polled>();
  /** Due, waiting for a place. */
  readonly #due = new Set<Polled>();
  readonly #running = new Set<Promise<void>>();
  readonly #polls: Counter;
  /** Ends what {@linkcode ask} began. */
  readonly #asking = new AbortController();
  #tally = emptyTally();
  #stopped = false;

  constructor(options: PollerOptions) {
    this.#o = options;
    const { metrics } = options;
    this.#polls = metrics.counter("tocsin_polls_total", "Polls of rules' endpoints by outcome.");
    const gauge = (name: string, help: string, read: () => number) =>
      metrics.observed(name, help, () => [[{}, read()] as const]);
    gauge("tocsin_polled_rules", "Rules whose value is polled.", () => this.#polled.size);
    gauge("tocsin_polls_in_flight", "Polls under way.", () => this.#running.size);
    gauge("tocsin_polls_failing", "Rules whose last poll failed.", () => this.#failing());
  }

  /** A rule polls this from now on; null: nothing, or it runs no more. */
  follow(ruleId: string, polling: Polling | null): void {
    const known = this.#polled.get(ruleId);
    if (known !== undefined && polling !== null && isSame(known.polling, polling)) return;
    if (known !== undefined) this.#end(known);
    if (polling === null || this.#stopped) return;
    const ended = new AbortController();
    const figures = { lastAt: null, lastOkAt: null, nextAt: null, error: null, failures: 0 };
    const polled: Polled = { ruleId, polling, ended, timer: null, ...figures };
    this.#polled.set(ruleId, polled);
    this.#wait(polled, this.#o.rng.next() * Math.min(polling.interval_ms, SPREAD_MS_MAX));
  }

  /** Whether the value of a rule is polled. */
  polls(ruleId: string): boolean {
    return this.#polled.has(ruleId);
  }

  /** What happened since the last call. */
  tally(): PollTally {
    const { durationMs, ...counts } = this.#tally;
    this.#tally = emptyTally();
    return {
      ...counts,
      rule_count: this.#polled.size,
      skipped_count: this.#due.size,
      tick_duration_ms: Math.round(durationMs),
    };
  }

  /** How polling goes for a rule; null when it is not polled. */
  report(ruleId: string): PollReport | null {
    const polled = this.#polled.get(ruleId);
    if (polled === undefined) return null;
    const shown = (at: number | null) => at === null ? null : instant(at);
    return {
      last_at: shown(polled.lastAt),
      last_ok_at: shown(polled.lastOkAt),
      last_error: polled.error,
      failures: polled.failures,
      next_at: shown(polled.nextAt),
    };
  }

  /** Asks an endpoint once, for a try-out: nothing is logged or noted. It never rejects. */
  async ask(polling: Polling): Promise<PollAnswer> {
    const answer = poll(polling, { http: this.#o.http, signal: this.#asking.signal });
    const running: Promise<void> = answer.then(() => void this.#running.delete(running));
    this.#running.add(running);
    return await answer;
  }

  /** Ends polls under way; nothing is polled or logged afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#asking.abort();
    for (const polled of this.#polled.values()) this.#end(polled);
    await Promise.all(this.#running);
  }

  #end(polled: Polled): void {
    polled.timer?.cancel();
    polled.ended.abort();
    this.#due.delete(polled);
    this.#polled.delete(polled.ruleId);
  }

  #wait(polled: Polled, ms: number): void {
    polled.nextAt = this.#o.clock.now() + ms;
    polled.timer = this.#o.clock.after(ms, () => {
      this.#due.add(polled);
      this.#startDue();
    });
  }

  #startDue(): void {
    for (const polled of this.#due) {
      if (this.#running.size >= POLLS_AT_ONCE_MAX) return;
      this.#due.delete(polled);
      const running: Promise<void> = this.#poll(polled).finally(() => {
        this.#running.delete(running);
        this.#startDue();
      });
      this.#running.add(running);
    }
  }

  async #poll(polled: Polled): Promise<void> {
    const { clock } = this.#o;
    const started = clock.monotonic();
    polled.lastAt = clock.now();
    polled.nextAt = null;
    const outcome = await this.#outcome(polled);
    if (polled.ended.signal.aborted) return;
    this.#tally.evaluated_count++;
    this.#tally.durationMs += clock.monotonic() - started;
    if (outcome !== null) {
      this.#tally.fail_count++;
      this.#tally.last_error = outcome.message;
    }
    this.#note(polled, outcome);
    this.#wait(polled, Math.max(0, this.#nextWait(polled) - (clock.monotonic() - started)));
  }

  /** Answers what went wrong; null: the answer stands in the log, or nobody wants it any more. */
  async #outcome({ ruleId, polling, ended }: Polled): Promise<{ reason: string; message: string } | null> {
    const answer = await poll(polling, { http: this.#o.http, signal: ended.signal });
    if (ended.signal.aborted) return null;
    if (answer.kind === "failed") return answer;
    try {
      await this.#o.submit(pollTopic(ruleId), [answer.slice]);
      return null;
    } catch (error) {
      // What is no problem of the moment was fatal already where it came from.
      const why = error instanceof Problem ? error.message : "the log failed";
      return { reason: "not_logged", message: `Cannot log what was polled: ${why}` };
    }
  }

  #note(polled: Polled, failure: { reason: string; message: string } | null): void {
    const { logger } = this.#o;
    const { ruleId: rule_id } = polled;
    this.#polls.add(1, { outcome: failure?.reason ?? "logged" });
    if (failure !== null) {
      if (polled.failures++ === 0) logger.warn("the polling of a rule fails", { rule_id, ...failure });
    } else {
      polled.lastOkAt = polled.lastAt;
      if (polled.failures > 0) logger.info("the polling of a rule works again", { rule_id });
      polled.failures = 0;
    }
    polled.error = failure?.message ?? null;
  }

  #nextWait({ polling: { interval_ms }, failures }: Polled): number {
    const wait = Math.min(interval_ms * 2 ** failures, Math.max(interval_ms, BACKOFF_MS_MAX));
    return wait * (1 + JITTER * (2 * this.#o.rng.next() - 1));
  }

  #failing(): number {
    let failing = 0;
    for (const { failures } of this.#polled.values()) if (failures > 0) failing++;
    return failing;
  }
}

function emptyTally() {
  return { evaluated_count: 0, fail_count: 0, durationMs: 0, last_error: null as string | null };
}

function isSame(one: Polling, other: Polling): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
