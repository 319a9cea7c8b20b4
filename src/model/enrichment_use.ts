/** What reads an enrichment must name what it has, and what groups events must not be one. */
import type { ConditionNode } from "./condition.ts";
import { enrichmentOf, nameFault } from "./enrichment.ts";
import type { Report } from "./read_as.ts";
import type { Trigger } from "./trigger.ts";

/** Tells names that no enrichment has, and sizes that nothing gives. */
export function checkEnrichmentUse(trigger: Trigger, report: Report): void {
  const { enrichments, group_by } = trigger;
  for (const [i, field] of group_by.entries()) {
    if (enrichmentOf(enrichments, field) === null) continue;
    const message = `Cannot group by "${field}": an enrichment is computed after events are grouped`;
    report(["group_by", i], "out_of_order", message);
  }
  for (const { path, name } of reads(trigger)) {
    const fault = nameFault(enrichments, name);
    if (fault !== null) report(path, "unknown_name", fault);
  }
  for (const [i, one] of enrichments.entries()) {
    if (one.type !== "aggregate" || one.size_ms !== null || hasSize(trigger)) continue;
    const message = `size is required: the rule has no window whose size "${one.name}" could have`;
    report(["enrichments", i, "size"], "required", message);
  }
}

function hasSize({ window }: Trigger): boolean {
  return window?.type === "hopping" || window?.type === "sliding";
}

interface Read {
  path: readonly PropertyKey[];
  name: string;
}

function* reads({ where, threshold, anomaly, aggregates }: Trigger): Generator<Read> {
  if (where !== null) { for (const name of fieldsOf(where)) yield { path: ["conditions"], name }; }
  if (threshold !== null) yield { path: ["value_path"], name: threshold.path };
  if (anomaly !== null) yield { path: ["value_path"], name: anomaly.path };
  for (const { field } of aggregates) if (field !== null) yield { path: ["aggregations"], name: field };
}

function* fieldsOf(node: ConditionNode): Generator<string> {
  if (node.kind === "group") { for (const item of node.conditions) yield* fieldsOf(item); }
  else {
    yield node.field;
    if (node.value.kind === "ref") yield node.value.path;
  }
}
