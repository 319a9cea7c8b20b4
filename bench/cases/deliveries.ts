/**
 * Deliveries a second, from event to receipt: bodies of events of which each fires an alert and a delivery to a
 * quick receiver; the clock runs from the first request to the last webhook. Beside it F3, the same HTTP client
 * posting bodies of the same size to the same receiver with nothing around it.
 */
import type { BenchContext } from "../bench_context.ts";
import { type Figure, median } from "../figure.ts";
import { everyEventRule, TOPIC } from "../rules.ts";
import { saveRules } from "../running_rules.ts";
import type { TestedServer } from "../tested_server.ts";

const CONNECTIONS = 2;
const EVENTS_PER_BODY = 1000;
const CHANNEL = "bench-receiver";

interface Round {
  rate: number;
  floor: number;
  load_cpu: number;
  server_cpu: number;
  webhook_bytes: number;
}

export async function deliveriesFigure(context: BenchContext): Promise<Figure> {
  const { clock, sizes, load } = context;
  const count = sizes.deliveries;
  const events = { seed: 1, count, start: clock.now() - count };
  const path = `/api/v1/events?topic=${TOPIC}`;
  const { receiver: url } = await load().ask({
    kind: "prepare",
    numbered: { path, events_per_body: EVENTS_PER_BODY, events },
  });
  await using server = await context.server();
  await server.call("POST", "/api/v1/channels", { name: CHANNEL, type: "webhook", config: { url } });
  await saveRules(clock, server, [everyEventRule(CHANNEL)]);
  const rounds: Round[] = [];
  for (let i = 0; i <= sizes.rounds; i++) {
    const round = await measured(context, server);
    if (i > 0) rounds.push(round); // After the first everything is compiled and grown.
  }
  const middle = (of: (round: Round) => number) => median(rounds.map(of));
  return {
    name: "deliveries, from event to receipt",
    value: middle(({ rate }) => rate),
    unit: "deliveries/s",
    floor: { name: "F3", value: middle(({ floor }) => floor) },
    target: null,
    rounds: rounds.map(({ rate }) => rate),
    also: {
      webhook_bytes: middle(({ webhook_bytes }) => webhook_bytes),
      sync_p50_ms: await server.metric("tocsin_log_sync_p50_seconds") * 1000,
      generator_cores: middle(({ load_cpu }) => load_cpu),
      server_cores: middle(({ server_cpu }) => server_cpu),
    },
  };
}

async function measured({ sizes, load, clientFloor }: BenchContext, server: TestedServer): Promise<Round> {
  const count = sizes.deliveries;
  const cpu = server.cpuMs() ?? NaN;
  const { ms, cpu_ms, receiver: url, webhook_bytes } = await load().ask({
    ...{ kind: "deliver", port: server.port, connections: CONNECTIONS, events: count },
  });
  const server_cpu = ((server.cpuMs() ?? NaN) - cpu) / ms;
  const floor = await clientFloor().ask({ url, count, body_bytes: webhook_bytes });
  const rate = (of: number) => count * 1000 / of;
  return { rate: rate(ms), floor: rate(floor.ms), load_cpu: cpu_ms / ms, server_cpu, webhook_bytes };
}
