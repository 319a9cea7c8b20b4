/**
 * What rules cost that do nothing: resident memory of a server with many rules less that of one whose
 * workers all run already, both freshly started on what an earlier one left. And how long a start takes.
 */
import type { BenchContext } from "../bench_context.ts";
import { type Figure, median } from "../figure.ts";
import { deviceRules } from "../rules.ts";
import { saveRules } from "../running_rules.ts";
import { sleep } from "../../src/base/clock.ts";

/** As many as the default budget of workers. */
const FIRST_RULES = 32;
const SETTLE_MS = 2000;

const STARTS = 5;

interface Started {
  bytes: number;
  ms: number;
}

export async function idleRuleFigure(context: BenchContext): Promise<Figure> {
  const { idle_rules } = context.sizes;
  const data = context.directory();
  await addRules(context, data, FIRST_RULES);
  const few = await startedOn(context, data);
  await addRules(context, data, idle_rules);
  const many = await startedOn(context, data);
  const value = (many.bytes - few.bytes) / idle_rules;
  return {
    name: "an idle rule beyond its worker",
    value,
    unit: "bytes",
    floor: null,
    target: { of: "value", at_most: 20_000 },
    rounds: [value],
    also: {
      rules: idle_rules,
      resident_mb_few: few.bytes / 1e6,
      resident_mb_many: many.bytes / 1e6,
      start_ms_few: few.ms,
      start_ms_many: many.ms,
    },
  };
}

/** From spawn to ready, with nothing stored. */
export async function startFigure(context: BenchContext): Promise<Figure> {
  const rounds: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    await using server = await context.server();
    rounds.push(server.start_ms);
  }
  return {
    name: "start, nothing stored",
    value: median(rounds),
    unit: "ms",
    floor: null,
    target: null,
    rounds,
    also: {},
  };
}

async function addRules(context: BenchContext, data: string, count: number): Promise<void> {
  await using server = await context.server(data);
  await saveRules(context.clock, server, deviceRules(count));
}

async function startedOn(context: BenchContext, data: string): Promise<Started> {
  await using server = await context.server(data);
  await sleep(context.clock, SETTLE_MS);
  return { bytes: server.residentBytes() ?? NaN, ms: server.start_ms };
}
