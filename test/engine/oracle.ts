/**
 * What a condition means for one event, written straight from SEMANTICS 2 to 6 and compat's
 * rules, without columns, dictionaries or the product's own comparing code.
 */
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import type { Condition, Operand, Operator } from "../../src/engine/plan.ts";

type Present = string | number | boolean | JsonValue[] | JsonObject;

export function holds(condition: Condition, fields: readonly string[], event: JsonObject): boolean {
  if (condition.kind === "group") {
    const outcomes = condition.items.map((item) => holds(item, fields, event));
    if (outcomes.length === 0) return true;
    if (condition.logic === "and") return !outcomes.includes(false);
    return condition.logic === "or" ? outcomes.includes(true) : !outcomes.includes(true);
  }
  const value = fieldValue(event, fields[condition.field]!);
  if (condition.kind === "selector") {
    return value === undefined ? condition.absent_passes : same(value, condition.value, false);
  }
  if (condition.op === "not_exists") return value === undefined;
  if (value === undefined) return false;
  if (condition.op === "exists") return true;
  if (condition.operand.kind === "field") {
    const other = fieldValue(event, fields[condition.operand.field]!);
    return other !== undefined && operate(condition.op, value, [other, true], condition.fold_case);
  }
  if (condition.operand.kind === "range") {
    return compare(value, ">=", condition.operand.low, condition.fold_case) &&
      compare(value, "<=", condition.operand.high, condition.fold_case);
  }
  return operate(condition.op, value, [constant(condition.operand), false], condition.fold_case);
}

function constant(operand: Operand): JsonValue {
  if (operand.kind === "list") return [...operand.values];
  if (operand.kind === "const") return operand.value;
  throw new Error(`no constant in ${operand.kind}`);
}

function operate(op: Operator, a: Present, [b, isField]: [JsonValue, boolean], fold: boolean): boolean {
  switch (op) {
    case "==":
      return same(a, b, fold);
    case "!=":
      return !same(a, b, fold);
    case "in":
      return items(b, isField).some((item) => same(a, item, fold));
    case "not_in":
      return !items(b, isField).some((item) => same(a, item, fold));
    case ">":
    case ">=":
    case "<":
    case "<=":
      return compare(a, op, b, fold);
    case "contains":
      if (Array.isArray(a)) return a.some((item) => same(item, b, fold));
      return lower(print(a), fold).includes(lower(print(b), fold));
    case "starts_with":
      return lower(print(a), fold).indexOf(lower(print(b), fold)) === 0;
    case "ends_with":
      return lower(print(a), fold).endsWith(lower(print(b), fold));
    case "matches":
      return new RegExp(print(b), fold ? "i" : "").test(print(a));
    default:
      throw new Error(`not an operator with a right side: ${op}`);
  }
}

function items(value: JsonValue, isField: boolean): JsonValue[] {
  if (Array.isArray(value)) return value;
  return isField && typeof value === "string" ? value.split(",").map((s) => s.trim()) : [value];
}

function numeric(value: JsonValue): number | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return value;
  if (typeof value !== "string") return null;
  const trimmed = value.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(trimmed)) return null;
  return Number.isFinite(Number(trimmed)) ? Number(trimmed) : null;
}

function isLongInteger(value: JsonValue): boolean {
  if (typeof value !== "string" || !/^[ \t\r\n]*[+-]?\d+[ \t\r\n]*$/.test(value)) return false;
  const digits = BigInt(value.trim().replace(/^[+-]/, ""));
  return digits > 2n ** 53n - 1n;
}

function numbersOf(a: JsonValue, b: JsonValue): [number, number] | null {
  if (isLongInteger(a) && isLongInteger(b)) return null;
  const [x, y] = [numeric(a), numeric(b)];
  return x === null || y === null ? null : [x, y];
}

function same(a: JsonValue, b: JsonValue, fold: boolean): boolean {
  if (a === null || b === null) return false;
  const numbers = numbersOf(a, b);
  if (numbers !== null) return numbers[0] === numbers[1];
  if (typeof a === "string" && typeof b === "string") return lower(a, fold) === lower(b, fold);
  if (typeof a === "boolean" && typeof b === "string") return lower(b, fold) === String(a);
  if (typeof b === "boolean" && typeof a === "string") return lower(a, fold) === String(b);
  if (typeof a === "object" && typeof b === "object") return canonical(a) === canonical(b);
  return false;
}

function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value === 0 ? 0 : value);
  return `{${
    Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name]!)}`).join()
  }}`;
}

function compare(a: JsonValue, op: ">" | ">=" | "<" | "<=", b: JsonValue, fold: boolean): boolean {
  const numbers = numbersOf(a, b);
  let [x, y]: [string | number, string | number] = [0, 0];
  if (numbers !== null) [x, y] = numbers;
  else if (typeof a === "string" && typeof b === "string") [x, y] = [lower(a, fold), lower(b, fold)];
  else return false;
  return { ">": x > y, ">=": x >= y, "<": x < y, "<=": x <= y }[op];
}

function print(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function lower(text: string, fold: boolean): string {
  return fold ? text.toLowerCase() : text;
}

/** The value of a field, undefined when missing or null. */
export function fieldValue(event: JsonObject, name: string): Present | undefined {
  if (name === "@source") return member(event, "source");
  if (name === "@event_type") return member(event, "event_type") ?? member(event, "type");
  const isCloud = ["specversion", "type", "source"].every((attribute) =>
    typeof event[attribute] === "string"
  );
  const data = event.data;
  if (isCloud && typeof data === "object" && data !== null && !Array.isArray(data)) {
    return inPayload(data, name) ?? inPayload(event, name);
  }
  return inPayload(event, name);
}

function inPayload(root: JsonObject, name: string): Present | undefined {
  const metrics = member(root, "metrics") ?? null;
  const path = name.split(".");
  return member(root, name) ?? member(metrics, name) ?? follow(root, path) ?? follow(metrics, path);
}

function follow(root: JsonValue, path: string[]): Present | undefined {
  let at: JsonValue | undefined = root;
  for (const part of path) {
    at = Array.isArray(at)
      ? (/^\d+$/.test(part) ? at[Number(part)] ?? undefined : undefined)
      : member(at, part);
    if (at === undefined) return undefined;
  }
  return at === root ? undefined : at as Present;
}

function member(value: JsonValue, name: string): Present | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  if (!Object.prototype.hasOwnProperty.call(value, name)) return undefined;
  return value[name] ?? undefined;
}
