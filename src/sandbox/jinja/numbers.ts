/** Numbers as Python has them: whole ones of any size, and floats, which stay floats when they are whole. */
import { Float, INTEGER_BITS_MAX, limit, TemplateFault, typeFault, typeName } from "./values.ts";

export function isFloat(value: unknown): value is number | Float {
  if (value instanceof Float) return true;
  return typeof value === "number" && (!Number.isSafeInteger(value) || Object.is(value, -0));
}

export function isInteger(value: unknown): value is number | bigint | boolean {
  return typeof value === "bigint" || typeof value === "boolean" ||
    (typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0));
}

export function isNumber(value: unknown): value is number | bigint | boolean | Float {
  return isInteger(value) || isFloat(value);
}

/** `value` as a JavaScript number. */
export function plain(value: number | bigint | boolean | Float): number {
  return value instanceof Float ? value.value : Number(value);
}

export function float(value: number): number | Float {
  return Number.isSafeInteger(value) ? new Float(value) : value;
}

export function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function big(value: number | bigint | boolean): bigint {
  return BigInt(value);
}

/** Digits of the shortest text that reads back as `value`, and the power of ten of the first. */
function digitsOf(value: number): { digits: string; exponent: number } {
  const [mantissa, exponent] = value.toExponential().split("e");
  return { digits: mantissa!.replace(".", ""), exponent: Number(exponent) };
}

/** repr() of a float. */
export function floatText(given: number | Float): string {
  const value = plain(given);
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const { digits, exponent } = digitsOf(Math.abs(value));
  if (exponent < -4 || exponent >= 16) return sign + scientific(digits, exponent);
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}

function scientific(digits: string, exponent: number): string {
  const rest = digits.length > 1 ? `.${digits.slice(1)}` : "";
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${digits[0]}${rest}e${exponent < 0 ? "-" : "+"}${size}`;
}

/** `value` with `places` decimals; exact halves go to the even digit, as in C and Python. */
export function fixed(value: number, places: number): string {
  if (!Number.isFinite(value)) return floatText(value);
  if (Math.abs(value) >= 1e21) return BigInt(value).toString() + (places > 0 ? "." + "0".repeat(places) : "");
  const nearest = value.toFixed(places);
  const exact = Math.abs(value).toFixed(Math.min(100, places + 60));
  const dot = exact.indexOf(".");
  const tail = exact.slice(dot + 1 + places);
  if (!/^50*$/.test(tail)) return nearest;
  const kept = (exact.slice(0, dot) + exact.slice(dot + 1, dot + 1 + places)).replace(/^0+(?=\d)/, "");
  const even = Number(kept.at(-1)) % 2 === 0 ? BigInt(kept) : BigInt(kept) + 1n;
  const text = even.toString().padStart(places + 1, "0");
  const cut = text.length - places;
  const sign = value < 0 ? "-" : "";
  return sign + text.slice(0, cut) + (places > 0 ? "." + text.slice(cut) : "");
}

/** round(value, places) of Python. */
export function rounded(value: number | bigint | boolean | Float, places: number): unknown {
  if (isInteger(value)) {
    if (places >= 0) return typeof value === "boolean" ? Number(value) : value;
    limit(-places, 400, "digits to round to");
    return roundedInteger(big(value), 10n ** BigInt(-places));
  }
  if (places > 100) return value;
  const number = plain(value);
  if (!Number.isFinite(number)) return number;
  if (places >= 0) return float(Number(fixed(number, places)));
  return float(Number(roundedInteger(BigInt(Math.trunc(number)), 10n ** BigInt(Math.min(-places, 400)))));
}

function roundedInteger(value: bigint, unit: bigint): number | bigint {
  const half = unit / 2n;
  const rest = ((value % unit) + unit) % unit;
  const floor = value - rest;
  const up = rest > half || (rest === half && (floor / unit) % 2n !== 0n);
  return integer(up ? floor + unit : floor);
}

export type Arithmetic = "+" | "-" | "*" | "/" | "//" | "%" | "**";
type Numeric = number | bigint | boolean | Float;

/** `left op right` of two numbers. @throws TemplateFault ZeroDivisionError, LimitError */
export function calculate(op: Arithmetic, left: Numeric, right: Numeric): unknown {
  if (isInteger(left) && isInteger(right) && op !== "/") {
    const answer = op === "**" ? wholePower(left, right) : wholeNumbers(op, left, right);
    if (answer !== null) return answer;
  }
  return float(floats(op, plain(left), plain(right)));
}

function wholeNumbers(
  op: Arithmetic,
  left: number | bigint | boolean,
  right: number | bigint | boolean,
): unknown {
  const quick = op === "+" ? Number(left) + Number(right) : op === "-" ? Number(left) - Number(right) : NaN;
  if (Number.isSafeInteger(quick)) return quick + 0;
  const [a, b] = [big(left), big(right)];
  switch (op) {
    case "+":
      return bounded(a + b);
    case "-":
      return bounded(a - b);
    case "*":
      limit(bits(a) + bits(b), INTEGER_BITS_MAX, "bits in a whole number");
      return integer(a * b);
    case "//":
    case "%": {
      if (b === 0n) throw divisionByZero();
      const rest = ((a % b) + b) % b;
      return integer(op === "%" ? rest : (a - rest) / b);
    }
    default:
      return null;
  }
}

function bounded(value: bigint): number | bigint {
  limit(bits(value), INTEGER_BITS_MAX, "bits in a whole number");
  return integer(value);
}

function bits(value: bigint): number {
  return (value < 0n ? -value : value).toString(16).length * 4;
}

function wholePower(base: number | bigint | boolean, exponent: number | bigint | boolean): unknown {
  const [a, b] = [big(base), big(exponent)];
  if (b < 0n) {
    if (a === 0n) throw divisionByZero();
    return null;
  }
  if (a !== 0n && a !== 1n && a !== -1n) {
    limit(bits(a) * Number(b), INTEGER_BITS_MAX, "bits in a whole number");
  }
  return integer(a === 1n || b === 0n ? 1n : a === 0n ? 0n : a === -1n ? (b % 2n === 0n ? 1n : -1n) : a ** b);
}

function floats(op: Arithmetic, left: number, right: number): number {
  switch (op) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
    case "//":
    case "%": {
      if (right === 0) throw divisionByZero();
      if (op === "/") return left / right;
      const rest = left - right * Math.floor(left / right);
      const exact = left % right;
      const modulo = exact !== 0 && (exact < 0) !== (right < 0) ? exact + right : exact;
      return op === "%" ? modulo : Number.isFinite(rest) ? Math.round((left - modulo) / right) : left / right;
    }
    case "**": {
      const power = left ** right;
      if (Number.isFinite(power) || !Number.isFinite(left) || !Number.isFinite(right)) return power;
      throw new TemplateFault("OverflowError", "Numerical result out of range");
    }
  }
}

function divisionByZero(): TemplateFault {
  return new TemplateFault("ZeroDivisionError", "division by zero");
}

export function negative(value: unknown): unknown {
  if (isInteger(value)) return integer(-big(value));
  if (isFloat(value)) return float(-plain(value));
  throw typeFault(`bad operand type for unary -: '${typeName(value)}'`);
}

const NUMBER = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+)?$/i;

/** float(text) of Python; NaN (of JavaScript) cannot come from digits, so undefined says "no number". */
export function floatOf(text: string): number | undefined {
  const word = text.trim().toLowerCase();
  if (NUMBER.test(word)) return Number(word.replaceAll("_", ""));
  const named = /^([+-]?)(inf|infinity|nan)$/.exec(word);
  if (named === null) return undefined;
  return named[2] === "nan" ? NaN : named[1] === "-" ? -Infinity : Infinity;
}

/** int(text, base) of Python; undefined where it is none. */
export function integerOf(text: string, base: number): number | bigint | undefined {
  const match = /^([+-]?)(0[xob])?([0-9a-z]+(?:_[0-9a-z]+)*)$/.exec(text.trim().toLowerCase());
  if (match === null || match[3]!.length > 1200) return undefined;
  const prefixes: Record<string, number> = { "0x": 16, "0o": 8, "0b": 2 };
  let digits = match[3]!;
  if (match[2] !== undefined && prefixes[match[2]] !== base && base !== 0) digits = match[2] + digits;
  const radix = base === 0 ? prefixes[match[2] ?? ""] ?? 10 : base;
  let value = 0n;
  for (const digit of digits.replaceAll("_", "")) {
    const number = parseInt(digit, 36);
    if (!(number < radix)) return undefined;
    value = value * BigInt(radix) + BigInt(number);
  }
  return integer(match[1] === "-" ? -value : value);
}
