/**
 * Scratch memory for one column while a batch is encoded. `dense` reads every event, `sparse` the marked
 * rows only. A scalar that stands literally at the top of a plain event is the answer of the resolver
 * (SEMANTICS 2), so it is taken without a call; everything else asks the compiled lookup.
 */
import type { Lookup } from "../base/field_path.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { BATCH_ROWS_MAX, COLUMN, KIND } from "./batch.ts";
import type { Dictionary } from "./dictionary.ts";

/** How a column is read. `direct`: the name to try literally, null when it is reserved. */
export interface ColumnSource {
  id: number;
  direct: string | null;
  lookup: Lookup;
}

/** What all columns of one batch share. */
export interface Rows {
  events: readonly JsonObject[];
  /** No event is a CloudEvent. */
  plain: boolean;
  dictionary: Dictionary;
}

export class ColumnBuffer {
  readonly numbers = new Float64Array(BATCH_ROWS_MAX);
  readonly codes = new Int32Array(BATCH_ROWS_MAX);
  readonly kinds = new Uint8Array(BATCH_ROWS_MAX);
  id = -1;
  flags = 0;

  dense(source: ColumnSource, rows: Rows): void {
    this.id = source.id;
    const total = rows.plain && source.direct !== null
      ? this.#direct(source.direct, source.lookup, rows)
      : this.#looked(source.lookup, rows);
    this.flags = total === rows.events.length ? COLUMN.allNumbers : 0;
  }

  /** Encodes the rows whose mark is 1; the others read as missing. */
  sparse(source: ColumnSource, rows: Rows, marks: Uint8Array): void {
    this.id = source.id;
    this.flags = COLUMN.sparse;
    for (let row = 0; row < rows.events.length; row++) {
      const value = marks[row] === 1 ? source.lookup(rows.events[row]!) : undefined;
      this.#put(row, value, rows.dictionary);
    }
  }

  /** Answers how many rows are numbers. */
  #direct(name: string, lookup: Lookup, { events, dictionary }: Rows): number {
    const { numbers, codes, kinds } = this;
    let total = 0;
    for (let row = 0; row < events.length; row++) {
      const event = events[row]!;
      const value = event[name];
      if (typeof value === "number") {
        numbers[row] = value;
        codes[row] = -1;
        kinds[row] = KIND.number;
        total++;
      } else if (typeof value === "string") {
        const code = dictionary.code(value);
        numbers[row] = dictionary.number(code);
        codes[row] = code;
        kinds[row] = KIND.text;
      } else {
        const found = typeof value === "boolean" ? value : lookup(event);
        if (typeof found === "number") total++;
        this.#put(row, found, dictionary);
      }
    }
    return total;
  }

  #looked(lookup: Lookup, { events, dictionary }: Rows): number {
    let total = 0;
    for (let row = 0; row < events.length; row++) {
      const value = lookup(events[row]!);
      if (typeof value === "number") total++;
      this.#put(row, value, dictionary);
    }
    return total;
  }

  #put(row: number, value: JsonValue | undefined, dictionary: Dictionary): void {
    let number = NaN;
    let code = -1;
    let kind: number = KIND.missing;
    if (typeof value === "number") {
      number = value;
      kind = KIND.number;
    } else if (typeof value === "string") {
      code = dictionary.code(value);
      number = dictionary.number(code);
      kind = KIND.text;
    } else if (typeof value === "boolean") {
      number = value ? 1 : 0;
      kind = KIND.boolean;
    } else if (value !== undefined && value !== null) {
      code = dictionary.code(JSON.stringify(value));
      kind = KIND.json;
    }
    this.numbers[row] = number;
    this.codes[row] = code;
    this.kinds[row] = kind;
  }
}
