/**
 * Makes the calls that rules want, and logs what comes back, so that a replay sees the same (INVARIANTS 4). A
 * call is wanted until its answer stands in the log: one that a crash or a stop cut off is made again, since the
 * actor tells anew what it still wants. It is not made twice at once; an answer that comes twice counts once.
 *
 * An event waits for at most `timeout_ms`, the time for a place included: a call that fails by then comes to the
 * rule's fallback. Rules take turns, and none has more than its share of the places, so a slow endpoint holds up
 * its own rule only. That calls fail is told once when it begins, and once when they work again.
 */
import { type Clock, sleep, type Timer } from "../src/base/clock.ts";
import { instant } from "../src/base/event_time.ts";
import type { Logger } from "../src/base/logging.ts";
import type { Counter, Metrics } from "../src/base/metrics.ts";
import type { HttpPort } from "../src/channel/http.ts";
import type { WantedCall } from "../src/engine/enrich/calls.ts";
import { commandRecord } from "../src/ingest/command_record.ts";
import { type EventLog, StorageBusyError, StorageFullError } from "../src/store/event_log.ts";
import { call, type CallOutcome, failed } from "./call_exchange.ts";
import type { CallReport } from "./control.ts";
import type { RuleFrame } from "./messages.ts";

/** Of all rules. */
export const CALLS_AT_ONCE_MAX = 64;
/** Of one rule. */
export const CALLS_PER_RULE_MAX = 16;
/** Between two attempts to log answers on a full or busy disk. */
const RETRY_MS = 1000;

export interface CallerOptions {
  http: HttpPort;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  log: Pick<EventLog, "append" | "lastArrival">;
  /** Answers were logged. */
  onLogged(): void;
  onFatal(error: unknown): void;
}

interface Pending {
  call: WantedCall;
  id: string;
  /** By the monotonic clock, ms. */
  deadline: number;
  timer: Timer;
}

/** A rule that wants calls. */
interface Asking {
  readonly ruleId: string;
  readonly generation: number;
  readonly ended: AbortController;
  queue: Pending[];
  running: number;
  /** Calls under way, and those that were answered: by id, the offset of the answer, Infinity while there is none. */
  readonly known: Map<string, number>;
  failures: number;
  error: string | null;
  failedAt: number | null;
}

interface Answer {
  asking: Asking;
  id: string;
  call: WantedCall;
  outcome: CallOutcome;
}

export class Caller {
  readonly #o: CallerOptions;
  readonly #asking = new Map<string, Asking>();
  readonly #running = new Set<Promise<void>>();
  readonly #outcomes: Counter;
  #answers: Answer[] = [];
  #logging: Promise<void> | null = null;
  #stopped = false;

  constructor(options: CallerOptions) {
    this.#o = options;
    const { metrics } = options;
    this.#outcomes = metrics.counter("tocsin_calls_total", "Calls of enrichments by outcome.");
    const gauge = (name: string, help: string, read: () => number) =>
      metrics.observed(name, help, () => [[{}, read()] as const]);
    gauge("tocsin_calls_in_flight", "Calls of enrichments under way.", () => this.#running.size);
    gauge("tocsin_calls_queued", "Calls that wait for a place.", () => {
      let queued = 0;
      for (const { queue } of this.#asking.values()) queued += queue.length;
      return queued;
    });
  }

  /** The state of a rule is this one from now on; null: it runs no more. Calls of another are given up. */
  follow(ruleId: string, generation: number | null): void {
    const known = this.#asking.get(ruleId);
    if (known !== undefined && known.generation !== generation) this.#end(known);
  }

  /** A rule wants calls; those that are under way or answered are left out. */
  offer(ruleId: string, { generation, calls, to }: Pick<RuleFrame, "generation" | "calls" | "to">): void {
    if (this.#stopped) return;
    const asking = this.#of(ruleId, generation);
    for (const [id, offset] of asking.known) if (offset < to) asking.known.delete(id);
    for (const wanted of calls) this.#want(asking, wanted);
    this.#startDue();
  }

  /** No call is under way or waits for a place, and every answer is logged. */
  get isIdle(): boolean {
    if (this.#running.size > 0 || this.#logging !== null) return false;
    return [...this.#asking.values()].every(({ queue }) => queue.length === 0);
  }

  /** How the calls of a rule go; null: it wanted none. */
  report(ruleId: string): CallReport | null {
    const asking = this.#asking.get(ruleId);
    if (asking === undefined) return null;
    const { running, queue, failures, error, failedAt } = asking;
    return {
      in_flight: running,
      queued: queue.length,
      failures,
      last_error: error,
      last_failed_at: failedAt === null ? null : instant(failedAt),
    };
  }

  /** Ends calls under way: they are made again after the next start. Answers that came are logged. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const asking of [...this.#asking.values()]) this.#end(asking);
    await Promise.all(this.#running);
    await this.#logging;
  }

  #of(ruleId: string, generation: number): Asking {
    const known = this.#asking.get(ruleId);
    if (known?.generation === generation) return known;
    if (known !== undefined) this.#end(known);
    const asking: Asking = {
      ...{ ruleId, generation, ended: new AbortController(), queue: [], running: 0, known: new Map() },
      ...{ failures: 0, error: null, failedAt: null },
    };
    this.#asking.set(ruleId, asking);
    return asking;
  }

  #end(asking: Asking): void {
    asking.ended.abort();
    for (const { timer } of asking.queue) timer.cancel();
    asking.queue = [];
    this.#asking.delete(asking.ruleId);
  }

  #want(asking: Asking, call: WantedCall): void {
    const id = `${call.id.offset} ${call.id.name}`;
    if (asking.known.has(id)) return;
    asking.known.set(id, Infinity);
    const { clock } = this.#o;
    const timer = clock.after(call.timeout_ms, () => this.#giveUp(asking, id));
    asking.queue.push({ call, id, deadline: clock.monotonic() + call.timeout_ms, timer });
  }

  /** It still waits for a place. */
  #giveUp(asking: Asking, id: string): void {
    const pending = asking.queue.find((one) => one.id === id);
    if (pending === undefined) return;
    asking.queue = asking.queue.filter((one) => one !== pending);
    this.#take({ asking, id, call: pending.call, outcome: failed("busy", "it got no place in time") });
  }

  /** Rules take turns: one that got a place goes behind the others, where this loop meets it again. */
  #startDue(): void {
    for (const asking of this.#asking.values()) {
      if (this.#running.size >= CALLS_AT_ONCE_MAX) return;
      if (asking.running >= CALLS_PER_RULE_MAX) continue;
      const next = asking.queue.shift();
      if (next === undefined) continue;
      this.#asking.delete(asking.ruleId);
      this.#asking.set(asking.ruleId, asking);
      this.#start(asking, next);
    }
  }

  #start(asking: Asking, pending: Pending): void {
    pending.timer.cancel();
    asking.running++;
    const running: Promise<void> = this.#call(asking, pending).finally(() => {
      asking.running--;
      this.#running.delete(running);
      this.#startDue();
    });
    this.#running.add(running);
  }

  async #call(asking: Asking, { call: wanted, id, deadline }: Pending): Promise<void> {
    const { http, clock } = this.#o;
    const deadline_ms = Math.max(1, deadline - clock.monotonic());
    const outcome = await call(wanted.request, { http, signal: asking.ended.signal, deadline_ms });
    // Nobody wants it any more, or this process stops waiting: that is no answer.
    if (!asking.ended.signal.aborted) this.#take({ asking, id, call: wanted, outcome });
  }

  #take(answer: Answer): void {
    this.#note(answer);
    this.#answers.push(answer);
    this.#logging ??= this.#log().finally(() => this.#logging = null);
  }

  /** Answers that come while others are written share the next transaction. */
  async #log(): Promise<void> {
    const { log, clock, logger, onLogged, onFatal } = this.#o;
    while (this.#answers.length > 0) {
      const taken = this.#answers;
      this.#answers = [];
      const arrival = Math.max(clock.now(), log.lastArrival);
      try {
        const firsts = await log.append(taken.map((answer) => recordOf(answer, arrival)));
        for (const [i, { asking, id }] of taken.entries()) asking.known.set(id, firsts[i]!);
        onLogged();
      } catch (error) {
        if (!(error instanceof StorageFullError || error instanceof StorageBusyError)) return onFatal(error);
        if (this.#stopped) return;
        logger.warn("answers of calls wait for the disk", { error });
        this.#answers = [...taken, ...this.#answers];
        await sleep(clock, RETRY_MS);
      }
    }
  }

  #note({ asking, outcome }: Answer): void {
    const { logger, clock } = this.#o;
    const { ruleId: rule_id } = asking;
    this.#outcomes.add(1, { outcome: outcome.kind === "failed" ? outcome.reason : "answered" });
    if (outcome.kind === "failed") {
      const { reason, message } = outcome;
      if (asking.failures++ === 0) logger.warn("calls of a rule fail", { rule_id, reason, message });
      asking.error = message;
      asking.failedAt = clock.now();
      return;
    }
    if (asking.failures > 0) logger.info("calls of a rule work again", { rule_id });
    asking.failures = 0;
  }
}

function recordOf({ asking, call: { id }, outcome }: Answer, arrival: number) {
  const answer = outcome.kind === "value"
    ? { kind: "value" as const, value: outcome.value }
    : { kind: "fallback" as const };
  const error = outcome.kind === "failed" ? outcome.message : null;
  const { ruleId: rule_id, generation } = asking;
  const command = { kind: "call_answer" as const, call: id, answer, error };
  return commandRecord({ rule_id, generation, command }, arrival);
}
