/**
 * A naive evaluator of one expression for one row, written from docs/expressions.md: values as they are in
 * JSON, a call for each part, dates from Intl.
 */
import { jsonEquals, type JsonValue } from "../../../src/base/json.ts";
import { parseDuration } from "../../../src/base/duration.ts";
import { instant, timeOf } from "../../../src/base/event_time.ts";
import { equals, numberOf, ordered, printed } from "../../../src/engine/compare.ts";
import type { Expression } from "../../../src/engine/expression/expression.ts";
import type { Row } from "./columns.ts";

export function evaluate(program: Expression, row: Row): JsonValue {
  switch (program.kind) {
    case "constant":
      return typeof program.value === "string" ? bounded(program.value) : program.value;
    case "name":
      return row[program.name] ?? null;
    case "unary": {
      const value = evaluate(program.of, row);
      if (program.op === "-") return value === null ? null : finite(-numberOf(value));
      const truth = truthOf(value);
      return truth === null ? null : !truth;
    }
    case "binary":
      return binary(program, row);
    case "choice":
      return evaluate(truthOf(evaluate(program.test, row)) ? program.then : program.otherwise, row);
    case "member": {
      const value = evaluate(program.of, row);
      return value === null ? null : program.list.some((item) => equals(value, evaluate(item, row), false));
    }
    case "call":
      return call(program.name, program.args.map((arg) => evaluate(arg, row)));
  }
}

function binary({ op, left, right }: Expression & { kind: "binary" }, row: Row): JsonValue {
  const [a, b] = [evaluate(left, row), evaluate(right, row)];
  if (op === "&&" || op === "||") {
    const both = [truthOf(a), truthOf(b)];
    if (both.includes(op === "||")) return op === "||";
    return both.includes(null) ? null : op === "&&";
  }
  const withNull = [left, right].some((part) => part.kind === "constant" && part.value === null);
  if (withNull && op === "==") return a === null && b === null;
  if (withNull && op === "!=") return a !== null || b !== null;
  if (a === null || b === null) return null;
  const [x, y] = [numberOf(a), numberOf(b)];
  switch (op) {
    case "+":
      return finite(x + y);
    case "-":
      return finite(x - y);
    case "*":
      return finite(x * y);
    case "/":
      return finite(x / y);
    case "%":
      return finite(x % y);
    case "**":
      return Number.isNaN(x) ? null : finite(x ** y);
    case "==":
      return equals(a, b, false);
    case "!=":
      return !equals(a, b, false);
    default:
      return ordered(a, op, b, false);
  }
}

function truthOf(value: JsonValue): boolean | null {
  if (value === null || typeof value === "object") return null;
  if (value === "true" || value === "false") return value === "true";
  const number = numberOf(value);
  return Number.isNaN(number) ? null : number !== 0;
}

function finite(number: number): number | null {
  return Number.isFinite(number) ? number : null;
}

function bounded(text: string): string | null {
  return text.length > 10_000 ? null : text;
}

const NUMBERS: Readonly<Record<string, (...args: number[]) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  sqrt: Math.sqrt,
  exp: Math.exp,
  ln: Math.log,
  log10: Math.log10,
  pow: (x, y) => x! ** y!,
  min: Math.min,
  max: Math.max,
  clamp: (x, low, high) => low! > high! ? NaN : Math.min(high!, Math.max(low!, x!)),
  number: (x) => x!,
  round: (x) => Math.sign(x!) * Math.floor(Math.abs(x!) + 0.5),
};

function call(name: string, args: JsonValue[]): JsonValue {
  if (name === "coalesce") return args.find((arg) => arg !== null) ?? null;
  if (args.includes(null)) return null;
  const numbers = NUMBERS[name];
  if (numbers !== undefined) {
    const given = args.map(numberOf);
    return given.some(Number.isNaN) ? null : finite(numbers(...given));
  }
  const result = values(name, args, args.map(printed));
  return typeof result === "string" ? bounded(result) : result;
}

function values(name: string, [a, b, c]: JsonValue[], texts: string[]): JsonValue {
  const [x, y, z] = texts as [string, string, string];
  switch (name) {
    case "length":
      if (Array.isArray(a)) return a.length;
      return typeof a === "object" ? null : [...x].length;
    case "lower":
      return x.toLowerCase();
    case "upper":
      return x.toUpperCase();
    case "trim":
      return x.trim();
    case "concat":
      return texts.join("");
    case "string":
      return x;
    case "contains":
      return Array.isArray(a) ? a.some((item) => equals(item, b!, false)) : x.indexOf(y) !== -1;
    case "starts_with":
      return x.slice(0, y.length) === y;
    case "ends_with":
      return y === "" || x.slice(-y.length) === y;
    case "replace":
      return y === "" ? x : x.replaceAll(y, () => z);
    case "substring": {
      const [start, count] = [Math.trunc(numberOf(b!)), c === undefined ? Infinity : Math.trunc(numberOf(c))];
      const all = [...x];
      const first = start > 0 ? start : all.length + 1 + start;
      if (start === 0 || Number.isNaN(start) || !(count >= 0)) return null;
      return all.filter((_, i) => i + 1 >= first && i + 1 < first + count).join("");
    }
    case "split_part": {
      const which = Math.trunc(numberOf(c!));
      return y === "" || Number.isNaN(which) || which === 0
        ? null
        : x.split(y).at(which > 0 ? which - 1 : which) ?? null;
    }
    default:
      return times(name, a!, b);
  }
}

const PART_NAMES = ["year", "month", "day", "hour", "minute", "weekday"];
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

function times(name: string, a: JsonValue, b: JsonValue | undefined): JsonValue {
  const ms = timeOf(a, null);
  if (Number.isNaN(ms)) return null;
  if (name === "timestamp") return ms;
  if (name === "format_date") return instant(ms);
  if (name === "date_diff") return finite((ms - timeOf(b!, null)) / 60_000);
  if (name === "date_add") {
    const text = printed(b!);
    const step = parseDuration(text);
    return step === undefined || ms + step > 8.64e15 ? null : ms + step;
  }
  if (!PART_NAMES.includes(name)) throw new RangeError(name);
  const parts = new Intl.DateTimeFormat("en-US", {
    ...{ timeZone: b === undefined ? "UTC" : String(b), hourCycle: "h23", weekday: "short" },
    ...{ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" },
  }).formatToParts(ms);
  const text = parts.find(({ type }) => type === name)!.value;
  return name === "weekday" ? WEEKDAYS.indexOf(text) + 1 : Number(text);
}

/** Equal as JSON; there is one zero. */
export function same(a: JsonValue, b: JsonValue): boolean {
  return jsonEquals(a, b);
}
