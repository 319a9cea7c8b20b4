/** NDJSON over HTTP, durable, beside F1: large bodies on two connections until every rule has applied them. */
import type { JsonObject } from "../../src/base/json.ts";
import type { BenchContext } from "../bench_context.ts";
import { type Figure, median } from "../figure.ts";
import { saveRules, untilRunning } from "../running_rules.ts";
import {
  floorRate,
  prepareBodies,
  prepareFloor,
  type Round,
  roundEvents,
  seenBeside,
  upload,
} from "../upload.ts";

const CONNECTIONS = 2;

export interface NdjsonCase {
  name: string;
  rules: readonly JsonObject[];
  /** Of F1. */
  at_least: number;
}

export async function ndjsonFigure(context: BenchContext, one: NdjsonCase): Promise<Figure> {
  const start = context.clock.now() - roundEvents(context);
  await Promise.all([prepareBodies(context, { start }), prepareFloor(context, { start })]);
  await using server = await context.server();
  const ids = await saveRules(context.clock, server, one.rules);
  const [floors, rounds]: [number[], Round[]] = [[], []];
  for (let i = 0; i <= context.sizes.rounds; i++) {
    const floor = await floorRate(context);
    const round = await upload(context, { server, connections: CONNECTIONS });
    if (i === 0) continue; // Everything is compiled and grown now.
    floors.push(floor);
    rounds.push(round);
  }
  await untilRunning(context.clock, server, ids);
  const rates = rounds.map(({ rate }) => rate);
  return {
    name: one.name,
    value: median(rates),
    unit: "events/s",
    floor: { name: "F1", value: median(floors) },
    target: { of: "ratio", at_least: one.at_least },
    rounds: rates,
    also: await seenBeside(server, rounds),
  };
}
