/**
 * What `aggregate` enrichments know of each key: the values that came before. An event is compared with the
 * events of its key that came before it in the log, never with itself, and becomes one of them afterwards.
 * What an event finds depends on the log alone, never on how it was cut. An event from the far future
 * (SEMANTICS 10) finds nothing and leaves nothing.
 */
import type { JsonScalar } from "../../base/json.ts";
import { Aggregates } from "../aggregate/aggregates.ts";
import type { Gathered } from "../gathered.ts";
import { FloatColumn } from "../number_column.ts";
import type { EnrichmentPlan, Plan } from "../plan.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import { MovingPast } from "./moving_past.ts";
import { PanePast } from "./pane_past.ts";

const SLOT_BYTES = 8;
const HOURS_OF_A_DAY = 24;

/** The past of one enrichment. */
export interface PastValues {
  readonly bytes: number;
  open(slot: number): void;
  close(slot: number): void;
  /** What the key's past comes to at the event; the event itself belongs to it from here on. */
  take(slot: number, rows: Gathered, i: number): JsonScalar;
  /** What there is to say of no past. */
  nothing(): JsonScalar;
  /** From this event time on nothing of the key is needed, ms; -Infinity: nothing is held. */
  idleAt(slot: number): number;
  write(slot: number, out: ByteWriter): void;
  read(slot: number, input: ByteReader): void;
}

export interface PastOptions {
  /** By how much events may come late, ms. */
  delay_ms: number;
  /** Told of each event that a cap takes. */
  overflow: () => void;
}

export type PastPlan = Extract<EnrichmentPlan, { kind: "aggregate" }>;

export class Past {
  readonly #values: readonly PastValues[];
  /** When each key is looked at again, ms; Infinity: no timer waits. */
  readonly #wake = new FloatColumn();
  #slots = 0;

  constructor(plans: readonly PastPlan[], { delay_ms, overflow }: PastOptions) {
    this.#values = plans.map((plan) => pastOf(plan, { delay_ms, overflow }));
  }

  get bytes(): number {
    return this.#values.reduce((sum, { bytes }) => sum + bytes, this.#slots * SLOT_BYTES);
  }

  open(slot: number): void {
    this.#wake.set(slot, Infinity);
    for (const one of this.#values) one.open(slot);
    this.#slots++;
  }

  close(slot: number): void {
    for (const one of this.#values) one.close(slot);
    this.#slots--;
  }

  /** The value of the enrichment at place `which` among those that look at the past. */
  take(which: number, slot: number, { rows, i, future }: { rows: Gathered; i: number; future: boolean }) {
    const values = this.#values[which]!;
    return future ? values.nothing() : values.take(slot, rows, i);
  }

  /** From this event time on nothing of the key is needed, ms. */
  idleAt(slot: number): number {
    let at = -Infinity;
    for (const one of this.#values) at = Math.max(at, one.idleAt(slot));
    return at;
  }

  /** When to look at the key again: a timer to set. Infinity: one waits, or nothing is held. */
  wakeAt(slot: number): number {
    const at = this.idleAt(slot);
    if (at === -Infinity || this.#wake.get(slot) < Infinity) return Infinity;
    this.#wake.set(slot, at);
    return at;
  }

  /** A timer of the key was due. */
  woke(slot: number, at: number): void {
    if (at >= this.#wake.get(slot)) this.#wake.set(slot, Infinity);
  }

  write(slot: number, out: ByteWriter): void {
    for (const one of this.#values) one.write(slot, out);
  }

  read(slot: number, input: ByteReader): void {
    for (const one of this.#values) one.read(slot, input);
  }
}

/** null: no enrichment looks at the past. */
export function pastStateOf({ enrichments, clock }: Plan, overflow: () => void): Past | null {
  const plans = enrichments.filter((one) => one.kind === "aggregate");
  return plans.length === 0 ? null : new Past(plans, { delay_ms: clock?.delay_ms ?? 0, overflow });
}

function pastOf(
  { function: type, field, of, size_ms }: PastPlan,
  { delay_ms, overflow }: PastOptions,
): PastValues {
  const aggregates = new Aggregates([{ as: "", type, field, p: null }]);
  if (of === "moving") return new MovingPast(aggregates, size_ms, overflow);
  const back = of === "previous_window" ? 1 : HOURS_OF_A_DAY;
  return new PanePast(aggregates, { size_ms, back, delay_ms });
}
