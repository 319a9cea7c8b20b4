/**
 * Commands to a rule that runs: checked against what the rule is, and written into the log, where its actor
 * meets them in their place. The answer does not wait for that.
 */
import { badRequest, invalid, Problem } from "../src/base/problem.ts";
import type { RuleCommand } from "../src/engine/command.ts";
import { commandRecord } from "../src/ingest/command_record.ts";
import { checkBaselineKey } from "../src/model/baseline.ts";
import { parseRule, type Rule } from "../src/model/rule.ts";
import type { PendingReply } from "../src/store/event_log.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import type { RuleControlParts } from "./rule_control.ts";

export interface CommandTaken {
  rule_id: string;
  /** Its place in the log. */
  offset: number;
}

/** Keeps the answer for a repeated request, with the command. */
export type CommandReply = (taken: (firsts: readonly number[]) => CommandTaken) => PendingReply;

/** The rule of a version. @throws Problem 400 when this release does not take its document */
export function ruleOf(row: RuleVersion): Rule {
  const parsed = parseRule(row.doc);
  if (!parsed.ok) throw invalid(parsed.errors);
  return parsed.rule;
}

/** @throws Problem 400, 409 */
export async function appendCommand(
  row: RuleVersion,
  command: RuleCommand,
  { store, control, clock, reply }:
    & Pick<RuleControlParts, "store" | "control" | "clock">
    & { reply: CommandReply | undefined },
): Promise<CommandTaken> {
  const { rule_id, generation } = row;
  const { trigger } = ruleOf(row);
  if (trigger.anomaly === null) throw withoutBaseline(rule_id);
  if (!row.active) throw disabled(rule_id);
  checkBaselineKey(command.key, trigger.group_by);
  const record = commandRecord(
    { rule_id, generation, command },
    Math.max(clock.now(), store.log.lastArrival),
  );
  const taken = (firsts: readonly number[]) => ({ rule_id, offset: firsts[0]! });
  const firsts = await store.log.append([record], reply === undefined ? [] : [reply(taken)]);
  control.ruleSaved(rule_id);
  return taken(firsts);
}

function withoutBaseline(ruleId: string): Problem {
  return badRequest("no_baseline", `Cannot change the baseline of rule "${ruleId}": it is no anomaly rule`);
}

function disabled(ruleId: string): Problem {
  return new Problem({
    status: 409,
    code: "rule_disabled",
    detail:
      `Cannot change the baseline of rule "${ruleId}": it is disabled, and begins anew when it is enabled`,
  });
}
