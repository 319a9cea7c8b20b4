/** The exact sums of the rows whose cells did not suffice. */
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import { ExactSum } from "./exact_sum.ts";

export class Spill {
  readonly #sums = new Map<number, ExactSum>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get(row: number): ExactSum | undefined {
    // Nearly always: this is asked at every merge and every reading.
    if (this.#sums.size === 0) return undefined;
    return this.#sums.get(row);
  }

  /** Adds all `terms` to the sum of a row, which starts at nothing. */
  add(row: number, terms: readonly number[]): void {
    this.#change(row, (sum) => {
      for (const x of terms) sum.add(x);
    });
  }

  addAll(row: number, other: ExactSum): void {
    this.#change(row, (sum) => sum.addAll(other));
  }

  drop(row: number): void {
    const sum = this.get(row);
    if (sum === undefined) return;
    this.#bytes -= sum.bytes;
    this.#sums.delete(row);
  }

  copy(row: number, from: number, other: Spill): void {
    const sum = other.get(from);
    if (sum !== undefined) this.addAll(row, sum);
  }

  write(row: number, out: ByteWriter): void {
    const sum = this.#sums.get(row);
    out.u8(sum === undefined ? 0 : 1);
    sum?.write(out);
  }

  read(row: number, input: ByteReader): void {
    if (input.u8() === 0) return;
    const sum = ExactSum.read(input);
    this.#sums.set(row, sum);
    this.#bytes += sum.bytes;
  }

  #change(row: number, change: (sum: ExactSum) => void): void {
    let sum = this.#sums.get(row);
    if (sum === undefined) this.#sums.set(row, sum = new ExactSum());
    else this.#bytes -= sum.bytes;
    change(sum);
    this.#bytes += sum.bytes;
  }
}
