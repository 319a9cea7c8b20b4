/**
 * Sums without any rounding error, as short expansions: a few doubles whose exact sum is the sum meant. What
 * an addition would round away is kept as a double of its own (TwoSum, Knuth; Shewchuk, "Adaptive Precision
 * Floating-Point Arithmetic", 1997). Because nothing is ever lost, the order and the grouping of additions
 * cannot be seen in the result: a window folded from two stacks gives the same bits as one folded pane by
 * pane. When the cells do not suffice, nothing is changed and the answer is false; the caller then goes on
 * with an {@linkcode ExactSum}.
 */

/** 2^27 + 1: splits a double into two halves of 26 bits (Dekker). */
const SPLIT = 134217729;

/**
 * Adds `x` to the sum in cells[at] and cells[at + 1]. False, and nothing changed, when it does not fit. The
 * error terms are written out: a call that returns two numbers would cost more than the sum.
 */
export function addToPair(cells: Float64Array, at: number, x: number): boolean {
  const high = cells[at]!;
  const s = high + x;
  const b = s - high;
  const e = (high - (s - b)) + (x - b);
  if (e === 0) {
    cells[at] = s;
    return true;
  }
  const low = cells[at + 1]!;
  const t = low + e;
  const c = t - low;
  if ((low - (t - c)) + (e - c) !== 0) return false;
  const sum = s + t;
  const d = sum - s;
  cells[at] = sum;
  cells[at + 1] = (s - (sum - d)) + (t - d);
  return true;
}

/** As {@linkcode addToPair}, with three cells. */
export function addToTriple(cells: Float64Array, at: number, x: number): boolean {
  const high = cells[at]!;
  const s = high + x;
  const b = s - high;
  const e = (high - (s - b)) + (x - b);
  if (e === 0) {
    cells[at] = s;
    return true;
  }
  const middle = cells[at + 1]!;
  const t = middle + e;
  const c = t - middle;
  const f = (middle - (t - c)) + (e - c);
  const low = cells[at + 2]!;
  const u = low + f;
  const d = u - low;
  if ((low - (u - d)) + (f - d) !== 0) return false;
  const sum = s + t;
  const g = sum - s;
  const rest = (s - (sum - g)) + (t - g);
  const tail = rest + u;
  const h = tail - rest;
  cells[at] = sum;
  cells[at + 1] = tail;
  cells[at + 2] = (rest - (tail - h)) + (u - h);
  return true;
}

/** What `a * b` rounds away, exactly; `product` is `a * b`. Good while no factor is beyond 2^990. */
export function productError(a: number, b: number, product: number): number {
  const ca = SPLIT * a;
  const a1 = ca - (ca - a);
  const a2 = a - a1;
  const cb = SPLIT * b;
  const b1 = cb - (cb - b);
  const b2 = b - b1;
  return a2 * b2 - (((product - a1 * b1) - a2 * b1) - a1 * b2);
}
