/** Rows that stand for one event each: its values for the aggregates, its time and its offset. */
import type { Aggregates } from "../aggregate/aggregates.ts";
import type { Gathered } from "../gathered.ts";
import { FloatColumn } from "../number_column.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";

/** Time and offset, and a place in a queue. */
const ROW_BYTES = 24;

export class EventRows {
  readonly aggregates: Aggregates;
  readonly #onSkipped: (values: number) => void;
  readonly #time = new FloatColumn();
  readonly #offset = new FloatColumn();
  #count = 0;

  /** @param onSkipped told how many values of each event did not count */
  constructor(aggregates: Aggregates, onSkipped: (values: number) => void) {
    this.aggregates = aggregates;
    this.#onSkipped = onSkipped;
  }

  get bytes(): number {
    return this.#count * ROW_BYTES + this.aggregates.bytes;
  }

  take(gathered: Gathered, i: number): number {
    const row = this.aggregates.alloc();
    this.#onSkipped(this.aggregates.add(row, gathered, i));
    this.#time.set(row, gathered.times[i]!);
    this.#offset.set(row, gathered.offsets[i]!);
    this.#count++;
    return row;
  }

  free(row: number): void {
    this.aggregates.free(row);
    this.#count--;
  }

  time(row: number): number {
    return this.#time.get(row);
  }

  offset(row: number): number {
    return this.#offset.get(row);
  }

  write(row: number, out: ByteWriter): void {
    out.f64(this.time(row));
    out.f64(this.offset(row));
    this.aggregates.write(row, out);
  }

  read(input: ByteReader): number {
    const [time, offset] = [input.f64(), input.f64()];
    const row = this.aggregates.read(input);
    this.#time.set(row, time);
    this.#offset.set(row, offset);
    this.#count++;
    return row;
  }
}
