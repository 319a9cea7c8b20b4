/** The section `window_config` of a form: kinds of windows that a page offers, with sizes in whole seconds. */
import * as z from "zod";
import { parseDuration } from "../../base/duration.ts";
import type { JsonObject } from "../../base/json.ts";
import { closedObject } from "../closed_object.ts";
import { DURATION_MS_MAX } from "../duration_text.ts";
import { shown } from "../faults.ts";
import { readAs, type Report } from "../read_as.ts";
import { renamed, requireMembers } from "./_written.ts";

const NAMES = { size: "size_seconds", slide: "slide_seconds", gap: "gap_seconds", timeout: "gap_seconds" };
const NEEDED = {
  tumbling: ["size_seconds"],
  sliding: ["size_seconds", "slide_seconds"],
  session: ["gap_seconds"],
} as const;
const SECONDS_MAX = DURATION_MS_MAX / 1000;

const seconds = z.int().min(1).max(SECONDS_MAX).nullish();
/** Pages send texts. */
const text = z.unknown().transform((given, ctx): number | null => {
  if (given === null) return null;
  const ms = typeof given === "string" ? parseDuration(given.trim()) : undefined;
  if (ms !== undefined && ms >= 1000 && ms <= DURATION_MS_MAX && ms % 1000 === 0) return ms / 1000;
  const message = `Cannot use ${shown(given)} as a duration: expected text in whole seconds like "5m"`;
  ctx.addIssue({ code: "custom", message, params: { code: "invalid_duration" } });
  return z.NEVER;
}).optional();

export const windowSection: z.ZodType<JsonObject> = readAs(
  closedObject({
    id: z.unknown().optional(),
    type: z.enum(["tumbling", "sliding", "session"]),
    ...{ size_seconds: seconds, slide_seconds: seconds, gap_seconds: seconds },
    ...{ size: text, slide: text, gap: text, timeout: text },
  }),
  (members, report: Report): JsonObject => {
    const section = renamed(members, NAMES, report);
    requireMembers(section, NEEDED[members.type], report);
    return section;
  },
);
