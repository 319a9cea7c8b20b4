/**
 * Sliding windows per event: at each event of a key, over those of the last `size_ms` up to and including it,
 * (t - size, t]. Events wait in the order of their times until the watermark reaches them, so that any order
 * within the delay gives the same firings; then each joins a fold over the events before it, which costs the
 * same however many there are.
 *
 * Events of one time fire one after the other, each with those before it. An event behind the watermark is late.
 */
import { SlidingFold } from "../aggregate/sliding_fold.ts";
import type { Gathered } from "../gathered.ts";
import type { WindowPlan, WindowShape } from "../plan.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import { endsOf } from "../evidence_lists.ts";
import { TIMER, type TimerKind } from "../timers.ts";
import { EventQueue } from "./event_queue.ts";
import type { EventRows } from "./event_rows.ts";
import type { Taken, WindowHost, WindowOperator } from "./window_operator.ts";

const SLOT_BYTES = 160;

type Shape = WindowPlan & Extract<WindowShape, { type: "sliding" }>;

interface KeyEvents {
  /** Fired, oldest first. */
  past: SlidingFold;
  /** Not fired yet, by time, then by arrival. */
  waiting: EventQueue;
  /** When it is looked again whether the past is over, ms; -Infinity: not at all. */
  look_at: number;
}

export class SlidingWindows implements WindowOperator {
  readonly #plan: Shape;
  readonly #rows: EventRows;
  readonly #host: WindowHost;
  readonly #keys: (KeyEvents | undefined)[] = [];
  #slots = 0;
  #waiting = 0;

  constructor(plan: Shape, rows: EventRows, host: WindowHost) {
    this.#plan = plan;
    this.#rows = rows;
    this.#host = host;
  }

  get bytes(): number {
    return this.#rows.bytes + this.#slots * SLOT_BYTES;
  }

  get open_windows(): number {
    return this.#waiting;
  }

  open(slot: number): void {
    const past = new SlidingFold(this.#rows.aggregates);
    this.#keys[slot] = { past, waiting: new EventQueue(), look_at: -Infinity };
    this.#slots++;
  }

  close(slot: number): void {
    const key = this.#keys[slot]!;
    const rows = [...key.past.rows, ...key.waiting];
    key.past.clear();
    for (const row of rows) this.#rows.free(row);
    this.#waiting -= key.waiting.length;
    this.#keys[slot] = undefined;
    this.#slots--;
  }

  isIdle(slot: number): boolean {
    const { past, waiting } = this.#keys[slot]!;
    return past.length + waiting.length === 0;
  }

  add(slot: number, gathered: Gathered, i: number, future: boolean): Taken {
    const time = gathered.times[i]!;
    if (time < this.#host.watermark) return "late";
    const key = this.#keys[slot]!;
    const row = this.#rows.take(gathered, i);
    key.waiting.insert(row, (other) => this.#rows.time(other) > time);
    this.#waiting++;
    this.#keepCap(slot, key);
    if (future) this.#host.schedule(time, slot, { kind: TIMER.window, future });
    if (!future && this.#host.reach(time)) this.#fireUntil(slot, key, time);
    else if (key.waiting.at(0) === row) this.#expectNext(slot, key);
    return "taken";
  }

  fire(slot: number, at: number, kind: TimerKind): void {
    const key = this.#keys[slot]!;
    if (kind === TIMER.window_end) this.#look(slot, key, at);
    else this.#fireUntil(slot, key, at);
  }

  write(slot: number, out: ByteWriter): void {
    const { past, waiting } = this.#keys[slot]!;
    for (const rows of [past.rows, [...waiting]]) {
      out.u32(rows.length);
      for (const row of rows) this.#rows.write(row, out);
    }
    out.f64(this.#keys[slot]!.look_at);
  }

  read(slot: number, input: ByteReader): void {
    const key = this.#keys[slot]!;
    for (let rows = input.u32(); rows > 0; rows--) key.past.push(this.#rows.read(input));
    for (let rows = input.u32(); rows > 0; rows--) {
      key.waiting.push(this.#rows.read(input));
      this.#waiting++;
    }
    this.#expectNext(slot, key);
    const look = input.f64();
    if (look > -Infinity) this.#lookAgain(slot, key, look);
  }

  #fireUntil(slot: number, key: KeyEvents, at: number): void {
    while (key.waiting.length > 0 && this.#rows.time(key.waiting.at(0)) <= at) this.#fireNext(slot, key);
    this.#expectNext(slot, key);
    if (key.look_at === -Infinity) this.#lookAgain(slot, key, at + this.#plan.size_ms);
  }

  #expectNext(slot: number, { waiting }: KeyEvents): void {
    if (waiting.length === 0) return;
    this.#host.schedule(this.#rows.time(waiting.at(0)), slot, { kind: TIMER.window, future: false });
  }

  #fireNext(slot: number, key: KeyEvents): void {
    const row = key.waiting.shift();
    this.#waiting--;
    const time = this.#rows.time(row);
    this.#dropUntil(key, time - this.#plan.size_ms);
    const { past } = key;
    past.push(row);
    this.#host.fire({
      slot,
      cause: { kind: "event", offset: this.#rows.offset(row) },
      time,
      window: { start: time - this.#plan.size_ms, end: time },
      values: past.values(this.#plan.size_ms),
      revision: 1,
      event_count: past.length,
      evidence: () => endsOf(past.length, (i) => this.#rows.offset(past.row(i))),
    });
  }

  #dropUntil(key: KeyEvents, time: number): void {
    while (key.past.length > 0 && this.#rows.time(key.past.row(0)) <= time) this.#dropOldest(key);
  }

  #dropOldest(key: KeyEvents): void {
    this.#rows.free(key.past.shift());
  }

  /** The oldest events of a key give way to newer ones. */
  #keepCap(slot: number, key: KeyEvents): void {
    const { events_max } = this.#plan;
    if (events_max === null || key.past.length + key.waiting.length <= events_max) return;
    if (key.past.length > 0) this.#dropOldest(key);
    else {
      this.#rows.free(key.waiting.shift());
      this.#waiting--;
      this.#expectNext(slot, key);
    }
    this.#host.overflow(1);
  }

  /** Forgets what no window needs any more, so that a key that has gone quiet can be forgotten as a whole. */
  #look(slot: number, key: KeyEvents, at: number): void {
    if (key.look_at !== at) return;
    key.look_at = -Infinity;
    this.#dropUntil(key, at - this.#plan.size_ms);
    if (key.past.length > 0) {
      const last = this.#rows.time(key.past.row(key.past.length - 1));
      this.#lookAgain(slot, key, last + this.#plan.size_ms);
    }
  }

  #lookAgain(slot: number, key: KeyEvents, at: number): void {
    key.look_at = at;
    this.#host.schedule(at, slot, { kind: TIMER.window_end, future: false });
  }
}
