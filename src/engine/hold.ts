/**
 * `for` and `keep_firing_for`: a key has one alert (SEMANTICS 20). It is pending from the first true evaluation,
 * fires when nothing was false for `for_ms`, by timer, and is resolved at the first false evaluation once
 * `keep_ms` have passed since the first false one. Times are event time, ms.
 *
 * A window that is corrected, or fires early, may be evaluated behind a later one of its key: that says nothing
 * about now and changes nothing.
 */
import type { JsonObject } from "../base/json.ts";
import type { Cause, Reason } from "./effects.ts";
import type { HoldPlan, WindowPlan } from "./plan.ts";
import type { ByteReader, ByteWriter } from "./state_bytes.ts";

const KEY_BYTES = 120;
const LATEST_BYTES = 24;

/** What is known of an evaluation that was true. */
export interface Evaluated {
  cause: Cause;
  reason: Reason;
  time: number;
  values: JsonObject;
  window: { start: number; end: number } | null;
  evidence: readonly number[];
  event_count: number;
}

interface Held extends Evaluated {
  /** Tells alerts of one cause apart: a window may be corrected to false, which resolves one, and to true again. */
  ordinal: number;
  status: "pending" | "firing";
  /** When the condition became true. */
  since: number;
  /** When it became false while firing; NaN while it is true. */
  false_since: number;
  /** 0 while nobody was told that it fires. */
  revision: number;
}

export type HoldChange = {
  status: "firing" | "resolved";
  revision: number;
  at: number;
  told: Evaluated & { ordinal: number };
};

/** Of a key whose windows may be evaluated in another order than that of their times. */
interface Latest {
  /** Of the latest evaluation. */
  time: number;
  /** How often the key began to hold. */
  alerts: number;
}

export class Hold {
  readonly #plan: HoldPlan;
  readonly #keys = new Map<number, Held>();
  readonly #latest = new Map<number, Latest>();
  #bytes = 0;

  constructor(plan: HoldPlan) {
    this.#plan = plan;
  }

  get bytes(): number {
    return this.#bytes + this.#latest.size * LATEST_BYTES;
  }

  get pending(): number {
    let n = 0;
    for (const { status } of this.#keys.values()) if (status === "pending") n++;
    return n;
  }

  /** A key costs nothing before its first true evaluation. */
  open(_slot: number): void {}

  close(slot: number): void {
    this.#forget(slot);
    this.#latest.delete(slot);
  }

  /** Whether an evaluation of a window counts: no later one of the key came before it. */
  follows(slot: number, { lateness_ms, emit }: WindowPlan, time: number): boolean {
    if (lateness_ms === 0 && emit === "close") return true;
    const latest = this.#latest.get(slot);
    if (latest === undefined) this.#latest.set(slot, { time, alerts: 0 });
    else if (time < latest.time) return false;
    else latest.time = time;
    return true;
  }

  isIdle(slot: number): boolean {
    return !this.#keys.has(slot);
  }

  /** When a pending key is to fire; Infinity when it is not pending. */
  dueOf(slot: number): number {
    const held = this.#keys.get(slot);
    return held?.status === "pending" ? held.since + this.#plan.for_ms : Infinity;
  }

  /** A true evaluation. The caller sets a timer at {@linkcode dueOf}. */
  holds(slot: number, evaluated: Evaluated): HoldChange | null {
    const held = this.#keys.get(slot);
    if (held === undefined) {
      this.#begin(slot, evaluated);
      return this.due(slot, evaluated.time);
    }
    held.false_since = NaN;
    this.#count(-textBytes(held));
    held.time = Math.max(held.time, evaluated.time);
    held.values = evaluated.values;
    held.window = evaluated.window;
    this.#takeEvidence(held, evaluated);
    this.#count(textBytes(held));
    return null;
  }

  /** A false evaluation. */
  fails(slot: number, time: number): HoldChange | null {
    const held = this.#keys.get(slot);
    if (held === undefined) return null;
    if (held.status === "pending") {
      this.#forget(slot);
      return null;
    }
    if (Number.isNaN(held.false_since)) held.false_since = time;
    if (time < held.false_since + this.#plan.keep_ms) return null;
    this.#forget(slot);
    if (held.revision === 0) return null;
    return { status: "resolved", revision: held.revision + 1, at: time, told: held };
  }

  /** Event time has come to `at`. */
  due(slot: number, at: number): HoldChange | null {
    const held = this.#keys.get(slot);
    if (held?.status !== "pending" || held.since + this.#plan.for_ms > at) return null;
    held.status = "firing";
    held.revision = 1;
    return { status: "firing", revision: 1, at, told: held };
  }

  /** The cap kept its firing back: there is nothing to resolve for anybody. */
  keepBack(slot: number): void {
    const held = this.#keys.get(slot);
    if (held !== undefined) held.revision = 0;
  }

  write(slot: number, out: ByteWriter): void {
    const [held, latest] = [this.#keys.get(slot), this.#latest.get(slot)];
    out.text(held === undefined && latest === undefined ? "" : JSON.stringify({ ...held, latest }));
  }

  read(slot: number, input: ByteReader): void {
    const text = input.text();
    if (text === "") return;
    const { latest, ...held } = JSON.parse(text) as Held & { latest?: Latest };
    if (latest !== undefined) this.#latest.set(slot, latest);
    if (held.status !== undefined) {
      this.#keep(slot, { ...held, ordinal: held.ordinal ?? 0, false_since: held.false_since ?? NaN });
    }
  }

  #begin(slot: number, evaluated: Evaluated): void {
    const latest = this.#latest.get(slot);
    const ordinal = latest === undefined ? 0 : latest.alerts++;
    const since = evaluated.time;
    this.#keep(slot, { ...evaluated, ordinal, status: "pending", since, false_since: NaN, revision: 0 });
  }

  /** Of windows, which may share events, the one that is shown; else the first true event and the last. */
  #takeEvidence(held: Held, { window, evidence, event_count }: Evaluated): void {
    held.evidence = window === null ? together(held.evidence, evidence) : evidence;
    held.event_count = window === null ? held.event_count + event_count : event_count;
  }

  #keep(slot: number, held: Held): void {
    this.#keys.set(slot, held);
    this.#count(KEY_BYTES + textBytes(held));
  }

  #forget(slot: number): void {
    const held = this.#keys.get(slot);
    if (held === undefined) return;
    this.#keys.delete(slot);
    this.#count(-KEY_BYTES - textBytes(held));
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
  }
}

/** The evidence of an alert that is held over events: the first true one and the last. */
function together(first: readonly number[], last: readonly number[]): readonly number[] {
  return [...first.slice(0, 1), ...last];
}

function textBytes({ evidence }: Held): number {
  return 8 * evidence.length;
}
