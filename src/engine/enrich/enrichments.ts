/**
 * Enrichments, between filter and window: what a plan computes of the rows that matched, in its order, as
 * columns beside those of the fields. Those before the first that looks at the past are computed for all rows at
 * once; from there on row by row, since what one row finds depends on the rows before it and on what a cap let
 * go in between. The same holds from the first that asks an endpoint: there a row may have to wait.
 */
import { assert, assertNever } from "../../base/assert.ts";
import { isObject } from "../../base/json.ts";
import { TIME } from "../../batch/batch.ts";
import { printed } from "../compare.ts";
import { compileExpression } from "../expression/compile_expression.ts";
import { type Gathered, slice, valueAt } from "../gathered.ts";
import type { CallPlan, EnrichmentPlan, Plan } from "../plan.ts";
import { type CallRequest, requestMaker } from "./call_request.ts";
import type { CallAnswer } from "./calls.ts";
import { fallbackOf, type LookupTables, memberOf } from "./lookup_table.ts";
import { mayHold } from "../possible.ts";
import type { Past } from "./past.ts";
import { put, putRows, type ResultColumn, resultColumn } from "./result_column.ts";

/** What the enrichments of single rows reach beyond their row. */
export interface RowHooks {
  /** The past of the row's key; null: it is not the row's turn yet. */
  past(): { state: Past; slot: number } | null;
  /**
   * The answer to a request, null where none can be made; null: the row has to wait for it. Absent where the
   * rule asks nobody.
   */
  call: ((plan: CallPlan, request: CallRequest | null) => CallAnswer | null) | null;
}

/** Rows that are computed; `hooks` only where they are computed one by one. */
interface Portion {
  rows: Gathered;
  from: number;
  to: number;
  hooks: RowHooks | null;
}

type Stage = (portion: Portion) => void | "waits";

export interface Enrichments {
  /** A copy of `rows` that has the columns of all results; filled as far as no past is needed. */
  begin(rows: Gathered): Gathered;
  /**
   * Computes the rest of row `i`, or goes on where it had to wait. Answers the place of the enrichment at which
   * it has to wait now; null when it is done.
   */
  finish(rows: Gathered, i: number, hooks: RowHooks, at?: number): number | null;
}

export function prepareEnrichments(plan: Plan, tables: LookupTables): Enrichments | null {
  const { enrichments } = plan;
  if (enrichments.length === 0) return null;
  const stages = stagesOf(plan, tables);
  const behind = enrichments.findIndex(({ kind }) => kind === "aggregate" || kind === "api_call");
  const split = behind === -1 ? stages.length : behind;
  return {
    begin(rows) {
      const columns = [...rows.columns];
      for (const into of enrichments.flatMap(intoOf)) columns[into] = resultColumn(rows.count);
      const enriched = { ...rows, columns };
      for (const stage of stages.slice(0, split)) {
        stage({ rows: enriched, from: 0, to: rows.count, hooks: null });
      }
      return enriched;
    },
    finish(rows, i, hooks, at = split) {
      for (; at < stages.length; at++) {
        if (stages[at]!({ rows, from: i, to: i + 1, hooks }) === "waits") return at;
      }
      return null;
    },
  };
}

/** Where the results of an enrichment stand. */
export function intoOf(one: EnrichmentPlan): number[] {
  return "fields" in one ? one.fields.map(({ into }) => into) : [one.into];
}

/** The tables that a plan reads. */
export function tablesOf({ enrichments }: Plan): string[] {
  return [...new Set(enrichments.flatMap((one) => one.kind === "lookup" ? [one.table] : []))];
}

function stagesOf(plan: Plan, tables: LookupTables): Stage[] {
  let pasts = 0;
  return plan.enrichments.map((one, place): Stage => {
    switch (one.kind) {
      case "calculate":
        return calculate(one);
      case "lookup":
        return lookup(one, tables);
      case "aggregate":
        return past(one, pasts++);
      case "api_call":
        return call(one, wanted(plan, place));
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
  return ({ rows, from, hooks }) => {
    assert(hooks !== null, "the past is looked at row by row");
    const past = hooks.past();
    if (past === null) return "waits";
    const future = rows.time_flags[from] === TIME.future;
    put(resultOf(rows, into), from, past.state.take(which, past.slot, { rows, i: from, future }));
  };
}

/**
 * Whether what the enrichment at `place` and those behind it come to can make a difference for a row: its
 * conditions may fail whatever they are. The past takes in rows whatever becomes of them.
 */
function wanted({ enrichments, after, holds }: Plan, place: number): (rows: Gathered, i: number) => boolean {
  const condition = after ?? holds;
  const open = enrichments.slice(place);
  if (condition === null || open.some(({ kind }) => kind === "aggregate")) return () => true;
  const unknown = new Set(open.flatMap(intoOf));
  const may = mayHold(condition, (field) => unknown.has(field));
  return (rows, i) => may((field) => valueAt(rows.columns[field], i));
}

function call(plan: CallPlan, isWanted: (rows: Gathered, i: number) => boolean): Stage {
  const request = requestMaker(plan);
  const members = plan.fields.map(({ member, into }) => ({
    into,
    read: memberOf(member),
    absent: fallbackOf(plan.fallback, member),
    whole: member === null,
  }));
  return ({ rows, from, hooks }) => {
    assert(hooks !== null && hooks.call !== null, "endpoints are asked row by row");
    const answer = isWanted(rows, from) ? hooks.call(plan, request(rows, from)) : NOT_WANTED;
    if (answer === null) return "waits";
    for (const { into, read, absent, whole } of members) {
      const { value } = answer.kind === "value" ? answer : { value: undefined };
      const member = whole ? value : isObject(value) ? read(value) : undefined;
      put(resultOf(rows, into), from, answer.kind === "value" ? member : absent);
    }
  };
}

const NOT_WANTED: CallAnswer = { kind: "fallback" };

function resultOf(rows: Gathered, into: number): ResultColumn {
  return rows.columns[into] as ResultColumn;
}
