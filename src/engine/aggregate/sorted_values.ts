/** Plain lists of numbers in ascending order, as multisets. Few values go in place, many by a merge. */

const FEW = 16;

export function sorted(values: readonly number[]): number[] {
  return Array.from(Float64Array.from(values).sort());
}

/** Takes in `values`, which ascend; answers the list, which may be a new one. */
export function withValues(list: number[], values: readonly number[]): number[] {
  if (values.length > FEW) return merged(list, values);
  for (const x of values) list.splice(rankOf(list, x), 0, x);
  return list;
}

/** Takes out `values`, which ascend and are all in the list. */
export function withoutValues(list: number[], values: readonly number[]): number[] {
  if (values.length > FEW) return difference(list, values);
  for (const x of values) list.splice(rankOf(list, x), 1);
  return list;
}

/** How many values are smaller. */
function rankOf(list: readonly number[], x: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

function merged(a: readonly number[], b: readonly number[]): number[] {
  const all: number[] = [];
  let j = 0;
  for (const x of a) {
    while (j < b.length && b[j]! < x) all.push(b[j++]!);
    all.push(x);
  }
  while (j < b.length) all.push(b[j++]!);
  return all;
}

function difference(a: readonly number[], b: readonly number[]): number[] {
  const left: number[] = [];
  let j = 0;
  for (const x of a) {
    if (j < b.length && b[j] === x) j++;
    else left.push(x);
  }
  return left;
}
