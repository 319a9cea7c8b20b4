/**
 * The states of each key in which there are partial matches: an event looks at these, and not at each partial
 * match. Most keys have few. Those of a loop that counts to a thousand have as many: the buckets of the key at
 * hand are then found by an index, which the next such key takes over.
 */
import { NumberTable } from "../number_table.ts";
import { NONE } from "./starts.ts";

// Fields of a bucket.
const STATE = 0;
const FIRST = 1;
const TAIL = 2;
const NEXT = 3;

/** Buckets that are looked at one by one before the index is asked. */
const NEAR = 8;

export class Buckets {
  readonly #buckets = new NumberTable({ floats: 0, ints: 4 });
  /** The first bucket of a key, by slot. */
  readonly #keys = new NumberTable({ floats: 0, ints: 1 });
  readonly #free: number[] = [];
  #made = 0;
  /** The buckets of one key, by state; NONE: of no key. */
  #indexed = NONE;
  readonly #index = new Map<number, number>();

  get bytes(): number {
    return (this.#made - this.#free.length) * this.#buckets.rowBytes;
  }

  open(slot: number): void {
    this.#keys.open(slot);
    this.#keys.setInt(slot, 0, NONE);
    if (this.#indexed === slot) this.#indexed = NONE;
  }

  /** In no particular order; NONE behind the last. */
  first(slot: number): number {
    return this.#keys.int(slot, 0);
  }

  next(bucket: number): number {
    return this.#buckets.int(bucket, NEXT);
  }

  state(bucket: number): number {
    return this.#buckets.int(bucket, STATE);
  }

  /** The ends of the list of its partial matches. */
  head(bucket: number): number {
    return this.#buckets.int(bucket, FIRST);
  }

  tail(bucket: number): number {
    return this.#buckets.int(bucket, TAIL);
  }

  setHead(bucket: number, partial: number): void {
    this.#buckets.setInt(bucket, FIRST, partial);
  }

  setTail(bucket: number, partial: number): void {
    this.#buckets.setInt(bucket, TAIL, partial);
  }

  /** The bucket of a state, which is made when the key has none. */
  of(slot: number, state: number): number {
    let looked = 0;
    for (let bucket = this.first(slot); bucket !== NONE; bucket = this.next(bucket)) {
      if (this.state(bucket) === state) return bucket;
      if (++looked === NEAR) return this.#indexOf(slot).get(state) ?? this.#add(slot, state);
    }
    return this.#add(slot, state);
  }

  #indexOf(slot: number): Map<number, number> {
    if (this.#indexed === slot) return this.#index;
    this.#indexed = slot;
    this.#index.clear();
    for (let bucket = this.first(slot); bucket !== NONE; bucket = this.next(bucket)) {
      this.#index.set(this.state(bucket), bucket);
    }
    return this.#index;
  }

  #add(slot: number, state: number): number {
    const bucket = this.#free.pop() ?? this.#made++;
    this.#buckets.open(bucket);
    this.#buckets.setInt(bucket, STATE, state);
    this.#buckets.setInt(bucket, FIRST, NONE);
    this.#buckets.setInt(bucket, TAIL, NONE);
    this.#buckets.setInt(bucket, NEXT, this.first(slot));
    this.#keys.setInt(slot, 0, bucket);
    if (this.#indexed === slot) this.#index.set(state, bucket);
    return bucket;
  }

  /** Frees those of a key that are empty. */
  tidy(slot: number): void {
    let before = NONE;
    for (let bucket = this.first(slot); bucket !== NONE;) {
      const next = this.next(bucket);
      if (this.head(bucket) !== NONE) before = bucket;
      else {
        if (before === NONE) this.#keys.setInt(slot, 0, next);
        else this.#buckets.setInt(before, NEXT, next);
        if (this.#indexed === slot) this.#index.delete(this.state(bucket));
        this.#free.push(bucket);
      }
      bucket = next;
    }
  }
}
