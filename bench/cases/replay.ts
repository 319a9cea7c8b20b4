/**
 * Replay at start: the server is killed before its first checkpoint (one is due after 1,000,000 events), and
 * what its next start takes longer than a start with nothing to replay is the replay. Beside F1.
 */
import type { JsonObject } from "../../src/base/json.ts";
import type { BenchContext } from "../bench_context.ts";
import { type Figure, median } from "../figure.ts";
import { TOPIC } from "../rules.ts";
import { saveRules } from "../running_rules.ts";

const EVENTS_MAX = 900_000;
const SEED = 1;

export async function replayFigure(
  context: BenchContext,
  one: { name: string; rules: readonly JsonObject[] },
): Promise<Figure> {
  const { clock, sizes, load, logFloor } = context;
  const bodies = Math.min(sizes.bodies, Math.floor(EVENTS_MAX / sizes.events_per_body));
  const count = bodies * sizes.events_per_body;
  const start = clock.now() - count;
  const events = { seed: SEED, count: sizes.events_per_body, start };
  await load().ask({ kind: "prepare", bodies: { path: `/api/v1/events?topic=${TOPIC}`, bodies, events } });
  await logFloor().ask({ prepare: { seed: SEED, count, start } });
  await logFloor().ask("round");
  const [floors, rates, starts]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < sizes.rounds; i++) {
    const floor = await logFloor().ask("round");
    floors.push(floor.events * 1000 / floor.ms);
    const { replaying, plain } = await killAndStart(context, one.rules);
    rates.push(count * 1000 / (replaying - plain));
    starts.push(replaying);
  }
  return {
    name: one.name,
    value: median(rates),
    unit: "events/s",
    floor: { name: "F1", value: median(floors) },
    target: { of: "ratio", at_least: 1 },
    rounds: rates,
    also: { events: count, start_ms: median(starts) },
  };
}

/** How long a start takes with everything to replay, and with nothing, on the same data. */
async function killAndStart(
  context: BenchContext,
  rules: readonly JsonObject[],
): Promise<{ replaying: number; plain: number }> {
  const data = context.directory();
  {
    await using server = await context.server(data);
    await saveRules(context.clock, server, rules);
    await context.load().ask({ kind: "send", port: server.port, connections: 2 });
    await server.applied(await server.metric("tocsin_log_next_offset"));
    await server.kill();
  }
  const measure = async () => {
    await using server = await context.server(data);
    await server.applied(await server.metric("tocsin_log_next_offset"));
    return server.start_ms;
  };
  const replaying = await measure();
  const plain = await measure();
  Deno.removeSync(data, { recursive: true });
  return { replaying, plain };
}
