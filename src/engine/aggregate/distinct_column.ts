/** The different values of one field: a set per row that has any. */
import type { Gathered } from "../gathered.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import type { BagColumn } from "./bag_column.ts";
import { DistinctSet } from "./distinct_set.ts";
import { keyAt } from "./value_key.ts";

export class DistinctColumn implements BagColumn {
  readers = 0;
  readonly #field: number;
  readonly #sets: (DistinctSet | undefined)[] = [];
  #bytes = 0;

  constructor(field: number) {
    this.#field = field;
  }

  get bytes(): number {
    return this.#bytes;
  }

  set(row: number): DistinctSet | undefined {
    return this.#sets[row];
  }

  /** Answers 1 when the value did not count. */
  add(row: number, gathered: Gathered, i: number): number {
    const key = keyAt(gathered, this.#field, i);
    if (key === null) return 1;
    const set = this.#take(row);
    set.add(key);
    this.#bytes += set.bytes;
    return 0;
  }

  merge(into: number, from: number): void {
    const other = this.#sets[from];
    if (other === undefined) return;
    const set = this.#take(into);
    set.addAll(other);
    this.#bytes += set.bytes;
  }

  /** Makes the row one of no values. */
  empty(row: number): void {
    this.#bytes -= this.#sets[row]?.bytes ?? 0;
    this.#sets[row] = undefined;
  }

  write(row: number, out: ByteWriter): void {
    const set = this.#sets[row];
    out.u8(set === undefined ? 0 : 1);
    set?.write(out);
  }

  read(row: number, input: ByteReader): void {
    if (input.u8() === 0) return;
    const set = DistinctSet.read(input);
    this.#sets[row] = set;
    this.#bytes += set.bytes;
  }

  /** The set of a row, made if need be; its bytes are counted again by the caller. */
  #take(row: number): DistinctSet {
    const set = this.#sets[row];
    if (set === undefined) return this.#sets[row] = new DistinctSet();
    this.#bytes -= set.bytes;
    return set;
  }
}
