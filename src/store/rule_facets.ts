/**
 * What the list of rules can be filtered by, read from a rule document. One reading for every
 * implementation, so that a filter finds the same rules in each. Documents were checked before they were
 * stored; a member of another type counts as absent.
 */
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { RuleQuery } from "./rule_store.ts";

export interface RuleFacets {
  trigger_type: string;
  severity: string;
  tags: string[];
  /** The name folded for a search in any case. */
  name: string;
}

export function ruleFacets(doc: JsonObject): RuleFacets {
  const tags = Array.isArray(doc.tags) ? doc.tags : [];
  return {
    trigger_type: textOf(doc.trigger_type) ?? "",
    severity: textOf(doc.severity) ?? "info",
    tags: tags.filter((tag) => typeof tag === "string"),
    name: foldCase(textOf(doc.rule_name) ?? ""),
  };
}

/** Whether a rule with these facets answers the filters of `query` (not its paging). */
export function facetsMatch(facets: RuleFacets & { active: boolean }, query: RuleQuery): boolean {
  return (query.trigger_type === undefined || query.trigger_type === facets.trigger_type) &&
    (query.severity === undefined || query.severity === facets.severity) &&
    (query.active === undefined || query.active === facets.active) &&
    (query.tag === undefined || facets.tags.includes(query.tag)) &&
    (query.search === undefined || facets.name.includes(foldCase(query.search)));
}

/** One spelling for names that differ in case or Unicode composition only. */
export function foldCase(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
