/** What the server tells about itself on /metrics, beyond what each part observes by itself. */
import type { Labels, Metrics } from "../src/base/metrics.ts";
import type { Store } from "../src/store/store.ts";
import type { Supervisor } from "./supervisor.ts";

export function observeServer(
  metrics: Metrics,
  { store, supervisor }: { store: Store; supervisor: Supervisor },
): void {
  const gauge = (name: string, help: string, read: () => number) =>
    metrics.observed(name, help, () => [[{} as Labels, read()] as const]);
  gauge("tocsin_log_next_offset", "Offset that the next event gets.", () => store.log.next);
  gauge("tocsin_log_first_offset", "Smallest offset that the log still holds.", () => store.log.first);
  gauge("tocsin_log_sync_p50_seconds", "Median of the durable commits.", () => (store.syncP50() ?? 0) / 1000);
  gauge("tocsin_rules", "Rules that run.", () => supervisor.status().rules);
  gauge("tocsin_rules_quarantined", "Rules in quarantine.", () => supervisor.status().quarantined);
  gauge("tocsin_rule_workers", "Rule workers that run.", () => supervisor.status().workers);
  gauge(
    "tocsin_rules_lag_events",
    "Events that the slowest rule of the common feed is behind the log.",
    () => supervisor.status().lag,
  );
  gauge(
    "tocsin_rules_applied_offset",
    "Every rule of the common feed has applied all below.",
    () => store.log.next - supervisor.status().lag,
  );
}
