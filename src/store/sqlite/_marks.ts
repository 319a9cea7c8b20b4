/**
 * Numbers that only grow and must survive the rows they were made for: the sequence of alerts and of
 * deliveries, the highest offset that effects have named, the end of what retention has deleted.
 */
import type { Connection } from "./connection.ts";

export type MarkName = "trimmed" | "effect_offset" | "alert_seq" | "delivery_seq";

export interface Marks {
  /** 0 when it was never raised. */
  read(name: MarkName): number;
  /** Inside the caller's transaction. A lower value leaves it as it is. */
  raise(name: MarkName, value: number): void;
}

export function createMarks(db: Connection): Marks {
  const select = db.prepare<{ value: number }>("SELECT value FROM mark WHERE name = ?");
  const upsert = db.prepare(
    "INSERT INTO mark VALUES (?, ?) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
  );
  return {
    read: (name) => select.get(name)?.value ?? 0,
    raise: (name, value) => void upsert.run(name, value),
  };
}

/**
 * Hands out the numbers of a sequence inside a transaction. A number counts only once the transaction has
 * committed: `settle` says so; without it the next transaction begins where the last settled one ended.
 */
export class Sequence {
  readonly #marks: Marks;
  readonly #name: MarkName;
  #settled: number;
  #taken: number;

  constructor(marks: Marks, name: MarkName) {
    this.#marks = marks;
    this.#name = name;
    this.#settled = this.#taken = marks.read(name);
  }

  /** The newest number of a committed row, 0 when there was none. */
  get last(): number {
    return this.#settled;
  }

  begin(): void {
    this.#taken = this.#settled;
  }

  /** The number for the next row: `take` it once the row is written. */
  get upcoming(): number {
    return this.#taken + 1;
  }

  take(): void {
    this.#taken++;
  }

  /** Writes the newest number: the last thing in the transaction. */
  save(): void {
    if (this.#taken > this.#settled) this.#marks.raise(this.#name, this.#taken);
  }

  settle(): void {
    this.#settled = this.#taken;
  }
}
