/**
 * The values of aggregates, read from their accumulators. Never NaN or infinite: a sum, mean, range or
 * deviation beyond the doubles is the largest double, so that comparing it still answers right.
 */
import { assertNever } from "../../base/assert.ts";
import type { JsonScalar } from "../../base/json.ts";
import type { CellTable } from "./cell_table.ts";
import type { Output } from "./layout.ts";
import { percentileCont, percentileDisc } from "./quantile_rank.ts";

/** Numbers by rank. */
export interface Ranked {
  readonly count: number;
  at(rank: number): number;
}

/** Where the values are read: a row of cells, and the collections that belong to it. */
export interface OutputSource {
  cells: CellTable;
  row: number;
  quantiles: readonly (Ranked | undefined)[];
  /** Different values by index of the layout's distincts. */
  distincts: readonly number[];
  spanMs: number;
}

const SECOND_MS = 1000;

export function outputsOf(source: OutputSource): JsonScalar[] {
  return source.cells.layout.outputs.map((output) => valueOf(output, source));
}

function valueOf(output: Output, source: OutputSource): JsonScalar {
  const { cells: { layout }, row } = source;
  const cells = source.cells.chunk(row);
  const at = source.cells.at(row);
  switch (output.kind) {
    case "count":
      return layout.counts[output.index]!.count(cells, at);
    case "rate":
      return rateOf(layout.counts[output.index]!.count(cells, at), source.spanMs);
    case "sum":
    case "avg":
      return sumOrMean(output, source);
    case "deviation":
      return deviationOf(output, source);
    case "extreme":
      return layout.extremes[output.index]!.extreme(cells, at);
    case "range":
      return rangeOf(output, source);
    case "end":
      return layout.ends[output.index]!.value(row, cells, at);
    case "quantile":
      return quantileOf(output, source.quantiles[output.index]);
    case "distinct":
      return source.distincts[output.index]!;
    default:
      return assertNever(output);
  }
}

/** Events per second. null where there is no span, as for a single event without a window. */
function rateOf(count: number, spanMs: number): number | null {
  return spanMs > 0 ? count * SECOND_MS / spanMs : null;
}

function sumOrMean(
  { kind, index }: { kind: "sum" | "avg"; index: number },
  { cells, row }: OutputSource,
): number | null {
  const sums = cells.layout.sums[index]!;
  const chunk = cells.chunk(row);
  const at = cells.at(row);
  if (sums.count(chunk, at) === 0) return null;
  return finite(kind === "sum" ? sums.sum(row, chunk, at) : sums.mean(row, chunk, at));
}

function deviationOf(
  { sum, squares, lost }: Extract<Output, { kind: "deviation" }>,
  { cells, row }: OutputSource,
): number | null {
  const sums = cells.layout.sums[sum]!;
  const chunk = cells.chunk(row);
  const at = cells.at(row);
  const n = sums.count(chunk, at);
  if (n <= lost) return null;
  const spread = cells.layout.squares[squares]!.spread(row, chunk, at, {
    n,
    parts: sums.parts(row, chunk, at),
  });
  return spread === null ? null : Math.sqrt(spread / n / (n - lost));
}

function rangeOf({ min, max }: Extract<Output, { kind: "range" }>, { cells, row }: OutputSource) {
  const chunk = cells.chunk(row);
  const at = cells.at(row);
  const low = cells.layout.extremes[min]!.extreme(chunk, at);
  const high = cells.layout.extremes[max]!.extreme(chunk, at);
  return low === null || high === null ? null : finite(high - low);
}

function quantileOf(
  { p, method }: Extract<Output, { kind: "quantile" }>,
  ranked: Ranked | undefined,
): number | null {
  if (ranked === undefined || ranked.count === 0 || !(p >= 0 && p <= 1)) return null;
  const at = (rank: number) => ranked.at(rank);
  return method === "cont" ? percentileCont(ranked.count, p, at) : percentileDisc(ranked.count, p, at);
}

function finite(x: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, x));
}
