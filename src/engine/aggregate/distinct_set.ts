/**
 * The different values of one row: themselves while they are few, then an estimate. Which of the two depends
 * on how many there are, so that rows merged in any grouping answer the same.
 */
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import { HyperLogLog, REGISTERS } from "./hyper_log_log.ts";
import { keyBytes, readKey, type ValueKey, writeKey } from "./value_key.ts";

/** Up to this many different values the count is exact. */
export const DISTINCT_EXACT_MAX = 10_000;

const FEW = 8;
const OBJECT_BYTES = 96;

export class DistinctSet {
  /** A list while they are few: a Set of three values would take ten times their room. */
  #keys: ValueKey[] | Set<ValueKey> = [];
  #keyBytes = 0;
  #sketch: HyperLogLog | null = null;

  /** null while the values themselves are held. */
  get sketch(): HyperLogLog | null {
    return this.#sketch;
  }

  /** The values, in the order in which they first came. Empty once there is a sketch. */
  get keys(): Iterable<ValueKey> {
    return this.#keys;
  }

  get count(): number {
    return this.#sketch?.estimate ?? this.#size;
  }

  add(key: ValueKey): void {
    if (this.#sketch !== null) return this.#sketch.add(key);
    if (Array.isArray(this.#keys) ? this.#keys.includes(key) : this.#keys.has(key)) return;
    if (Array.isArray(this.#keys) && this.#keys.length === FEW) this.#keys = new Set(this.#keys);
    if (Array.isArray(this.#keys)) this.#keys.push(key);
    else this.#keys.add(key);
    this.#keyBytes += keyBytes(key);
    if (this.#size > DISTINCT_EXACT_MAX) this.#toSketch();
  }

  addAll(other: DistinctSet): void {
    if (other.#sketch === null) { for (const key of other.#keys) this.add(key); }
    else this.#toSketch().addAll(other.#sketch);
  }

  get bytes(): number {
    return OBJECT_BYTES + (this.#sketch === null ? this.#keyBytes : REGISTERS);
  }

  write(out: ByteWriter): void {
    out.u8(this.#sketch === null ? 0 : 1);
    if (this.#sketch !== null) { for (const rank of this.#sketch.registers) out.u8(rank); }
    else {
      out.u32(this.#size);
      for (const key of this.#keys) writeKey(key, out);
    }
  }

  static read(input: ByteReader): DistinctSet {
    const set = new DistinctSet();
    if (input.u8() === 0) { for (let left = input.u32(); left > 0; left--) set.add(readKey(input)); }
    else set.#sketch = new HyperLogLog(new Uint8Array(REGISTERS).map(() => input.u8()));
    return set;
  }

  get #size(): number {
    return Array.isArray(this.#keys) ? this.#keys.length : this.#keys.size;
  }

  #toSketch(): HyperLogLog {
    if (this.#sketch !== null) return this.#sketch;
    const sketch = this.#sketch = new HyperLogLog();
    for (const key of this.#keys) sketch.add(key);
    this.#keys = [];
    this.#keyBytes = 0;
    return sketch;
  }
}
