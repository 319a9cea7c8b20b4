/**
 * The columnar form of a batch, and the view that reads it. One contiguous piece of (shared) memory, all
 * sections aligned to 8 bytes, positions in bytes from its start:
 *
 *   header   Int32 x 14: magic, rows, columns, times, dict entries, constants, candidate entries,
 *            then byte positions of: columns table, times table, dictionary, constants, candidates,
 *            then the number of worker slots that the candidates are sorted by
 *   columns  per column Int32 x 4: column id, position of numbers, position of codes, flags
 *            kinds (Uint8) lie right behind the codes
 *   times    per extractor Int32 x 2: extractor id, position of Float64 x rows followed by Uint8 flags
 *   dict     Uint32 x (entries + 1) starts in code units, Float64 x entries numbers, Uint16 code units
 *   consts   Int32 x 2 per entry: constant id, dictionary code
 *   cands    Int32 x (slots + 1) first entry of each worker slot; Int32 x 3 per entry: rule handle, first
 *            index into rows, count; then Uint16 row numbers
 *
 * `number` of a row is its numeric reading (number, boolean as 1/0, numeric text), NaN when it has none;
 * `code` its dictionary entry (texts, lists and objects as JSON text), -1 when it has none. Nothing here
 * outlives the read phase of a batch (INVARIANTS 12).
 */

/** What a row holds in a column. */
export const KIND = { missing: 0, number: 1, text: 2, boolean: 3, json: 4 } as const;

/** Column flags. */
export const COLUMN = {
  /** Every row is a number: kinds need no look. */
  allNumbers: 1,
  /** Only the candidate rows of the rules that use it were encoded. */
  sparse: 2,
} as const;

/** How the time of a row was found. */
export const TIME = { read: 0, absent: 1, unreadable: 2, future: 3 } as const;

export const BATCH_MAGIC = 0x54435331;
export const BATCH_ROWS_MAX = 4096;
export const HEADER_BYTES = 56;

export interface ColumnView {
  flags: number;
  numbers: Float64Array;
  codes: Int32Array;
  kinds: Uint8Array;
}

export interface TimeView {
  /** ms since the epoch per row. */
  times: Float64Array;
  flags: Uint8Array;
}

/** Candidates of one worker slot: per entry a rule handle, the first index into `rows`, and a count. */
export interface CandidateTable {
  entries: Int32Array;
  rows: Uint16Array;
}

/** The rows of the entry that starts at index `entry` of the table. */
export function candidateRows({ entries, rows }: CandidateTable, entry: number): Uint16Array {
  const first = entries[entry + 1]!;
  return rows.subarray(first, first + entries[entry + 2]!);
}

/** Reads one batch in place. `close()` drops every view. */
export class BatchView {
  readonly rows: number;
  readonly dictSize: number;
  readonly #bytes: Uint8Array;
  readonly #header: Int32Array;
  readonly #columns: ColumnView[] = [];
  readonly #times = new Map<number, TimeView>();
  #constants: Map<number, number> | null = null;
  readonly #starts: Uint32Array;
  readonly #units: Uint16Array;
  readonly #texts: (string | undefined)[] = [];

  /** @param bytes exactly one encoded batch; its byteOffset is a multiple of 8. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#header = new Int32Array(bytes.buffer, bytes.byteOffset, 14);
    if (this.#header[0] !== BATCH_MAGIC) throw new RangeError("not a batch");
    this.rows = this.#at(1);
    if (this.rows > BATCH_ROWS_MAX) throw new RangeError("batch has too many rows");
    this.dictSize = this.#at(4);
    const dict = this.#at(9);
    const numbers = align8(dict + 4 * (this.dictSize + 1));
    const units = numbers + 8 * this.dictSize;
    this.#starts = this.#view(Uint32Array, dict, this.dictSize + 1);
    this.#units = this.#view(Uint16Array, units, this.#starts[this.dictSize]!);
    this.#readColumns();
    this.#readTimes();
  }

  /** The column, undefined when this batch was encoded without it. */
  column(id: number): ColumnView | undefined {
    return this.#columns[id];
  }

  time(id: number): TimeView | undefined {
    return this.#times.get(id);
  }

  /** The dictionary code of a constant, -1 when no row of the batch has it. */
  constant(id: number): number {
    if (this.#constants === null) {
      this.#constants = new Map();
      const pairs = this.#view(Int32Array, this.#at(10), 2 * this.#at(5));
      for (let i = 0; i < pairs.length; i += 2) this.#constants.set(pairs[i]!, pairs[i + 1]!);
    }
    return this.#constants.get(id) ?? -1;
  }

  /** The text of a dictionary entry; a list or object is its JSON text. */
  text(code: number): string {
    const known = this.#texts[code];
    if (known !== undefined) return known;
    if (!(code >= 0 && code < this.dictSize)) throw new RangeError("no such dictionary entry");
    const start = this.#starts[code]!;
    const text = decodeUnits(this.#units, start, this.#starts[code + 1]!);
    this.#texts[code] = text;
    return text;
  }

  /** Calls `visit` with each rule of a worker slot that has candidate rows. */
  candidates(slot: number, visit: (handle: number, rows: Uint16Array) => void): void {
    const table = this.candidateTable(slot);
    if (table === null) return;
    for (let i = 0; i < table.entries.length; i += 3) visit(table.entries[i]!, candidateRows(table, i));
  }

  /** The candidates of a worker slot as they lie in memory; null when there are none. */
  candidateTable(slot: number): CandidateTable | null {
    const slots = this.#at(12);
    if (slot >= slots) return null;
    const at = this.#at(11);
    const directory = this.#view(Int32Array, at, slots + 1);
    const [from, to] = [directory[slot]!, directory[slot + 1]!];
    if (from >= to) return null;
    const entriesAt = at + 4 * (slots + 1);
    const rowsAt = entriesAt + 12 * this.#at(6);
    const rows = (this.#bytes.byteLength - rowsAt) >>> 1;
    return {
      entries: this.#view(Int32Array, entriesAt + 12 * from, 3 * (to - from)),
      rows: this.#view(Uint16Array, rowsAt, rows),
    };
  }

  #readColumns(): void {
    const n = this.#at(2);
    const table = this.#view(Int32Array, this.#at(7), 4 * n);
    for (let i = 0; i < n; i++) {
      const codes = table[4 * i + 2]!;
      this.#columns[table[4 * i]!] = {
        flags: table[4 * i + 3]!,
        numbers: this.#view(Float64Array, table[4 * i + 1]!, this.rows),
        codes: this.#view(Int32Array, codes, this.rows),
        kinds: this.#view(Uint8Array, codes + 4 * this.rows, this.rows),
      };
    }
  }

  #readTimes(): void {
    const n = this.#at(3);
    const table = this.#view(Int32Array, this.#at(8), 2 * n);
    for (let i = 0; i < n; i++) {
      const at = table[2 * i + 1]!;
      this.#times.set(table[2 * i]!, {
        times: this.#view(Float64Array, at, this.rows),
        flags: this.#view(Uint8Array, at + 8 * this.rows, this.rows),
      });
    }
  }

  #at(index: number): number {
    return this.#header[index]!;
  }

  #view<T>(
    type: new (buffer: ArrayBufferLike, at: number, length: number) => T,
    at: number,
    length: number,
  ): T {
    return new type(this.#bytes.buffer, this.#bytes.byteOffset + at, length);
  }
}

export function align8(n: number): number {
  return (n + 7) & ~7;
}

/** Arguments of one call. */
const CHUNK = 4096;
/** Up to so many units an array of them is quicker made than a view. */
const FEW = 64;

/** A flat string, as keys are kept. Spreading a view took six times as long: it goes through its iterator. */
function decodeUnits(units: Uint16Array, start: number, end: number): string {
  const length = end - start;
  if (length <= FEW) {
    const few = new Array<number>(length);
    for (let i = 0; i < length; i++) few[i] = units[start + i]!;
    return String.fromCharCode.apply(null, few);
  }
  let text = "";
  for (let at = start; at < end; at += CHUNK) {
    text += Reflect.apply(String.fromCharCode, null, units.subarray(at, Math.min(end, at + CHUNK)));
  }
  return text;
}
