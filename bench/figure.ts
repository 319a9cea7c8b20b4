/** What the bench finds: figures, each beside its floor and its target (docs/performance.md). */

export interface Floor {
  /** "1 slide": windows as long as their slide, beside longer ones. */
  name: "F1" | "F2" | "F3" | "1 slide" | "alone";
  value: number;
}

/** A wish about the ratio to the floor, or about the value itself. */
export type Target =
  | { of: "ratio"; at_least: number }
  | { of: "value"; at_most: number };

export interface Figure {
  name: string;
  value: number;
  unit: "events/s" | "deliveries/s" | "requests/s" | "ms" | "bytes";
  floor: Floor | null;
  /** null: measured for its own sake. */
  target: Target | null;
  /** Every round, in the order measured. */
  rounds: readonly number[];
  /** What else was seen, by name with its unit. */
  also: Readonly<Record<string, number>>;
}

/** Value over floor; null without a floor. */
export function ratioOf({ value, floor }: Figure): number | null {
  return floor === null ? null : value / floor.value;
}

/** Whether the target is met; null without one. */
export function isMet(figure: Figure): boolean | null {
  const { target, value } = figure;
  if (target === null) return null;
  const ratio = ratioOf(figure);
  return target.of === "value" ? value <= target.at_most : ratio !== null && ratio >= target.at_least;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest value that a part `q` of them does not exceed. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? NaN;
}
