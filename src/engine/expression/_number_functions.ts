/** Functions of numbers. What is not finite becomes null in the caller. */
import type { JsonScalar } from "../../base/json.ts";
import { checkConstant } from "./_check_constant.ts";
import type { Signature } from "./functions.ts";

const ONE: Readonly<Record<string, (x: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  sqrt: Math.sqrt,
  exp: Math.exp,
  ln: Math.log,
  log10: Math.log10,
};

const DIGITS_MAX = 15;

export const NUMBER_FUNCTIONS: Readonly<Record<string, Signature>> = {
  ...Object.fromEntries(
    Object.entries(ONE).map(([name, f]) => [name, numbers({ min: 1, max: 1 }, (args) => f(args[0]!))]),
  ),
  round: {
    ...numbers({ min: 1, max: 2 }, (args) => roundTo(args[0]!, args.length === 2 ? args[1]! : 0)),
    check: checkConstant(1, digitsFault),
  },
  pow: numbers({ min: 2, max: 2 }, (args) => args[0]! ** args[1]!),
  min: numbers({ min: 1, max: Infinity }, least),
  max: numbers({ min: 1, max: Infinity }, largest),
  clamp: numbers({ min: 3, max: 3 }, clamp),
};

function numbers(count: { min: number; max: number }, apply: (args: Float64Array) => number): Signature {
  return { ...count, body: { kind: "numbers", apply } };
}

/**
 * Half away from zero. With digits, a number that is a half as it is written counts as one: 1.005 to 2 digits
 * is 1.01, though its double lies a little below.
 */
function roundTo(x: number, digits: number): number {
  if (!isDigits(digits)) return NaN;
  const size = Math.abs(x);
  if (digits === 0) return Math.sign(x) * Math.round(size);
  const scale = 10 ** Math.abs(digits);
  const scaled = digits > 0 ? size * scale : size / scale;
  // Past 2^52 there is nothing behind the point.
  if (scaled >= 2 ** 52) return x;
  const whole = Math.round(scaled * (1 + Number.EPSILON));
  return Math.sign(x) * (digits > 0 ? whole / scale : whole * scale);
}

function isDigits(digits: number): boolean {
  return Number.isInteger(digits) && Math.abs(digits) <= DIGITS_MAX;
}

function digitsFault(value: JsonScalar): string | null {
  return isDigits(Number(value))
    ? null
    : `"${value}" is no number of digits, expected -${DIGITS_MAX} to ${DIGITS_MAX}`;
}

function least(args: Float64Array): number {
  let found = args[0]!;
  for (let i = 1; i < args.length; i++) if (args[i]! < found) found = args[i]!;
  return found;
}

function largest(args: Float64Array): number {
  let found = args[0]!;
  for (let i = 1; i < args.length; i++) if (args[i]! > found) found = args[i]!;
  return found;
}

function clamp(args: Float64Array): number {
  const [x, low, high] = [args[0]!, args[1]!, args[2]!];
  return low > high ? NaN : Math.min(Math.max(x, low), high);
}
