/**
 * `deno task bench`: measures what "fast" means for this product, each figure beside its floor in the same
 * run (docs/performance.md), prints a table and appends a record to bench/results.
 *
 *   --quick        one short round of everything, to see that it works
 *   --only NAMES   some cases, separated by commas; the names are those of cases/mod.ts
 */
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import { type BenchContext, FULL, openContext, QUICK } from "./bench_context.ts";
import { CASES } from "./cases/mod.ts";
import type { Figure } from "./figure.ts";
import { machineFacts } from "./machine.ts";
import { reportText, type Run, writeRun } from "./report.ts";

const RESULTS = "bench/results";
const EXIT_USAGE = 64;
const EXIT_STOPPED = 130;

interface Wish {
  quick: boolean;
  names: string[];
}

function wishOf(args: string[]): Wish {
  const { values } = parseArgs({ args, options: { quick: { type: "boolean" }, only: { type: "string" } } });
  const names = values.only?.split(",") ?? Object.keys(CASES);
  const unknown = names.filter((name) => CASES[name] === undefined);
  if (unknown.length > 0) {
    throw new Error(`Cannot measure ${unknown.join(", ")}: the cases are ${Object.keys(CASES).join(", ")}`);
  }
  return { quick: values.quick ?? false, names };
}

async function measure(
  context: BenchContext,
  names: readonly string[],
): Promise<Pick<Run, "figures" | "failed">> {
  const figures: Figure[] = [];
  const failed: Record<string, string> = {};
  for (const name of names) {
    context.say(`measuring ${name}`);
    try {
      figures.push(...[await CASES[name]!(context)].flat());
    } catch (error) {
      if (context.isClosed) throw error;
      // A case that breaks is told in the report; the others are still worth measuring.
      failed[name] = error instanceof Error ? error.message : String(error);
      context.say(`failed: ${Deno.inspect(error)}`);
    }
  }
  return { figures, failed };
}

/** Interrupted, the bench still ends its programs and removes its data. */
function endOnSignal(context: BenchContext): void {
  const end = async () => {
    await context[Symbol.asyncDispose]();
    Deno.exit(EXIT_STOPPED);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => void end());
}

async function bench({ quick, names }: Wish): Promise<boolean> {
  const at = systemClock.now();
  const machine = machineFacts(".");
  const sizes = quick ? QUICK : FULL;
  await using context = openContext({ clock: systemClock, sizes, say: (text) => console.error(text) });
  endOnSignal(context);
  const { figures, failed } = await measure(context, names);
  const run: Run = { at, mode: quick ? "quick" : "full", machine, figures, failed };
  console.log(reportText(run));
  console.log(`\nwritten: ${writeRun(RESULTS, run)}`);
  return Object.keys(failed).length === 0;
}

let wish: Wish;
try {
  wish = wishOf(Deno.args);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(EXIT_USAGE);
}
Deno.exit(await bench(wish) ? 0 : 1);
