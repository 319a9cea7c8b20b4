/** NDJSON over HTTP, durable, beside F1: large bodies on two connections until every rule has applied them. */
import type { JsonObject } from "../../src/base/json.ts";
import type { BenchContext } from "../bench_context.ts";
import { type Figure, median } from "../figure.ts";
import { TOPIC } from "../rules.ts";
import { saveRules, untilRunning } from "../running_rules.ts";
import type { TestedServer } from "../tested_server.ts";

const CONNECTIONS = 2;
const SEED = 1;

export interface NdjsonCase {
  name: string;
  rules: readonly JsonObject[];
  /** Of F1. */
  at_least: number;
}

interface Round {
  rate: number;
  load_cpu: number;
  server_cpu: number;
}

export async function ndjsonFigure(context: BenchContext, one: NdjsonCase): Promise<Figure> {
  await prepare(context);
  await using server = await context.server();
  const ids = await saveRules(context.clock, server, one.rules);
  const [floors, rounds]: [number[], Round[]] = [[], []];
  for (let i = 0; i <= context.sizes.rounds; i++) {
    const floor = await context.logFloor().ask("round");
    const round = await upload(context, server);
    if (i === 0) continue; // Everything is compiled and grown now.
    floors.push(floor.events * 1000 / floor.ms);
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
    also: {
      sync_p50_ms: await server.metric("tocsin_log_sync_p50_seconds") * 1000,
      generator_cores: median(rounds.map(({ load_cpu }) => load_cpu)),
      server_cores: median(rounds.map(({ server_cpu }) => server_cpu)),
      resident_mb: (server.residentBytes() ?? NaN) / 1e6,
    },
  };
}

/** Floor and generator hold the same number of events, made the same way. */
async function prepare({ clock, sizes, load, logFloor }: BenchContext): Promise<void> {
  const { bodies, events_per_body } = sizes;
  const count = bodies * events_per_body;
  const start = clock.now() - count;
  const events = { seed: SEED, count: events_per_body, start };
  await Promise.all([
    load().ask({ kind: "prepare", bodies: { path: `/api/v1/events?topic=${TOPIC}`, bodies, events } }),
    logFloor().ask({ prepare: { seed: SEED, count, start } }),
  ]);
}

async function upload({ clock, sizes, load }: BenchContext, server: TestedServer): Promise<Round> {
  const events = sizes.bodies * sizes.events_per_body;
  const end = await server.metric("tocsin_log_next_offset") + events;
  const cpu = server.cpuMs() ?? NaN;
  const start = clock.monotonic();
  const { cpu_ms } = await load().ask({ kind: "send", port: server.port, connections: CONNECTIONS });
  await server.applied(end);
  const ms = clock.monotonic() - start;
  const spent = (server.cpuMs() ?? NaN) - cpu;
  return { rate: events * 1000 / ms, load_cpu: cpu_ms / ms, server_cpu: spent / ms };
}
