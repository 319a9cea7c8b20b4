/**
 * What the live rules of one topic need of a batch: columns, time extractors, the equality index, and the
 * worker slots whose rules look at every row. Kept up to date rule by rule, so a change costs what the one
 * rule costs even beside 10,000 others.
 */
import { present } from "../base/assert.ts";
import type { Registry, Subscription } from "./binding.ts";
import { type ColumnUse, columnUse } from "./column_use.ts";
import { EqualityIndex } from "./equality_index.ts";
import { type TimeReader, timeReader } from "./time_buffer.ts";

export class TopicSchema {
  readonly index = new EqualityIndex();
  readonly #registry: Registry;
  readonly #columns = new Map<string, ColumnUse>();
  readonly #times = new Map<number, { reader: TimeReader; users: number }>();
  /** Handle of each rule that looks at every row. */
  readonly #always = new Map<number, Subscription>();
  /** Rules that go by event time. */
  #clocked = 0;
  #denseColumns: ColumnUse[] | null = null;
  #alwaysSlots: number[] | null = null;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  add(s: Subscription): void {
    this.#useTime(s);
    if (s.clocked) this.#clocked++;
    for (const path of s.fields) this.#use(path).users++;
    if (s.index === null) {
      this.#always.set(s.handle, s);
      for (const path of s.fields) this.#use(path).dense++;
    } else {
      for (const term of s.index) this.#use(term.field).dense++;
      this.index.add(s, s.index, (path) => this.#use(path));
    }
    this.#changed();
  }

  remove(s: Subscription): void {
    this.#dropTime(s);
    if (s.clocked) this.#clocked--;
    if (s.index === null) {
      this.#always.delete(s.handle);
      for (const path of s.fields) this.#use(path).dense--;
    } else {
      this.index.remove(s, s.index, (path) => this.#use(path));
      for (const term of s.index) this.#use(term.field).dense--;
    }
    for (const path of s.fields) this.#use(path).users--;
    for (const path of [...s.fields, ...(s.index ?? []).map((term) => term.field)]) this.#dropUnused(path);
    this.#changed();
  }

  /** To be called when a rule changed its slot. */
  moved(): void {
    this.#alwaysSlots = null;
  }

  /** Columns encoded for every row. */
  dense(): readonly ColumnUse[] {
    this.#denseColumns ??= [...this.#columns.values()].filter((use) => use.dense > 0);
    return this.#denseColumns;
  }

  /** Whether some rule must hear of every batch, for its times alone. */
  get clocked(): boolean {
    return this.#clocked > 0;
  }

  times(): Iterable<{ reader: TimeReader }> {
    return this.#times.values();
  }

  /** Slots that host a rule for which every row is a candidate, ascending. */
  alwaysSlots(): readonly number[] {
    this.#alwaysSlots ??= [...new Set([...this.#always.values()].map((s) => s.slot))].sort((a, b) => a - b);
    return this.#alwaysSlots;
  }

  #changed(): void {
    this.#denseColumns = null;
    this.#alwaysSlots = null;
  }

  #use(path: string): ColumnUse {
    let use = this.#columns.get(path);
    if (use === undefined) {
      use = columnUse(path, this.#registry.column(path));
      this.#columns.set(path, use);
    }
    return use;
  }

  #dropUnused(path: string): void {
    const use = this.#columns.get(path);
    if (use !== undefined && use.users === 0 && use.dense === 0) this.#columns.delete(path);
  }

  #useTime(s: Subscription): void {
    const id = this.#registry.time(s.time);
    const entry = this.#times.get(id);
    if (entry !== undefined) entry.users++;
    else this.#times.set(id, { reader: timeReader(id, s.time), users: 1 });
  }

  #dropTime(s: Subscription): void {
    const id = this.#registry.time(s.time);
    const entry = present(this.#times.get(id), "the time extractor of a subscription");
    if (--entry.users === 0) this.#times.delete(id);
  }
}
