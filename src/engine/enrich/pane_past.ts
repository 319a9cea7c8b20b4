/**
 * The past in panes of `size_ms`, aligned to the epoch: an event finds what the pane `back` panes before its own
 * has come to so far. Per key those panes are held that an event may still ask for, which is at most as late as
 * the watermark's delay (in panes, at most {@linkcode LATE_PANES_MAX}).
 */
import type { JsonScalar } from "../../base/json.ts";
import type { Aggregates } from "../aggregate/aggregates.ts";
import type { Gathered } from "../gathered.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import type { PastValues } from "./past.ts";

/** Panes held per key for events that come late. */
export const LATE_PANES_MAX = 100;
const SLOT_BYTES = 48;
const PANE_BYTES = 32;

/** Which pane since the epoch, and the row of its events. */
interface Pane {
  index: number;
  row: number;
}

export class PanePast implements PastValues {
  readonly #aggregates: Aggregates;
  readonly #size: number;
  readonly #back: number;
  readonly #held: number;
  /** By slot; panes ascending. */
  readonly #panes: Pane[][] = [];
  #slots = 0;
  #count = 0;

  constructor(
    aggregates: Aggregates,
    { size_ms, back, delay_ms }: { size_ms: number; back: number; delay_ms: number },
  ) {
    this.#aggregates = aggregates;
    this.#size = size_ms;
    this.#back = back;
    this.#held = back + 1 + Math.min(LATE_PANES_MAX, Math.ceil(delay_ms / size_ms));
  }

  get bytes(): number {
    return this.#slots * SLOT_BYTES + this.#count * PANE_BYTES + this.#aggregates.bytes;
  }

  open(slot: number): void {
    this.#panes[slot] = [];
    this.#slots++;
  }

  close(slot: number): void {
    const panes = this.#panes[slot]!;
    while (panes.length > 0) this.#dropOldest(panes);
    this.#slots--;
  }

  take(slot: number, rows: Gathered, i: number): JsonScalar {
    const panes = this.#panes[slot]!;
    const index = Math.floor(rows.times[i]! / this.#size);
    const asked = panes.find((pane) => pane.index === index - this.#back);
    const value = asked === undefined ? this.nothing() : this.#aggregates.values(asked.row, this.#size)[0]!;
    const own = this.#paneFor(panes, index);
    if (own !== null) this.#aggregates.add(own.row, rows, i);
    return value;
  }

  nothing(): JsonScalar {
    const row = this.#aggregates.alloc();
    const [value] = this.#aggregates.values(row, this.#size);
    this.#aggregates.free(row);
    return value!;
  }

  idleAt(slot: number): number {
    const newest = this.#panes[slot]!.at(-1);
    return newest === undefined ? -Infinity : (newest.index + this.#back + 1) * this.#size;
  }

  write(slot: number, out: ByteWriter): void {
    const panes = this.#panes[slot]!;
    out.u32(panes.length);
    for (const { index, row } of panes) {
      out.f64(index);
      this.#aggregates.write(row, out);
    }
  }

  read(slot: number, input: ByteReader): void {
    for (let panes = input.u32(); panes > 0; panes--) {
      this.#panes[slot]!.push({ index: input.f64(), row: this.#aggregates.read(input) });
      this.#count++;
    }
  }

  /** null: it is older than what is held. */
  #paneFor(panes: Pane[], index: number): Pane | null {
    const newest = Math.max(index, panes.at(-1)?.index ?? -Infinity);
    while (panes.length > 0 && panes[0]!.index <= newest - this.#held) this.#dropOldest(panes);
    if (index <= newest - this.#held) return null;
    let place = panes.length;
    while (place > 0 && panes[place - 1]!.index > index) place--;
    const known = panes[place - 1];
    if (known?.index === index) return known;
    const pane = { index, row: this.#aggregates.alloc() };
    panes.splice(place, 0, pane);
    this.#count++;
    return pane;
  }

  #dropOldest(panes: Pane[]): void {
    this.#aggregates.free(panes.shift()!.row);
    this.#count--;
  }
}
