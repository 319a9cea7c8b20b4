/**
 * Session windows: events up to and including one gap apart belong together. A session is [start, last + gap)
 * and fires when the watermark reaches its end. An event that comes late may join two sessions that were apart;
 * with `duration_ms_max` none is joined beyond that length.
 *
 * An alert of a session is named by the session's start when it fired first (SEMANTICS 21).
 */
import type { Gathered } from "../gathered.ts";
import { FloatColumn, IntColumn } from "../number_column.ts";
import type { WindowPlan, WindowShape } from "../plan.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import { TIMER, type TimerKind } from "../timers.ts";
import { NO_ROW, type Panes } from "./panes.ts";
import type { Firing, Taken, WindowHost, WindowOperator } from "./window_operator.ts";

const SESSION_BYTES = 28;

type Shape = WindowPlan & Extract<WindowShape, { type: "session" }>;

export class SessionWindows implements WindowOperator {
  readonly #plan: Shape;
  readonly #panes: Panes;
  readonly #host: WindowHost;
  /** By row: the time of its last event, when its timer is due, its start when it fired first, how often it fired. */
  readonly #last = new FloatColumn();
  readonly #timer = new FloatColumn();
  readonly #named = new FloatColumn();
  readonly #revision = new IntColumn();
  #sessions = 0;

  constructor(plan: Shape, panes: Panes, host: WindowHost) {
    this.#plan = plan;
    this.#panes = panes;
    this.#host = host;
  }

  get bytes(): number {
    return this.#panes.bytes + this.#sessions * SESSION_BYTES;
  }

  get open_windows(): number {
    return this.#sessions;
  }

  open(slot: number): void {
    this.#panes.open(slot);
  }

  close(slot: number): void {
    this.#sessions -= this.#panes.rows(slot).length;
    this.#panes.close(slot);
  }

  isIdle(slot: number): boolean {
    return this.#panes.first(slot) === NO_ROW;
  }

  add(slot: number, gathered: Gathered, i: number, future: boolean): Taken {
    const time = gathered.times[i]!;
    const { gap_ms, lateness_ms, emit } = this.#plan;
    const joined = this.#join(slot, time);
    if (joined === NO_ROW && time + gap_ms + lateness_ms <= this.#host.watermark) return "late";
    const row = joined === NO_ROW ? this.#begin(slot, time) : joined;
    this.#host.skipped(this.#panes.add(row, gathered, i));
    const end = this.#end(row);
    if (future) this.#host.schedule(end, slot, { kind: TIMER.window, future });
    if (end <= this.#host.watermark) this.#fireSession(slot, row);
    else {
      if (this.#timer.get(row) <= this.#host.watermark) this.#setTimer(slot, row, end);
      if (emit === "change" && this.#revision.get(row) === 0) {
        this.#fireSession(slot, row, { time: Math.max(time, this.#host.watermark), early: true });
      }
    }
    return "taken";
  }

  fire(slot: number, at: number, kind: TimerKind): void {
    for (let row = this.#panes.first(slot); row !== NO_ROW;) {
      const next = this.#panes.next(row);
      if (kind === TIMER.window) this.#fireOrWait(slot, row, at);
      if (this.#end(row) + this.#plan.lateness_ms <= at) {
        this.#panes.remove(slot, row);
        this.#sessions--;
      }
      row = next;
    }
  }

  write(slot: number, out: ByteWriter): void {
    const rows = this.#panes.rows(slot);
    out.u32(rows.length);
    for (const row of rows) {
      this.#panes.writeRow(row, out);
      out.f64(this.#last.get(row));
      out.f64(this.#named.get(row));
      out.u32(this.#revision.get(row));
      out.u8(this.#timer.get(row) > -Infinity ? 1 : 0);
    }
  }

  read(slot: number, input: ByteReader): void {
    for (let rows = input.u32(); rows > 0; rows--) {
      const row = this.#panes.readRow(slot, input);
      this.#last.set(row, input.f64());
      this.#named.set(row, input.f64());
      this.#revision.set(row, input.u32());
      this.#sessions++;
      const end = this.#end(row);
      if (input.u8() === 1) this.#setTimer(slot, row, end);
      else this.#timer.set(row, -Infinity);
      this.#expireAt(slot, end);
    }
  }

  /** Sessions that the event touches become one; NO_ROW when it touches none. */
  #join(slot: number, time: number): number {
    let row = this.#panes.first(slot);
    while (row !== NO_ROW && (this.#end(row) < time || !this.#fits(row, row, time))) {
      row = this.#panes.next(row);
    }
    if (row === NO_ROW || this.#panes.start(row) > time + this.#plan.gap_ms) return NO_ROW;
    this.#panes.setStart(row, Math.min(this.#panes.start(row), time));
    this.#last.set(row, Math.max(this.#last.get(row), time));
    for (let next = this.#panes.next(row); next !== NO_ROW; next = this.#panes.next(row)) {
      if (this.#panes.start(next) > this.#end(row) || !this.#fits(row, next, time)) break;
      this.#absorb(slot, row, next);
    }
    return row;
  }

  #fits(first: number, last: number, time: number): boolean {
    const { duration_ms_max } = this.#plan;
    if (duration_ms_max === null) return true;
    const start = Math.min(this.#panes.start(first), time);
    return Math.max(this.#last.get(first), this.#last.get(last), time) - start <= duration_ms_max;
  }

  /** `row`, the session right behind `into`, becomes part of it. */
  #absorb(slot: number, into: number, row: number): void {
    this.#panes.aggregates.merge(into, row);
    this.#panes.evidence.absorb(into, row);
    this.#last.set(into, Math.max(this.#last.get(into), this.#last.get(row)));
    if (this.#revision.get(into) === 0) {
      this.#named.set(into, this.#named.get(row));
      this.#revision.set(into, this.#revision.get(row));
    }
    this.#panes.remove(slot, row);
    this.#sessions--;
  }

  #begin(slot: number, time: number): number {
    const row = this.#panes.insert(slot, this.#panes.before(slot, time), time);
    this.#sessions++;
    this.#last.set(row, time);
    this.#named.set(row, NaN);
    this.#revision.set(row, 0);
    this.#timer.set(row, -Infinity);
    return row;
  }

  #end(row: number): number {
    return this.#last.get(row) + this.#plan.gap_ms;
  }

  /** A session grew meanwhile, or its time has come. */
  #fireOrWait(slot: number, row: number, at: number): void {
    const end = this.#end(row);
    if (end > at) {
      if (this.#timer.get(row) <= at) this.#setTimer(slot, row, end);
      return;
    }
    const early = this.#plan.emit === "change" && this.#revision.get(row) > 0;
    if (early) this.#expireAt(slot, end);
    else if (this.#timer.get(row) > -Infinity) this.#fireSession(slot, row);
    this.#timer.set(row, -Infinity);
  }

  #setTimer(slot: number, row: number, at: number): void {
    this.#timer.set(row, at);
    this.#host.schedule(at, slot, { kind: TIMER.window, future: false });
  }

  #expireAt(slot: number, end: number): void {
    if (this.#plan.lateness_ms === 0) return;
    this.#host.schedule(end + this.#plan.lateness_ms, slot, { kind: TIMER.window_end, future: false });
  }

  #fireSession(slot: number, row: number, look?: Pick<Firing, "time" | "early">): void {
    const [start, end] = [this.#panes.start(row), this.#end(row)];
    const named = this.#revision.get(row) === 0 ? start : this.#named.get(row);
    const revision = this.#revision.get(row) + 1;
    this.#expireAt(slot, end);
    const counted = this.#host.fire({
      slot,
      cause: { kind: "session", start: named },
      ...look ?? { time: end, early: false },
      window: { start, end },
      values: this.#panes.aggregates.values(row, end - start),
      revision,
      event_count: this.#panes.evidence.count(row),
      evidence: () => this.#panes.evidence.offsets(row),
    });
    if (!counted) return;
    this.#named.set(row, named);
    this.#revision.set(row, revision);
  }
}
