/**
 * The equality index of a topic: which rules could match a row, found by what the row's index columns hold
 * and never by trying rules (INVARIANTS 9). A posting is one key of one column; a group is the set of
 * rules that share exactly the same terms, so that rules alike share one list of rows. Adding or removing
 * a rule costs its own keys only.
 */
import { present } from "../base/assert.ts";
import type { Subscription } from "./binding.ts";
import type { ColumnUse } from "./column_use.ts";
import type { IndexTerm } from "./index_key.ts";

/** Rules with the same terms. */
export interface Group {
  readonly signature: string;
  readonly members: Map<number, Subscription>;
  /** Columns its members read, with how many of them do. */
  readonly columns: Map<ColumnUse, number>;
  readonly postings: readonly Posting[];
  /** Postings with rows in the batch at hand, and where the group's own rows lie. */
  readonly hits: Posting[];
  first: number;
  count: number;
}

/** One key of one column, and where its rows lie in the batch at hand. */
export interface Posting {
  readonly groups: Set<Group>;
  first: number;
  count: number;
}

export interface FieldIndex {
  readonly column: ColumnUse;
  readonly numbers: Map<number, Posting>;
  readonly texts: Map<string, Posting>;
  /** Rules that accept a row without the field. */
  absent: Posting | null;
  /** How many terms name the field. */
  terms: number;
}

export class EqualityIndex {
  readonly fields = new Map<string, FieldIndex>();
  readonly #groups = new Map<string, Group>();

  /** @param use answers the column of a path; called for index fields and for what the rule reads. */
  add(s: Subscription, terms: readonly IndexTerm[], use: (path: string) => ColumnUse): void {
    const signature = signatureOf(terms);
    let group = this.#groups.get(signature);
    if (group === undefined) {
      group = this.#open(signature, terms, use);
      this.#groups.set(signature, group);
    }
    group.members.set(s.handle, s);
    for (const path of s.fields) tally(group.columns, use(path), 1);
  }

  remove(s: Subscription, terms: readonly IndexTerm[], use: (path: string) => ColumnUse): void {
    const signature = signatureOf(terms);
    const group = present(this.#groups.get(signature), "the index group of a subscription");
    group.members.delete(s.handle);
    for (const path of s.fields) tally(group.columns, use(path), -1);
    if (group.members.size > 0) return;
    this.#groups.delete(signature);
    this.#close(group, terms);
  }

  #open(signature: string, terms: readonly IndexTerm[], use: (path: string) => ColumnUse): Group {
    const postings = new Set<Posting>();
    for (const term of terms) {
      const field = this.#field(term.field, use);
      field.terms++;
      for (const key of term.keys) postings.add(postingOf(field, key));
      if (term.absent) postings.add(field.absent ??= posting());
    }
    const group: Group = {
      signature,
      members: new Map(),
      columns: new Map(),
      postings: [...postings],
      hits: [],
      first: 0,
      count: 0,
    };
    for (const one of postings) one.groups.add(group);
    return group;
  }

  #close(group: Group, terms: readonly IndexTerm[]): void {
    for (const one of group.postings) one.groups.delete(group);
    for (const term of terms) {
      const field = this.fields.get(term.field);
      if (field === undefined) continue;
      if (--field.terms === 0) this.fields.delete(term.field);
      for (const key of term.keys) dropIfEmpty(field, key);
      if (field.absent?.groups.size === 0) field.absent = null;
    }
  }

  #field(path: string, use: (path: string) => ColumnUse): FieldIndex {
    let field = this.fields.get(path);
    if (field === undefined) {
      field = { column: use(path), numbers: new Map(), texts: new Map(), absent: null, terms: 0 };
      this.fields.set(path, field);
    }
    return field;
  }
}

function posting(): Posting {
  return { groups: new Set(), first: 0, count: 0 };
}

function postingOf(field: FieldIndex, key: string): Posting {
  const table: Map<number | string, Posting> = tableOf(field, key);
  const name = nameOf(key);
  let found = table.get(name);
  if (found === undefined) table.set(name, found = posting());
  return found;
}

function dropIfEmpty(field: FieldIndex, key: string): void {
  const table: Map<number | string, Posting> = tableOf(field, key);
  if (table.get(nameOf(key))?.groups.size === 0) table.delete(nameOf(key));
}

// Keys are written by index_key.ts: "n" and a number, or "t" and a text.
function tableOf(field: FieldIndex, key: string): Map<number | string, Posting> {
  return (key.startsWith("n") ? field.numbers : field.texts) as Map<number | string, Posting>;
}

function nameOf(key: string): number | string {
  return key.startsWith("n") ? Number(key.slice(1)) : key.slice(1);
}

function signatureOf(terms: readonly IndexTerm[]): string {
  return JSON.stringify(terms.map((term) => [term.field, [...term.keys].sort(), term.absent]));
}

function tally(columns: Map<ColumnUse, number>, use: ColumnUse, change: number): void {
  const total = (columns.get(use) ?? 0) + change;
  if (total === 0) columns.delete(use);
  else columns.set(use, total);
}
