/**
 * The dictionary of a batch: each distinct text gets a code at its first sight, shared by all columns, so
 * later stages compare numbers. The numeric reading and the constant a text may be are looked up once per
 * distinct text. Reused from batch to batch; `begin` empties it.
 */
import { numberOfText } from "../base/numeric.ts";
import type { Registry } from "./binding.ts";
import { align8 } from "./batch.ts";

const CAPACITY_FIRST = 1024;

export class Dictionary {
  readonly #registry: Registry;
  #codes = new Map<string, number>();
  #texts: string[] = [];
  #numbers = new Float64Array(CAPACITY_FIRST);
  #units = 0;
  #constants: number[] = [];

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  get size(): number {
    return this.#texts.length;
  }

  /** Pairs of constant id and code. */
  get constants(): readonly number[] {
    return this.#constants;
  }

  /** Bytes of its section in the batch. */
  get bytes(): number {
    return align8(align8(4 * (this.size + 1)) + 8 * this.size + 2 * this.#units);
  }

  begin(): void {
    this.#codes.clear();
    this.#texts = [];
    this.#units = 0;
    this.#constants = [];
  }

  code(text: string): number {
    const known = this.#codes.get(text);
    return known === undefined ? this.#add(text) : known;
  }

  number(code: number): number {
    return this.#numbers[code]!;
  }

  text(code: number): string {
    return this.#texts[code]!;
  }

  /** Writes the section at byte position `at` of `target`. */
  write(target: Uint8Array, at: number): void {
    const size = this.size;
    const base = target.byteOffset + at;
    const numbersAt = align8(4 * (size + 1));
    const starts = new Uint32Array(target.buffer, base, size + 1);
    new Float64Array(target.buffer, base + numbersAt, size).set(this.#numbers.subarray(0, size));
    const units = new Uint16Array(target.buffer, base + numbersAt + 8 * size, this.#units);
    let next = 0;
    for (let code = 0; code < size; code++) {
      starts[code] = next;
      const text = this.#texts[code]!;
      for (let i = 0; i < text.length; i++) units[next++] = text.charCodeAt(i);
    }
    starts[size] = next;
  }

  #add(text: string): number {
    const code = this.#texts.length;
    if (code === this.#numbers.length) this.#grow();
    this.#codes.set(text, code);
    this.#texts.push(text);
    this.#numbers[code] = numberOfText(text);
    this.#units += text.length;
    const constant = this.#registry.constantOf(text);
    if (constant !== undefined) this.#constants.push(constant, code);
    return code;
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#numbers.length);
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}
