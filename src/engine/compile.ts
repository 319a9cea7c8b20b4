/**
 * compile: from a rule to its plan. The rule was read by the model, where every fault was told; nothing
 * here can fail. All spellings of the document end here: a plan knows columns, tests and selectors only.
 */
import type { Rule, Trigger } from "../model/rule.ts";
import { compileCondition } from "./compile_condition.ts";
import { FieldTable } from "./field_table.ts";
import { indexTerms } from "./index_terms.ts";
import type { Plan } from "./plan.ts";

export interface CompileOptions {
  rule_id: string;
  version: number;
  generation: number;
}

/** The plan of `rule` as plain data. */
export function compileRule(rule: Rule, options: CompileOptions): Plan {
  const trigger: Trigger = rule.trigger;
  const table = new FieldTable();
  const where = compileCondition(trigger, table);
  const key = trigger.group_by.map((field) => table.indexOf(field));
  const fields = table.names;
  return {
    format: 2,
    rule_id: options.rule_id,
    rule_version: options.version,
    generation: options.generation,
    topics: trigger.topics,
    fields,
    where,
    names: fields,
    enrichments: [],
    after: null,
    key,
    time: trigger.time,
    clock: null,
    window: null,
    aggregates: [],
    having: null,
    anomaly: null,
    schedule: null,
    hold: null,
    cooldown_ms: rule.cooldown_ms,
    limits: rule.limits,
    index: indexTerms(where, fields),
  };
}
