/** A window operator by itself: keys, a watermark that the test moves, timers, and what fired. */
import { KIND } from "../../../src/batch/batch.ts";
import type { Gathered } from "../../../src/engine/gathered.ts";
import type { AggregatePlan, WindowPlan } from "../../../src/engine/plan.ts";
import { ByteReader, ByteWriter } from "../../../src/engine/state_bytes.ts";
import { kindOf, slotOf, Timers } from "../../../src/engine/timers.ts";
import { createWindows, type Firing, type WindowOperator } from "../../../src/engine/window/mod.ts";

export interface Given {
  key: string;
  ts: number;
  value?: number | string;
}

/** A firing as far as tests ask: `events` are the numbers of the events in the order in which they were added. */
export interface Fired {
  key: string;
  window: { start: number; end: number } | null;
  time: number;
  value: unknown;
  revision: number;
  events: number[];
  event_count: number;
}

const FIELD = 0;

export class WindowBench {
  readonly #plan: WindowPlan;
  readonly #aggregates: readonly AggregatePlan[];
  readonly given: Given[] = [];
  fired: Fired[] = [];
  late: Given[] = [];
  watermark = -Infinity;
  #keys: string[] = [];
  #timers = new Timers();
  #operator: WindowOperator;

  constructor(plan: WindowPlan, aggregate: Omit<AggregatePlan, "as" | "field"> & { field?: null }) {
    this.#plan = plan;
    this.#aggregates = [{ as: "value", field: FIELD, ...aggregate }];
    this.#operator = this.#create();
  }

  get operator(): WindowOperator {
    return this.#operator;
  }

  add(event: Given): "taken" | "late" | "outside" {
    let slot = this.#keys.indexOf(event.key);
    if (slot < 0) {
      slot = this.#keys.push(event.key) - 1;
      this.#operator.open(slot);
    }
    const offset = this.given.push(event) - 1;
    const taken = this.#operator.add(slot, gathered(event, offset), 0, false);
    if (taken === "late") this.late.push(event);
    this.#fireDue();
    return taken;
  }

  /** Nothing earlier than `watermark` is to come. */
  advance(watermark: number): void {
    this.watermark = Math.max(this.watermark, watermark);
    this.#fireDue();
  }

  /** Writes the state of all keys, throws it away and reads it again. */
  restore(): void {
    const bytes = this.#keys.map((_, slot) => {
      const out = new ByteWriter();
      this.#operator.write(slot, out);
      return out.finish();
    });
    this.#timers = new Timers();
    this.#operator = this.#create();
    bytes.forEach((part, slot) => {
      this.#operator.open(slot);
      const input = new ByteReader(part);
      this.#operator.read(slot, input);
      if (!input.atEnd) throw new Error("not all of a key was read");
    });
  }

  #create(): WindowOperator {
    const watermark = () => this.watermark;
    return createWindows(this.#plan, this.#aggregates, {
      get watermark() {
        return watermark();
      },
      schedule: (at, slot, { kind }) => this.#timers.set(at, slot, kind),
      // The test moves the watermark by itself.
      reach: () => false,
      fire: (firing) => this.#note(firing),
      overflow: () => {},
      skipped: () => {},
    });
  }

  #note({ slot, window, time, values, revision, event_count, evidence }: Firing): boolean {
    const key = this.#keys[slot]!;
    this.fired.push({ key, window, time, value: values[0], revision, events: evidence(), event_count });
    return true;
  }

  #fireDue(): void {
    while (this.#timers.next < Infinity && this.#timers.next <= this.watermark) {
      const { at, entries } = this.#timers.take((slot) => slot);
      for (const entry of new Set(Array.from(entries))) this.#operator.fire(slotOf(entry), at, kindOf(entry));
    }
  }
}

function gathered({ ts, value }: Given, offset: number): Gathered {
  const number = typeof value === "number" ? value : NaN;
  const kind = value === undefined ? KIND.missing : typeof value === "number" ? KIND.number : KIND.text;
  return {
    count: 1,
    offsets: Float64Array.of(offset),
    times: Float64Array.of(ts),
    time_flags: Uint8Array.of(0),
    keys: [],
    columns: [{
      numbers: Float64Array.of(number),
      kinds: Uint8Array.of(kind),
      texts: typeof value === "string" ? [value] : null,
    }],
    before: null,
    outcomes: null,
  };
}
