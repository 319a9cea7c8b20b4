/** json.dumps as Jinja2's tojson calls it: keys sorted, ASCII, with `<`, `>`, `&` and `'` as escapes. */
import { floatText, isFloat, isInteger, plain } from "./numbers.ts";
import { text, textOrder } from "./printing.ts";
import {
  entriesOf,
  isMapping,
  isText,
  limit,
  TemplateFault,
  TEXT_CHARACTERS_MAX,
  Tuple,
  typeFault,
  typeName,
} from "./values.ts";

const NESTING_MAX = 64;
const INDENT_MAX = 32;

export function toJson(value: unknown, indent: number | null): string {
  if (indent !== null) limit(indent, INDENT_MAX, "an indent");
  const written = write(value, { indent, depth: 0, room: { left: TEXT_CHARACTERS_MAX } });
  return written.replace(/[<>&']/g, (one) => "\\u00" + one.charCodeAt(0).toString(16));
}

interface Place {
  indent: number | null;
  depth: number;
  room: { left: number };
}

function write(value: unknown, at: Place): string {
  limit(at.depth, NESTING_MAX, "a nesting");
  const written = writeOne(value, at);
  at.room.left -= Math.min(written.length, 64);
  if (at.room.left < 0) limit(Infinity, TEXT_CHARACTERS_MAX, "a text");
  return written;
}

function writeOne(value: unknown, at: Place): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (isFloat(value)) return number(plain(value));
  if (isInteger(value)) return String(value);
  if (isText(value)) return quoted(text(value));
  if (Array.isArray(value)) return wrapped(value.map((one) => write(one, inner(at))), "[]", at);
  if (value instanceof Tuple) return wrapped(value.items.map((one) => write(one, inner(at))), "[]", at);
  if (!isMapping(value)) throw typeFault(`Object of type ${typeName(value)} is not JSON serializable`);
  const entries = entriesOf(value).map(([key, held]) => [keyOf(key), held] as const);
  entries.sort(([a], [b]) => textOrder(a, b));
  return wrapped(entries.map(([key, held]) => `${quoted(key)}: ${write(held, inner(at))}`), "{}", at);
}

function inner(at: Place): Place {
  return { ...at, depth: at.depth + 1 };
}

function number(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? floatText(value) : value > 0 ? "Infinity" : "-Infinity";
}

function keyOf(key: unknown): string {
  if (isText(key)) return text(key);
  if (key === null || typeof key === "boolean") return String(key);
  if (isFloat(key)) return floatText(key);
  if (isInteger(key)) return String(key);
  throw new TemplateFault("TypeError", `keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function wrapped(parts: readonly string[], [open, close]: string, { indent, depth }: Place): string {
  if (parts.length === 0) return `${open}${close}`;
  if (indent === null) return open + parts.join(", ") + close;
  const pad = "\n" + " ".repeat(indent * (depth + 1));
  return open + pad + parts.join("," + pad) + "\n" + " ".repeat(indent * depth) + close;
}

function quoted(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (one) => "\\u" + one.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}
