/** From what a backtest was asked to what its Worker is given. @see backtests.ts */
import type { JsonObject } from "../src/base/json.ts";
import { type Fault, invalid, pointer } from "../src/base/problem.ts";
import { compileRule } from "../src/engine/compile.ts";
import type { Rule } from "../src/model/rule.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import type { BacktestTask } from "./backtests.ts";
import type { LookupControl } from "./lookup_control.ts";
import { readDraft, unknownTables } from "./rule_document.ts";

export interface BacktestWish {
  /** The stored version that the tested one is compared with, where it is another document; null: none. */
  running: RuleVersion | null;
  /** Of what was asked. */
  warnings?: readonly Fault[];
}

const DRAFT_ID = "draft";

/** @throws Problem 400 with the faults of the rule */
export async function backtestTask(
  document: JsonObject,
  { running, warnings = [], from, to }: BacktestWish & { from: number; to: number },
  lookups: Pick<LookupControl, "names" | "current">,
): Promise<BacktestTask> {
  const rule = readDraft(document);
  const unknown = unknownTables(rule, lookups.names());
  if (unknown.length > 0) throw invalid(unknown);
  const wanted = rule.trigger.enrichments.flatMap((one) => one.type === "lookup" ? [one.table] : []);
  const tested = ruleOf(document, rule, running);
  const isDraft = running !== null && document !== running.doc;
  return {
    rules: isDraft ? [tested, ruleOf(running.doc, readDraft(running.doc), running)] : [tested],
    tables: await lookups.current([...new Set(wanted)]),
    ...{ from, to, warnings: [...warnings, ...warningsOf(rule), ...unpolled(rule, tested.rule_id)] },
  };
}

/** Alerts of the stored rule get the ids that they have. */
function ruleOf(document: JsonObject, rule: Rule, running: RuleVersion | null) {
  const named = typeof document.rule_id === "string" ? document.rule_id : DRAFT_ID;
  const version = {
    rule_id: running?.rule_id ?? named,
    version: running?.version ?? 1,
    generation: running?.generation ?? 1,
  };
  return { document, rule, ...version, plan: compileRule(rule, version) };
}

/** What a run over the log cannot know. */
function warningsOf({ trigger }: Rule): Fault[] {
  return trigger.enrichments.flatMap((one, i): Fault[] => {
    const at = pointer("trigger_spec", "enrichments", i);
    if (one.type === "api_call") {
      return [{
        pointer: at,
        code: "not_called",
        message: `A backtest calls no endpoint: "${one.name}" has its fallback`,
      }];
    }
    if (one.type !== "lookup") return [];
    const message = `"${one.name}" looks into the table as it is now, and not as it was`;
    return [{ pointer: at, code: "table_of_today", message }];
  });
}

/** What polls brought is kept for the rule that polled: a draft without a name of its own has never polled. */
function unpolled({ trigger }: Rule, ruleId: string): Fault[] {
  if (trigger.polling === null || ruleId !== DRAFT_ID) return [];
  const message =
    "A rule that polls reads what its own polls brought: this draft has no rule_id, so there is " +
    "nothing to run over. Name a stored rule by rule_id, or backtest it at /rules/{id}/backtest";
  return [{ pointer: "/trigger_spec/endpoint", code: "never_polled", message }];
}
