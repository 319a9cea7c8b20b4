/** How many rules are in which state. Labels name states; of single rules rule_figures.ts tells. */
import type { Metrics } from "../src/base/metrics.ts";
import type { RuleStatus } from "./control.ts";
import type { Recovery } from "./recovery.ts";
import type { RuleTable } from "./rule_table.ts";

export function observeRules(
  metrics: Metrics,
  { table, recovery }: { table: RuleTable; recovery: Recovery },
): void {
  metrics.observed("tocsin_rules_by_status", "Active rules by their status.", () => {
    const counts = new Map<RuleStatus, number>([["running", 0], ["catching_up", 0], ["restarting", 0]]);
    for (const { status } of table.all()) counts.set(status, (counts.get(status) ?? 0) + 1);
    counts.set("quarantined", recovery.count);
    return [...counts].map(([status, n]) => [{ status }, n] as const);
  });
}
