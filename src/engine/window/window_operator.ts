/**
 * What every kind of window is: an operator with state per key slot that takes the events of a key and fires.
 * One file each beside this one; mod.ts names them. Times are ms, windows [start, end).
 *
 * A window fires once, when the watermark reaches its end. An event all of whose windows have closed, and are
 * past their allowed lateness, is late: it changes nothing. Within the allowed lateness it makes a window that
 * has fired fire again, as a correction.
 */
import type { Gathered } from "../gathered.ts";
import type { JsonScalar } from "../../base/json.ts";
import type { Cause } from "../effects.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import type { TimerKind } from "../timers.ts";

/** A window of one key that fires. */
export interface Firing {
  slot: number;
  cause: Cause;
  /** The window's end, or the event that completes it. */
  time: number;
  /** The window has not ended: it is looked at early. */
  early?: boolean;
  window: { start: number; end: number } | null;
  /** In the order of Plan.aggregates. */
  values: readonly JsonScalar[];
  /** 1, and one more each time that its alert was told before. */
  revision: number;
  /** How many events it holds, and the offsets of the first and last of them. */
  event_count: number;
  evidence(): number[];
}

/** What a window needs of the rule around it. */
export interface WindowHost {
  readonly watermark: number;
  /** Calls `fire` with `kind` when the watermark reaches `at`; with `future`, when the arrival does, if earlier. */
  schedule(at: number, slot: number, options: { kind: TimerKind; future: boolean }): void;
  /**
   * The event at hand, applied already, moves the watermark to its time and everything due by then fires, if no
   * delay keeps it from that. Answers whether it did.
   */
  reach(time: number): boolean;
  /** Answers whether the firing counted: `having` held, and no cooldown or cap kept it quiet. */
  fire(firing: Firing): boolean;
  /** Events that a cap took out of a window. */
  overflow(events: number): void;
  /** Values of an event that no aggregate could take. */
  skipped(values: number): void;
}

export type Taken = "taken" | "late" | "outside";

export interface WindowOperator {
  /** Counted bytes of everything it holds. */
  readonly bytes: number;
  /** Windows that have not fired yet. */
  readonly open_windows: number;
  /** A key came: its slot holds nothing. */
  open(slot: number): void;
  /** A key goes. */
  close(slot: number): void;
  /** Whether it holds nothing of the key. */
  isIdle(slot: number): boolean;
  /** Takes event `i`. "late": all its windows have closed. "outside": it lies between windows. */
  add(slot: number, gathered: Gathered, i: number, future: boolean): Taken;
  /** A timer that it set is due. */
  fire(slot: number, at: number, kind: TimerKind): void;
  write(slot: number, out: ByteWriter): void;
  /** Reads what `write` wrote into an open slot and sets its timers again. */
  read(slot: number, input: ByteReader): void;
}
