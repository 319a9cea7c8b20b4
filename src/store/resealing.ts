/** Sealing anew what is plain or sealed by another key than the first, a slice of rows a transaction. */
import { type Clock, sleep } from "../base/clock.ts";
import type { Keyring } from "../base/sealing.ts";

/** Rows that one transaction seals anew. */
const RESEAL_SLICE = 50;

/** `text` sealed by the first key, as it is where it is that already, or where no key opens it. */
export function resealed(keyring: Keyring, text: string, place: readonly string[]): string {
  const secret = keyring.upToDate(text) ? null : keyring.open(text, place);
  return secret?.ok ? keyring.seal(secret.text, place) : text;
}

/**
 * Seals `rows` anew until `signal` aborts it. Rows that are saved meanwhile are left alone: a save seals by the
 * first key.
 * @returns how many rows were sealed anew
 */
export async function resealRows<Row, Change>(
  rows: readonly Row[],
  { renewed, rewrite, clock, signal }: {
    /** What is to be written of a row; undefined: nothing. */
    renewed(row: Row): Change | undefined;
    rewrite(changes: readonly Change[]): Promise<number>;
    clock: Clock;
    signal: AbortSignal;
  },
): Promise<number> {
  let count = 0;
  for (let from = 0; from < rows.length && !signal.aborted; from += RESEAL_SLICE) {
    const slice = rows.slice(from, from + RESEAL_SLICE).map(renewed).filter((change) => change !== undefined);
    if (slice.length > 0) count += await rewrite(slice);
    await sleep(clock, 0);
  }
  return count;
}
