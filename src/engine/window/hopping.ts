/**
 * Tumbling and hopping windows. Events are summed up once, in panes as wide as the greatest common divisor of
 * size and slide, and windows are put together from panes (Li et al., "No pane, no gain", SIGMOD Record 2005):
 * an event costs the same however many windows it is in, and a firing the same however many panes the window
 * has, by a fold over the panes (aggregate/sliding_fold.ts).
 *
 * A key waits in the calendar for its next window only. Windows without events do not exist, unless the rule
 * asks for them (`emit_empty`): then a key that is held fires for each, at most EMPTY_WINDOWS_MAX in a row when
 * event time leaps.
 */
import type { JsonScalar } from "../../base/json.ts";
import { SlidingFold } from "../aggregate/sliding_fold.ts";
import type { Gathered } from "../gathered.ts";
import { FloatColumn } from "../number_column.ts";
import type { WindowPlan, WindowShape } from "../plan.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import { TIMER, type TimerKind } from "../timers.ts";
import { FiredWindows } from "./fired_windows.ts";
import { NO_ROW, type Panes } from "./panes.ts";
import type { Firing, Taken, WindowHost, WindowOperator } from "./window_operator.ts";

export const EMPTY_WINDOWS_MAX = 1000;
/** With fewer panes a window they are put together one by one, without a fold for each key. */
const FOLD_PANES_MIN = 4;
const SLOT_BYTES = 8;

type Shape = WindowPlan & Extract<WindowShape, { type: "hopping" }>;

type Look = Pick<Firing, "time" | "early">;

/** The panes of a key's next window, as far as they are older than `to`: all of them that are held. */
interface PaneFold {
  panes: SlidingFold;
  to: number;
  /** How many events the panes hold. */
  events: number;
}

/** What a window holds. */
interface Contents {
  events: number;
  values: JsonScalar[];
  /** Its panes that hold events, in order. */
  rows(): number[];
}

export class HoppingWindows implements WindowOperator {
  readonly #plan: Shape;
  readonly #panes: Panes;
  readonly #host: WindowHost;
  readonly #pane: number;
  readonly #folds: (PaneFold | undefined)[] = [];
  /** End of the next window that a key waits for; Infinity when it waits for none. */
  readonly #next = new FloatColumn();
  readonly #fired: FiredWindows;
  #slots = 0;
  #waiting = 0;

  constructor(plan: Shape, panes: Panes, host: WindowHost) {
    this.#plan = plan;
    this.#panes = panes;
    this.#host = host;
    this.#pane = greatestDivisor(plan.size_ms, plan.slide_ms);
    this.#fired = new FiredWindows(plan.lateness_ms > 0 || plan.emit === "change");
  }

  get bytes(): number {
    return this.#panes.bytes + this.#slots * SLOT_BYTES + this.#fired.bytes;
  }

  /** Keys that wait for a window; one that waits for several at once counts once. */
  get open_windows(): number {
    return this.#waiting;
  }

  open(slot: number): void {
    this.#panes.open(slot);
    this.#next.set(slot, Infinity);
    this.#slots++;
  }

  close(slot: number): void {
    this.#dropFold(slot);
    this.#panes.close(slot);
    this.#wait(slot, Infinity);
    this.#fired.forget(slot);
    this.#slots--;
  }

  isIdle(slot: number): boolean {
    return this.#next.get(slot) === Infinity && this.#panes.first(slot) === NO_ROW;
  }

  add(slot: number, gathered: Gathered, i: number, future: boolean): Taken {
    const { lateness_ms, emit, emit_empty } = this.#plan;
    const time = gathered.times[i]!;
    const { watermark } = this.#host;
    const lastEnd = this.#lastEnd(time);
    if (time >= lastEnd) return "outside";
    if (lastEnd + lateness_ms <= watermark) return "late";
    const start = this.#paneStart(time);
    const fold = this.#folds[slot];
    if (fold !== undefined && start < fold.to) this.#dropFold(slot);
    this.#host.skipped(this.#panes.add(this.#panes.at(slot, start), gathered, i));
    const first = this.#firstEnd(Math.max(time, watermark));
    if (first <= lastEnd || emit_empty) this.#expect(slot, first, future);
    if (first > lastEnd) this.#expireAt(slot, lastEnd + lateness_ms);
    if (lateness_ms > 0) this.#correct(slot, Math.max(time, watermark - lateness_ms), lastEnd);
    if (emit === "change") {
      for (let end = first; end <= lastEnd; end += this.#plan.slide_ms) this.#fireEarly(slot, end, time);
    }
    return "taken";
  }

  fire(slot: number, at: number, kind: TimerKind): void {
    if (kind === TIMER.window_end) return this.#expire(slot, at);
    if (this.#next.get(slot) !== at) return;
    const start = at - this.#plan.size_ms;
    const early = this.#plan.emit === "change" && this.#fired.revision(slot, at) > 0;
    if (!early) this.#fireWindow(slot, start, this.#foldedContents(slot, start));
    this.#wait(slot, Infinity);
    this.#expire(slot, at);
    this.#expectNext(slot, at);
  }

  write(slot: number, out: ByteWriter): void {
    const rows = this.#panes.rows(slot);
    out.f64(this.#next.get(slot));
    out.u32(rows.length);
    for (const row of rows) this.#panes.writeRow(row, out);
    this.#fired.write(slot, out);
  }

  read(slot: number, input: ByteReader): void {
    const next = input.f64();
    for (let rows = input.u32(); rows > 0; rows--) this.#panes.readRow(slot, input);
    this.#fired.read(slot, input);
    if (next !== Infinity) this.#expect(slot, next, false);
    const first = this.#panes.first(slot);
    if (first !== NO_ROW) {
      this.#expireAt(slot, this.#lastEnd(this.#panes.start(first)) + this.#plan.lateness_ms);
    }
  }

  /** Sets when the key's next window is due. With `future` it is due by arrival as well. */
  #expect(slot: number, end: number, future: boolean): void {
    if (future) this.#host.schedule(end, slot, { kind: TIMER.window, future });
    if (end >= this.#next.get(slot)) return;
    this.#wait(slot, end);
    this.#host.schedule(end, slot, { kind: TIMER.window, future: false });
  }

  #wait(slot: number, end: number): void {
    if (this.#next.get(slot) !== Infinity) this.#waiting--;
    if (end !== Infinity) this.#waiting++;
    this.#next.set(slot, end);
  }

  /** After the window that ended at `end`: the next one that holds events, or the very next. */
  #expectNext(slot: number, end: number): void {
    const { slide_ms, emit_empty } = this.#plan;
    const row = this.#firstNeeded(slot, end);
    const held = row === NO_ROW ? Infinity : Math.max(this.#firstEnd(this.#panes.start(row)), end + slide_ms);
    if (!emit_empty) return held === Infinity ? undefined : this.#expect(slot, held, false);
    const leap = this.#firstEnd(this.#host.watermark - EMPTY_WINDOWS_MAX * slide_ms);
    this.#expect(slot, Math.min(held, Math.max(end + slide_ms, leap)), false);
  }

  /** The first pane that is in a window that ends behind `end`. */
  #firstNeeded(slot: number, end: number): number {
    const panes = this.#folds[slot]?.panes;
    let row = panes !== undefined && panes.length > 0 ? panes.row(0) : this.#panes.first(slot);
    while (row !== NO_ROW && this.#lastEnd(this.#panes.start(row)) <= end) row = this.#panes.next(row);
    return row;
  }

  /** Windows of the event that have fired, or would have, fire again. */
  #correct(slot: number, after: number, lastEnd: number): void {
    const until = Math.min(lastEnd, this.#host.watermark);
    for (let end = this.#firstEnd(after); end <= until; end += this.#plan.slide_ms) this.#fireNow(slot, end);
  }

  /** At the event at hand, or where event time stands when it is behind. */
  #fireEarly(slot: number, end: number, at: number): void {
    if (this.#fired.revision(slot, end) > 0) return;
    this.#fireNow(slot, end, { time: Math.max(at, this.#host.watermark), early: true });
  }

  #fireNow(slot: number, end: number, look: Look = { time: end, early: false }): void {
    const start = end - this.#plan.size_ms;
    this.#fireWindow(slot, start, this.#contents(slot, start), look);
  }

  #fireWindow(
    slot: number,
    start: number,
    { events, values, rows }: Contents,
    look: Look = { time: start + this.#plan.size_ms, early: false },
  ): void {
    if (events === 0 && !this.#plan.emit_empty) return;
    const end = start + this.#plan.size_ms;
    const revision = this.#fired.revision(slot, end) + 1;
    const counted = this.#host.fire({
      slot,
      cause: { kind: "window", start, end },
      ...look,
      window: { start, end },
      values,
      revision,
      event_count: events,
      evidence: () => this.#panes.evidenceOf(rows(), events),
    });
    if (counted) this.#fired.note(slot, end, revision);
  }

  #rowsOf(slot: number, start: number): number[] {
    const rows: number[] = [];
    const end = start + this.#plan.size_ms;
    for (let row = this.#panes.first(slot); row !== NO_ROW; row = this.#panes.next(row)) {
      const at = this.#panes.start(row);
      if (at >= end) break;
      if (at >= start) rows.push(row);
    }
    return rows;
  }

  #contents(slot: number, start: number): Contents {
    const { aggregates, evidence } = this.#panes;
    const all = this.#rowsOf(slot, start);
    const events = all.reduce((sum, row) => sum + evidence.count(row), 0);
    const [first, ...others] = all;
    if (first !== undefined && others.length === 0) {
      return { events, values: aggregates.values(first, this.#plan.size_ms), rows: () => all };
    }
    const sum = first === undefined ? aggregates.alloc() : aggregates.copy(first);
    for (const row of others) aggregates.merge(sum, row);
    const values = aggregates.values(sum, this.#plan.size_ms);
    aggregates.free(sum);
    return { events, values, rows: () => all };
  }

  #foldedContents(slot: number, start: number): Contents {
    const { size_ms } = this.#plan;
    if (size_ms / this.#pane < FOLD_PANES_MIN) return this.#contents(slot, start);
    const { aggregates, evidence } = this.#panes;
    const folded = this.#folds[slot] ??= { panes: new SlidingFold(aggregates), to: start, events: 0 };
    folded.to = Math.max(folded.to, start);
    const { panes } = folded;
    const end = start + size_ms;
    for (let row = this.#firstBehind(slot, folded); row !== NO_ROW; row = this.#panes.next(row)) {
      if (this.#panes.start(row) >= end) break;
      panes.push(row);
      folded.events += evidence.count(row);
    }
    folded.to = end;
    return { events: folded.events, values: panes.values(size_ms), rows: () => panes.rows };
  }

  /** The first pane that a fold does not hold yet. */
  #firstBehind(slot: number, { panes, to }: PaneFold): number {
    const behind = panes.length > 0 ? panes.row(panes.length - 1) : this.#panes.before(slot, to);
    return behind === NO_ROW ? this.#panes.first(slot) : this.#panes.next(behind);
  }

  #dropFold(slot: number): void {
    this.#folds[slot]?.panes.clear();
    this.#folds[slot] = undefined;
  }

  #expireAt(slot: number, at: number): void {
    if (this.#plan.lateness_ms === 0) return;
    this.#host.schedule(at, slot, { kind: TIMER.window_end, future: false });
  }

  /** Lets go of panes that no window needs any more, not even for a correction. */
  #expire(slot: number, at: number): void {
    const { lateness_ms } = this.#plan;
    this.#unfold(this.#folds[slot], at);
    let row = this.#panes.first(slot);
    for (; row !== NO_ROW; row = this.#panes.first(slot)) {
      if (this.#lastEnd(this.#panes.start(row)) + lateness_ms > at) break;
      this.#panes.dropFirst(slot);
    }
    this.#fired.expire(slot, at - lateness_ms);
    if (row !== NO_ROW) this.#expireAt(slot, this.#lastEnd(this.#panes.start(row)) + lateness_ms);
  }

  /** Takes panes out of a fold that are in no window that ends behind `at`. */
  #unfold(folded: PaneFold | undefined, at: number): void {
    if (folded === undefined) return;
    const { panes } = folded;
    while (panes.length > 0 && this.#lastEnd(this.#panes.start(panes.row(0))) <= at) {
      folded.events -= this.#panes.evidence.count(panes.shift());
    }
  }

  /** End of the last window that holds `time`. */
  #lastEnd(time: number): number {
    const { slide_ms, size_ms, offset_ms } = this.#plan;
    return Math.floor((time - offset_ms) / slide_ms) * slide_ms + offset_ms + size_ms;
  }

  /** The earliest end of a window behind `time`. */
  #firstEnd(time: number): number {
    const { slide_ms, size_ms, offset_ms } = this.#plan;
    const origin = offset_ms + size_ms;
    return Math.floor((time - origin) / slide_ms) * slide_ms + origin + slide_ms;
  }

  #paneStart(time: number): number {
    const { offset_ms } = this.#plan;
    return Math.floor((time - offset_ms) / this.#pane) * this.#pane + offset_ms;
  }
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
