/**
 * The loops of the filter. Each narrows `rows[0..count)` in place to the rows that pass and answers how
 * many are left; order is kept. Every row is written before it is decided on, so the loops have no
 * unpredictable branch around the store. Numbers are NaN where a value has no numeric reading, which fails
 * every comparison, so kinds are not looked at.
 */
import { KIND } from "../batch/batch.ts";

export type NumberKernel = (rows: Uint16Array, count: number, numbers: Float64Array, bound: number) => number;

export const greater: NumberKernel = (rows, count, numbers, bound) => {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    rows[kept] = row;
    if (numbers[row]! > bound) kept++;
  }
  return kept;
};

export const greaterOrEqual: NumberKernel = (rows, count, numbers, bound) => {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    rows[kept] = row;
    if (numbers[row]! >= bound) kept++;
  }
  return kept;
};

export const less: NumberKernel = (rows, count, numbers, bound) => {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    rows[kept] = row;
    if (numbers[row]! < bound) kept++;
  }
  return kept;
};

export const lessOrEqual: NumberKernel = (rows, count, numbers, bound) => {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    rows[kept] = row;
    if (numbers[row]! <= bound) kept++;
  }
  return kept;
};

export const equalNumber: NumberKernel = (rows, count, numbers, bound) => {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    rows[kept] = row;
    if (numbers[row]! === bound) kept++;
  }
  return kept;
};

/** Present and not equal. */
export function unequalNumber(
  rows: Uint16Array,
  count: number,
  column: { numbers: Float64Array; kinds: Uint8Array },
  bound: number,
): number {
  const { numbers, kinds } = column;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    rows[kept] = row;
    if (numbers[row]! !== bound && kinds[row] !== KIND.missing) kept++;
  }
  return kept;
}

export function betweenNumbers(
  rows: Uint16Array,
  count: number,
  numbers: Float64Array,
  range: { low: number; high: number },
): number {
  const { low, high } = range;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    rows[kept] = row;
    const number = numbers[row]!;
    if (number >= low && number <= high) kept++;
  }
  return kept;
}

export function equalCode(rows: Uint16Array, count: number, codes: Int32Array, code: number): number {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    rows[kept] = row;
    if (codes[row] === code) kept++;
  }
  return kept;
}

/** Present and of another code. */
export function unequalCode(
  rows: Uint16Array,
  count: number,
  column: { codes: Int32Array; kinds: Uint8Array },
  code: number,
): number {
  const { codes, kinds } = column;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    rows[kept] = row;
    if (codes[row] !== code && kinds[row] !== KIND.missing) kept++;
  }
  return kept;
}

export function presentRows(rows: Uint16Array, count: number, kinds: Uint8Array): number {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    rows[kept] = row;
    if (kinds[row] !== KIND.missing) kept++;
  }
  return kept;
}

export function missingRows(rows: Uint16Array, count: number, kinds: Uint8Array): number {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    rows[kept] = row;
    if (kinds[row] === KIND.missing) kept++;
  }
  return kept;
}

/** Keeps the rows whose mark is `wanted`. */
export function markedRows(rows: Uint16Array, count: number, marks: Uint8Array, wanted: 0 | 1): number {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    rows[kept] = row;
    if (marks[row] === wanted) kept++;
  }
  return kept;
}
