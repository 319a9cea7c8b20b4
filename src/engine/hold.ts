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
}

export type HoldChange = { status: "firing" | "resolved"; revision: number; at: number; told: Evaluated };

export class Hold {
  readonly #plan: HoldPlan;
  readonly #keys = new Map<number, Held>();
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
      const { time } = evaluated;
      this.#keep(slot, { ...evaluated, status: "pending", since: time, false_since: NaN, revision: 0 });
      return this.due(slot, time);
    }
    held.false_since = NaN;
    this.#count(-textBytes(held));
    held.time = Math.max(held.time, evaluated.time);
    held.values = evaluated.values;
    held.window = evaluated.window;
    held.evidence = together(held.evidence, evaluated.evidence);
    held.event_count += evaluated.event_count;
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
    const held = this.#keys.get(slot);
    out.text(held === undefined ? "" : JSON.stringify(held));
  }

  read(slot: number, input: ByteReader): void {
    const text = input.text();
    if (text === "") return;
    const held = JSON.parse(text) as Held;
    this.#keep(slot, { ...held, false_since: held.false_since ?? NaN });
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

/** The evidence of a held alert: that of the first true evaluation and of the last. */
function together(first: readonly number[], last: readonly number[]): readonly number[] {
  return [...first.slice(0, 1), ...last];
}

function textBytes({ evidence }: Held): number {
  return 8 * evidence.length;
}
