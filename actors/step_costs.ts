/**
 * What rules cost: the time that reading and stepping take, laid to each rule by the batch. A lap is taken
 * where one rule is done and the next begins, so that a batch costs a rule two looks at the clock, whatever it
 * holds. Told now and then as one buffer (the platform walks each element of a typed array in a message).
 */

/** How often a host tells main. */
export const COSTS_MS = 1_000;
const FIELDS = 4;

export interface StepCost {
  /** ms of reading and stepping. */
  ms: number;
  batches: number;
  /** Events that it looked at: candidates, where an index chooses them. */
  events: number;
}

export class StepCosts {
  readonly #now: (() => number) | null;
  #costs = new Map<number, StepCost>();
  #lap = 0;
  #toldAt = -Infinity;

  /** @param now monotonic ms; null: only batches and events are counted, and told at once */
  constructor(now: (() => number) | null) {
    this.#now = now;
  }

  /** Work on a batch begins, or goes on after something else. */
  begin(): void {
    if (this.#now !== null) this.#lap = this.#now();
  }

  /** What passed since the last lap was the rule's. */
  read(handle: number, events: number): void {
    const cost = this.#add(handle);
    if (events === 0) return;
    cost.batches++;
    cost.events += events;
  }

  stepped(handle: number): void {
    this.#add(handle);
  }

  /** What was spent since it was last taken; null: nothing, or it is too early. */
  take(): ArrayBuffer | null {
    if (this.#costs.size === 0) return null;
    if (this.#now !== null) {
      const now = this.#now();
      if (now - this.#toldAt < COSTS_MS) return null;
      this.#toldAt = now;
    }
    const rows = new Float64Array(this.#costs.size * FIELDS);
    let at = 0;
    for (const [handle, { ms, batches, events }] of this.#costs) {
      rows.set([handle, ms, batches, events], at);
      at += FIELDS;
    }
    this.#costs = new Map();
    return rows.buffer;
  }

  #add(handle: number): StepCost {
    let cost = this.#costs.get(handle);
    if (cost === undefined) {
      cost = { ms: 0, batches: 0, events: 0 };
      this.#costs.set(handle, cost);
    }
    if (this.#now === null) return cost;
    const now = this.#now();
    cost.ms += now - this.#lap;
    this.#lap = now;
    return cost;
  }
}

/** The rows of a buffer that {@linkcode StepCosts.take} made. */
export function* costRows(buffer: ArrayBuffer): Generator<StepCost & { handle: number }> {
  const rows = new Float64Array(buffer);
  for (let at = 0; at < rows.length; at += FIELDS) {
    yield { handle: rows[at]!, ms: rows[at + 1]!, batches: rows[at + 2]!, events: rows[at + 3]! };
  }
}
