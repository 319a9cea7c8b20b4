/**
 * Values as `distinct` tells them apart: by type and value. Numbers, booleans and texts are their own key;
 * a list or object is its JSON text, marked so that it is never taken for a text.
 */
import { KIND } from "../../batch/batch.ts";
import type { Gathered } from "../gathered.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";

export type ValueKey = string | number | boolean;

const MARK = "\0";
const TAG = { no: 0, yes: 1, number: 2, text: 3 } as const;
const ENTRY_BYTES = 48;

/** null when the value is missing or null. */
export function keyAt(gathered: Gathered, field: number, i: number): ValueKey | null {
  const column = gathered.columns[field];
  if (column === undefined) return null;
  switch (column.kinds[i]) {
    case KIND.number:
      return column.numbers[i]! + 0;
    case KIND.boolean:
      return column.numbers[i] === 1;
    case KIND.text:
      return textKey(column.texts?.[i] ?? "");
    case KIND.json:
      return `${MARK}j${column.texts?.[i] ?? ""}`;
    default:
      return null;
  }
}

function textKey(text: string): string {
  return text.startsWith(MARK) ? `${MARK}t${text}` : text;
}

/** Counted bytes of a key that is held. */
export function keyBytes(key: ValueKey): number {
  return ENTRY_BYTES + (typeof key === "string" ? 2 * key.length : 0);
}

export function writeKey(key: ValueKey, out: ByteWriter): void {
  if (typeof key === "boolean") return out.u8(key ? TAG.yes : TAG.no);
  out.u8(typeof key === "number" ? TAG.number : TAG.text);
  if (typeof key === "number") out.f64(key);
  else out.text(key);
}

export function readKey(input: ByteReader): ValueKey {
  const tag = input.u8();
  if (tag === TAG.number) return input.f64();
  return tag === TAG.text ? input.text() : tag === TAG.yes;
}
