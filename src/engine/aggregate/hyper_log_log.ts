/**
 * HyperLogLog: how many different values, in 16 kB, with a standard error of 0.8 % (Flajolet and others,
 * "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm", 2007). The estimator is
 * the improved raw one of Ertl ("New cardinality estimation algorithms for HyperLogLog sketches", 2017),
 * which needs no table of biases. Merging takes the larger of each register: order does not matter.
 */
import { hashLane } from "./value_hash.ts";
import type { ValueKey } from "./value_key.ts";

const REGISTER_BITS = 14;
export const REGISTERS = 1 << REGISTER_BITS;
/** Ranks go from 0 (no value) to this. */
export const RANK_MAX = 33;

/** Where a value falls, and its rank there: leading zeros plus one. */
export function registerOf(key: ValueKey): { register: number; rank: number } {
  return { register: hashLane(key, 0) >>> (32 - REGISTER_BITS), rank: Math.clz32(hashLane(key, 1)) + 1 };
}

export class HyperLogLog {
  readonly registers: Uint8Array;

  constructor(registers = new Uint8Array(REGISTERS)) {
    this.registers = registers;
  }

  add(key: ValueKey): void {
    const { register, rank } = registerOf(key);
    if (rank > this.registers[register]!) this.registers[register] = rank;
  }

  addAll({ registers }: HyperLogLog): void {
    for (let i = 0; i < REGISTERS; i++) {
      if (registers[i]! > this.registers[i]!) this.registers[i] = registers[i]!;
    }
  }

  get estimate(): number {
    const histogram = new Float64Array(RANK_MAX + 1);
    for (const rank of this.registers) histogram[rank]!++;
    return estimateOf(histogram);
  }
}

/** @param histogram how many registers have each rank */
export function estimateOf(histogram: Float64Array): number {
  let z = REGISTERS * tau(1 - histogram[RANK_MAX]! / REGISTERS);
  for (let rank = RANK_MAX - 1; rank >= 1; rank--) z = 0.5 * (z + histogram[rank]!);
  z += REGISTERS * sigma(histogram[0]! / REGISTERS);
  return Math.round((REGISTERS * REGISTERS) / (2 * Math.LN2 * z));
}

/** Ertl 2017, algorithm 6. */
function sigma(of: number): number {
  if (of === 1) return Infinity;
  let [x, y, z, before] = [of, 1, of, NaN];
  while (z !== before) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

function tau(of: number): number {
  if (of === 0 || of === 1) return 0;
  let [x, y, z, before] = [of, 1, 1 - of, NaN];
  while (z !== before) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
