/** Which rules run which others: a rule that would come round to itself is found when it is saved. */
import type { JsonObject } from "../src/base/json.ts";
import { type Fault, invalid, pointer } from "../src/base/problem.ts";
import { triggeredRules } from "../src/model/action/written_actions.ts";
import type { RuleStore } from "../src/store/rule_store.ts";
import { missingTargets, type Targets } from "./missing_targets.ts";

/** Rules that are looked at for one save; beyond them a cycle shows when it runs, and is skipped there. */
const RULES_LOOKED_AT_MAX = 1_000;

/**
 * Warnings about what a document runs. A cycle is refused, or warned of where that is asked for: then the
 * run that would close it is skipped.
 * @throws Problem 400
 */
export async function reviewChains(
  ruleId: string,
  document: JsonObject,
  { cycles, ...there }: Targets & { cycles: "refuse" | "warn" },
): Promise<Fault[]> {
  const missing = await missingTargets(ruleId, document, there);
  const targets = triggeredRules(document.action_spec);
  const path = await cycleFrom(ruleId, targets, there.rules);
  if (path === null) return missing;
  const message = `Cannot run rules in a cycle: ${path.join(" → ")}`;
  const fault: Fault = { pointer: pointer("action_spec"), code: "trigger_cycle", message };
  if (cycles === "refuse") throw invalid([fault]);
  return [...missing, { ...fault, message: `${message}: the run that would close it is skipped` }];
}

/** The way from a rule to itself; null: there is none. */
async function cycleFrom(
  ruleId: string,
  targets: readonly string[],
  rules: Pick<RuleStore, "get">,
): Promise<string[] | null> {
  const ways: string[][] = targets.map((target) => [ruleId, target]);
  const seen = new Set<string>();
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    const last = way.at(-1)!;
    if (last === ruleId) return way;
    if (seen.has(last) || seen.size >= RULES_LOOKED_AT_MAX) continue;
    seen.add(last);
    const row = await rules.get(last);
    for (const next of triggeredRules(row?.doc.action_spec)) ways.push([...way, next]);
  }
  return null;
}
