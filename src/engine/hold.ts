/**
 * `for` and `keep_firing_for`: a key has one alert (SEMANTICS 20). It is pending from the first true evaluation,
 * fires when nothing was false for `for_ms`, by timer, and is resolved at the first false evaluation once
 * `keep_ms` have passed since the first false one. Times are event time, ms.
 */
import type { JsonObject } from "../base/json.ts";
import type { Cause, Reason } from "./effects.ts";
import type { HoldPlan } from "./plan.ts";
import type { ByteReader, ByteWriter } from "./state_bytes.ts";

const KEY_BYTES = 120;
const NEWEST_BYTES = 100;

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
  status: "pending" | "firing";
  /** When the condition became true. */
  since: number;
  /** When it became false while firing; NaN while it is true. */
  false_since: number;
  /** 0 while nobody was told that it fires. */
  revision: number;
  /** Under which revision the same alert was told before; 0: it was not. */
  before: number;
}

/** What is kept of a key whose windows may be looked at more than once, also while it holds nothing. */
interface Newest {
  /** End of the newest window that it was asked with. */
  end: number;
  /** The alert that was resolved last: its window may begin it anew, and its id must not come twice. */
  resolved: { cause: Cause; revision: number } | null;
}

export type HoldChange = { status: "firing" | "resolved"; revision: number; at: number; told: Evaluated };

export class Hold {
  readonly #plan: HoldPlan;
  readonly #keys = new Map<number, Held>();
  readonly #newest = new Map<number, Newest>();
  #bytes = 0;

  constructor(plan: HoldPlan) {
    this.#plan = plan;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get pending(): number {
    let n = 0;
    for (const { status } of this.#keys.values()) if (status === "pending") n++;
    return n;
  }

  /** Slots of keys whose alert waits, and since when, ms; of the first `most` keys that are held. */
  pendingSince(most: number): { slot: number; since: number }[] {
    const pending: { slot: number; since: number }[] = [];
    let looked = 0;
    for (const [slot, { status, since }] of this.#keys) {
      if (++looked > most) break;
      if (status === "pending") pending.push({ slot, since });
    }
    return pending;
  }

  /** A key costs nothing before its first true evaluation. */
  open(_slot: number): void {}

  close(slot: number): void {
    this.#forget(slot);
    if (this.#newest.delete(slot)) this.#count(-NEWEST_BYTES);
  }

  /**
   * Whether a window that ends at `end` says how things are: not when a newer one of the key has said so. So
   * alerts begin in the order of their windows, and the same one again only right after it was resolved.
   * What comes once a key is forgotten lies in a window newer than all it had: a key may go with what is
   * known here. `latest`: how far ahead a window may be before it keeps no other quiet.
   */
  listens(slot: number, { end, latest }: { end: number; latest: number }): boolean {
    const newest = this.#newest.get(slot) ?? { end: -Infinity, resolved: null };
    if (end < newest.end) return false;
    this.#note(slot, { ...newest, end: Math.max(newest.end, Math.min(end, latest)) });
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
      const { time, cause } = evaluated;
      const before = this.#toldOf(slot, cause);
      this.#keep(slot, {
        ...evaluated,
        status: "pending",
        since: time,
        false_since: NaN,
        revision: 0,
        before,
      });
      return this.due(slot, time);
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
    const revision = held.revision + 1;
    const newest = this.#newest.get(slot);
    if (newest !== undefined) this.#note(slot, { ...newest, resolved: { cause: held.cause, revision } });
    return { status: "resolved", revision, at: time, told: held };
  }

  /** Event time has come to `at`. */
  due(slot: number, at: number): HoldChange | null {
    const held = this.#keys.get(slot);
    if (held?.status !== "pending" || held.since + this.#plan.for_ms > at) return null;
    held.status = "firing";
    held.revision = held.before + 1;
    return { status: "firing", revision: held.revision, at, told: held };
  }

  /** The cap kept its firing back: there is nothing to resolve for anybody. */
  keepBack(slot: number): void {
    const held = this.#keys.get(slot);
    if (held !== undefined) held.revision = 0;
  }

  write(slot: number, out: ByteWriter): void {
    const held = this.#keys.get(slot);
    out.text(held === undefined ? "" : JSON.stringify(held));
    const newest = this.#newest.get(slot);
    out.u8(newest === undefined ? 0 : 1);
    if (newest === undefined) return;
    out.f64(newest.end);
    out.text(JSON.stringify(newest.resolved));
  }

  read(slot: number, input: ByteReader): void {
    const text = input.text();
    if (input.u8() === 1) this.#note(slot, { end: input.f64(), resolved: JSON.parse(input.text()) });
    if (text === "") return;
    const held = JSON.parse(text) as Held;
    this.#keep(slot, { ...held, false_since: held.false_since ?? NaN });
  }

  /** Of windows, which may share events, the one that is shown; else the first true event and the last. */
  #takeEvidence(held: Held, { window, evidence, event_count }: Evaluated): void {
    held.evidence = window === null ? together(held.evidence, evidence) : evidence;
    held.event_count = window === null ? held.event_count + event_count : event_count;
  }

  #note(slot: number, newest: Newest): void {
    if (!this.#newest.has(slot)) this.#count(NEWEST_BYTES);
    this.#newest.set(slot, newest);
  }

  #toldOf(slot: number, cause: Cause): number {
    const resolved = this.#newest.get(slot)?.resolved ?? null;
    return resolved !== null && sameCause(resolved.cause, cause) ? resolved.revision : 0;
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
  return [...first.slice(0, 1).filter((offset) => !last.includes(offset)), ...last];
}

function sameCause(a: Cause, b: Cause): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function textBytes({ evidence }: Held): number {
  return 8 * evidence.length;
}
