/**
 * Count windows: at every `slide`-th event of a key over its last `size`, in the order of arrival, as soon as
 * `size` events are held. They do not look at time, so nothing is ever late.
 */
import { SlidingFold } from "../aggregate/sliding_fold.ts";
import { endsOf } from "../evidence_lists.ts";
import type { Gathered } from "../gathered.ts";
import type { WindowPlan, WindowShape } from "../plan.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import type { EventRows } from "./event_rows.ts";
import type { Taken, WindowHost, WindowOperator } from "./window_operator.ts";

const SLOT_BYTES = 120;

type Shape = WindowPlan & Extract<WindowShape, { type: "count" }>;

interface KeyEvents {
  events: SlidingFold;
  /** Events that are still to come before it fires. */
  missing: number;
}

export class CountWindows implements WindowOperator {
  readonly #plan: Shape;
  readonly #rows: EventRows;
  readonly #host: WindowHost;
  readonly #keys: (KeyEvents | undefined)[] = [];
  /** Events until the first firing: as many slides as `size` needs. */
  readonly #first: number;
  #slots = 0;

  constructor(plan: Shape, rows: EventRows, host: WindowHost) {
    this.#plan = plan;
    this.#rows = rows;
    this.#host = host;
    this.#first = Math.ceil(plan.size / plan.slide) * plan.slide;
  }

  get bytes(): number {
    return this.#rows.bytes + this.#slots * SLOT_BYTES;
  }

  get open_windows(): number {
    return this.#slots;
  }

  open(slot: number): void {
    this.#keys[slot] = { events: new SlidingFold(this.#rows.aggregates), missing: this.#first };
    this.#slots++;
  }

  close(slot: number): void {
    const { events } = this.#keys[slot]!;
    const { rows } = events;
    events.clear();
    for (const row of rows) this.#rows.free(row);
    this.#keys[slot] = undefined;
    this.#slots--;
  }

  /** Never while the key is held: how many events are missing is something known of it. */
  isIdle(): boolean {
    return false;
  }

  add(slot: number, gathered: Gathered, i: number): Taken {
    const key = this.#keys[slot]!;
    if (key.events.length === this.#plan.size) this.#rows.free(key.events.shift());
    const row = this.#rows.take(gathered, i);
    key.events.push(row);
    key.missing--;
    if (key.missing === 0) {
      key.missing = this.#plan.slide;
      this.#fireAt(slot, key, row);
    }
    return "taken";
  }

  fire(): void {
    // No timers: it fires at events alone.
  }

  write(slot: number, out: ByteWriter): void {
    const { events, missing } = this.#keys[slot]!;
    out.f64(missing);
    out.u32(events.length);
    for (const row of events.rows) this.#rows.write(row, out);
  }

  read(slot: number, input: ByteReader): void {
    const key = this.#keys[slot]!;
    key.missing = input.f64();
    for (let rows = input.u32(); rows > 0; rows--) key.events.push(this.#rows.read(input));
  }

  #fireAt(slot: number, { events }: KeyEvents, row: number): void {
    const last = this.#rows.time(row);
    this.#host.fire({
      slot,
      cause: { kind: "event", offset: this.#rows.offset(row) },
      time: last,
      window: null,
      values: events.values(Math.max(0, last - this.#rows.time(events.row(0)))),
      revision: 1,
      event_count: events.length,
      evidence: () => endsOf(events.length, (i) => this.#rows.offset(events.row(i))),
    });
  }
}
