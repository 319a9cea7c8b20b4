/**
 * The binary form of state partitions, little endian. Both kinds start with Uint32 format, Uint32 count.
 *
 *   keys   per key: Float64 last, Float64 offset, Uint16 number of tags, Uint32 length of text with the
 *          top bit set when it is stored in two bytes a unit; then tags (bytes), then text
 *   rule   Float64 minute, Float64 alerts, Float64 suppressed; count is 1
 *
 * Text is stored by code unit: lone surrogates survive.
 */
import type { KeyEntry } from "./keyed_state.ts";
import type { MinuteCount } from "./rule_state.ts";
import { StateFormatError } from "./state_bytes.ts";

const FORMAT = 1;
const HEAD_BYTES = 8;
const ENTRY_BYTES = 22;
const WIDE = 0x80000000;

export function writeMinute(count: MinuteCount): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + 24);
  const view = headed(bytes, 1);
  view.setFloat64(8, count.minute, true);
  view.setFloat64(16, count.alerts, true);
  view.setFloat64(24, count.suppressed, true);
  return bytes;
}

export function readMinute(bytes: Uint8Array): MinuteCount {
  const view = checked(bytes);
  if (bytes.byteLength !== HEAD_BYTES + 24) throw new StateFormatError("rule counts are cut short");
  return {
    minute: view.getFloat64(8, true),
    alerts: view.getFloat64(16, true),
    suppressed: view.getFloat64(24, true),
  };
}

/** @param count how many entries there are */
export function writeKeys(entries: Iterable<KeyEntry>, count: number): Uint8Array {
  const list = [...entries];
  const widths = list.map(({ text }) => isNarrow(text) ? 1 : 2);
  const size = list.reduce((sum, e, i) => sum + ENTRY_BYTES + e.tags.length + widths[i]! * e.text.length, 0);
  const bytes = new Uint8Array(HEAD_BYTES + size);
  const view = headed(bytes, count);
  let at = HEAD_BYTES;
  list.forEach((entry, i) => at = writeEntry(view, at, entry, widths[i]!));
  return bytes;
}

export function readKeys(bytes: Uint8Array): KeyEntry[] {
  const view = checked(bytes);
  const count = view.getUint32(4, true);
  const entries: KeyEntry[] = [];
  let at = HEAD_BYTES;
  try {
    for (let i = 0; i < count; i++) {
      const { entry, end } = readEntry(view, at);
      entries.push(entry);
      at = end;
    }
  } catch (cause) {
    throw new StateFormatError("keys are cut short", { cause });
  }
  return entries;
}

function writeEntry(view: DataView, start: number, entry: KeyEntry, width: number): number {
  let at = start + ENTRY_BYTES;
  view.setFloat64(start, entry.last, true);
  view.setFloat64(start + 8, entry.offset, true);
  view.setUint16(start + 16, entry.tags.length, true);
  view.setUint32(start + 18, entry.text.length + (width === 2 ? WIDE : 0), true);
  for (let i = 0; i < entry.tags.length; i++) view.setUint8(at++, entry.tags.charCodeAt(i));
  for (let i = 0; i < entry.text.length; i++, at += width) {
    if (width === 1) view.setUint8(at, entry.text.charCodeAt(i));
    else view.setUint16(at, entry.text.charCodeAt(i), true);
  }
  return at;
}

function readEntry(view: DataView, start: number): { entry: KeyEntry; end: number } {
  const tagsLength = view.getUint16(start + 16, true);
  const lengthWord = view.getUint32(start + 18, true);
  const wide = lengthWord >= WIDE;
  const length = wide ? lengthWord - WIDE : lengthWord;
  const tagsAt = start + ENTRY_BYTES;
  const textAt = tagsAt + tagsLength;
  const entry: KeyEntry = {
    text: readText(view, textAt, length, wide),
    tags: readText(view, tagsAt, tagsLength, false),
    last: view.getFloat64(start, true),
    offset: view.getFloat64(start + 8, true),
  };
  return { entry, end: textAt + length * (wide ? 2 : 1) };
}

const CHUNK = 4096;

function readText(view: DataView, at: number, length: number, wide: boolean): string {
  let text = "";
  for (let from = 0; from < length; from += CHUNK) {
    const size = Math.min(CHUNK, length - from);
    if (!wide) text += String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at + from, size));
    else text += String.fromCharCode(...wideUnits(view, at + 2 * from, size));
  }
  return text;
}

function wideUnits(view: DataView, at: number, count: number): Uint16Array {
  return new Uint16Array(count).map((_, i) => view.getUint16(at + 2 * i, true));
}

function isNarrow(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}

function headed(bytes: Uint8Array, count: number): DataView {
  const view = new DataView(bytes.buffer);
  view.setUint32(0, FORMAT, true);
  view.setUint32(4, count, true);
  return view;
}

function checked(bytes: Uint8Array): DataView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < HEAD_BYTES) throw new StateFormatError("a state partition is cut short");
  const format = view.getUint32(0, true);
  if (format !== FORMAT) {
    throw new StateFormatError(`Cannot read state of format ${format} as format ${FORMAT}`);
  }
  return view;
}
