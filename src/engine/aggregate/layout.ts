/**
 * Which accumulators a list of aggregates needs, and how each aggregate reads them. What two aggregates of a
 * field have in common is kept once: sum, avg and deviation share a sum, all percentiles share a bag.
 */
import { assertNever, present } from "../../base/assert.ts";
import type { AggregatePlan } from "../plan.ts";
import type { CellAccumulator } from "./cell_accumulator.ts";
import { CountCells } from "./count_cells.ts";
import { DistinctColumn } from "./distinct_column.ts";
import { EndCells } from "./end_cells.ts";
import { ExtremeCells } from "./extreme_cells.ts";
import { QuantileColumn } from "./quantile_column.ts";
import { SquareCells } from "./square_cells.ts";
import { SumCells } from "./sum_cells.ts";

/** How the value of an aggregate is read; the numbers are indexes into the lists of {@linkcode Layout}. */
export type Output =
  | { kind: "count" | "rate" | "extreme" | "end" | "distinct"; index: number }
  | { kind: "sum" | "avg"; index: number }
  | { kind: "deviation"; sum: number; squares: number; lost: 0 | 1 }
  | { kind: "range"; min: number; max: number }
  | { kind: "quantile"; index: number; p: number; method: "cont" | "disc" };

export class Layout {
  readonly counts: CountCells[] = [];
  readonly sums: SumCells[] = [];
  readonly squares: SquareCells[] = [];
  readonly extremes: ExtremeCells[] = [];
  readonly ends: EndCells[] = [];
  readonly quantiles: QuantileColumn[] = [];
  readonly distincts: DistinctColumn[] = [];
  readonly outputs: readonly Output[];
  /** Cells of a row. */
  width = 0;
  readonly #made = new Map<string, number>();

  constructor(plans: readonly AggregatePlan[]) {
    this.outputs = plans.map((plan) => this.#output(plan));
  }

  get cellAccumulators(): CellAccumulator[] {
    return [...this.counts, ...this.sums, ...this.squares, ...this.extremes, ...this.ends];
  }

  #output(plan: AggregatePlan): Output {
    if (plan.type === "count" || plan.type === "rate") return this.#counting(plan.type, plan.field);
    const field = present(plan.field, "the field of an aggregate");
    switch (plan.type) {
      case "sum":
      case "avg":
        return { kind: plan.type, index: this.#read(this.sums, this.#sum(field)) };
      case "stddev_samp":
      case "stddev_pop":
        return this.#deviation(field, plan.type === "stddev_samp" ? 1 : 0);
      case "min":
      case "max":
        return { kind: "extreme", index: this.#read(this.extremes, this.#extreme(field, plan.type)) };
      case "range":
        return {
          kind: "range",
          min: this.#read(this.extremes, this.#extreme(field, "min")),
          max: this.#extreme(field, "max"),
        };
      case "first":
      case "last":
        return { kind: "end", index: this.#read(this.ends, this.#end(field, plan.type)) };
      case "percentile_cont":
      case "percentile_disc":
        return this.#quantile(field, plan);
      case "distinct":
        return { kind: "distinct", index: this.#distinct(field) };
      default:
        return assertNever(plan.type);
    }
  }

  #counting(kind: "count" | "rate", field: number | null): Output {
    const index = this.#cells(`count ${field}`, this.counts, (at) => new CountCells(field, at));
    return { kind, index: this.#read(this.counts, index) };
  }

  #deviation(field: number, lost: 0 | 1): Output {
    const squares = this.#cells(`squares ${field}`, this.squares, (at) => new SquareCells(field, at));
    return { kind: "deviation", sum: this.#sum(field), squares: this.#read(this.squares, squares), lost };
  }

  #quantile(field: number, { type, p }: AggregatePlan): Output {
    const index = this.#once(`quantiles ${field}`, this.quantiles, () => new QuantileColumn(field));
    const method = type === "percentile_cont" ? "cont" : "disc";
    return { kind: "quantile", index: this.#read(this.quantiles, index), p: present(p, "p"), method };
  }

  #distinct(field: number): number {
    const index = this.#once(`distinct ${field}`, this.distincts, () => new DistinctColumn(field));
    return this.#read(this.distincts, index);
  }

  #sum(field: number): number {
    return this.#cells(`sum ${field}`, this.sums, (at) => new SumCells(field, at));
  }

  #extreme(field: number, which: "min" | "max"): number {
    return this.#cells(`${which} ${field}`, this.extremes, (at) => new ExtremeCells(field, at, which));
  }

  #end(field: number, which: "first" | "last"): number {
    return this.#cells(`${which} ${field}`, this.ends, (at) => new EndCells(field, at, which));
  }

  #read<T extends { readers: number }>(list: T[], index: number): number {
    list[index]!.readers++;
    return index;
  }

  #cells<T extends CellAccumulator>(name: string, list: T[], make: (offset: number) => T): number {
    return this.#once(name, list, () => {
      const made = make(this.width);
      this.width += made.width;
      return made;
    });
  }

  /** The index of what has this name in the list, made if need be. */
  #once<T>(name: string, list: T[], make: () => T): number {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    this.#made.set(name, list.length);
    return list.push(make()) - 1;
  }
}
