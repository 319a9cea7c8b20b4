/**
 * A rule as a document again, with every default of what it uses filled in and every alias under its one
 * name. Reading it gives the same rule.
 */
import { formatDuration } from "../base/duration.ts";
import type { JsonObject } from "../base/json.ts";
import { effectiveTrigger } from "./effective_trigger.ts";
import type { Hold } from "./hold.ts";
import { EVENTS_PER_WINDOW_DEFAULT, type Limits, PARTIALS_PER_KEY_DEFAULT } from "./limits.ts";
import type { Rule, Trigger } from "./rule.ts";

/** The `effective` member of an answer. */
export function effective(rule: Rule): JsonObject {
  return {
    rule_id: rule.rule_id,
    rule_name: rule.rule_name,
    description: rule.description,
    tags: [...rule.tags],
    severity: rule.severity,
    labels: { ...rule.labels },
    is_active: rule.is_active,
    trigger_type: rule.trigger.type,
    trigger_spec: effectiveTrigger(rule.trigger, waits(rule)),
    action_spec: rule.action.written,
    ...holdMembers(rule.hold),
    cooldown: formatDuration(rule.cooldown_ms),
    isolation: rule.isolation,
    limits: limitMembers(rule.limits, rule.trigger),
  };
}

/** Whether anything in the rule waits for event time, so that its watermark means something. */
function waits({ trigger, hold }: Rule): boolean {
  const { window, enrichments, pattern } = trigger;
  return hold !== null || (window !== null && window.type !== "count") ||
    pattern !== null || enrichments.some(({ type }) => type === "aggregate");
}

function holdMembers(hold: Hold | null): JsonObject {
  if (hold === null) return {};
  return { for: formatDuration(hold.for_ms), keep_firing_for: formatDuration(hold.keep_ms) };
}

/** Limits of what the rule does not have are shown where they were set. */
function limitMembers(limits: Limits, { window, pattern }: Trigger): JsonObject {
  const { events_per_window, partials_per_key, ...others } = limits;
  const windowed = window !== null || events_per_window !== EVENTS_PER_WINDOW_DEFAULT;
  const matched = pattern !== null || partials_per_key !== PARTIALS_PER_KEY_DEFAULT;
  return { ...others, ...(windowed ? { events_per_window } : {}), ...(matched ? { partials_per_key } : {}) };
}
