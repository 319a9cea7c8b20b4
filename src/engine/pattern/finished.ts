/**
 * Matches that are complete, and what becomes of the others when one is told (`after_match`). Where telling one
 * ends others, a match waits until no partial match that began before it is left: that one might come to a match
 * that goes first.
 */
import { type Chains, compareChains, compareEvents, NO_LINK, type Taken } from "./chains.ts";
import type { Found } from "./matching.ts";
import type { Partials } from "./partials.ts";
import { NONE } from "./starts.ts";
import type { PatternPlan } from "./pattern_plan.ts";

const FINISHED_BYTES = 64;

export type SkipError = "skip_target_missing" | "skip_to_first_element";

export interface FinishedHost {
  tell(slot: number, match: Found, events: readonly Taken[]): void;
  fail(slot: number, error: SkipError, match: Found): void;
}

/** Where those that are ended begin: all up to an event, or before it. */
interface Bound {
  time: number;
  offset: number;
  inclusive: boolean;
}

export class FinishedMatches {
  readonly #plan: PatternPlan;
  readonly #partials: Partials;
  readonly #chains: Chains;
  readonly #host: FinishedHost;
  /** Those that wait, by start, in the order in which they were complete. */
  readonly #waiting = new Map<number, Found[]>();
  #count = 0;

  constructor(plan: PatternPlan, partials: Partials, host: FinishedHost) {
    this.#plan = plan;
    this.#partials = partials;
    this.#chains = partials.chains;
    this.#host = host;
  }

  get bytes(): number {
    return this.#count * FINISHED_BYTES;
  }

  /** Takes the matches of one event, or of one moment, and tells those whose turn it is. */
  take(slot: number, found: Found[]): void {
    if (found.length > 1) this.#sort(found);
    if (this.#plan.after_match.kind === "no_skip") {
      for (const match of found) {
        this.#host.tell(slot, match, this.#chains.events(match.link));
        this.#release(match);
      }
      return;
    }
    for (const match of found) this.keep(match);
    if (this.#count > 0) this.#tellReady(slot);
  }

  /** Partial matches that came to nothing; those that took the same events are told as one. */
  tellTimedOut(slot: number, timedOut: Found[]): void {
    if (timedOut.length > 1) this.#sort(timedOut);
    let last = NO_LINK;
    for (const one of timedOut) {
      if (one.link !== last) this.#host.tell(slot, one, this.#chains.events(one.link));
      last = one.link;
    }
    for (const one of timedOut) this.#release(one);
  }

  /** For those of a snapshot. */
  keep(match: Found): void {
    const list = this.#waiting.get(match.start);
    if (list === undefined) this.#waiting.set(match.start, [match]);
    else list.push(match);
    this.#count++;
  }

  of(start: number): readonly Found[] {
    return this.#waiting.get(start) ?? [];
  }

  /** Lets go of all matches of a key. */
  close(slot: number): void {
    if (this.#count === 0) return;
    for (let start = this.#partials.starts.first(slot); start !== NONE;) {
      const next = this.#partials.starts.next(start);
      this.#drop(start);
      start = next;
    }
  }

  /** By their first event, then by their last, so that those of equal ends stand together. */
  #sort(found: Found[]): void {
    const order = new Map(found.map((match) => [match, this.#chains.events(match.link)]));
    found.sort((one, other) => {
      const [a, b] = [order.get(one)!, order.get(other)!];
      return compareEvents(a[0]!, b[0]!) || compareEvents(a.at(-1)!, b.at(-1)!) || compareChains(a, b);
    });
  }

  #tellReady(slot: number): void {
    const partials = this.#partials;
    for (let start = partials.starts.first(slot); start !== NONE;) {
      const list = this.#waiting.get(start);
      if (list === undefined) {
        if (partials.starts.partial(start) !== NONE) return;
        start = partials.starts.next(start);
        continue;
      }
      const match = list.shift()!;
      this.#count--;
      if (list.length === 0) this.#waiting.delete(start);
      this.#tell(slot, match);
      start = partials.starts.first(slot);
    }
  }

  #tell(slot: number, match: Found): void {
    const events = this.#chains.events(match.link);
    const bound = this.#boundOf(events);
    if (typeof bound === "string") this.#host.fail(slot, bound, match);
    else {
      this.#host.tell(slot, match, events);
      if (bound !== null) this.#prune(slot, bound);
    }
    this.#release(match);
  }

  #boundOf(events: readonly Taken[]): Bound | SkipError | null {
    const after = this.#plan.after_match;
    switch (after.kind) {
      case "no_skip":
        return null;
      case "skip_to_next":
        return { ...events[0]!, inclusive: true };
      case "skip_past_last":
        return { ...events.at(-1)!, inclusive: true };
    }
    const of = events.filter(({ step }) => step === after.step);
    const target = after.kind === "skip_to_first" ? of[0] : of.at(-1);
    if (target === undefined) return after.strict ? "skip_target_missing" : null;
    if (after.strict && target === events[0]) return "skip_to_first_element";
    return { ...target, inclusive: false };
  }

  #prune(slot: number, bound: Bound): void {
    const partials = this.#partials;
    for (let start = partials.starts.first(slot); start !== NONE && this.#isWithin(start, bound);) {
      partials.starts.use(start);
      partials.dropStart(start);
      this.#drop(start);
      const next = partials.starts.next(start);
      partials.starts.release(start);
      start = next;
    }
    partials.buckets.tidy(slot);
  }

  #isWithin(start: number, { time, offset, inclusive }: Bound): boolean {
    const partials = this.#partials;
    const difference = partials.starts.time(start) - time || partials.starts.offset(start) - offset;
    return difference < 0 || (inclusive && difference === 0);
  }

  #drop(start: number): void {
    for (const match of this.of(start)) {
      this.#count--;
      this.#release(match);
    }
    this.#waiting.delete(start);
  }

  #release({ start, link }: Found): void {
    this.#chains.release(link);
    this.#partials.starts.release(start);
  }
}
