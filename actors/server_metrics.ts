/** What the server tells about itself on /metrics, beyond what each part observes by itself. */
import type { Labels, Metrics, Samples } from "../src/base/metrics.ts";
import type { Store, StoreSizes } from "../src/store/store.ts";
import type { Supervisor } from "./supervisor.ts";

export function observeServer(
  metrics: Metrics,
  { store, supervisor }: { store: Store; supervisor: Supervisor },
): void {
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    metrics.observed(name, help, async () => one(await read()));
  observeStore(metrics, store);
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

function observeStore(metrics: Metrics, store: Store): void {
  const size = (name: string, help: string, of: (sizes: StoreSizes) => number | null) =>
    metrics.observed(name, help, async () => one(of(await store.sizes())));
  size("tocsin_log_bytes", "Events and their line tables in the log.", (sizes) => sizes.log_bytes);
  size("tocsin_database_bytes", "Size of the database file.", (sizes) => sizes.file_bytes);
  size("tocsin_wal_bytes", "Size of the write-ahead log.", (sizes) => sizes.wal_bytes);
  size(
    "tocsin_ballast_present",
    "1 while the room for bad days is kept; at 0 no events are taken.",
    ({ ballast_whole }) => ballast_whole === null ? null : Number(ballast_whole),
  );
  metrics.observed(
    "tocsin_lookup_tables",
    "Lookup tables.",
    async () => one((await store.lookups.list()).length),
  );
  metrics.observed(
    "tocsin_lookup_bytes",
    "Lookup tables with their older versions.",
    async () => one(await store.lookups.bytes()),
  );
  metrics.observed(
    "tocsin_log_gaps",
    "Spans of offsets that the log lost.",
    async () => one((await store.log.gaps()).length),
  );
  metrics.observed(
    "tocsin_log_lost_offsets",
    "Offsets that the log lost.",
    async () => one((await store.log.gaps()).reduce((sum, { from, to }) => sum + to - from, 0)),
  );
  metrics.observed(
    "tocsin_poison_events",
    "Events parked for a rule, over all rules.",
    async () => one(await store.health.parked()),
  );
}

/** One value without labels; none for null. */
function one(value: number | null): Samples {
  return value === null ? [] : [[{} as Labels, value]];
}
