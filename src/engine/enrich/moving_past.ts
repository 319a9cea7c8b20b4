/**
 * The moving past: what the events of the last `size_ms` before the one at hand come to. An event counts as of
 * the latest time that its key has seen by then, so that the past is a queue whose fold costs the same however
 * many events it holds. Of one key at most {@linkcode MOVING_EVENTS_MAX} are held, the oldest go first.
 */
import type { JsonScalar } from "../../base/json.ts";
import type { Aggregates } from "../aggregate/aggregates.ts";
import { SlidingFold } from "../aggregate/sliding_fold.ts";
import type { Gathered } from "../gathered.ts";
import { FloatColumn } from "../number_column.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import type { PastValues } from "./past.ts";

/** Events per key. */
export const MOVING_EVENTS_MAX = 100_000;
const SLOT_BYTES = 120;
const EVENT_BYTES = 16;

export class MovingPast implements PastValues {
  readonly #aggregates: Aggregates;
  readonly #size: number;
  readonly #overflow: () => void;
  /** By row of the aggregates, ms. */
  readonly #times = new FloatColumn();
  readonly #folds: (SlidingFold | undefined)[] = [];
  #slots = 0;
  #events = 0;

  /** @param overflow told of each event that a cap takes */
  constructor(aggregates: Aggregates, size_ms: number, overflow: () => void) {
    this.#overflow = overflow;
    this.#aggregates = aggregates;
    this.#size = size_ms;
  }

  get bytes(): number {
    return this.#slots * SLOT_BYTES + this.#events * EVENT_BYTES + this.#aggregates.bytes;
  }

  open(slot: number): void {
    this.#folds[slot] = new SlidingFold(this.#aggregates);
    this.#slots++;
  }

  close(slot: number): void {
    const fold = this.#folds[slot]!;
    while (fold.length > 0) this.#dropOldest(fold);
    fold.clear();
    this.#folds[slot] = undefined;
    this.#slots--;
  }

  take(slot: number, rows: Gathered, i: number): JsonScalar {
    const fold = this.#folds[slot]!;
    const time = Math.max(rows.times[i]!, this.#latest(fold));
    while (fold.length > 0 && this.#times.get(fold.row(0)) <= time - this.#size) this.#dropOldest(fold);
    const [value] = fold.values(this.#size);
    const row = this.#aggregates.alloc();
    this.#aggregates.add(row, rows, i);
    this.#push(fold, row, time);
    if (fold.length > MOVING_EVENTS_MAX) {
      this.#dropOldest(fold);
      this.#overflow();
    }
    return value!;
  }

  nothing(): JsonScalar {
    return new SlidingFold(this.#aggregates).values(this.#size)[0]!;
  }

  idleAt(slot: number): number {
    return this.#latest(this.#folds[slot]!) + this.#size;
  }

  write(slot: number, out: ByteWriter): void {
    const fold = this.#folds[slot]!;
    out.u32(fold.length);
    for (let i = 0; i < fold.length; i++) {
      out.f64(this.#times.get(fold.row(i)));
      this.#aggregates.write(fold.row(i), out);
    }
  }

  read(slot: number, input: ByteReader): void {
    for (let events = input.u32(); events > 0; events--) {
      const time = input.f64();
      this.#push(this.#folds[slot]!, this.#aggregates.read(input), time);
    }
  }

  #latest(fold: SlidingFold): number {
    return fold.length === 0 ? -Infinity : this.#times.get(fold.row(fold.length - 1));
  }

  #push(fold: SlidingFold, row: number, time: number): void {
    this.#times.set(row, time);
    fold.push(row);
    this.#events++;
  }

  #dropOldest(fold: SlidingFold): void {
    this.#aggregates.free(fold.shift());
    this.#events--;
  }
}
