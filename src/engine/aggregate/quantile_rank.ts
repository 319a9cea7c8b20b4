/** From the values by rank to a percentile. `at(r)` is the value of rank r, 0 = the smallest. */
type ByRank = (rank: number) => number;

/** Hyndman and Fan, type 7: linear between the two neighbours of (n - 1) p. */
export function percentileCont(n: number, p: number, at: ByRank): number {
  const h = (n - 1) * p;
  const below = Math.floor(h);
  const low = at(below);
  if (h === below) return low;
  const high = at(below + 1);
  const f = h - below;
  return Number.isFinite(high - low) ? low + f * (high - low) : low * (1 - f) + high * f;
}

/** The value of rank ceil(p n), at least 1; p n one rounding above a whole number is that number. */
export function percentileDisc(n: number, p: number, at: ByRank): number {
  return at(Math.max(1, Math.ceil(p * n * (1 - 2 ** -51))) - 1);
}
