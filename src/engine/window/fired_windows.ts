/**
 * Which windows of a key have fired and may fire again, or must not: needed for corrections and for early
 * firing only. A window is named by its end; its revision is how often its alert was told.
 */
import type { ByteReader, ByteWriter } from "../state_bytes.ts";

const ENTRY_BYTES = 40;

export class FiredWindows {
  readonly #kept: boolean;
  readonly #byKey = new Map<number, Map<number, number>>();
  #entries = 0;

  /** @param kept whether anything is to be remembered at all */
  constructor(kept: boolean) {
    this.#kept = kept;
  }

  get bytes(): number {
    return this.#entries * ENTRY_BYTES;
  }

  /** 0 when no alert of the window was told. */
  revision(slot: number, end: number): number {
    return this.#byKey.get(slot)?.get(end) ?? 0;
  }

  note(slot: number, end: number, revision: number): void {
    if (!this.#kept) return;
    let windows = this.#byKey.get(slot);
    if (windows === undefined) this.#byKey.set(slot, windows = new Map());
    if (!windows.has(end)) this.#entries++;
    windows.set(end, revision);
  }

  /** Forgets windows that ended at `end` or before. */
  expire(slot: number, end: number): void {
    const windows = this.#byKey.get(slot);
    if (windows === undefined) return;
    for (const ended of windows.keys()) {
      if (ended > end) continue;
      windows.delete(ended);
      this.#entries--;
    }
    if (windows.size === 0) this.#byKey.delete(slot);
  }

  forget(slot: number): void {
    this.expire(slot, Infinity);
  }

  write(slot: number, out: ByteWriter): void {
    const windows = this.#byKey.get(slot);
    out.u32(windows?.size ?? 0);
    for (const [end, revision] of windows ?? []) {
      out.f64(end);
      out.u32(revision);
    }
  }

  read(slot: number, input: ByteReader): void {
    for (let entries = input.u32(); entries > 0; entries--) this.note(slot, input.f64(), input.u32());
  }
}
