/**
 * The partial matches of all keys, in columns of numbers. Those of a key hang in two ways: by the state that they
 * are in, so that an event looks at a state and not at each of them, and by the event they start with, so that
 * they end together when its time runs out or a match is told that goes beyond it.
 *
 * Lists are linked both ways: one partial match leaves both without a search.
 */
import type { Chains } from "./chains.ts";
import { FloatColumn, IntColumn } from "../number_column.ts";
import type { Memory } from "./memory.ts";

export const NONE = -1;
const PARTIAL_BYTES = 48;
const START_BYTES = 48;
const BUCKET_BYTES = 20;
const KEY_BYTES = 40;
const CELL_BYTES = 16;

export class Partials {
  readonly chains: Chains;
  // Partial matches.
  readonly #bucket = new IntColumn();
  readonly #start = new IntColumn();
  readonly #link = new IntColumn();
  readonly #nextInState = new IntColumn();
  readonly #lastInState = new IntColumn();
  readonly #nextOfStart = new IntColumn();
  readonly #lastOfStart = new IntColumn();
  readonly #memory: (Memory | undefined)[] = [];
  readonly #freePartials: number[] = [];
  #partials = 0;
  #memoryBytes = 0;
  // Events that partial matches start with, by key in the order of their times.
  readonly #slotOfStart = new IntColumn();
  readonly #timeOfStart = new FloatColumn();
  readonly #offsetOfStart = new FloatColumn();
  readonly #firstOfStart = new IntColumn();
  readonly #usersOfStart = new IntColumn();
  readonly #nextStart = new IntColumn();
  readonly #lastStart = new IntColumn();
  readonly #freeStarts: number[] = [];
  #starts = 0;
  // The states of a key in which there are any.
  readonly #stateOfBucket = new IntColumn();
  readonly #firstInBucket = new IntColumn();
  readonly #tailOfBucket = new IntColumn();
  readonly #nextBucket = new IntColumn();
  readonly #freeBuckets: number[] = [];
  #buckets = 0;
  // Keys, by slot.
  readonly #firstStart = new IntColumn();
  readonly #tailStart = new IntColumn();
  readonly #firstBucket = new IntColumn();
  readonly #count = new IntColumn();
  #keys = 0;

  constructor(chains: Chains) {
    this.chains = chains;
  }

  get bytes(): number {
    return this.#keys * KEY_BYTES + this.count * PARTIAL_BYTES + this.#memoryBytes +
      (this.#starts - this.#freeStarts.length) * START_BYTES +
      (this.#buckets - this.#freeBuckets.length) * BUCKET_BYTES;
  }

  /** Of all keys. */
  get count(): number {
    return this.#partials - this.#freePartials.length;
  }

  open(slot: number): void {
    this.#firstStart.set(slot, NONE);
    this.#tailStart.set(slot, NONE);
    this.#firstBucket.set(slot, NONE);
    this.#count.set(slot, 0);
    this.#keys++;
  }

  close(slot: number): void {
    for (let start = this.firstStart(slot); start !== NONE; start = this.firstStart(slot)) {
      this.dropStart(start);
    }
    this.tidy(slot);
    this.#keys--;
  }

  countOf(slot: number): number {
    return this.#count.get(slot);
  }

  // ---- starts

  /** The events that something starts with, oldest first; NONE behind the last. */
  firstStart(slot: number): number {
    return this.#firstStart.get(slot);
  }

  nextStart(start: number): number {
    return this.#nextStart.get(start);
  }

  timeOfStart(start: number): number {
    return this.#timeOfStart.get(start);
  }

  offsetOfStart(start: number): number {
    return this.#offsetOfStart.get(start);
  }

  firstOfStart(start: number): number {
    return this.#firstOfStart.get(start);
  }

  nextOfStart(partial: number): number {
    return this.#nextOfStart.get(partial);
  }

  /** A start behind those that are not later. It lasts as long as something uses it. */
  addStart(slot: number, { time, offset }: { time: number; offset: number }): number {
    const start = this.#freeStarts.pop() ?? this.#starts++;
    this.#slotOfStart.set(start, slot);
    this.#timeOfStart.set(start, time);
    this.#offsetOfStart.set(start, offset);
    this.#firstOfStart.set(start, NONE);
    this.#usersOfStart.set(start, 0);
    let before = this.#tailStart.get(slot);
    while (before !== NONE && this.#timeOfStart.get(before) > time) before = this.#lastStart.get(before);
    const next = before === NONE ? this.#firstStart.get(slot) : this.#nextStart.get(before);
    this.#lastStart.set(start, before);
    this.#nextStart.set(start, next);
    if (before === NONE) this.#firstStart.set(slot, start);
    else this.#nextStart.set(before, start);
    if (next === NONE) this.#tailStart.set(slot, start);
    else this.#lastStart.set(next, start);
    return start;
  }

  /** A partial match does so by itself; a finished one that waits says it. */
  useStart(start: number): void {
    this.#usersOfStart.set(start, this.#usersOfStart.get(start) + 1);
  }

  releaseStart(start: number): void {
    const users = this.#usersOfStart.get(start) - 1;
    this.#usersOfStart.set(start, users);
    if (users === 0) this.#unlinkStart(start);
  }

  /** Ends all partial matches of a start. */
  dropStart(start: number): void {
    this.useStart(start);
    for (let one = this.firstOfStart(start); one !== NONE; one = this.firstOfStart(start)) this.drop(one);
    this.releaseStart(start);
  }

  // ---- states

  /** The states of a key that hold any, in no particular order; NONE behind the last. */
  firstBucket(slot: number): number {
    return this.#firstBucket.get(slot);
  }

  nextBucket(bucket: number): number {
    return this.#nextBucket.get(bucket);
  }

  stateOf(bucket: number): number {
    return this.#stateOfBucket.get(bucket);
  }

  firstIn(bucket: number): number {
    return this.#firstInBucket.get(bucket);
  }

  nextIn(partial: number): number {
    return this.#nextInState.get(partial);
  }

  /** Frees the states of a key that hold none any more. */
  tidy(slot: number): void {
    let before = NONE;
    for (let bucket = this.firstBucket(slot); bucket !== NONE;) {
      const next = this.#nextBucket.get(bucket);
      if (this.#firstInBucket.get(bucket) !== NONE) before = bucket;
      else {
        if (before === NONE) this.#firstBucket.set(slot, next);
        else this.#nextBucket.set(before, next);
        this.#freeBuckets.push(bucket);
      }
      bucket = next;
    }
  }

  // ---- partial matches

  startOf(partial: number): number {
    return this.#start.get(partial);
  }

  stateOfPartial(partial: number): number {
    return this.#stateOfBucket.get(this.#bucket.get(partial));
  }

  linkOf(partial: number): number {
    return this.#link.get(partial);
  }

  memoryOf(partial: number): Memory {
    return this.#memory[partial]!;
  }

  /** The time of its last event. */
  lastTime(partial: number): number {
    return this.chains.time(this.#link.get(partial));
  }

  /** In a state they stand in the order of their last events. */
  add(slot: number, { state, start, link, memory }: NewPartial): number {
    const partial = this.#freePartials.pop() ?? this.#partials++;
    this.#start.set(partial, start);
    this.#link.set(partial, link);
    this.#memory[partial] = memory;
    this.chains.use(link);
    this.useStart(start);
    this.#memoryBytes += bytesOf(memory);
    this.#count.set(slot, this.#count.get(slot) + 1);
    this.#linkToStart(partial, start);
    this.#linkToState(partial, this.#bucketOf(slot, state));
    return partial;
  }

  drop(partial: number): void {
    const start = this.#start.get(partial);
    const slot = this.#slotOfStart.get(start);
    this.#unlinkFromState(partial);
    this.#unlinkFromStart(partial, start);
    this.#count.set(slot, this.#count.get(slot) - 1);
    this.#memoryBytes -= bytesOf(this.#memory[partial]!);
    this.#memory[partial] = undefined;
    this.#freePartials.push(partial);
    this.chains.release(this.#link.get(partial));
    this.releaseStart(start);
  }

  #linkToStart(partial: number, start: number): void {
    const first = this.#firstOfStart.get(start);
    this.#nextOfStart.set(partial, first);
    this.#lastOfStart.set(partial, NONE);
    if (first !== NONE) this.#lastOfStart.set(first, partial);
    this.#firstOfStart.set(start, partial);
  }

  #unlinkFromStart(partial: number, start: number): void {
    const next = this.#nextOfStart.get(partial);
    const last = this.#lastOfStart.get(partial);
    if (last === NONE) this.#firstOfStart.set(start, next);
    else this.#nextOfStart.set(last, next);
    if (next !== NONE) this.#lastOfStart.set(next, last);
  }

  #linkToState(partial: number, bucket: number): void {
    const time = this.lastTime(partial);
    let before = this.#tailOfBucket.get(bucket);
    while (before !== NONE && this.lastTime(before) > time) before = this.#lastInState.get(before);
    const next = before === NONE ? this.#firstInBucket.get(bucket) : this.#nextInState.get(before);
    this.#bucket.set(partial, bucket);
    this.#lastInState.set(partial, before);
    this.#nextInState.set(partial, next);
    if (before === NONE) this.#firstInBucket.set(bucket, partial);
    else this.#nextInState.set(before, partial);
    if (next === NONE) this.#tailOfBucket.set(bucket, partial);
    else this.#lastInState.set(next, partial);
  }

  #unlinkFromState(partial: number): void {
    const bucket = this.#bucket.get(partial);
    const next = this.#nextInState.get(partial);
    const last = this.#lastInState.get(partial);
    if (last === NONE) this.#firstInBucket.set(bucket, next);
    else this.#nextInState.set(last, next);
    if (next === NONE) this.#tailOfBucket.set(bucket, last);
    else this.#lastInState.set(next, last);
  }

  #bucketOf(slot: number, state: number): number {
    const first = this.firstBucket(slot);
    for (let bucket = first; bucket !== NONE; bucket = this.#nextBucket.get(bucket)) {
      if (this.#stateOfBucket.get(bucket) === state) return bucket;
    }
    const bucket = this.#freeBuckets.pop() ?? this.#buckets++;
    this.#stateOfBucket.set(bucket, state);
    this.#firstInBucket.set(bucket, NONE);
    this.#tailOfBucket.set(bucket, NONE);
    this.#nextBucket.set(bucket, first);
    this.#firstBucket.set(slot, bucket);
    return bucket;
  }

  #unlinkStart(start: number): void {
    const slot = this.#slotOfStart.get(start);
    const next = this.#nextStart.get(start);
    const last = this.#lastStart.get(start);
    if (last === NONE) this.#firstStart.set(slot, next);
    else this.#nextStart.set(last, next);
    if (next === NONE) this.#tailStart.set(slot, last);
    else this.#lastStart.set(next, last);
    this.#freeStarts.push(start);
  }
}

export interface NewPartial {
  state: number;
  start: number;
  link: number;
  memory: Memory;
}

function bytesOf(memory: Memory): number {
  let bytes = 0;
  for (const cell of memory) bytes += typeof cell === "string" ? CELL_BYTES + 2 * cell.length : CELL_BYTES;
  return bytes;
}
