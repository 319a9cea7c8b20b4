/** One rule's look at one batch: resolves the plan's fields to columns and reads single cells. */
import { type BatchView, COLUMN, type ColumnView, KIND } from "../batch/batch.ts";
import type { RuleBinding } from "../batch/binding.ts";
import type { JsonScalar, JsonValue } from "../base/json.ts";
import type { SharedTests } from "./shared_tests.ts";

/** The batch was encoded without a column of the rule: it must be read from the log again (INVARIANTS 5). */
export class ColumnAbsentError extends Error {
  override readonly name = "ColumnAbsentError";
}

export class Scan {
  readonly view: BatchView;
  readonly shared: SharedTests;
  readonly #columns: readonly number[];
  readonly #wholeBatch: boolean;

  constructor(view: BatchView, binding: RuleBinding, options: { shared: SharedTests; wholeBatch: boolean }) {
    this.view = view;
    this.shared = options.shared;
    this.#columns = binding.columns;
    this.#wholeBatch = options.wholeBatch;
  }

  /**
   * The column of a plan's field.
   * @throws {ColumnAbsentError} the batch lacks it, or holds it only for the candidates of other rules.
   */
  column(field: number): ColumnView {
    const column = this.view.column(this.#columns[field]!);
    if (column === undefined) throw new ColumnAbsentError(`batch has no column ${this.#columns[field]}`);
    if (this.#wholeBatch && (column.flags & COLUMN.sparse) !== 0) {
      throw new ColumnAbsentError(`batch has column ${this.#columns[field]} for some rows only`);
    }
    return column;
  }

  /** The value of a cell, undefined when missing. */
  value(column: ColumnView, row: number): JsonValue | undefined {
    if (column.kinds[row] === KIND.json) return jsonOf(this.view.text(column.codes[row]!));
    return this.scalar(column, row) ?? undefined;
  }

  /** As a key shows it: a list or object as its JSON text, null when missing. */
  scalar(column: ColumnView, row: number): JsonScalar {
    switch (column.kinds[row]) {
      case KIND.number:
        return column.numbers[row]!;
      case KIND.boolean:
        return column.numbers[row] === 1;
      case KIND.text:
      case KIND.json:
        return this.view.text(column.codes[row]!);
      default:
        return null;
    }
  }
}

/** @throws {RangeError} the text is no JSON: the memory was overwritten while it was read. */
export function jsonOf(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RangeError("batch was overwritten while it was read", { cause });
  }
}
