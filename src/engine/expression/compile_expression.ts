/**
 * An expression as a function of columns: each part is computed for all rows at once, the numeric parts in
 * plain loops. Pure and deterministic; no row can make it throw. Null is a missing row: it goes through
 * everything but `coalesce`, the test of a choice, comparison with a written null, and the logic of three
 * values (false and null is false). Numbers are always finite: what is not becomes null.
 */
import { assertNever, present } from "../../base/assert.ts";
import type { JsonValue } from "../../base/json.ts";
import { KIND } from "../../batch/batch.ts";
import { memberTest } from "../compare.ts";
import type { ValueColumn } from "../gathered.ts";
import {
  constantColumn,
  copyRow,
  draft,
  isNull,
  ofNumbers,
  put,
  putTruth,
  TRUTH,
  truthAt,
  valueAt,
} from "./_columns.ts";
import { arithmetic, compareColumns, isArithmetic, memberColumn, testColumn } from "./_operators.ts";
import type { Expression } from "./expression.ts";
import { type FunctionBody, signatureOf } from "./functions.ts";

export interface Scope {
  /** Where the columns hold the values of a field path. */
  index(name: string): number;
}

/** Columns by index of the scope, each with at least `count` rows; undefined: nothing is there. */
export type ColumnFunction = (columns: readonly (ValueColumn | undefined)[], count: number) => ValueColumn;

export function compileExpression(program: Expression, scope: Scope): ColumnFunction {
  switch (program.kind) {
    case "constant": {
      const { value } = program;
      return (_, count) => constantColumn(value, count);
    }
    case "name": {
      const index = scope.index(program.name);
      return (columns, count) => columns[index] ?? draft(count);
    }
    case "unary":
      return unary(program.op, compileExpression(program.of, scope));
    case "binary":
      return binary(program, scope);
    case "choice":
      return choice(
        [program.test, program.then, program.otherwise].map((part) => compileExpression(part, scope)),
      );
    case "member":
      return member(program, scope);
    case "call":
      return call(present(signatureOf(program.name), program.name).body, program.args, scope);
    default:
      return assertNever(program);
  }
}

/** Computes the parts, then what `join` makes of them. */
function overAll(
  parts: readonly Expression[],
  scope: Scope,
  join: (columns: readonly ValueColumn[], count: number) => ValueColumn,
): ColumnFunction {
  const compiled = parts.map((part) => compileExpression(part, scope));
  return (columns, count) => join(compiled.map((part) => part(columns, count)), count);
}

function unary(op: "-" | "!", of: ColumnFunction): ColumnFunction {
  return (columns, count) => {
    const column = of(columns, count);
    if (op === "-") {
      const numbers = new Float64Array(count);
      for (let i = 0; i < count; i++) numbers[i] = -column.numbers[i]!;
      return ofNumbers(numbers);
    }
    const out = draft(count);
    for (let i = 0; i < count; i++) {
      const truth = truthAt(column, i);
      putTruth(out, i, truth === TRUTH.unknown ? truth : 1 - truth);
    }
    return out;
  };
}

function binary({ op, left, right }: Expression & { kind: "binary" }, scope: Scope): ColumnFunction {
  if (op === "&&" || op === "||") {
    return overAll([left, right], scope, ([a, b], count) => logic(op, [a!, b!], count));
  }
  if (isArithmetic(op)) {
    return overAll([left, right], scope, ([a, b], count) => arithmetic(op, [a!, b!], count));
  }
  const other = isNullConstant(left) ? right : isNullConstant(right) ? left : null;
  if (other !== null && (op === "==" || op === "!=")) {
    return overAll([other], scope, ([column], count) => nullColumn(column!, { count, wanted: op === "==" }));
  }
  return overAll([left, right], scope, ([a, b], count) => compareColumns(op, [a!, b!], count));
}

function isNullConstant(part: Expression): boolean {
  return part.kind === "constant" && part.value === null;
}

function nullColumn(column: ValueColumn, { count, wanted }: { count: number; wanted: boolean }): ValueColumn {
  const out = draft(count);
  for (let i = 0; i < count; i++) putTruth(out, i, isNull(column, i) === wanted ? TRUTH.yes : TRUTH.no);
  return out;
}

/** Kleene's logic: what decides alone decides also beside a null. */
function logic(op: "&&" | "||", [a, b]: [ValueColumn, ValueColumn], count: number): ValueColumn {
  const out = draft(count);
  const decides = op === "&&" ? TRUTH.no : TRUTH.yes;
  for (let i = 0; i < count; i++) {
    const [x, y] = [truthAt(a, i), truthAt(b, i)];
    if (x === decides || y === decides) putTruth(out, i, decides);
    else if (x !== TRUTH.unknown && y !== TRUTH.unknown) putTruth(out, i, 1 - decides);
  }
  return out;
}

/** A test that is null counts as false. */
function choice([test, then, otherwise]: readonly ColumnFunction[]): ColumnFunction {
  return (columns, count) => {
    const tested = test!(columns, count);
    const [yes, no] = [then!(columns, count), otherwise!(columns, count)];
    const out = draft(count);
    for (let i = 0; i < count; i++) copyRow(out, i, truthAt(tested, i) === TRUTH.yes ? yes : no);
    return out;
  };
}

function member({ of, list }: Expression & { kind: "member" }, scope: Scope): ColumnFunction {
  const constants = list.flatMap((item) => item.kind === "constant" ? [item.value] : []);
  if (constants.length < list.length) {
    return overAll([of, ...list], scope, ([of, ...list], count) => memberColumn(of!, list, count));
  }
  const test = memberTest(constants, false);
  return overAll([of], scope, ([of], count) => testColumn(of!, test, count));
}

function call(body: FunctionBody, args: readonly Expression[], scope: Scope): ColumnFunction {
  switch (body.kind) {
    case "coalesce":
      return overAll(args, scope, coalesce);
    case "numbers":
      return overAll(args, scope, (columns, count) => mapNumbers(body.apply, columns, count));
    case "values":
      return overAll(args, scope, (columns, count) => mapValues(body.apply, columns, count));
    case "if":
      throw new TypeError("if is a choice");
    default:
      return assertNever(body);
  }
}

function coalesce(columns: readonly ValueColumn[], count: number): ValueColumn {
  const out = draft(count);
  for (let i = 0; i < count; i++) {
    for (const column of columns) {
      if (isNull(column, i)) continue;
      copyRow(out, i, column);
      break;
    }
  }
  return out;
}

function mapNumbers(
  apply: (args: Float64Array) => number,
  columns: readonly ValueColumn[],
  count: number,
): ValueColumn {
  const numbers = new Float64Array(count).fill(NaN);
  const args = new Float64Array(columns.length);
  rows: for (let i = 0; i < count; i++) {
    for (let c = 0; c < columns.length; c++) {
      const number = columns[c]!.numbers[i]!;
      if (Number.isNaN(number)) continue rows;
      args[c] = number;
    }
    numbers[i] = apply(args);
  }
  return ofNumbers(numbers);
}

function mapValues(
  apply: (args: readonly JsonValue[]) => string | number | boolean | null,
  columns: readonly ValueColumn[],
  count: number,
): ValueColumn {
  const out = draft(count);
  const args: JsonValue[] = columns.map(() => null);
  rows: for (let i = 0; i < count; i++) {
    for (let c = 0; c < columns.length; c++) {
      if (columns[c]!.kinds[i] === KIND.missing) continue rows;
      args[c] = valueAt(columns[c]!, i);
    }
    put(out, i, apply(args));
  }
  return out;
}
