/**
 * The condition of a rule over one event, as a tree of outcomes. The event passes the encoder, and its
 * enrichments are computed as a live rule computes them for the first event of a key: there is no past, and an
 * endpoint has the answer that was given for it, or its fallback.
 */
import { compileColumn } from "../src/base/field_path.ts";
import { isObject, type JsonObject, type JsonValue } from "../src/base/json.ts";
import { conditionTree, type TreeNode } from "../src/engine/condition_tree.ts";
import { noEffects } from "../src/engine/effects.ts";
import type { Gathered } from "../src/engine/gathered.ts";
import { valueAt } from "../src/engine/gathered.ts";
import { gives } from "../src/engine/name_table.ts";
import { slipOf } from "../src/model/nearest_name.ts";
import type { Rule, Trigger } from "../src/model/rule.ts";
import type { TableImage } from "./messages.ts";
import { RuleRun } from "./rule_run.ts";

/** Names of an event that are looked at for the one that was meant. */
const NAMES_LOOKED_AT_MAX = 500;
/** A past that is empty has no size, but a plan wants one. */
const NO_SIZE_MS = 1000;

export interface Previewed {
  rule: Rule;
  event: JsonObject;
  tables: readonly TableImage[];
  call_answers: JsonObject;
  arrival: number;
}

export interface ConditionPreview {
  /** null: the rule asks nothing of an event. */
  tree: TreeNode | null;
  /** What enrichments came to, by name; null where they found nothing. */
  enriched: JsonObject;
}

export function previewConditions(
  { rule, event, tables, call_answers, arrival }: Previewed,
): ConditionPreview {
  const run = new RuleRun({
    ...{ rule: onlyConditions(rule), rule_id: "preview", version: 1, generation: 1 },
    ...{ tables, effects: noEffects() },
  });
  const rows = run.look(event, { arrival, call_answers });
  const { names: known } = run.plan;
  const { enrichments } = rule.trigger;
  // Selectors, and fields of conditions that no row was gathered for, are read from the event.
  const all = [...known];
  const names = {
    indexOf: (name: string) => {
      const at = all.indexOf(name);
      return at >= 0 ? at : all.push(name) - 1;
    },
    isAdded: (name: string) => enrichments.some((one) => gives(one, name)),
  };
  const value = (index: number): JsonValue | undefined =>
    index < known.length ? valueAt(rows.columns[index], 0) : compileColumn(all[index]!)(event);
  const tree = conditionTree(rule.trigger, { names, value });
  if (tree !== null) suggest(tree, namesOf(event));
  return { tree, enriched: enrichedOf(rule.trigger, known, rows) };
}

/** The rule without what comes after conditions; with `hold` all of their fields are gathered of any event. */
function onlyConditions(rule: Rule): Rule {
  const { enrichments } = rule.trigger;
  const sized = enrichments.map((one) =>
    one.type === "aggregate" ? { ...one, size_ms: one.size_ms ?? NO_SIZE_MS } : one
  );
  const trigger: Trigger = {
    ...rule.trigger,
    ...{ event_type: null, source: null, topics: null, polling: null, enrichments: sized, group_by: [] },
    ...{ window: null, aggregates: [], having: null, anomaly: null, pattern: null },
  };
  return { ...rule, trigger, hold: { for_ms: 0, keep_ms: 0 } };
}

function enrichedOf({ enrichments }: Trigger, names: readonly string[], rows: Gathered): JsonObject {
  const added = names.flatMap((name, i) =>
    enrichments.some((one) => gives(one, name)) ? [[name, i] as const] : []
  );
  return Object.fromEntries(added.map(([name, i]) => [name, valueAt(rows.columns[i], 0) ?? null]));
}

/** A missing field is often a slip. */
function suggest(node: TreeNode, names: readonly string[]): void {
  if ("conditions" in node) { for (const item of node.conditions) suggest(item, names); }
  else if (node.note?.code === "missing") {
    const nearest = slipOf(node.field, names);
    if (nearest === undefined) return;
    node.note = { ...node.note, message: `${node.note.message}: did you mean "${nearest}"?` };
  }
}

function namesOf(event: JsonObject): string[] {
  const names: string[] = [];
  const pending: { value: JsonValue; path: string }[] = [{ value: event, path: "" }];
  for (
    let at = pending.shift();
    at !== undefined && names.length < NAMES_LOOKED_AT_MAX;
    at = pending.shift()
  ) {
    if (!isObject(at.value)) {
      names.push(at.path);
      continue;
    }
    for (const [name, value] of Object.entries(at.value).slice(0, NAMES_LOOKED_AT_MAX)) {
      pending.push({ value, path: at.path === "" ? name : `${at.path}.${name}` });
    }
  }
  return names;
}
