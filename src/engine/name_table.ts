/**
 * All names that a rule reads: columns of events first, then what enrichments add. How many columns there
 * are is known only when the whole rule was read, so a rule is compiled twice: once over a draft, which
 * collects, and once over the table that the draft has settled.
 */
import type { Enrichment } from "../model/enrichment.ts";
import { FieldTable } from "./field_table.ts";

export class NameTable {
  readonly #columns = new FieldTable();
  readonly #added = new FieldTable();
  readonly #enrichments: readonly Enrichment[];
  /** Names of what enrichments add begin here. */
  readonly #first: number;

  constructor(enrichments: readonly Enrichment[], draft: NameTable | null = null) {
    this.#enrichments = enrichments;
    if (draft !== null) { for (const name of draft.added) this.#added.indexOf(name); }
    this.#first = draft === null ? Infinity : draft.fields.length;
  }

  /** Names of columns, in the order of their indexes. */
  get fields(): readonly string[] {
    return this.#columns.names;
  }

  /** `<name>` or `<name>.<member>` of enrichments, in the order of their indexes. */
  get added(): readonly string[] {
    return this.#added.names;
  }

  /** The index of `name` among all names. Infinity in a draft where an enrichment gives it. */
  indexOf(name: string): number {
    return this.isAdded(name) ? this.#first + this.#added.indexOf(name) : this.#columns.indexOf(name);
  }

  isAdded(name: string): boolean {
    return this.#enrichments.some((one) => gives(one, name));
  }

  /** Whether an index is one of what enrichments add. */
  isBehindColumns(index: number): boolean {
    return index >= this.#first;
  }
}

/** An enrichment hides a field of the event of its own name. */
export function gives({ name, type }: Enrichment, read: string): boolean {
  return read === name || ((type === "lookup" || type === "api_call") && read.startsWith(`${name}.`));
}
