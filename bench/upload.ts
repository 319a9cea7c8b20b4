/** Bodies of NDJSON to a server until every rule has applied them: what the cases with many events share. */
import type { BenchContext } from "./bench_context.ts";
import { median } from "./figure.ts";
import { TOPIC } from "./rules.ts";
import type { TestedServer } from "./tested_server.ts";

const SEED = 1;

export interface Round {
  rate: number;
  load_cpu: number;
  server_cpu: number;
}

export interface Events {
  /** Event time of the first one, ms since the epoch. */
  start: number;
  /** Other events for another seed. */
  seed?: number;
  devices?: number;
}

/** Events of one round. */
export function roundEvents({ sizes }: BenchContext): number {
  return sizes.bodies * sizes.events_per_body;
}

/** The floor holds as many events as a round, made the same way. */
export async function prepareFloor(context: BenchContext, { seed = SEED, ...events }: Events): Promise<void> {
  await context.logFloor().ask({ prepare: { ...events, seed, count: roundEvents(context) } });
}

export async function prepareBodies(
  { sizes, load }: BenchContext,
  { seed = SEED, ...rest }: Events,
): Promise<void> {
  const { bodies, events_per_body } = sizes;
  const events = { ...rest, seed, count: events_per_body };
  await load().ask({ kind: "prepare", bodies: { path: `/api/v1/events?topic=${TOPIC}`, bodies, events } });
}

/** Events a second of F1. */
export async function floorRate({ logFloor }: BenchContext): Promise<number> {
  const { events, ms } = await logFloor().ask("round");
  return events * 1000 / ms;
}

export async function upload(
  context: BenchContext,
  { server, connections }: { server: TestedServer; connections: number },
): Promise<Round> {
  const { clock, load } = context;
  const events = roundEvents(context);
  const end = await server.metric("tocsin_log_next_offset") + events;
  const cpu = server.cpuMs() ?? NaN;
  const start = clock.monotonic();
  const { cpu_ms } = await load().ask({ kind: "send", port: server.port, connections });
  await server.applied(end);
  const ms = clock.monotonic() - start;
  const spent = (server.cpuMs() ?? NaN) - cpu;
  return { rate: events * 1000 / ms, load_cpu: cpu_ms / ms, server_cpu: spent / ms };
}

/** What was seen beside the rate, for a figure's `also`. */
export async function seenBeside(
  server: TestedServer,
  rounds: readonly Round[],
): Promise<Record<string, number>> {
  return {
    sync_p50_ms: await server.metric("tocsin_log_sync_p50_seconds") * 1000,
    generator_cores: median(rounds.map(({ load_cpu }) => load_cpu)),
    server_cores: median(rounds.map(({ server_cpu }) => server_cpu)),
    resident_mb: (server.residentBytes() ?? NaN) / 1e6,
  };
}
