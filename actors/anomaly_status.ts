/** What an anomaly rule compares with, under the names of the reference system. */
import type { JsonObject } from "../src/base/json.ts";
import type { BaselineFigures } from "../src/engine/command.ts";
import { Baselines } from "../src/engine/anomaly/baselines.ts";
import { type BaselineKey, checkBaselineKey } from "../src/model/baseline.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import type { Control } from "./control.ts";
import { planOf } from "./rule_document.ts";
import { ruleOf } from "./rule_commands.ts";

/** @throws Problem 400 for a key that does not fit the rule */
export async function anomalyStatus(
  row: RuleVersion,
  key: BaselineKey | null,
  control: Pick<Control, "baseline">,
): Promise<JsonObject> {
  const { rule_id } = row;
  const { trigger } = ruleOf(row);
  const { anomaly } = trigger;
  if (anomaly === null) {
    const message = "The rule is no anomaly rule";
    return { rule_id, trigger_type: trigger.type, anomaly_enabled: false, message };
  }
  checkBaselineKey(key, trigger.group_by);
  const figures = await control.baseline(rule_id, key) ?? ofRule(row);
  const { threshold, multiplier, alpha, method, baseline_window } = anomaly;
  return {
    rule_id,
    trigger_type: trigger.type,
    anomaly_enabled: true,
    method,
    config: { threshold, multiplier, alpha },
    baseline_window,
    key,
    ...shown(figures),
  };
}

/** A rule that does not run holds nothing. */
function ofRule(row: RuleVersion): BaselineFigures | null {
  const plan = planOf(row);
  if (row.active || plan?.anomaly == null) return null;
  const { seedSummary } = new Baselines(plan.anomaly);
  return { ...seedSummary, keys: 0, keys_counted: 0, source: "trigger_spec" };
}

/** null: the rule runs and did not answer in time. */
function shown(figures: BaselineFigures | null): JsonObject {
  const { min = null, max = null, mean = null } = figures ?? {};
  const empty = min === null || max === null || mean === null;
  return {
    keys: figures?.keys ?? null,
    keys_counted: figures?.keys_counted ?? null,
    baseline_count: figures?.count ?? null,
    baseline_source: figures?.source ?? null,
    baseline_summary: empty ? null : { min: rounded(min), max: rounded(max), mean: rounded(mean) },
  };
}

/** To 4 digits, as the reference system shows it. */
function rounded(value: number): number {
  return Math.abs(value) >= 1e11 ? value : Math.round(value * 1e4) / 1e4 + 0;
}
