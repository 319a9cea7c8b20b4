/** Single-event POSTs, durable, on 32 connections, beside F2 under the same generator; one rule watches. */
import type { BenchContext } from "../bench_context.ts";
import { type Figure, median } from "../figure.ts";
import { TOPIC, variedRules } from "../rules.ts";
import { saveRules } from "../running_rules.ts";
import type { TestedServer } from "../tested_server.ts";

const CONNECTIONS = 32;
/** Distinct requests, sent in turn. */
const REQUESTS = 10_000;

interface Round {
  rate: number;
  load_cpu: number;
}

export async function singlePostsFigure(context: BenchContext): Promise<Figure> {
  const { clock, load, httpFloor } = context;
  const events = { seed: 1, count: REQUESTS, start: clock.now() - REQUESTS };
  await load().ask({ kind: "prepare", singles: { path: `/api/v1/events?topic=${TOPIC}`, events } });
  await using server = await context.server();
  await saveRules(clock, server, variedRules(1));
  const { port } = await httpFloor().ask("port");
  const [floors, rounds]: [Round[], Round[]] = [[], []];
  for (let i = 0; i <= context.sizes.rounds; i++) {
    const floor = await send(context, port, null);
    const round = await send(context, server.port, server);
    if (i === 0) continue; // Everything is compiled and grown now.
    floors.push(floor);
    rounds.push(round);
  }
  const rates = rounds.map(({ rate }) => rate);
  return {
    name: "single-event POST, 32 connections",
    value: median(rates),
    unit: "requests/s",
    floor: { name: "F2", value: median(floors.map(({ rate }) => rate)) },
    target: { of: "ratio", at_least: 0.4 },
    rounds: rates,
    also: {
      sync_p50_ms: await server.metric("tocsin_log_sync_p50_seconds") * 1000,
      generator_cores: median(rounds.map(({ load_cpu }) => load_cpu)),
      generator_cores_at_floor: median(floors.map(({ load_cpu }) => load_cpu)),
    },
  };
}

/** The clock of the floor stops at the last answer, that of the server when its rule has applied the event. */
async function send({ clock, sizes, load }: BenchContext, port: number, server: TestedServer | null) {
  const count = sizes.singles;
  const end = server === null ? 0 : await server.metric("tocsin_log_next_offset") + count;
  const start = clock.monotonic();
  const { cpu_ms } = await load().ask({ kind: "send", port, connections: CONNECTIONS, count });
  await server?.applied(end);
  const ms = clock.monotonic() - start;
  return { rate: count * 1000 / ms, load_cpu: cpu_ms / ms };
}
