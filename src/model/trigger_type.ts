/** trigger_type: what makes a rule look. The meaning of some members of trigger_spec depends on it. */
import * as z from "zod";
import { shown } from "./faults.ts";
import { nearestName } from "./nearest_name.ts";

export type TriggerType = "event" | "metric" | "schedule" | "anomaly" | "pattern";

const TYPES: readonly TriggerType[] = ["event", "metric", "schedule", "anomaly", "pattern"];

/** Null when `given` names none. */
export function triggerTypeOf(given: unknown): TriggerType | null {
  return TYPES.find((type) => type === given) ?? null;
}

export const triggerTypeSchema = z.unknown().transform((given, ctx): TriggerType => {
  const known = triggerTypeOf(given);
  if (known !== null) return known;
  const [code, message] = typeFault(given);
  ctx.addIssue({ code: "custom", message, params: { code } });
  return z.NEVER;
});

function typeFault(given: unknown): [code: string, message: string] {
  if (given === undefined || given === null) return ["required", "trigger_type is required"];
  const nearest = typeof given === "string" ? nearestName(given, TYPES) : undefined;
  const hint = nearest === undefined
    ? `expected one of event, metric, schedule, anomaly, pattern`
    : `did you mean "${nearest}"?`;
  return ["unsupported_trigger", `Unsupported trigger type ${shown(given)}: ${hint}`];
}
