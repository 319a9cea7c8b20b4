/** A silence as callers write it: matchers or sets of them, a start (default: now), an end or a duration. */
import * as z from "zod";
import { timeOf } from "../base/event_time.ts";
import type { JsonObject } from "../base/json.ts";
import { invalid, pointer } from "../base/problem.ts";
import { closedObject } from "./closed_object.ts";
import { durationText } from "./duration_text.ts";
import { faultsOf } from "./faults.ts";
import { matchersSchema, timeIntervalSchema } from "./routing.ts";
import { matcherSetsFault, type Silence, timesFault } from "./silence.ts";

const COMMENT_CHARACTERS_MAX = 1000;
const AUTHOR_CHARACTERS_MAX = 200;
const SETS_MAX = 20;
const SCHEDULE_MAX = 50;
const ignored = z.unknown().optional();

const instantText = z.string().transform((text, ctx): number => {
  const ms = timeOf(text, null);
  if (!Number.isNaN(ms)) return ms;
  const message = `Cannot use "${text}" as a time: expected RFC 3339, such as 2026-01-31T09:00:00Z`;
  ctx.addIssue({ code: "custom", message, params: { code: "invalid_time" } });
  return z.NEVER;
});

export const silenceSchema = closedObject({
  matchers: matchersSchema.nullish(),
  matcher_sets: z.array(matchersSchema).max(SETS_MAX).nullish(),
  starts_at: instantText.nullish(),
  ends_at: instantText.nullish(),
  duration: durationText.nullish(),
  schedule: z.array(timeIntervalSchema).max(SCHEDULE_MAX).nullish(),
  created_by: z.string().max(AUTHOR_CHARACTERS_MAX).nullish(),
  comment: z.string().max(COMMENT_CHARACTERS_MAX).nullish(),
  // What a GET adds and a PUT may bring back.
  ...{ silence_id: ignored, state: ignored, updated_at: ignored, replaced: ignored },
});

/** @throws Problem 400 with pointers */
export function readSilence(body: JsonObject, { now, id }: { now: number; id: string }): Silence {
  const result = silenceSchema.safeParse(body, { reportInput: true });
  if (!result.success) throw invalid(faultsOf(result.error));
  const { matchers, matcher_sets, starts_at, ends_at, duration, created_by, comment } = result.data;
  const sets = matcher_sets ?? (matchers ? [matchers] : []);
  const start = starts_at ?? now;
  if (ends_at == null && duration == null) {
    refuse(["ends_at"], "no_end", 'Cannot silence without an end: expected "ends_at" or "duration"');
  }
  const times = { starts_at: start, ends_at: ends_at ?? Math.max(start, now) + duration! };
  const fault = matcherSetsFault(sets);
  if (fault !== null) {
    const member = matcher_sets == null
      ? ["matchers"]
      : ["matcher_sets", ...(fault.set === null ? [] : [fault.set])];
    refuse(member, fault.code, fault.message);
  }
  const late = timesFault(times, now);
  if (late !== null) refuse(["ends_at"], late.code, late.message);
  return {
    silence_id: id,
    matcher_sets: sets,
    ...times,
    schedule: (body.schedule ?? []) as JsonObject[],
    created_by: created_by ?? "",
    comment: comment ?? "",
    updated_at: now,
  };
}

function refuse(path: readonly PropertyKey[], code: string, message: string): never {
  throw invalid([{ pointer: pointer(...path), code, message }]);
}
