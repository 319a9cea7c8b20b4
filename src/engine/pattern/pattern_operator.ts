/**
 * The pattern of a rule as an operator with state per key slot: it takes the events of a key in the order of
 * their times and tells matches. Before an event is applied, everything whose time has run out by then is ended:
 * by that a partial match times out, or is complete when it waited for something not to come.
 */
import { type Gathered, valueAt } from "../gathered.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import type { Taken } from "./chains.ts";
import { type ExplainedPattern, explainPartials } from "./explain_partials.ts";
import { FinishedMatches, type SkipError } from "./finished.ts";
import { type Found, Matching, type PatternEvent } from "./matching.ts";
import { Partials } from "./partials.ts";
import { NONE } from "./starts.ts";
import { readPattern, writePattern } from "./pattern_codec.ts";
import type { PatternPlan } from "./pattern_plan.ts";
import { WaitingEvents } from "./waiting_events.ts";

/** A match, or a partial match whose time ran out. */
export interface PatternMatch {
  slot: number;
  kind: Found["kind"];
  /** When it was complete, or ran out, ms. */
  time: number;
  events: readonly Taken[];
}

/** What a pattern needs of the rule around it. */
export interface PatternHost {
  readonly watermark: number;
  /** Calls `fire` when event time, or arrival, comes to `at`, ms. */
  schedule(at: number, slot: number, by: "event time" | "arrival"): void;
  match(match: PatternMatch): void;
  /** A match whose strategy does not fit it is not told. */
  failed(error: SkipError, offset: number): void;
  /** Partial matches that a cap ended. */
  overflow(partials: number): void;
}

export class PatternOperator {
  readonly #plan: PatternPlan;
  readonly #host: PatternHost;
  readonly #partials = new Partials();
  readonly #matching: Matching;
  readonly #finished: FinishedMatches;
  readonly #waiting: WaitingEvents;
  /** For which deadline a timer is set, by slot; Infinity: for none. */
  readonly #timers: number[] = [];

  /** @param fields what the pattern reads of an event, indexes into Plan.names */
  constructor(plan: PatternPlan, fields: readonly number[], host: PatternHost) {
    this.#plan = plan;
    this.#host = host;
    this.#matching = new Matching(plan, this.#partials);
    this.#finished = new FinishedMatches(plan, this.#partials, {
      tell: (slot, { kind, time }, events) => host.match({ slot, kind, time, events }),
      fail: (_slot, error, { link }) => host.failed(error, this.#partials.chains.offset(link)),
    });
    this.#waiting = new WaitingEvents(fields);
  }

  get bytes(): number {
    return this.#partials.bytes + this.#finished.bytes + this.#waiting.bytes;
  }

  /** Partial matches of all keys. */
  get partials(): number {
    return this.#partials.count;
  }

  /** What those of some keys wait for. */
  explain(slots: Iterable<number>): ExplainedPattern {
    return explainPartials(this.#plan, this.#partials, slots);
  }

  open(slot: number): void {
    this.#partials.open(slot);
    this.#timers[slot] = Infinity;
  }

  close(slot: number): void {
    this.#finished.close(slot);
    this.#partials.close(slot);
    this.#waiting.close(slot);
  }

  isIdle(slot: number): boolean {
    return this.#partials.starts.first(slot) === NONE && !this.#waiting.has(slot);
  }

  /** Whether row `i` could mean anything for a key of which nothing is known. */
  concerns(rows: Gathered, i: number, outcomes: number): boolean {
    return rows.times[i] !== this.#host.watermark || this.#matching.begins(eventOf(rows, i, outcomes));
  }

  /** Takes row `i`, whose conditions came to `outcomes`. "late": event time has passed it. */
  add(slot: number, rows: Gathered, i: number, options: { outcomes: number; future: boolean }): void {
    const event = eventOf(rows, i, options.outcomes);
    if (event.time <= this.#host.watermark) return this.#apply(slot, event);
    const due = this.#waiting.due(slot);
    this.#waiting.add(slot, event);
    if (options.future) this.#host.schedule(event.time, slot, "arrival");
    if (event.time < due) this.#expectEvent(slot);
  }

  /** A timer that it set is due. */
  fire(slot: number, at: number): void {
    if (this.#timers[slot] === at) this.#timers[slot] = Infinity;
    this.#expireUntil(slot, at);
    while (this.#waiting.due(slot) <= at) this.#apply(slot, this.#waiting.shift(slot));
    this.#expect(slot);
    this.#expectEvent(slot);
  }

  write(slot: number, out: ByteWriter): void {
    writePattern(this.#codecParts(), slot, out);
    this.#waiting.write(slot, out);
  }

  read(slot: number, input: ByteReader): void {
    readPattern(this.#codecParts(), slot, input);
    this.#waiting.read(slot, input);
    this.#expect(slot);
    this.#expectEvent(slot);
  }

  #codecParts() {
    return {
      partials: this.#partials,
      finished: this.#finished,
      remembers: this.#plan.memories.length > 0,
    };
  }

  #apply(slot: number, event: PatternEvent): void {
    // One of the far future may come before its time: what runs out until then has run out for it.
    if (this.#timers[slot]! <= event.time) this.#expireUntil(slot, event.time);
    const found = this.#matching.apply(slot, event);
    this.#keepCap(slot);
    this.#finished.take(slot, found);
    this.#expect(slot);
  }

  /** Ends what has run out of time by `until`, in the order of time. */
  #expireUntil(slot: number, until: number): void {
    for (let at = this.#matching.deadline(slot); at <= until; at = this.#matching.deadline(slot)) {
      const { found, timedOut } = this.#matching.expire(slot, at);
      this.#finished.tellTimedOut(slot, timedOut);
      this.#finished.take(slot, found);
    }
  }

  #expectEvent(slot: number): void {
    const due = this.#waiting.due(slot);
    if (due !== Infinity) this.#host.schedule(due, slot, "event time");
  }

  #expect(slot: number): void {
    const deadline = this.#matching.deadline(slot);
    if (deadline >= this.#timers[slot]!) return;
    this.#timers[slot] = deadline;
    this.#host.schedule(deadline, slot, "event time");
  }

  /** The partial matches that began first give way. */
  #keepCap(slot: number): void {
    const partials = this.#partials;
    const { partials_max } = this.#plan;
    const before = partials.countOf(slot);
    if (partials_max === null || before <= partials_max) return;
    for (let start = partials.starts.first(slot); partials.countOf(slot) > partials_max;) {
      const next = partials.starts.next(start);
      partials.dropStart(start);
      start = next;
    }
    partials.buckets.tidy(slot);
    this.#host.overflow(before - partials.countOf(slot));
  }
}

function eventOf(rows: Gathered, i: number, outcomes: number): PatternEvent {
  return {
    offset: rows.offsets[i]!,
    time: rows.times[i]!,
    outcomes,
    valueOf: (field) => valueAt(rows.columns[field], i),
  };
}
