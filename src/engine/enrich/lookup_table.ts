/**
 * A version of a lookup table as a rule reads it. Rows are parsed when they are found; the last few are kept
 * parsed, since events come in runs of the same keys.
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { compileField } from "../../base/field_path.ts";
import { LookupImage } from "../../batch/lookup_image.ts";

/** Rows kept parsed, by keys of up to so many characters. */
const KEPT = { rows: 8192, characters: 256 };

/** The tables of one rule by name, as of where it is in the log. */
export type LookupTables = ReadonlyMap<string, LookupTable>;

export class LookupTable {
  readonly #image: LookupImage;
  readonly #kept = new Map<string, JsonObject | null>();

  constructor(bytes: ArrayBufferLike) {
    this.#image = new LookupImage(bytes);
  }

  /** The row of a printed key; null when there is none. */
  row(key: string): JsonObject | null {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const found = this.#find(key);
    if (key.length > KEPT.characters) return found;
    if (this.#kept.size >= KEPT.rows) this.#kept.clear();
    this.#kept.set(key, found);
    return found;
  }

  #find(key: string): JsonObject | null {
    const row = this.#image.find(key);
    return row < 0 ? null : JSON.parse(this.#image.text(row)) as JsonObject;
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
