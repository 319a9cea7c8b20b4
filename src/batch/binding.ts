/**
 * Numbers in place of names. Columns, time extractors and constants get a number once and keep it for the
 * life of the process, so a batch explains itself and plans stay valid while others come and go.
 */
import type { TimeSource } from "../base/event_time.ts";
import type { IndexTerm } from "./index_key.ts";

/** A rule by numbers: what its plan reads, as the worker needs it beside the plan. */
export interface RuleBinding {
  /** The number under which candidate rows of the rule are listed in a batch. */
  handle: number;
  /** Column ids, parallel to Plan.fields. */
  columns: readonly number[];
  /** Id of its time extractor. */
  time: number;
  /** Ids of the texts that its equalities compare with. */
  constants: readonly (readonly [text: string, id: number])[];
}

/** What the encoder must know of a live rule. */
export interface Subscription {
  handle: number;
  /** The worker slot that hosts the rule. */
  slot: number;
  /** null: every topic that does not start with "_". */
  topics: readonly string[] | null;
  fields: readonly string[];
  time: TimeSource;
  /** Whether every event of its topics moves its event time, so that it must hear of all of them; absent: no. */
  clocked?: boolean;
  /** null: every event of its topics is a candidate, listed nowhere. */
  index: readonly IndexTerm[] | null;
}

/** Gives out numbers. */
export class Registry {
  readonly #columns = new Map<string, number>();
  readonly #times = new Map<string, number>();
  readonly #constants = new Map<string, number>();

  column(path: string): number {
    return numbered(this.#columns, path);
  }

  time(source: TimeSource): number {
    return numbered(this.#times, JSON.stringify([source.field, source.unit]));
  }

  constant(text: string): number {
    return numbered(this.#constants, text);
  }

  /** The number of a text that some rule compares with; undefined when none does. */
  constantOf(text: string): number | undefined {
    return this.#constants.get(text);
  }
}

function numbered(table: Map<string, number>, name: string): number {
  let id = table.get(name);
  if (id === undefined) table.set(name, id = table.size);
  return id;
}
