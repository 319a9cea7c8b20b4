/** The members of a rule that fires by the clock: a cron text in a time zone, or an interval. */
import * as z from "zod";
import { CRON_CHARACTERS_MAX, nextTime, parseCron } from "../base/cron.ts";
import { timeZone } from "../base/time_zone.ts";
import { readDuration } from "./duration_text.ts";
import { shown } from "./faults.ts";
import { oneOfNames } from "./one_of_names.ts";
import type { Report } from "./read_as.ts";

const INTERVAL_MS_MAX = 366 * 86_400_000;

export interface Schedule {
  /** null: `interval_ms` counts. */
  cron: string | null;
  interval_ms: number | null;
  /** IANA. */
  timezone: string;
  /** What becomes of firings that were due while the server was down. */
  missed: "run_once" | "skip";
}

export const scheduleMembers = {
  cron: z.string().max(CRON_CHARACTERS_MAX).nullish(),
  scheduleExpression: z.string().max(CRON_CHARACTERS_MAX).nullish(),
  schedule_expression: z.string().max(CRON_CHARACTERS_MAX).nullish(),
  interval: z.unknown().optional(),
  interval_seconds: z.unknown().optional(),
  timezone: z.string().nullish(),
  missed: z.enum(["run_once", "skip"]).nullish(),
};
type ScheduleMembers = z.output<z.ZodObject<typeof scheduleMembers>>;
type CronName = "cron" | "scheduleExpression" | "schedule_expression";

/** When the rule fires. A cron text wins over an interval, as in the reference system. */
export function readSchedule(members: ScheduleMembers, report: Report): Schedule {
  const names: CronName[] = ["cron", "scheduleExpression", "schedule_expression"];
  const cron = oneOfNames<CronName, string>(members, names, report);
  const interval = { names: ["interval", "interval_seconds"], min: 1000, max: INTERVAL_MS_MAX };
  const interval_ms = readDuration(members, interval, report);
  const fault = cron === null ? null : cronFault(cron);
  if (fault !== null) {
    const name = names.find((one) => members[one] !== undefined && members[one] !== null)!;
    report([name], "invalid_cron", fault);
  }
  if (cron === null && interval_ms === null && !isGiven(members.interval, members.interval_seconds)) {
    report(["cron"], "required", "cron is required, or interval_seconds");
  }
  return {
    cron: cron?.trim() ?? null,
    interval_ms: cron === null ? interval_ms : null,
    timezone: readTimezone(members.timezone ?? "UTC", report),
    missed: members.missed ?? "run_once",
  };
}

function isGiven(...values: unknown[]): boolean {
  return values.some((value) => value !== undefined && value !== null);
}

/** As written: the names of one zone differ between releases of the zone data. */
function readTimezone(given: string, report: Report): string {
  if (timeZone(given) !== undefined) return given;
  const message = `Cannot use ${shown(given)} as timezone: expected an IANA name like "Europe/Berlin"`;
  report(["timezone"], "invalid_timezone", message);
  return "UTC";
}

/** What is wrong with a cron text; null when nothing is. */
export function cronFault(text: string): string | null {
  const reading = parseCron(text);
  if (!reading.ok) return reading.message;
  // From any time on: what exists at all comes again within the years that are looked ahead.
  const runs = nextTime(reading.schedule, "UTC", 0) !== null;
  return runs ? null : `Cannot use the cron expression ${shown(text)}: it never runs`;
}
