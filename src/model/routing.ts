/**
 * The routing document: a tree of routes, the receivers that its nodes name (lists of channels; a channel's own
 * name is a receiver as well) and named time intervals. After Alertmanager's configuration; the root takes
 * every alert and says what all others inherit.
 */
import * as z from "zod";
import { isObject } from "../base/json.ts";
import { closedObject } from "./closed_object.ts";
import { durationText } from "./duration_text.ts";
import { shortText } from "./field_name.ts";
import { type Matcher, MATCHER_OPERATORS, matcherFault } from "./matcher.ts";
import { parseMatchers } from "./matcher_text.ts";
import { readTimeInterval, type TimeInterval } from "./time_interval.ts";

export const ROUTES_MAX = 1000;
export const ROUTE_DEPTH_MAX = 32;
export const MATCHERS_MAX = 100;
export const RECEIVERS_MAX = 1000;
export const TIME_INTERVALS_MAX = 1000;
const NAME_CHARACTERS_MAX = 200;
const GROUP_BY_MAX = 50;
/** In group_by: all labels, so that only equal label sets share a group. */
export const GROUP_BY_ALL = "...";

export interface RouteSpec {
  receiver?: string | null | undefined;
  matchers?: Matcher[] | null | undefined;
  continue?: boolean | null | undefined;
  group_by?: string[] | null | undefined;
  /** Durations are ms. */
  group_wait?: number | null | undefined;
  group_interval?: number | null | undefined;
  repeat_interval?: number | null | undefined;
  mute_time_intervals?: string[] | null | undefined;
  active_time_intervals?: string[] | null | undefined;
  routes?: RouteSpec[] | null | undefined;
}

const name = shortText(NAME_CHARACTERS_MAX);

/** One matcher as an object; `isRegex` and `isEqual` are Alertmanager's form of its API. */
const matcherObject = closedObject({
  name: z.string(),
  value: z.string(),
  op: z.enum(MATCHER_OPERATORS).optional(),
  isRegex: z.boolean().optional(),
  isEqual: z.boolean().optional(),
}).transform(({ name, value, op, isRegex = false, isEqual = true }): Matcher => {
  return { name, value, op: op ?? (isRegex ? (isEqual ? "=~" : "!~") : isEqual ? "=" : "!=") };
});

/** Matchers as one text, as a list of texts, or as objects. */
export const matchersSchema = z.unknown().transform((given, ctx): Matcher[] => {
  const items = Array.isArray(given) ? given : [given];
  return items.flatMap((item, i) => {
    const path = Array.isArray(given) ? [i] : [];
    const refuse = (code: string, message: string) => {
      ctx.addIssue({ code: "custom", path, message, params: { code } });
      return [];
    };
    if (typeof item === "string") {
      const parsed = parseMatchers(item);
      return parsed.ok ? parsed.matchers : refuse("bad_matcher", parsed.fault);
    }
    const read = isObject(item) ? matcherObject.safeParse(item) : null;
    if (!read?.success) {
      return refuse("bad_matcher", 'Cannot read a matcher: expected text like severity="critical"');
    }
    const fault = matcherFault(read.data);
    return fault === null ? [read.data] : refuse(fault.code, fault.message);
  });
}).refine((matchers) => matchers.length <= MATCHERS_MAX, `at most ${MATCHERS_MAX} matchers`);

const routeSchema: z.ZodType<RouteSpec> = z.lazy(() =>
  closedObject({
    receiver: name.nullish(),
    matchers: matchersSchema.nullish(),
    continue: z.boolean().nullish(),
    group_by: z.array(name).max(GROUP_BY_MAX).nullish(),
    group_wait: durationText.nullish(),
    group_interval: durationText.nullish(),
    repeat_interval: durationText.nullish(),
    mute_time_intervals: z.array(name).nullish(),
    active_time_intervals: z.array(name).nullish(),
    routes: z.array(routeSchema).nullish(),
  })
);

export const timeIntervalSchema = z.record(z.string(), z.unknown()).transform((given, ctx): TimeInterval => {
  const read = readTimeInterval(given);
  if (read.ok) return read.interval;
  const { path, code, message } = read.fault;
  ctx.addIssue({ code: "custom", path, message, params: { code } });
  return z.NEVER;
});

export const routingSchema = closedObject({
  route: routeSchema.nullish(),
  receivers: z.array(closedObject({ name: z.string(), channels: z.array(name).min(1).max(50) }))
    .max(RECEIVERS_MAX).default([]),
  time_intervals: z.array(
    closedObject({ name, time_intervals: z.array(timeIntervalSchema).max(TIME_INTERVALS_MAX) }),
  ).max(TIME_INTERVALS_MAX).default([]),
  resolve_timeout: durationText.default(300_000),
  // What a GET adds and a PUT may bring back.
  version: z.unknown().optional(),
  updated_at: z.unknown().optional(),
}).meta({ required: ["route"] });

/** As read; durations are ms. */
export type Routing = z.output<typeof routingSchema>;
