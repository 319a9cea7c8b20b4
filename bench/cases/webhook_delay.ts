/**
 * From event to webhook receipt at 1,000 events/s: each event is a request, fires one alert and one delivery.
 * Open loop (../load/fixed_rate.ts): beside the delay stands how late requests left, and how late the timer of
 * the generator was, and what the disk alone took meanwhile (../floor/sync_floor.ts).
 */
import type { BenchContext } from "../bench_context.ts";
import type { Figure } from "../figure.ts";
import { everyEventRule, TOPIC } from "../rules.ts";
import { saveRules } from "../running_rules.ts";

const PER_SECOND = 1000;
const CONNECTIONS = 32;
const CHANNEL = "bench-receiver";

export async function webhookDelayFigure(context: BenchContext): Promise<Figure> {
  const { clock, sizes, load } = context;
  const warmUp = sizes.warm_up_seconds * PER_SECOND;
  const count = warmUp + sizes.paced_seconds * PER_SECOND;
  const { receiver } = await load().ask({
    kind: "prepare",
    paced: {
      path: `/api/v1/events?topic=${TOPIC}`,
      events: { seed: 1, count, start: clock.now() },
      per_second: PER_SECOND,
      warm_up: warmUp,
      connections: CONNECTIONS,
    },
  });
  await using server = await context.server();
  await server.call("POST", "/api/v1/channels", {
    name: CHANNEL,
    type: "webhook",
    config: { url: receiver },
  });
  await saveRules(clock, server, [everyEventRule(CHANNEL)]);
  const cpu = server.cpuMs() ?? NaN;
  const [{ delay, ms, cpu_ms }, disk] = await Promise.all([
    load().ask({ kind: "pace", port: server.port }),
    context.syncFloor().ask({ for_ms: count * 1000 / PER_SECOND }),
  ]);
  if (delay === null) throw new Error("the generator measured no delay");
  if (delay.missing > 0) throw new Error(`${delay.missing} of ${count} webhooks did not come`);
  const { p50, p99, max, late_p99, timer_late_p99, measured } = delay;
  return {
    name: "event to webhook at 1,000 events/s, p99",
    value: p99,
    unit: "ms",
    floor: null,
    target: { of: "value", at_most: 20 },
    rounds: [p99],
    also: {
      p50_ms: p50,
      max_ms: max,
      sent_late_p99_ms: late_p99,
      generator_timer_late_p99_ms: timer_late_p99,
      disk_p50_ms: disk.p50,
      disk_p99_ms: disk.p99,
      disk_max_ms: disk.max,
      measured,
      sync_p50_ms: await server.metric("tocsin_log_sync_p50_seconds") * 1000,
      generator_cores: cpu_ms / ms,
      server_cores: ((server.cpuMs() ?? NaN) - cpu) / ms,
    },
  };
}
