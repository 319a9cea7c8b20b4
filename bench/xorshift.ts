/** The number behind `seed` in a stream of 32 random bits (Marsaglia's xorshift), the same in every run. */
export function xorshift(seed: number): number {
  let next = seed;
  next ^= next << 13;
  next ^= next >>> 17;
  next ^= next << 5;
  return next >>> 0;
}
