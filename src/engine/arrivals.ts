/**
 * What is due by arrival: windows that an event from the far future opened, since event time may not come there
 * for long (SEMANTICS 10). Unlike timers of event time, which follow from what operators hold of a key, these are
 * known here alone: so they go with their key, and into its snapshot.
 */
import type { ByteReader, ByteWriter } from "./state_bytes.ts";
import { slotOf, TIMER, Timers } from "./timers.ts";

/** Of one entry: in the calendar, and by key. */
const ENTRY_BYTES = 60;

export class Arrivals {
  readonly #timers = new Timers();
  readonly #byKey = new Map<number, Set<number>>();
  #entries = 0;

  get bytes(): number {
    return this.#entries * ENTRY_BYTES;
  }

  /** The earliest due time, Infinity when there is none. */
  get next(): number {
    return this.#timers.next;
  }

  /** A window of the key is due when arrival comes to `at`, ms. */
  set(at: number, slot: number): void {
    let times = this.#byKey.get(slot);
    if (times === undefined) this.#byKey.set(slot, times = new Set());
    if (times.has(at)) return;
    times.add(at);
    this.#entries++;
    this.#timers.set(at, slot, TIMER.window);
  }

  /** As of {@linkcode Timers}, without what belonged to keys that are gone. */
  take(seqOf: (slot: number) => number): { at: number; entries: ArrayLike<number> } {
    const { at, entries } = this.#timers.take(seqOf);
    return { at, entries: Array.from(entries).filter((entry) => this.#remove(slotOf(entry), at)) };
  }

  clear(): void {
    this.#timers.clear();
    this.#byKey.clear();
    this.#entries = 0;
  }

  open(_slot: number): void {}

  close(slot: number): void {
    this.#entries -= this.#byKey.get(slot)?.size ?? 0;
    this.#byKey.delete(slot);
  }

  write(slot: number, out: ByteWriter): void {
    const times = this.#byKey.get(slot);
    out.u32(times?.size ?? 0);
    for (const at of times ?? []) out.f64(at);
  }

  read(slot: number, input: ByteReader): void {
    for (let times = input.u32(); times > 0; times--) this.set(input.f64(), slot);
  }

  #remove(slot: number, at: number): boolean {
    const times = this.#byKey.get(slot);
    if (times === undefined || !times.delete(at)) return false;
    this.#entries--;
    if (times.size === 0) this.#byKey.delete(slot);
    return true;
  }
}
