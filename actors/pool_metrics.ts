/** What the notifier pool shows of itself on /metrics. */
import type { Labels, Metrics } from "../src/base/metrics.ts";

export interface PoolFigures {
  inFlight(): number;
  held(): number;
  oldestQueuedSeconds(): number;
  openCircuits(): number;
  byState(): Readonly<Record<string, number>>;
}

export function observePool(metrics: Metrics, pool: PoolFigures): void {
  const gauge = (name: string, help: string, read: () => number) =>
    metrics.observed(name, help, () => [[{} as Labels, read()] as const]);
  gauge("tocsin_deliveries_in_flight", "Attempts under way.", pool.inFlight);
  gauge("tocsin_deliveries_held", "Deliveries held by this process.", pool.held);
  gauge("tocsin_circuits_open", "Channels whose circuit is not closed.", pool.openCircuits);
  gauge(
    "tocsin_outbox_oldest_queued_seconds",
    "Age of the oldest queued delivery.",
    pool.oldestQueuedSeconds,
  );
  metrics.observed(
    "tocsin_outbox_deliveries",
    "Deliveries by state, every 15 s.",
    () => Object.entries(pool.byState()).map(([state, n]) => [{ state }, n] as const),
  );
}
