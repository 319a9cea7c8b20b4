/**
 * Inhibition: an active alert that matches the source matchers of a rule mutes every alert that matches its
 * target matchers and agrees on each label of `equal`; absent and empty labels agree. An alert that matches
 * both sides is not inhibited by alerts for which the same is true, so never by itself. Any source counts,
 * and an inhibited one as well. Pure.
 */
import type { Inhibition } from "../model/inhibition.ts";
import { labelOf, type Labels, type LabelTest, labelTest } from "../model/matcher.ts";

export interface CompiledInhibition {
  id: string;
  isSource: LabelTest;
  isTarget: LabelTest;
  equal: readonly string[];
}

export function compileInhibition(rule: Inhibition): CompiledInhibition {
  const { inhibition_id: id, source, target, equal } = rule;
  return { id, isSource: labelTest(source), isTarget: labelTest(target), equal };
}

/** The ids of the rules by which one of `active`, the labels of alerts that are active, mutes `target`. */
export function inhibitedBy(
  rules: readonly CompiledInhibition[],
  target: Labels,
  active: Iterable<Labels>,
): string[] {
  const concerned = rules.filter((rule) => rule.isTarget(target));
  if (concerned.length === 0) return [];
  const sources = [...active];
  return concerned.filter((rule) => {
    const both = rule.isSource(target);
    return sources.some((source) =>
      rule.isSource(source) && agree(source, target, rule.equal) && !(both && rule.isTarget(source))
    );
  }).map((rule) => rule.id);
}

function agree(one: Labels, other: Labels, names: readonly string[]): boolean {
  return names.every((name) => labelOf(one, name) === labelOf(other, name));
}
