/**
 * The partial matches of all keys, as records of numbers. Each hangs in two lists: that of the state it is in, so
 * that an event looks at a state and not at each of them, and that of the event it starts with, so that those of
 * one start end together when its time runs out or a match is told that goes beyond it. Lists are linked both
 * ways: one partial match leaves both without a search.
 */
import { NumberTable } from "../number_table.ts";
import { Buckets } from "./buckets.ts";
import { Chains } from "./chains.ts";
import { bytesOfValue, type Memory } from "./memory.ts";
import { NONE, Starts } from "./starts.ts";

/** Of a key, in all its lists. */
const KEY_BYTES = 24;

// Fields of a partial match.
const LINK = 0;
const START = 1;
const BUCKET = 2;
const NEXT_IN_STATE = 3;
const LAST_IN_STATE = 4;
const NEXT_OF_START = 5;
const LAST_OF_START = 6;

export interface NewPartial {
  state: number;
  start: number;
  link: number;
  memory: Memory;
}

export class Partials {
  readonly chains = new Chains();
  readonly starts = new Starts();
  readonly buckets = new Buckets();
  readonly #partials = new NumberTable({ floats: 0, ints: 7 });
  readonly #memory: (Memory | undefined)[] = [];
  /** How many each key has, by slot. */
  readonly #counts = new NumberTable({ floats: 0, ints: 1 });
  readonly #free: number[] = [];
  #made = 0;
  #keys = 0;
  #memoryBytes = 0;

  get bytes(): number {
    return this.chains.bytes + this.starts.bytes + this.buckets.bytes + this.#keys * KEY_BYTES +
      this.count * this.#partials.rowBytes + this.#memoryBytes;
  }

  /** Of all keys. */
  get count(): number {
    return this.#made - this.#free.length;
  }

  open(slot: number): void {
    this.starts.open(slot);
    this.buckets.open(slot);
    this.#counts.open(slot);
    this.#counts.setInt(slot, 0, 0);
    this.#keys++;
  }

  /** Of a key of which no finished match is left. */
  close(slot: number): void {
    const { starts } = this;
    for (let start = starts.first(slot); start !== NONE; start = starts.first(slot)) this.dropStart(start);
    this.buckets.tidy(slot);
    this.#keys--;
  }

  countOf(slot: number): number {
    return this.#counts.int(slot, 0);
  }

  /** The next in the same state; NONE behind the last. */
  nextInState(partial: number): number {
    return this.#partials.int(partial, NEXT_IN_STATE);
  }

  /** The next of the same start; NONE behind the last. */
  nextOfStart(partial: number): number {
    return this.#partials.int(partial, NEXT_OF_START);
  }

  start(partial: number): number {
    return this.#partials.int(partial, START);
  }

  state(partial: number): number {
    return this.buckets.state(this.#partials.int(partial, BUCKET));
  }

  link(partial: number): number {
    return this.#partials.int(partial, LINK);
  }

  memory(partial: number): Memory {
    return this.#memory[partial] ?? NO_MEMORY;
  }

  /** The time of its last event. */
  lastTime(partial: number): number {
    return this.chains.time(this.link(partial));
  }

  add(slot: number, { state, start, link, memory }: NewPartial): number {
    const partial = this.#free.pop() ?? this.#made++;
    this.#partials.open(partial);
    this.#partials.setInt(partial, START, start);
    this.#partials.setInt(partial, LINK, link);
    if (memory.length > 0) this.#remember(partial, memory);
    this.chains.use(link);
    this.starts.use(start);
    this.#counts.setInt(slot, 0, this.countOf(slot) + 1);
    this.#joinStart(partial, start);
    this.enterState(slot, partial, state);
    return partial;
  }

  /** It took a further event. */
  extend(partial: number, link: number, memory: Memory): void {
    const before = this.link(partial);
    this.#partials.setInt(partial, LINK, link);
    this.chains.use(link);
    this.chains.release(before);
    if (this.#memory[partial] === memory || memory.length === 0) return;
    this.#forget(partial);
    this.#remember(partial, memory);
  }

  /** Into the list of a state, in the order of last events. To be called for one that is in none. */
  enterState(slot: number, partial: number, state: number): void {
    const bucket = this.buckets.of(slot, state);
    const time = this.lastTime(partial);
    let before = this.buckets.tail(bucket);
    while (before !== NONE && this.lastTime(before) > time) {
      before = this.#partials.int(before, LAST_IN_STATE);
    }
    const next = before === NONE ? this.buckets.head(bucket) : this.nextInState(before);
    this.#partials.setInt(partial, BUCKET, bucket);
    this.#joinState(bucket, before, partial);
    this.#joinState(bucket, partial, next);
  }

  /** Out of the list of its state, before it enters another. */
  leaveState(partial: number): void {
    const bucket = this.#partials.int(partial, BUCKET);
    this.#joinState(bucket, this.#partials.int(partial, LAST_IN_STATE), this.nextInState(partial));
  }

  drop(partial: number): void {
    const start = this.start(partial);
    const slot = this.starts.slot(start);
    this.leaveState(partial);
    this.#leaveStart(partial, start);
    this.#counts.setInt(slot, 0, this.countOf(slot) - 1);
    if (this.#memory[partial] !== undefined) this.#forget(partial);
    this.#free.push(partial);
    this.chains.release(this.link(partial));
    this.starts.release(start);
  }

  /** Ends all partial matches of a start. */
  dropStart(start: number): void {
    this.starts.use(start);
    for (let one = this.starts.partial(start); one !== NONE; one = this.starts.partial(start)) this.drop(one);
    this.starts.release(start);
  }

  #remember(partial: number, memory: Memory): void {
    this.#memory[partial] = memory;
    this.#memoryBytes += bytesOf(memory);
  }

  #forget(partial: number): void {
    this.#memoryBytes -= bytesOf(this.#memory[partial]!);
    this.#memory[partial] = undefined;
  }

  /** Makes two neighbours in the list of a state; NONE is an end of it. */
  #joinState(bucket: number, before: number, next: number): void {
    if (before === NONE) this.buckets.setHead(bucket, next);
    else this.#partials.setInt(before, NEXT_IN_STATE, next);
    if (next === NONE) this.buckets.setTail(bucket, before);
    else this.#partials.setInt(next, LAST_IN_STATE, before);
  }

  /** Puts one at the head of the list of its start. */
  #joinStart(partial: number, start: number): void {
    const next = this.starts.partial(start);
    this.#partials.setInt(partial, LAST_OF_START, NONE);
    this.#partials.setInt(partial, NEXT_OF_START, next);
    if (next !== NONE) this.#partials.setInt(next, LAST_OF_START, partial);
    this.starts.setPartial(start, partial);
  }

  #leaveStart(partial: number, start: number): void {
    const next = this.nextOfStart(partial);
    const last = this.#partials.int(partial, LAST_OF_START);
    if (last === NONE) this.starts.setPartial(start, next);
    else this.#partials.setInt(last, NEXT_OF_START, next);
    if (next !== NONE) this.#partials.setInt(next, LAST_OF_START, last);
  }
}

const NO_MEMORY: Memory = [];

function bytesOf(memory: Memory): number {
  let bytes = 0;
  for (const cell of memory) bytes += bytesOfValue(cell);
  return bytes;
}
