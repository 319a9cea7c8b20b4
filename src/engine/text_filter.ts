/**
 * The filter of a test that needs the text itself. It is asked once per distinct text of the batch and the
 * outcome kept by dictionary code, shared with every rule that asks the same; for a handful of rows that
 * book-keeping would cost more than it saves.
 */
import { type ColumnView, KIND } from "../batch/batch.ts";
import type { ValueTest } from "./compare.ts";
import type { Filter } from "./filter.ts";
import { jsonOf, type Scan } from "./scan.ts";

// Below this many rows the test is simply asked for each.
const MEMO_ROWS_MIN = 16;

// A text and the JSON text of a list may share a code, so each has its own two bits.
const TEXT = { known: 1, passed: 2 } as const;
const JSON_TEXT = { known: 4, passed: 8 } as const;

export interface TextFilterSpec {
  field: number;
  test: ValueTest;
  cost: number;
  key: string;
  /** Names the test without its column. */
  shape: string;
  missingPasses: boolean;
}

export function textFilter(spec: TextFilterSpec): Filter {
  return {
    cost: spec.cost,
    key: spec.key,
    narrow(scan, rows, count) {
      const column = scan.column(spec.field);
      const memo = count < MEMO_ROWS_MIN ? null : scan.shared.memo(spec.shape, scan.view.dictSize);
      let kept = 0;
      for (let i = 0; i < count; i++) {
        const row = rows[i]!;
        rows[kept] = row;
        if (passes(spec, { scan, column, memo }, row)) kept++;
      }
      return kept;
    },
  };
}

interface Ground {
  scan: Scan;
  column: ColumnView;
  memo: Uint8Array | null;
}

function passes(spec: TextFilterSpec, ground: Ground, row: number): boolean {
  const { column } = ground;
  switch (column.kinds[row]) {
    case KIND.number:
      return spec.test(column.numbers[row]!);
    case KIND.boolean:
      return spec.test(column.numbers[row] === 1);
    case KIND.text:
      return ofCode(spec.test, ground, column.codes[row]!);
    case KIND.json:
      return ofJsonCode(spec.test, ground, column.codes[row]!);
    default:
      return spec.missingPasses;
  }
}

function ofCode(test: ValueTest, { scan, memo }: Ground, code: number): boolean {
  const known = memo === null ? 0 : memo[code]!;
  if ((known & TEXT.known) !== 0) return (known & TEXT.passed) !== 0;
  const passed = test(scan.view.text(code));
  if (memo !== null) memo[code] = known | TEXT.known | (passed ? TEXT.passed : 0);
  return passed;
}

function ofJsonCode(test: ValueTest, { scan, memo }: Ground, code: number): boolean {
  const known = memo === null ? 0 : memo[code]!;
  if ((known & JSON_TEXT.known) !== 0) return (known & JSON_TEXT.passed) !== 0;
  const passed = test(jsonOf(scan.view.text(code)));
  if (memo !== null) memo[code] = known | JSON_TEXT.known | (passed ? JSON_TEXT.passed : 0);
  return passed;
}
