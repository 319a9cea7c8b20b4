/** The percentiles of one field: a bag per row that has numbers. All percentiles of the field share it. */
import type { Gathered } from "../gathered.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import type { BagColumn } from "./bag_column.ts";
import { QuantileBag } from "./quantile_bag.ts";
import { numberAt } from "./value_reading.ts";

export class QuantileColumn implements BagColumn {
  readers = 0;
  readonly #field: number;
  readonly #bags: (QuantileBag | undefined)[] = [];
  #bytes = 0;

  constructor(field: number) {
    this.#field = field;
  }

  get bytes(): number {
    return this.#bytes;
  }

  bag(row: number): QuantileBag | undefined {
    return this.#bags[row];
  }

  /** Answers 1 when the value did not count. */
  add(row: number, gathered: Gathered, i: number): number {
    const x = numberAt(gathered, this.#field, i);
    if (x !== x) return 1;
    const bag = this.#take(row);
    bag.add(x);
    this.#bytes += bag.bytes;
    return 0;
  }

  merge(into: number, from: number): void {
    const other = this.#bags[from];
    if (other === undefined) return;
    const bag = this.#take(into);
    bag.addAll(other);
    this.#bytes += bag.bytes;
  }

  /** Makes the row one of no values. */
  empty(row: number): void {
    this.#bytes -= this.#bags[row]?.bytes ?? 0;
    this.#bags[row] = undefined;
  }

  write(row: number, out: ByteWriter): void {
    const bag = this.#bags[row];
    out.u8(bag === undefined ? 0 : 1);
    bag?.write(out);
  }

  read(row: number, input: ByteReader): void {
    if (input.u8() === 0) return;
    const bag = QuantileBag.read(input);
    this.#bags[row] = bag;
    this.#bytes += bag.bytes;
  }

  /** The bag of a row, made if need be; its bytes are counted again by the caller. */
  #take(row: number): QuantileBag {
    const bag = this.#bags[row];
    if (bag === undefined) return this.#bags[row] = new QuantileBag();
    this.#bytes -= bag.bytes;
    return bag;
  }
}
