/**
 * A version of a lookup table as a rule reads it. Rows are parsed when they are found; the last few are kept
 * parsed, since events come in runs of the same keys.
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { compileField } from "../../base/field_path.ts";
import { LookupImage } from "../../batch/lookup_image.ts";

const PARSED_MAX = 1024;

/** The tables of one rule by name, as of where it is in the log. */
export type LookupTables = ReadonlyMap<string, LookupTable>;

export class LookupTable {
  readonly #image: LookupImage;
  readonly #parsed = new Map<number, JsonObject>();

  constructor(bytes: ArrayBufferLike) {
    this.#image = new LookupImage(bytes);
  }

  /** The row of a printed key; null when there is none. */
  row(key: string): JsonObject | null {
    const row = this.#image.find(key);
    if (row < 0) return null;
    const known = this.#parsed.get(row);
    if (known !== undefined) return known;
    const parsed = JSON.parse(this.#image.text(row)) as JsonObject;
    if (this.#parsed.size >= PARSED_MAX) this.#parsed.clear();
    this.#parsed.set(row, parsed);
    return parsed;
  }
}

/** Reads a member of a row, null: all of it. */
export function memberOf(member: string | null): (row: JsonObject) => JsonValue | undefined {
  return member === null ? (row) => row : compileField(member);
}

/** What stands for a member where there is no row: that member of an object, any other value as it is. */
export function fallbackOf(fallback: JsonValue, member: string | null): JsonValue | undefined {
  return isObject(fallback) && member !== null ? memberOf(member)(fallback) : fallback;
}
