/**
 * Enrichments, between filter and window: what a plan computes of the rows that matched, in its order, as
 * columns beside those of the fields. Those before the first that looks at the past are computed for all rows at
 * once; from there on row by row, since what one row finds depends on the rows before it and on what a cap let
 * go in between.
 */
import { assert, assertNever } from "../../base/assert.ts";
import { TIME } from "../../batch/batch.ts";
import { printed } from "../compare.ts";
import { compileExpression } from "../expression/compile_expression.ts";
import { type Gathered, slice, valueAt } from "../gathered.ts";
import type { EnrichmentPlan, Plan } from "../plan.ts";
import { fallbackOf, type LookupTables, memberOf } from "./lookup_table.ts";
import type { Past } from "./past.ts";
import { put, putRows, type ResultColumn, resultColumn } from "./result_column.ts";

/** Rows that are computed, and whose past they look at; null for those that look at none. */
interface Portion {
  rows: Gathered;
  from: number;
  to: number;
  past: { state: Past; slot: number } | null;
}

type Stage = (portion: Portion) => void;

export interface Enrichments {
  /** A copy of `rows` that has the columns of all results; filled as far as no past is needed. */
  begin(rows: Gathered): Gathered;
  /** Computes the rest of row `i`, of the key of `slot`; the past goes on behind it. */
  finish(rows: Gathered, i: number, past: { state: Past; slot: number }): void;
}

export function prepareEnrichments(plan: Plan, tables: LookupTables): Enrichments | null {
  const { enrichments } = plan;
  if (enrichments.length === 0) return null;
  const stages = stagesOf(enrichments, tables);
  const behind = enrichments.findIndex(({ kind }) => kind === "aggregate");
  const split = behind === -1 ? stages.length : behind;
  return {
    begin(rows) {
      const columns = [...rows.columns];
      for (const into of enrichments.flatMap(intoOf)) columns[into] = resultColumn(rows.count);
      const enriched = { ...rows, columns };
      for (const stage of stages.slice(0, split)) {
        stage({ rows: enriched, from: 0, to: rows.count, past: null });
      }
      return enriched;
    },
    finish(rows, i, past) {
      for (let at = split; at < stages.length; at++) stages[at]!({ rows, from: i, to: i + 1, past });
    },
  };
}

/** Where the results of an enrichment stand. */
export function intoOf(one: EnrichmentPlan): number[] {
  return one.kind === "lookup" ? one.fields.map(({ into }) => into) : [one.into];
}

/** The tables that a plan reads. */
export function tablesOf({ enrichments }: Plan): string[] {
  return [...new Set(enrichments.flatMap((one) => one.kind === "lookup" ? [one.table] : []))];
}

function stagesOf(enrichments: readonly EnrichmentPlan[], tables: LookupTables): Stage[] {
  let pasts = 0;
  return enrichments.map((one): Stage => {
    switch (one.kind) {
      case "calculate":
        return calculate(one);
      case "lookup":
        return lookup(one, tables);
      case "aggregate":
        return past(one, pasts++);
      default:
        return assertNever(one);
    }
  });
}

function calculate({ into, program }: Extract<EnrichmentPlan, { kind: "calculate" }>): Stage {
  const indexes = new Map(program.names);
  const compute = compileExpression(program.expression, {
    index: (name) => indexes.get(name) ?? -1,
  });
  return ({ rows, from, to }) => {
    const read = from === 0 && to === rows.count ? rows : slice(rows, from, to);
    putRows(resultOf(rows, into), from, compute(read.columns, to - from));
  };
}

function lookup(
  { table: name, key, fields, fallback }: Extract<EnrichmentPlan, { kind: "lookup" }>,
  tables: LookupTables,
): Stage {
  const members = fields.map(({ member, into }) => ({
    into,
    read: memberOf(member),
    absent: fallbackOf(fallback, member),
  }));
  return ({ rows, from, to }) => {
    const table = tables.get(name);
    const columns = members.map(({ into }) => resultOf(rows, into));
    for (let i = from; i < to; i++) {
      const value = valueAt(rows.columns[key], i);
      const row = value === undefined || typeof value === "object"
        ? null
        : table?.row(printed(value)) ?? null;
      for (const [at, { read, absent }] of members.entries()) {
        put(columns[at]!, i, row === null ? absent : read(row));
      }
    }
  };
}

/** `which`: its place among those that look at the past. */
function past({ into }: Extract<EnrichmentPlan, { kind: "aggregate" }>, which: number): Stage {
  return ({ rows, from, past }) => {
    assert(past !== null, "the past is looked at row by row");
    const future = rows.time_flags[from] === TIME.future;
    put(resultOf(rows, into), from, past.state.take(which, past.slot, { rows, i: from, future }));
  };
}

function resultOf(rows: Gathered, into: number): ResultColumn {
  return rows.columns[into] as ResultColumn;
}
