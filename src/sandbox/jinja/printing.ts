/** How values become text: str() and repr() of Python, truth, escaping, reading one by one, equality, order. */
import { floatText, isFloat, isInteger, isNumber, plain } from "./numbers.ts";
import {
  Callable,
  Dict,
  entriesOf,
  entryOf,
  isMapping,
  isText,
  limit,
  Markup,
  Members,
  Once,
  type PlainObject,
  sizeOf,
  TEXT_CHARACTERS_MAX,
  Tuple,
  typeFault,
  typeName,
  Undefined,
  View,
} from "./values.ts";

const NESTING_MAX = 64;

/** str(value). @throws TemplateFault for what has no text, such as a macro or the answer of `map` */
export function text(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Markup) return value.text;
  if (value instanceof Undefined) return "";
  return repr(value);
}

export function repr(value: unknown, room = { left: TEXT_CHARACTERS_MAX }, depth = 0): string {
  const shown = reprOf(value, room, depth);
  room.left -= shown.length > 256 || depth === 0 ? 0 : shown.length;
  if (room.left < 0) limit(Infinity, TEXT_CHARACTERS_MAX, "a text");
  return shown;
}

function reprOf(value: unknown, room: { left: number }, depth: number): string {
  if (depth > NESTING_MAX) limit(depth, NESTING_MAX, "a nesting");
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (isFloat(value)) return floatText(value);
  if (isInteger(value)) return String(value);
  if (typeof value === "string") return quoted(value);
  if (value instanceof Markup) return `Markup(${quoted(value.text)})`;
  if (value instanceof Undefined) return "Undefined";
  const inner = (items: readonly unknown[]) => joined(items, (item) => repr(item, room, depth + 1), room);
  if (Array.isArray(value)) return `[${inner(value)}]`;
  if (value instanceof Tuple) {
    return value.items.length === 1 ? `(${inner(value.items)},)` : `(${inner(value.items)})`;
  }
  if (isMapping(value)) {
    const entry = ([key, held]: [unknown, unknown]) =>
      `${repr(key, room, depth + 1)}: ${repr(held, room, depth + 1)}`;
    return `{${joined(entriesOf(value), entry, room)}}`;
  }
  if (value instanceof View) {
    return value.shown.startsWith("range(") ? value.shown : `${value.shown}([${inner(value.items)}])`;
  }
  throw typeFault(
    value instanceof Once
      ? "the answer of a filter such as map or select is not text: put |list or |join behind it"
      : `a ${typeName(value)} is not text`,
  );
}

function joined<T>(items: readonly T[], print: (item: T) => string, room: { left: number }): string {
  let out = "";
  for (const item of items) {
    if (out !== "") out += ", ";
    out += print(item);
    if (out.length > room.left) limit(Infinity, TEXT_CHARACTERS_MAX, "a text");
  }
  return out;
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };
// What Python's repr writes as an escape: controls, separators but the blank, format characters, lone halves.
// deno-lint-ignore no-control-regex
const UNPRINTED = /[\x00-\x1f\\\x7f-\xa0\xad\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]|(?! )\p{Zs}/gu;

function quoted(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const body = value.replace(UNPRINTED, (character) => ESCAPES[character] ?? codePoint(character));
  return quote + (quote === "'" ? body.replaceAll("'", "\\'") : body) + quote;
}

function codePoint(character: string): string {
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

const HTML: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&#39;",
  '"': "&#34;",
};

export function escapeHtml(value: string): string {
  return /[&<>'"]/.test(value) ? value.replace(/[&<>'"]/g, (character) => HTML[character]!) : value;
}

/** Slack gives meaning to these three only. */
export function escapeSlack(value: string): string {
  return /[&<>]/.test(value) ? value.replace(/[&<>]/g, (character) => HTML[character]!) : value;
}

export function truth(value: unknown): boolean {
  if (value === null || value === false || value === 0 || value === "" || value instanceof Undefined) {
    return false;
  }
  if (value === true || typeof value === "string") return true;
  if (isNumber(value)) return plain(value) !== 0;
  if (value instanceof Markup) return value.text !== "";
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Tuple || value instanceof View) return value.items.length > 0;
  return isMapping(value) ? sizeOf(value) > 0 : true;
}

/** Code points, which is what Python counts and cuts. */
export function characters(value: string): readonly string[] {
  return /[\ud800-\udfff]/.test(value) ? [...value] : value.split("");
}

/** The items of `value`. @throws TemplateFault where it has none */
export function items(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple || value instanceof View) return value.items;
  if (value instanceof Once) return value.take();
  if (value instanceof Undefined) return [];
  if (isText(value)) return characters(text(value));
  if (isMapping(value)) return entriesOf(value).map(([key]) => key);
  throw typeFault(`'${typeName(value)}' object is not iterable`);
}

export function length(value: unknown): number {
  if (isText(value)) return textLength(text(value));
  if (Array.isArray(value)) return value.length;
  if (value instanceof Tuple || value instanceof View) return value.items.length;
  if (isMapping(value)) return sizeOf(value);
  if (value instanceof Undefined) return 0;
  throw typeFault(`object of type '${typeName(value)}' has no len()`);
}

function textLength(value: string): number {
  let pairs = 0;
  for (let index = 0; index < value.length - 1; index++) {
    if (value.charCodeAt(index) >= 0xd800 && value.codePointAt(index)! > 0xffff) {
      pairs++;
      index++;
    }
  }
  return value.length - pairs;
}

export function equals(left: unknown, right: unknown, depth = 0): boolean {
  limit(depth, NESTING_MAX, "a nesting");
  if (isNumber(left) && isNumber(right)) return sameNumber(left, right);
  if (isText(left) && isText(right)) return text(left) === text(right);
  if (left instanceof Undefined && right instanceof Undefined) return true;
  const lists = listsOf(left, right);
  if (lists !== null) {
    return lists[0].length === lists[1].length &&
      lists[0].every((item, index) => equals(item, lists[1][index], depth + 1));
  }
  if (isMapping(left) && isMapping(right)) return sameMapping(left, right, depth);
  return left === right;
}

type Numeric = Parameters<typeof plain>[0];

function sameNumber(left: Numeric, right: Numeric): boolean {
  if (typeof left === "bigint" && typeof right === "bigint") return left === right;
  return plain(left) === plain(right);
}

function listsOf(left: unknown, right: unknown): [readonly unknown[], readonly unknown[]] | null {
  if (Array.isArray(left) && Array.isArray(right)) return [left, right];
  if (left instanceof Tuple && right instanceof Tuple) return [left.items, right.items];
  return null;
}

function sameMapping(left: Dict | PlainObject, right: Dict | PlainObject, depth: number): boolean {
  if (sizeOf(left) !== sizeOf(right)) return false;
  return entriesOf(left).every(([key, value]) => {
    const other = entryOf(right, key);
    return other !== undefined && equals(value, other, depth + 1);
  });
}

/** Negative, zero or positive. @throws TemplateFault for kinds that have no order */
export function order(left: unknown, right: unknown, depth = 0): number {
  limit(depth, NESTING_MAX, "a nesting");
  if (isNumber(left) && isNumber(right)) {
    if (typeof left === "bigint" && typeof right === "bigint") {
      return left < right ? -1 : left > right ? 1 : 0;
    }
    const [a, b] = [plain(left), plain(right)];
    return a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN;
  }
  if (isText(left) && isText(right)) return textOrder(text(left), text(right));
  const lists = listsOf(left, right);
  if (lists !== null) {
    for (let index = 0; index < Math.min(lists[0].length, lists[1].length); index++) {
      const [a, b] = [lists[0][index], lists[1][index]];
      if (!equals(a, b, depth + 1)) return order(a, b, depth + 1);
    }
    return lists[0].length - lists[1].length;
  }
  for (const value of [left, right]) if (value instanceof Undefined) throw value.fault();
  throw typeFault(`'<' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`);
}

/** By code point, where JavaScript compares halves of pairs. */
export function textOrder(left: string, right: string): number {
  if (left === right) return 0;
  if (!/[\ud800-\udfff]/.test(left) && !/[\ud800-\udfff]/.test(right)) return left < right ? -1 : 1;
  const [a, b] = [[...left], [...right]];
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = a[index]!.codePointAt(0)! - b[index]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function isCallable(value: unknown): boolean {
  return value instanceof Callable || (value instanceof Members && value.call !== null);
}
