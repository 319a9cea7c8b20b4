/**
 * Finds the candidate rows of indexed rules in one batch and writes them down by worker slot. Row lists
 * are made once per posting; a group that hits one posting points at that list, one that hits several gets
 * a merged list of its own. All memory is scratch, reused from batch to batch.
 */
import { present } from "../base/assert.ts";
import { BATCH_ROWS_MAX, KIND } from "./batch.ts";
import type { ColumnUse } from "./column_use.ts";
import type { Dictionary } from "./dictionary.ts";
import type { EqualityIndex, FieldIndex, Group, Posting } from "./equality_index.ts";

const ENTRY = 4;
const UNKNOWN = 0;

export class Candidates {
  #rows = new Uint16Array(BATCH_ROWS_MAX);
  #rowCount = 0;
  /** Slot, handle, first row, count of each entry. */
  #entries = new Int32Array(ENTRY * 256);
  #entryCount = 0;
  #slots = 0;
  readonly #pairPostings: Posting[] = [];
  // A boolean probes twice, so a row gives at most two pairs a field.
  readonly #pairRows = new Uint16Array(2 * BATCH_ROWS_MAX);
  #pairs = 0;
  readonly #touched: Posting[] = [];
  readonly #groups: Group[] = [];
  /** Per dictionary code: UNKNOWN, or 1 + the position in `#found`. */
  #memo = new Int32Array(BATCH_ROWS_MAX);
  readonly #found: (Posting | undefined)[] = [];

  /** Entries of the table: a rule and its rows. */
  get entries(): number {
    return this.#entryCount;
  }

  /** Worker slots that the table has a directory for. */
  get slots(): number {
    return this.#slots;
  }

  get bytes(): number {
    return 4 * (this.#slots + 1) + 12 * this.#entryCount + 2 * this.#rowCount;
  }

  /** Probes every index field for the first `rows` rows. Its columns are encoded already. */
  find(index: EqualityIndex, rows: number, dictionary: Dictionary): void {
    this.#reset();
    for (const field of index.fields.values()) {
      const from = this.#touched.length;
      this.#probe(field, rows, dictionary);
      this.#place(from);
    }
    for (const group of this.#groups) {
      this.#gather(group);
      for (const member of group.members.values()) this.#enter(member.slot, member.handle, group);
    }
  }

  /** Marks the candidate rows in each column that is not encoded for all rows; names each such column once. */
  markSparse(visit: (use: ColumnUse) => void): void {
    for (const group of this.#groups) {
      for (const use of group.columns.keys()) {
        if (use.dense > 0) continue;
        const marks = use.marks ??= new Uint8Array(BATCH_ROWS_MAX);
        if (!use.marked) {
          use.marked = true;
          visit(use);
        }
        const end = group.first + group.count;
        for (let i = group.first; i < end; i++) marks[this.#rows[i]!] = 1;
      }
    }
  }

  /** Adds each slot that has an entry. */
  addSlots(slots: Set<number>): void {
    for (let e = 0; e < this.#entryCount; e++) slots.add(this.#entries[ENTRY * e]!);
  }

  /** Writes directory, entries sorted by slot, and row lists at byte position `at` of `target`. */
  write(target: Uint8Array, at: number): void {
    const directory = this.#slots + 1;
    const words = directory + 3 * this.#entryCount;
    const table = new Int32Array(target.buffer, target.byteOffset + at, words);
    const next = this.#directory();
    table.set(next);
    for (let e = 0; e < this.#entryCount; e++) {
      const from = ENTRY * e;
      const to = directory + 3 * next[this.#entries[from]!]!++;
      table[to] = this.#entries[from + 1]!;
      table[to + 1] = this.#entries[from + 2]!;
      table[to + 2] = this.#entries[from + 3]!;
    }
    new Uint16Array(target.buffer, target.byteOffset + at + 4 * words, this.#rowCount)
      .set(this.#rows.subarray(0, this.#rowCount));
  }

  /** First entry of each slot, and the end. */
  #directory(): Int32Array {
    const starts = new Int32Array(this.#slots + 1);
    for (let e = 0; e < this.#entryCount; e++) starts[this.#entries[ENTRY * e]! + 1]!++;
    for (let slot = 0; slot < this.#slots; slot++) starts[slot + 1]! += starts[slot]!;
    return starts;
  }

  #reset(): void {
    for (const posting of this.#touched) posting.count = 0;
    for (const group of this.#groups) group.hits.length = 0;
    this.#touched.length = this.#groups.length = 0;
    this.#rowCount = this.#entryCount = this.#slots = 0;
  }

  #probe(field: FieldIndex, rows: number, dictionary: Dictionary): void {
    const { kinds, numbers, codes } = present(field.column.buffer, "the encoded column of an index field");
    this.#pairs = 0;
    this.#clearMemo(dictionary.size);
    for (let row = 0; row < rows; row++) {
      switch (kinds[row]) {
        case KIND.number:
          this.#pair(field.numbers.get(numbers[row]!), row);
          break;
        case KIND.text:
          this.#pair(this.#ofText(field, codes[row]!, dictionary), row);
          break;
        case KIND.boolean:
          this.#pair(field.numbers.get(numbers[row]!), row);
          this.#pair(field.texts.get(numbers[row] === 1 ? "true" : "false"), row);
          break;
        case KIND.missing:
          this.#pair(field.absent ?? undefined, row);
      }
    }
  }

  #clearMemo(size: number): void {
    if (this.#memo.length < size) this.#memo = new Int32Array(2 * size);
    else this.#memo.fill(UNKNOWN, 0, size);
    this.#found.length = 0;
  }

  #ofText(field: FieldIndex, code: number, dictionary: Dictionary): Posting | undefined {
    const known = this.#memo[code]!;
    if (known !== UNKNOWN) return this.#found[known - 1];
    const number = dictionary.number(code);
    const posting = Number.isNaN(number) ? field.texts.get(dictionary.text(code)) : field.numbers.get(number);
    this.#memo[code] = this.#found.push(posting);
    return posting;
  }

  #pair(posting: Posting | undefined, row: number): void {
    if (posting === undefined) return;
    if (posting.count++ === 0) this.#touched.push(posting);
    this.#pairPostings[this.#pairs] = posting;
    this.#pairRows[this.#pairs++] = row;
  }

  /** Sorts the pairs of one field into one row list per posting, `touched[from..]`. */
  #place(from: number): void {
    this.#reserve(this.#pairs);
    for (let t = from; t < this.#touched.length; t++) {
      const posting = this.#touched[t]!;
      posting.first = this.#rowCount;
      this.#rowCount += posting.count;
      posting.count = 0;
      for (const group of posting.groups) {
        if (group.hits.length === 0) this.#groups.push(group);
        group.hits.push(posting);
      }
    }
    for (let p = 0; p < this.#pairs; p++) {
      const posting = this.#pairPostings[p]!;
      this.#rows[posting.first + posting.count++] = this.#pairRows[p]!;
    }
  }

  #gather(group: Group): void {
    if (group.hits.length > 1) return this.#merge(group);
    group.first = group.hits[0]!.first;
    group.count = group.hits[0]!.count;
  }

  /** The union of several lists, ascending, each row once. */
  #merge(group: Group): void {
    this.#reserve(group.hits.reduce((sum, hit) => sum + hit.count, 0));
    group.first = this.#rowCount;
    let end = group.first;
    for (const hit of group.hits) {
      this.#rows.copyWithin(end, hit.first, hit.first + hit.count);
      end += hit.count;
    }
    const list = this.#rows.subarray(group.first, end).sort();
    let kept = 0;
    for (let i = 0; i < list.length; i++) {
      if (i === 0 || list[i] !== list[i - 1]) list[kept++] = list[i]!;
    }
    group.count = kept;
    this.#rowCount += kept;
  }

  #enter(slot: number, handle: number, group: Group): void {
    const at = ENTRY * this.#entryCount++;
    if (at === this.#entries.length) this.#entries = doubled(this.#entries, new Int32Array(2 * at));
    this.#entries[at] = slot;
    this.#entries[at + 1] = handle;
    this.#entries[at + 2] = group.first;
    this.#entries[at + 3] = group.count;
    if (slot >= this.#slots) this.#slots = slot + 1;
  }

  #reserve(more: number): void {
    const needed = this.#rowCount + more;
    if (needed > this.#rows.length) this.#rows = doubled(this.#rows, new Uint16Array(2 * needed));
  }
}

function doubled<T extends Int32Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
