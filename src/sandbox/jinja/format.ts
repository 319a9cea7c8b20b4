/** `text % values` and `text.format(...)` of Python. Fields reach own data only, never internals. */
import { fixed, floatOf, floatText, integerOf, isFloat, isInteger, isNumber, plain } from "./numbers.ts";
import { characters, repr, text } from "./printing.ts";
import {
  entryOf,
  isMapping,
  isText,
  type Keywords,
  limit,
  TemplateFault,
  TEXT_CHARACTERS_MAX,
  Tuple,
  typeFault,
  typeName,
  Undefined,
} from "./values.ts";

/** What a value prints as inside a format; under autoescape it escapes what is not safe. */
export type Print = (value: unknown) => string;

const PERCENT = /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?[hlL]?(.)?/gsu;
const WIDTH_MAX = 100_000;

/** `pattern % given`: a tuple gives one value each, a mapping the named ones. */
export function percent(pattern: string, given: unknown, print: Print): string {
  const values = given instanceof Tuple ? [...given.items] : [given];
  const source = { values, mapping: isMapping(given) ? given : null, next: 0 };
  let size = pattern.length;
  const out = pattern.replace(PERCENT, (_all, name, flags, width, places, type) => {
    const shown = conversion({ name, flags, width, places, type }, source, print);
    limit(size += shown.length, TEXT_CHARACTERS_MAX, "a text");
    return shown;
  });
  const isHolder = source.mapping !== null || Array.isArray(given) || given instanceof Undefined;
  if (source.next < values.length && !isHolder) {
    throw typeFault("not all arguments converted during string formatting");
  }
  return out;
}

interface Source {
  values: unknown[];
  mapping: ReturnType<typeof Object> | null;
  next: number;
}

interface Conversion {
  name: string | undefined;
  flags: string;
  width: string | undefined;
  places: string | undefined;
  type: string | undefined;
}

function conversion(spec: Conversion, source: Source, print: Print): string {
  if (spec.type === "%") return "%";
  if (spec.type === undefined) throw new TemplateFault("ValueError", "incomplete format");
  const width = spec.width === undefined ? 0 : sizeGiven(spec.width, source);
  const places = spec.places === undefined ? null : sizeGiven(spec.places, source);
  const value = spec.name === undefined ? nextOf(source) : namedOf(spec.name, source);
  limit(Math.max(width, places ?? 0), WIDTH_MAX, "a width");
  const left = spec.flags.includes("-");
  const body = converted(spec, value, { places, print });
  if ("srac".includes(spec.type)) return padded(body, width, { fill: " ", align: left ? "<" : ">" });
  const zero = spec.flags.includes("0") && !left;
  return padded(body, width, { fill: zero ? "0" : " ", align: left ? "<" : zero ? "=" : ">" });
}

function sizeGiven(text: string, source: Source): number {
  return text === "*" ? Number(plain(nextOf(source) as number)) : Number(text);
}

function nextOf(source: Source): unknown {
  if (source.next >= source.values.length) throw typeFault("not enough arguments for format string");
  return source.values[source.next++];
}

function namedOf(name: string, source: Source): unknown {
  if (source.mapping === null) throw typeFault("format requires a mapping");
  const value = entryOf(source.mapping, name);
  if (value === undefined) throw new TemplateFault("KeyError", `'${name}'`);
  return value;
}

function converted(
  { flags, type }: Conversion,
  value: unknown,
  { places, print }: { places: number | null; print: Print },
): string {
  if (type === "s") return cut(print(value), places);
  if (type === "r" || type === "a") return cut(repr(value), places);
  if (type === "c") return typeof value === "number" ? String.fromCodePoint(value) : text(value);
  if (!isNumber(value)) throw typeFault(`%${type} format: a real number is required, not ${typeName(value)}`);
  const sign = flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  const number = "diu".includes(type!)
    ? isInteger(value) ? BigInt(value).toString() : BigInt(Math.trunc(plain(value))).toString()
    : numberText(type!, value, { places, alternate: flags.includes("#") });
  return number.startsWith("-") ? number : sign + number;
}

function cut(shown: string, places: number | null): string {
  return places === null ? shown : characters(shown).slice(0, places).join("");
}

/** A number as the type of a format writes it. @throws TemplateFault for unknown types */
function numberText(
  type: string,
  value: ReturnType<typeof plain> | Parameters<typeof plain>[0],
  { places, alternate = false }: { places: number | null; alternate?: boolean },
): string {
  const radix = ({ x: 16, X: 16, o: 8, b: 2 } as Record<string, number>)[type];
  if (radix !== undefined) {
    if (!isInteger(value)) throw typeFault(`%${type} format: an integer is required, not ${typeName(value)}`);
    const whole = BigInt(value);
    const digits = (whole < 0n ? -whole : whole).toString(radix);
    const shown = (whole < 0n ? "-" : "") + (alternate ? `0${type.toLowerCase()}` : "") + digits;
    return type === "X" ? shown.toUpperCase() : shown;
  }
  const number = plain(value);
  limit(places ?? 0, 100, "decimals");
  switch (type) {
    case "f":
    case "F":
      return fixed(number, places ?? 6);
    case "%":
      return fixed(number * 100, places ?? 6) + "%";
    case "e":
    case "E": {
      const shown = number.toExponential(places ?? 6).replace(/e([+-])(\d)$/, "e$10$2");
      return type === "E" ? shown.toUpperCase() : shown;
    }
    case "g":
    case "G":
      return general(number, places ?? 6, type);
  }
  throw new TemplateFault("ValueError", `unsupported format character '${type}'`);
}

function general(number: number, places: number, type: string): string {
  if (!Number.isFinite(number)) return floatText(number);
  const digits = Math.max(1, places);
  const exponent = number === 0 ? 0 : Number(number.toExponential(digits - 1).split("e")[1]);
  const shown = exponent < -4 || exponent >= digits
    ? number.toExponential(digits - 1).replace(/\.?0*e/, "e").replace(/e([+-])(\d)$/, "e$10$2")
    : trimmed(number.toFixed(Math.max(0, digits - 1 - exponent)));
  return type === "G" ? shown.toUpperCase() : shown;
}

function trimmed(shown: string): string {
  return shown.includes(".") ? shown.replace(/\.?0+$/, "") : shown;
}

interface Padding {
  fill: string;
  align: string;
}

/** `shown` at least `width` characters wide. */
export function padded(shown: string, width: number, { fill, align }: Padding): string {
  const missing = width - characters(shown).length;
  if (missing <= 0) return shown;
  limit(width, TEXT_CHARACTERS_MAX, "a text");
  if (align === "<") return shown + fill.repeat(missing);
  if (align === "^") return fill.repeat(missing >> 1) + shown + fill.repeat(missing - (missing >> 1));
  if (align !== "=") return fill.repeat(missing) + shown;
  const head = /^[+\- ]?(?:0[xob])?/.exec(shown)![0];
  return head + fill.repeat(missing) + shown.slice(head.length);
}

const FIELD = /\{\{|\}\}|\{([^{}!:]*)(?:!([rsa]))?(?::([^{}]*))?\}|[{}]/g;

/** `pattern.format(...args, ...keywords)`. */
export function formatted(
  pattern: string,
  { args, keywords, print }: { args: readonly unknown[]; keywords: Keywords; print: Print },
): string {
  let next = 0;
  let size = pattern.length;
  return pattern.replace(FIELD, (all, field, conversion, spec) => {
    if (all === "{{" || all === "}}") return all[0]!;
    if (field === undefined) {
      throw new TemplateFault("ValueError", `Single '${all}' encountered in format string`);
    }
    const [, head, rest] = /^([^.[]*)(.*)$/s.exec(field)!;
    const first = head === "" ? args[next++] : /^\d+$/.test(head!) ? args[Number(head)] : keywords.get(head!);
    if (first === undefined) {
      const missing = head === "" || /^\d+$/.test(head!);
      throw new TemplateFault(missing ? "IndexError" : "KeyError", `no value for the field {${field}}`);
    }
    const value = stepped(first, rest!);
    const shown = conversion === "r" || conversion === "a"
      ? inSpec(repr(value), spec ?? "", print)
      : inSpec(value, spec ?? "", print);
    limit(size += shown.length, TEXT_CHARACTERS_MAX, "a text");
    return shown;
  });
}

function stepped(value: unknown, path: string): unknown {
  let reached = value;
  for (const [, , index] of path.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g)) {
    if (index === undefined) {
      throw new TemplateFault("AttributeError", `'${typeName(reached)}' has no such attribute`);
    }
    const item = Array.isArray(reached)
      ? reached[Number(index)]
      : reached instanceof Tuple
      ? reached.items[Number(index)]
      : isMapping(reached)
      ? entryOf(reached, index)
      : undefined;
    if (item === undefined) throw new TemplateFault("KeyError", `'${index}'`);
    reached = item;
  }
  return reached;
}

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/su;

function inSpec(value: unknown, spec: string, print: Print): string {
  if (spec === "") return print(value);
  const match = SPEC.exec(spec);
  if (match === null) throw new TemplateFault("ValueError", `Invalid format specifier '${spec}'`);
  const [, fill, align, sign, alternate, zero, width, group, places, type] = match;
  const size = Number(width ?? 0);
  limit(Math.max(size, Number(places ?? 0)), WIDTH_MAX, "a width");
  const precision = places === undefined ? null : Number(places);
  if (isText(value) || !isNumber(value) || typeof value === "boolean" && type === undefined) {
    if (!isText(value) && typeof value !== "boolean") {
      throw typeFault(`unsupported format string for ${typeName(value)}`);
    }
    if (type !== undefined && type !== "s") {
      throw new TemplateFault("ValueError", `Unknown format code '${type}'`);
    }
    return padded(cut(print(value), precision), size, { fill: fill ?? " ", align: align ?? "<" });
  }
  let shown = specNumber(value, { type, precision, alternate: alternate !== undefined });
  if (group !== undefined) shown = grouped(shown, group);
  if (!shown.startsWith("-") && sign !== undefined && sign !== "-") shown = sign + shown;
  const filling = { fill: fill ?? (zero ? "0" : " "), align: align ?? (zero ? "=" : ">") };
  return padded(shown, size, filling);
}

function specNumber(
  value: Parameters<typeof plain>[0],
  { type, precision, alternate }: { type: string | undefined; precision: number | null; alternate: boolean },
): string {
  if (type === "d" || type === "n" || (type === undefined && isInteger(value))) {
    if (!isInteger(value)) throw new TemplateFault("ValueError", `Unknown format code '${type}' for a float`);
    return BigInt(value).toString();
  }
  if (type !== undefined) return numberText(type, value, { places: precision, alternate });
  if (precision === null) return floatText(plain(value));
  const shown = general(plain(value), precision, "g");
  return /[.e]/.test(shown) ? shown : `${shown}.0`;
}

function grouped(shown: string, group: string): string {
  const [, head, whole, rest] = /^([+-]?)(\d+)(.*)$/s.exec(shown) ?? [];
  if (whole === undefined) return shown;
  return head + whole.replace(/\B(?=(\d{3})+$)/g, group) + rest;
}

/** int(value) where a filter wants a whole number. @throws TemplateFault */
export function wholeNumber(value: unknown): number {
  if (isFloat(value)) return Math.trunc(plain(value));
  if (isNumber(value)) return plain(value);
  throw typeFault(`an integer is required, not ${typeName(value)}`);
}

/** The `int` filter. */
export function toInteger(value: unknown, fallback: unknown, base: number): unknown {
  if (isText(value)) {
    const whole = integerOf(text(value), base);
    if (whole !== undefined) return whole;
    const number = floatOf(text(value));
    return number !== undefined && Number.isFinite(number)
      ? integerOf(BigInt(Math.trunc(number)).toString(), 10)
      : fallback;
  }
  if (isInteger(value)) return typeof value === "boolean" ? Number(value) : value;
  if (!isFloat(value)) return fallback;
  const number = plain(value);
  return Number.isFinite(number) ? integerOf(BigInt(Math.trunc(number)).toString(), 10) : fallback;
}
