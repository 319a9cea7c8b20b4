/**
 * A sum of any finite doubles without any error, as many doubles as it takes (Shewchuk 1997; rounding as in
 * Python's math.fsum). Values from 2^970 on are kept apart, scaled down, so that nothing overflows on the
 * way. Everything it answers is a function of the exact sum alone, never of the order of additions. It
 * serves the few rows whose sum does not fit into their cells, and the arithmetic behind deviations.
 */
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import { productError } from "./expansion.ts";

const HUGE = 2 ** 970;
const DOWN = 2 ** -64;
const UP = 2 ** 64;
const OBJECT_BYTES = 160;

export class ExactSum {
  /** Without overlap, ascending by size. */
  readonly #partials: number[] = [];
  /** Of values from HUGE on, times DOWN. */
  readonly #huge: number[] = [];

  add(x: number): void {
    if (Math.abs(x) >= HUGE) grow(this.#huge, x * DOWN);
    else grow(this.#partials, x);
  }

  /** Adds the exact product. Both factors below 2^500. */
  addProduct(a: number, b: number): void {
    const product = a * b;
    this.add(product);
    this.add(productError(a, b, product));
  }

  addAll(other: ExactSum): void {
    for (const x of other.#partials) this.add(x);
    for (const x of other.#huge) grow(this.#huge, x);
  }

  /** The sum rounded once; +-Infinity when it is beyond the doubles. */
  get value(): number {
    const whole = this.#whole();
    return whole === null ? rounded(this.#scaled()) * UP : rounded(whole);
  }

  /** The sum divided by `n`, off by less than its last bit: finite whenever the mean is. */
  meanOf(n: number): number {
    const whole = this.#whole();
    const [high = 0, low = 0] = partsOf(whole ?? this.#scaled());
    return whole === null ? meanOfParts(high, low, n) * UP : meanOfParts(high, low, n);
  }

  /** The sum as doubles, each the rounded rest of the ones before: one form for one sum. */
  parts(): number[] {
    return partsOf(this.#whole() ?? []);
  }

  get bytes(): number {
    return OBJECT_BYTES + 8 * (this.#partials.length + this.#huge.length);
  }

  write(out: ByteWriter): void {
    for (const list of [this.#partials, this.#huge]) {
      out.u32(list.length);
      for (const x of list) out.f64(x);
    }
  }

  static read(input: ByteReader): ExactSum {
    const sum = new ExactSum();
    for (const list of [sum.#partials, sum.#huge]) {
      for (let left = input.u32(); left > 0; left--) list.push(input.f64());
    }
    return sum;
  }

  /** All partials unscaled; null when their sum is beyond the doubles. */
  #whole(): number[] | null {
    if (this.#huge.length === 0) return this.#partials;
    const whole = [...this.#partials];
    for (const x of this.#huge) grow(whole, x * UP);
    return whole.every(Number.isFinite) ? whole : null;
  }

  /** All partials times DOWN. What would get lost below them keeps its sign: it decides ties only. */
  #scaled(): number[] {
    const scaled = [...this.#huge];
    for (const x of this.#partials) {
      grow(scaled, Math.abs(x) < DOWN ? Math.sign(x) * Number.MIN_VALUE : x * DOWN);
    }
    return scaled;
  }
}

/** `high + low` divided by `n`: the quotient of `high`, corrected by what it leaves. */
export function meanOfParts(high: number, low: number, n: number): number {
  if (Math.abs(high) >= HUGE) return meanOfParts(high * DOWN, low * DOWN, n) * UP;
  const quotient = high / n;
  const product = quotient * n;
  const rest = (high - product) - productError(quotient, n, product) + low;
  return Number.isFinite(rest) ? quotient + rest / n : quotient;
}

function partsOf(partials: readonly number[]): number[] {
  const parts: number[] = [];
  const rest = [...partials];
  while (rest.length > 0) {
    const part = rounded(rest);
    parts.push(part);
    grow(rest, -part);
  }
  return parts;
}

function grow(partials: number[], x: number): void {
  let kept = 0;
  let sum = x;
  for (let i = 0; i < partials.length; i++) {
    const y = partials[i]!;
    const s = sum + y;
    const b = s - sum;
    const e = (sum - (s - b)) + (y - b);
    if (e !== 0) partials[kept++] = e;
    sum = s;
  }
  partials.length = kept;
  if (sum !== 0) partials.push(sum);
}

/** To nearest, ties to even: what lies below a tie decides it. */
function rounded(partials: readonly number[]): number {
  let left = partials.length;
  let high = 0;
  let low = 0;
  while (left > 0 && low === 0) {
    const y = partials[--left]!;
    const s = high + y;
    low = y - (s - high);
    high = s;
  }
  const below = left > 0 ? partials[left - 1]! : 0;
  if ((low < 0 && below < 0) || (low > 0 && below > 0)) {
    const further = high + 2 * low;
    if (further - high === 2 * low) return further;
  }
  return high;
}
