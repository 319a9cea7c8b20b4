/**
 * The k-th smallest number by partial sorting (Hoare, "Algorithm 65: FIND", 1961): linear on average, which
 * matters since iqr looks at its whole window at each event. The pivot is the middle element, never chance.
 */

/**
 * Reorders `values` from index `from` on, so that what stands at `k` is what would stand there if that part
 * were sorted, smaller ones before it and larger ones behind. No NaN.
 */
export function select(values: Float64Array, k: number, from: number): number {
  let left = from;
  let right = values.length - 1;
  while (left < right) {
    const pivot = values[(left + right) >> 1]!;
    let [i, j] = [left, right];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
    if (k > j) left = i > k ? k : i;
    if (k < i) right = j < k ? k : j;
  }
  return values[k]!;
}

/** The smallest number from index `from` on. */
export function least(values: Float64Array, from: number): number {
  let found = values[from]!;
  for (let i = from + 1; i < values.length; i++) if (values[i]! < found) found = values[i]!;
  return found;
}
