/**
 * Hashes of values for HyperLogLog: two lanes of 32 bits, multiplied unit by unit and mixed with the finalizer
 * of MurmurHash3 (public domain, Austin Appleby). The same on every machine, since states are stored.
 */
import type { ValueKey } from "./value_key.ts";

const LANES = [0x9e3779b1, 0x85ebca77] as const;
const PRIMES = [0x85ebca6b, 0xc2b2ae35] as const;

/** Lane 0 or 1 of the hash, an unsigned integer of 32 bits. */
export function hashLane(key: ValueKey, lane: 0 | 1): number {
  let hash: number = LANES[lane];
  const prime = PRIMES[lane];
  if (typeof key === "string") {
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), prime);
    return finish(hash ^ key.length);
  }
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Number(key));
  hash = mixed(hash ^ view.getInt32(0)) ^ view.getInt32(4);
  return finish(Math.imul(hash, prime) ^ (typeof key === "boolean" ? 0x5bd1e995 : 0));
}

function finish(hash: number): number {
  return mixed(hash) >>> 0;
}

function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
