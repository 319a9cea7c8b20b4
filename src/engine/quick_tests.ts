/**
 * A first look at the candidates of indexed rules, for a worker with many of them. Up to three simple tests
 * of each rule (a comparison with a number, equality with a plain text) lie side by side in one array; a
 * rule none of whose candidate rows passes them is not visited at all. With thousands of rules per batch
 * the time goes into fetching each rule's scattered objects from memory, and this spares nearly all of it.
 * It only ever leaves out rules that cannot match: the tests are necessary conditions, and the whole
 * condition is still evaluated for the others.
 */
import { type BatchView, candidateRows, type CandidateTable, type ColumnView } from "../batch/batch.ts";
import type { RuleBinding } from "../batch/binding.ts";
import type { JsonScalar } from "../base/json.ts";
import { isNumberForEquality, isPlainText } from "./operand_class.ts";
import { numberOf } from "./compare.ts";
import type { Condition, Plan } from "./plan.ts";

const TESTS = 3;
/** Per test: operation, column id, and the bound or the id of the constant. */
const WIDTH = 3;
const STRIDE = TESTS * WIDTH;
const RULES_FIRST = 64;

const OPERATION = { none: 0, ">": 1, ">=": 2, "<": 3, "<=": 4, "==": 5, text: 6 } as const;

type QuickTest = readonly [operation: number, column: number, operand: number];

export class QuickTests {
  readonly #places = new Map<number, number>();
  readonly #free: number[] = [];
  #table = new Float64Array(RULES_FIRST * STRIDE);

  /** Takes in a rule, or its new plan. */
  set(plan: Plan, binding: RuleBinding): void {
    const tests = quickTests(plan, binding);
    const place = this.#places.get(binding.handle) ?? this.#free.pop() ?? this.#places.size;
    this.#places.set(binding.handle, place);
    if ((place + 1) * STRIDE > this.#table.length) this.#grow();
    this.#table.fill(OPERATION.none, place * STRIDE, (place + 1) * STRIDE);
    tests.forEach((test, i) => this.#table.set(test, place * STRIDE + i * WIDTH));
  }

  remove(handle: number): void {
    const place = this.#places.get(handle);
    if (place === undefined) return;
    this.#places.delete(handle);
    this.#free.push(place);
  }

  /** As `view.candidates`, without the rules that cannot match. */
  candidates(view: BatchView, slot: number, visit: (handle: number, rows: Uint16Array) => void): void {
    const table = view.candidateTable(slot);
    if (table === null) return;
    for (let i = 0; i < table.entries.length; i += WIDTH) {
      const handle = table.entries[i]!;
      const place = this.#places.get(handle);
      if (place === undefined || this.#mayMatch(view, place * STRIDE, { table, entry: i })) {
        visit(handle, candidateRows(table, i));
      }
    }
  }

  #mayMatch(
    view: BatchView,
    at: number,
    { table, entry }: { table: CandidateTable; entry: number },
  ): boolean {
    const first = table.entries[entry + 1]!;
    const end = Math.min(first + table.entries[entry + 2]!, table.rows.length);
    for (let i = first; i < end; i++) {
      if (this.#passes(view, at, table.rows[i]!)) return true;
    }
    return false;
  }

  #passes(view: BatchView, from: number, row: number): boolean {
    const table = this.#table;
    for (let at = from; at < from + STRIDE; at += WIDTH) {
      const operation = table[at]!;
      if (operation === OPERATION.none) return true;
      const column = view.column(table[at + 1]!);
      // A batch without the column is told by the rule itself.
      if (column === undefined) return true;
      if (operation === OPERATION.text) {
        const code = view.constant(table[at + 2]!);
        if (code < 0 || column.codes[row] !== code) return false;
      } else if (!compares(operation, column, row, table[at + 2]!)) return false;
    }
    return true;
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#table.length);
    larger.set(this.#table);
    this.#table = larger;
  }
}

function compares(operation: number, { numbers }: ColumnView, row: number, bound: number): boolean {
  const number = numbers[row]!;
  switch (operation) {
    case OPERATION[">"]:
      return number > bound;
    case OPERATION[">="]:
      return number >= bound;
    case OPERATION["<"]:
      return number < bound;
    case OPERATION["<="]:
      return number <= bound;
    default:
      return number === bound;
  }
}

/** Simple tests of the top-level AND, but for those that every candidate passes by the index. */
function quickTests(plan: Plan, binding: RuleBinding): QuickTest[] {
  const indexed = new Set(plan.index?.map((term) => term.field));
  const items = conjuncts(plan.where);
  return items.flatMap((item) => {
    if (item.kind !== "test" || item.fold_case || item.operand.kind !== "const") return [];
    if (item.op === "==" && indexed.has(plan.fields[item.field]!)) return [];
    const test = quickTest(item, item.operand.value, binding);
    return test === null ? [] : [test];
  }).slice(0, TESTS);
}

function conjuncts(where: Condition): readonly Condition[] {
  return where.kind === "group" && where.logic === "and" ? where.items.flatMap(conjuncts) : [where];
}

function quickTest(
  { field, op }: Extract<Condition, { kind: "test" }>,
  value: JsonScalar,
  binding: RuleBinding,
): QuickTest | null {
  const column = binding.columns[field]!;
  if (op === "==") {
    if (isNumberForEquality(value)) return [OPERATION["=="], column, numberOf(value)];
    const id = isPlainText(value) ? binding.constants.find(([text]) => text === value)?.[1] : undefined;
    return id === undefined ? null : [OPERATION.text, column, id];
  }
  if ((op === ">" || op === ">=" || op === "<" || op === "<=") && typeof value === "number") {
    return [OPERATION[op], column, value];
  }
  return null;
}
