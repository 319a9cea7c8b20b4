/** Rules and their versions in memory. */
import {
  type RuleQuery,
  type RuleStore,
  type RuleVersion,
  type RuleVersionDraft,
  VersionConflictError,
} from "../rule_store.ts";
import { facetsMatch, ruleFacets } from "../rule_facets.ts";
import type { MemoryLog } from "./_event_log.ts";

interface Rule {
  /** Offset of the record that created it. */
  born: number;
  /** Oldest first, never empty. */
  versions: RuleVersion[];
}

export function createRuleStore(log: MemoryLog): RuleStore {
  const rules = new Map<string, Rule>();
  const live = () =>
    [...rules.values()].filter((rule) => newest(rule).change !== "deleted").sort((a, b) => a.born - b.born);
  const find = (ruleId: string) => {
    const rule = rules.get(ruleId);
    return rule && structuredClone(newest(rule));
  };

  return {
    // deno-lint-ignore require-await -- a throw must reject
    save: async (draft, record, replies) => {
      const known = rules.get(draft.rule_id);
      requireNext(known, draft);
      const version = structuredClone({ ...draft, from_offset: log.write([record], replies)[0]! });
      const rule = known ?? { born: version.from_offset, versions: [] };
      if (version.change === "created") rule.born = version.from_offset;
      rule.versions.push(version);
      rules.set(version.rule_id, rule);
      return structuredClone(version);
    },
    get: (ruleId) => {
      const version = find(ruleId);
      return Promise.resolve(version?.change === "deleted" ? undefined : version);
    },
    latest: (ruleId) => Promise.resolve(find(ruleId)),
    list: (query) => Promise.resolve(page(live().reverse(), query)),
    versions: (ruleId) => Promise.resolve(structuredClone(rules.get(ruleId)?.versions ?? [])),
    active: () => Promise.resolve(structuredClone(live().map(newest).filter((version) => version.active))),
    count: () => {
      const all = live().map(newest);
      return Promise.resolve({ total: all.length, active: all.filter((version) => version.active).length });
    },
  };
}

function newest(rule: Rule): RuleVersion {
  return rule.versions.at(-1)!;
}

function requireNext(rule: Rule | undefined, draft: RuleVersionDraft): void {
  const version = rule === undefined ? 0 : newest(rule).version;
  if (version === draft.version - 1) return;
  throw new VersionConflictError(
    `Cannot save rule "${draft.rule_id}" as version ${draft.version}: its newest version is ${version}`,
  );
}

function page(rules: readonly Rule[], query: RuleQuery): { items: RuleVersion[]; next: string | null } {
  const found = rules.filter((rule) =>
    (query.after === undefined || rule.born < Number(query.after)) &&
    facetsMatch({ ...ruleFacets(newest(rule).doc), active: newest(rule).active }, query)
  );
  const shown = found.slice(0, query.limit);
  return {
    items: structuredClone(shown.map(newest)),
    next: found.length > query.limit ? String(shown.at(-1)!.born) : null,
  };
}
