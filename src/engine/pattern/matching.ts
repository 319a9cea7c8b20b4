/**
 * What an event, or the passing of time, does to the partial matches of one key. An event looks at the states in
 * which there are any: where it changes nothing for a state, those in it cost nothing.
 */
import type { JsonValue } from "../../base/json.ts";
import { type ValuePredicate, valuePredicate } from "../value_condition.ts";
import { NO_LINK } from "./chains.ts";
import { Memories, type Memory } from "./memory.ts";
import type { NewPartial, Partials } from "./partials.ts";
import type { PatternPlan } from "./pattern_plan.ts";
import { NONE } from "./starts.ts";
import { completesByTime, type Program, Programs } from "./programs.ts";

export interface PatternEvent {
  offset: number;
  /** ms */
  time: number;
  /**
   * Bit n says whether condition n of the pattern holds; of one that looks at what a partial match remembers,
   * whether it may.
   */
  outcomes: number;
  /** The value of a field of {@linkcode Plan.names}. */
  valueOf(field: number): JsonValue | undefined;
}

/** What is over, a match or not. It holds its start and its chain until they are released. */
export interface Found {
  start: number;
  link: number;
  /** When it was over, ms. */
  time: number;
  /** `absence`: complete by the passing of time, since the negated step behind it did not come. */
  kind: "match" | "absence" | "timeout";
}

export class Matching {
  readonly #plan: PatternPlan;
  readonly #partials: Partials;
  readonly #programs: Programs;
  readonly #memories: Memories;
  /** Conditions that look at what a partial match remembers, as bits, and each of them. */
  readonly #remembering: number;
  readonly #rest: readonly (ValuePredicate | null)[];
  readonly #gapped: boolean;
  /** By state: whether a partial match in it is complete when its time runs out. */
  readonly #byTime: readonly boolean[];
  // Of the event at hand.
  #found: Found[] = [];
  readonly #born: NewPartial[] = [];
  /** Partial matches that are between states, each with the state that it goes to. */
  readonly #shifted: number[] = [];

  constructor(plan: PatternPlan, partials: Partials) {
    this.#plan = plan;
    this.#partials = partials;
    this.#programs = new Programs(plan.automaton);
    this.#memories = new Memories(plan.memories);
    this.#rest = plan.conditions.map(({ rest, remembers }) =>
      remembers && rest !== null ? valuePredicate(rest) : null
    );
    this.#remembering = this.#rest.reduce((bits, rest, i) => rest === null ? bits : bits | (1 << i), 0);
    this.#byTime = plan.automaton.states.map((_, state) => completesByTime(plan.automaton, state));
    this.#gapped = plan.automaton.states.some(({ gap_ms }) => gap_ms !== null);
  }

  /** Whether a match may begin with an event. */
  begins(event: PatternEvent): boolean {
    return this.#programs.of(this.#plan.automaton.start, event.outcomes).takes.length > 0;
  }

  /** Applies an event to a key; answers the matches that it completes. */
  apply(slot: number, event: PatternEvent): Found[] {
    this.#found = [];
    const partials = this.#partials;
    const programs = this.#programs.under(event.outcomes);
    for (let bucket = partials.buckets.first(slot); bucket !== NONE; bucket = partials.buckets.next(bucket)) {
      const state = partials.buckets.state(bucket);
      if ((this.#programs.asked[state]! & this.#remembering & event.outcomes) !== 0) {
        this.#moveEach(bucket, event);
        continue;
      }
      const program = programs[state] ??= this.#programs.of(state, event.outcomes);
      if (!program.stays) this.#moveAll(bucket, program, event);
    }
    this.#begin(slot, event);
    this.#settle(slot);
    return this.#found;
  }

  /** When time next runs out for a partial match of a key, ms; Infinity when it never does. */
  deadline(slot: number): number {
    const partials = this.#partials;
    const { within_ms, automaton } = this.#plan;
    let deadline = Infinity;
    const start = partials.starts.first(slot);
    if (within_ms !== null && start !== NONE) deadline = partials.starts.time(start) + within_ms;
    if (!this.#gapped) return deadline;
    for (let bucket = partials.buckets.first(slot); bucket !== NONE; bucket = partials.buckets.next(bucket)) {
      const { gap_ms } = automaton.states[partials.buckets.state(bucket)]!;
      if (gap_ms === null) continue;
      deadline = Math.min(deadline, partials.lastTime(partials.buckets.head(bucket)) + gap_ms);
    }
    return deadline;
  }

  /** Ends what has run out of time at `at`; answers the matches that are complete by that, and the others. */
  expire(slot: number, at: number): { found: Found[]; timedOut: Found[] } {
    this.#found = [];
    const partials = this.#partials;
    const { within_ms } = this.#plan;
    for (let start = partials.starts.first(slot); within_ms !== null && start !== NONE;) {
      const end = partials.starts.time(start) + within_ms;
      if (end > at) break;
      const next = partials.starts.next(start);
      partials.starts.use(start);
      for (let one = partials.starts.partial(start); one !== NONE; one = partials.starts.partial(start)) {
        this.#runOut(one, end);
      }
      partials.starts.release(start);
      start = next;
    }
    if (this.#gapped) this.#expireGaps(slot, at);
    partials.buckets.tidy(slot);
    return {
      found: this.#found.filter(({ kind }) => kind === "absence"),
      timedOut: this.#found.filter(({ kind }) => kind === "timeout"),
    };
  }

  #expireGaps(slot: number, at: number): void {
    const partials = this.#partials;
    for (let bucket = partials.buckets.first(slot); bucket !== NONE; bucket = partials.buckets.next(bucket)) {
      const { gap_ms } = this.#plan.automaton.states[partials.buckets.state(bucket)]!;
      if (gap_ms === null) continue;
      for (let one = partials.buckets.head(bucket); one !== NONE; one = partials.buckets.head(bucket)) {
        const end = partials.lastTime(one) + gap_ms;
        if (end > at) break;
        this.#runOut(one, end);
      }
    }
  }

  #runOut(partial: number, time: number): void {
    const partials = this.#partials;
    const kind = this.#byTime[partials.state(partial)] ? "absence" : "timeout";
    this.#complete({ start: partials.start(partial), link: partials.link(partial), time, kind });
    partials.drop(partial);
  }

  #moveAll(bucket: number, program: Program, event: PatternEvent): void {
    const partials = this.#partials;
    for (let one = partials.buckets.head(bucket); one !== NONE;) {
      const next = partials.nextInState(one);
      this.#move(one, program, event);
      one = next;
    }
  }

  /** Each partial match has an answer of its own. */
  #moveEach(bucket: number, event: PatternEvent): void {
    const partials = this.#partials;
    const state = partials.buckets.state(bucket);
    const asked = this.#programs.asked[state]!;
    for (let one = partials.buckets.head(bucket); one !== NONE;) {
      const next = partials.nextInState(one);
      const program = this.#programs.of(state, this.#outcomes(asked, partials.memory(one), event));
      if (!program.stays) this.#move(one, program, event);
      one = next;
    }
  }

  /** The outcomes of an event for a partial match that remembers `memory`. */
  #outcomes(asked: number, memory: Memory, event: PatternEvent): number {
    let { outcomes } = event;
    const valueOf = (field: number) =>
      field < 0 ? this.#memories.value(memory, -1 - field) : event.valueOf(field);
    for (const [i, rest] of this.#rest.entries()) {
      const bit = 1 << i;
      if (rest === null || (asked & outcomes & bit) === 0) continue;
      if (!rest(valueOf)) outcomes &= ~bit;
    }
    return outcomes;
  }

  #move(partial: number, program: Program, event: PatternEvent): void {
    const partials = this.#partials;
    if (program.forbidden) return partials.drop(partial);
    const { moves } = program;
    if (moves !== null && !(moves.step === null && this.#isOver(moves.to, partial, event))) {
      return this.#shift(partial, moves, event);
    }
    const of = {
      start: partials.start(partial),
      link: partials.link(partial),
      memory: partials.memory(partial),
    };
    this.#take(program, of, event);
    if (program.completes) {
      this.#complete({ start: of.start, link: of.link, time: event.time, kind: "match" });
    }
    for (const state of program.passes) {
      if (!this.#isOver(state, partial, event)) this.#bear({ state, ...of });
    }
    if (!program.keeps) partials.drop(partial);
  }

  /** Whether an event that is passed over comes too late for what a state awaits: then it does not begin to wait. */
  #isOver(state: number, partial: number, event: PatternEvent): boolean {
    const { kind, gap_ms } = this.#plan.automaton.states[state]!;
    return kind === "normal" && gap_ms !== null && event.time - this.#partials.lastTime(partial) >= gap_ms;
  }

  /** The plain case: it goes on elsewhere, and stays the same partial match. */
  #shift(partial: number, { to, step }: { to: number; step: number | null }, event: PatternEvent): void {
    const partials = this.#partials;
    if (step !== null) {
      const link = partials.chains.add(partials.link(partial), {
        step,
        offset: event.offset,
        time: event.time,
      });
      partials.extend(partial, link, this.#memories.after(partials.memory(partial), step, event.valueOf));
    }
    partials.leaveState(partial);
    this.#shifted.push(partial, to);
  }

  #begin(slot: number, event: PatternEvent): void {
    const { start: state } = this.#plan.automaton;
    const asked = this.#programs.asked[state]!;
    const memory = this.#memories.initial;
    const outcomes = (asked & this.#remembering & event.outcomes) === 0
      ? event.outcomes
      : this.#outcomes(asked, memory, event);
    const program = this.#programs.of(state, outcomes);
    if (program.takes.length === 0 || program.forbidden) return;
    const start = this.#partials.starts.add(slot, event);
    this.#partials.starts.use(start);
    this.#take(program, { start, link: NO_LINK, memory }, event);
    this.#partials.starts.release(start);
  }

  #take(program: Program, of: { start: number; link: number; memory: Memory }, event: PatternEvent): void {
    const { chains } = this.#partials;
    for (const { step, to, gap_ms, completes, goesOn } of program.takes) {
      if (gap_ms !== null && of.link !== NO_LINK && event.time - chains.time(of.link) >= gap_ms) continue;
      const link = chains.add(of.link, { step, offset: event.offset, time: event.time });
      chains.use(link);
      if (completes) this.#complete({ start: of.start, link, time: event.time, kind: "match" });
      if (goesOn) {
        const memory = this.#memories.after(of.memory, step, event.valueOf);
        this.#bear({ state: to, start: of.start, link, memory });
      }
      chains.release(link);
    }
  }

  #complete(found: Found): void {
    this.#partials.starts.use(found.start);
    this.#partials.chains.use(found.link);
    this.#found.push(found);
  }

  /** A partial match that joins the others once all of them have seen the event. */
  #bear(one: NewPartial): void {
    this.#partials.starts.use(one.start);
    this.#partials.chains.use(one.link);
    this.#born.push(one);
  }

  #settle(slot: number): void {
    const partials = this.#partials;
    for (const one of this.#born) {
      partials.add(slot, one);
      partials.starts.release(one.start);
      partials.chains.release(one.link);
    }
    this.#born.length = 0;
    for (let i = 0; i < this.#shifted.length; i += 2) {
      partials.enterState(slot, this.#shifted[i]!, this.#shifted[i + 1]!);
    }
    this.#shifted.length = 0;
    partials.buckets.tidy(slot);
  }
}
