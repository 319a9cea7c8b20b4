/**
 * A backtest over stored events, beside F1; and what live ingest is left with while one runs. The rule is windowed, so
 * that there is something to do for each event; live, the same rule runs.
 */
import { sleep } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { BenchContext } from "../bench_context.ts";
import { type Figure, type Floor, median } from "../figure.ts";
import { saveRules } from "../running_rules.ts";
import type { TestedServer } from "../tested_server.ts";
import { floorRate, prepareBodies, prepareFloor, roundEvents, upload } from "../upload.ts";
import { hoppingRule } from "../window_rules.ts";

const CONNECTIONS = 1;
const POLL_MS = 20;
const SLIDES = 10;

export async function backtestFigures(context: BenchContext): Promise<Figure[]> {
  const { clock, sizes } = context;
  const span = roundEvents(context);
  const rounds = 1 + 2 * sizes.rounds;
  const start = clock.now() - rounds * span;
  await using server = await context.server();
  await saveRules(clock, server, [hoppingRule(SLIDES)]);
  await prepareFloor(context, { start });
  const send = async (i: number) => {
    await prepareBodies(context, { start: start + i * span, seed: 1 + i * sizes.bodies });
    return await upload(context, { server, connections: CONNECTIONS });
  };
  const floors: number[] = [];
  const alone: number[] = [];
  for (let i = 0; i <= sizes.rounds; i++) {
    const floor = await floorRate(context);
    const { rate } = await send(i);
    if (i === 0) continue;
    floors.push(floor);
    alone.push(rate);
  }
  const rates: number[] = [];
  for (let i = 0; i < sizes.rounds; i++) rates.push(await rateOf(context, server, await begin(server)));
  const beside: number[] = [];
  for (let i = 0; i < sizes.rounds; i++) {
    const id = await begin(server);
    beside.push((await send(1 + sizes.rounds + i)).rate);
    await server.call("POST", `/api/v1/backtests/${id}/cancel`, {});
  }
  const f1: Floor = { name: "F1", value: median(floors) };
  const undisturbed: Floor = { name: "alone", value: median(alone) };
  return [
    {
      ...{ name: "backtest, 1 windowed rule", value: median(rates), unit: "events/s", floor: f1 },
      ...{ target: { of: "ratio", at_least: 1 }, rounds: rates, also: { events: (1 + sizes.rounds) * span } },
    },
    {
      ...{
        name: "NDJSON while a backtest runs",
        value: median(beside),
        unit: "events/s",
        floor: undisturbed,
      },
      ...{ target: { of: "ratio", at_least: 0.9 }, rounds: beside, also: {} },
    },
  ];
}

async function begin(server: TestedServer): Promise<string> {
  return String(
    (await server.call("POST", "/api/v1/rules/backtest", { rule: hoppingRule(SLIDES) })).backtest_id,
  );
}

/** Events a second, once it is done. */
async function rateOf({ clock }: BenchContext, server: TestedServer, id: string): Promise<number> {
  for (;;) {
    const shown = await server.call("GET", `/api/v1/backtests/${id}`);
    if (shown.state === "done") return Number((shown.progress as JsonObject).events_per_second);
    if (shown.state === "failed") throw new Error(`the backtest failed: ${shown.error}`);
    await sleep(clock, POLL_MS);
  }
}
