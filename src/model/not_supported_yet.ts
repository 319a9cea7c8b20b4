/**
 * The one switch of features that documents can say and that do not run yet. Their members are fully read
 * (schemas, normal form, plan) but refused by name, never ignored: a rule that is saved means what it says.
 * To turn a feature on, add it to {@linkcode BUILT}. Null and empty lists say that a member is absent and
 * are accepted.
 */
import * as z from "zod";
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { isOwn, OWN_PATHS } from "../base/own_endpoint.ts";
import { type Fault, pointer } from "../base/problem.ts";
import type { Purpose } from "./purpose.ts";

export const NOT_SUPPORTED_YET = "not_supported_yet";

export type Feature =
  | "windows"
  | "aggregates"
  | "watermarks"
  | "pending and resolved alerts"
  | "enrichments"
  | "api_call enrichments"
  | "anomaly rules"
  | "schedules"
  | "polled metrics"
  | "endpoints of this server"
  | "patterns"
  | "form documents";

/** The features that run. */
export const BUILT: ReadonlySet<Feature> = new Set<Feature>([
  "windows",
  "aggregates",
  "watermarks",
  "pending and resolved alerts",
  "enrichments",
  "api_call enrichments",
  "anomaly rules",
  "schedules",
  "polled metrics",
  "endpoints of this server",
  "patterns",
]);

type Holder = "rule" | "trigger_spec" | "time" | "limits";

/** The members that need a feature, by what holds them. */
const MEMBERS: readonly (readonly [Feature, Holder, readonly string[]])[] = [
  ["windows", "trigger_spec", ["window_config", "window"]],
  ["windows", "limits", ["events_per_window"]],
  ["aggregates", "trigger_spec", ["aggregation", "aggregations", "having"]],
  ["watermarks", "time", ["watermark_delay", "allowed_lateness", "idle_after"]],
  ["pending and resolved alerts", "rule", ["for", "keep_firing_for"]],
  ["enrichments", "trigger_spec", ["enrichments"]],
  ["anomaly rules", "trigger_spec", [
    "anomaly_method",
    "anomaly_config",
    "baseline_values",
    "baseline_window",
  ]],
  ["schedules", "trigger_spec", ["cron", "timezone", "missed", "scheduleExpression", "schedule_expression"]],
  ["patterns", "trigger_spec", ["pattern", "recipe"]],
  ["patterns", "limits", ["partials_per_key"]],
  ["form documents", "rule", [
    "composite_condition",
    "window_config",
    "aggregation",
    "enrichments",
    "actions",
  ]],
];

const TRIGGER_TYPES: Readonly<Record<string, Feature>> = {
  schedule: "schedules",
  anomaly: "anomaly rules",
  pattern: "patterns",
};

export interface Refused {
  /** The document without members that are not built and only say that they are absent. */
  document: JsonObject;
  /** A fault for each of the others. */
  faults: Fault[];
}

/** What of `document` cannot run when `built` does. A member of a wrong kind is left to the schemas. */
export function refuseUnbuilt(
  document: JsonObject,
  { purpose, built }: { purpose: Purpose; built: ReadonlySet<Feature> },
): Refused {
  const faults: Fault[] = [];
  const type = document.trigger_type;
  const needed = typeof type === "string" ? TRIGGER_TYPES[type] : undefined;
  if (needed !== undefined && !built.has(needed)) {
    const message = `Cannot use trigger type "${type}": it is not supported yet`;
    faults.push({ pointer: "/trigger_type", code: NOT_SUPPORTED_YET, message });
  }
  const rule = { ...document };
  const holders = { rule, trigger_spec: member(rule, "trigger_spec"), limits: member(rule, "limits") };
  const time = holders.trigger_spec === null ? null : member(holders.trigger_spec, "time");
  const check = checker({ ...holders, time }, faults, built);
  for (const [feature, holder, names] of MEMBERS) for (const name of names) check(feature, holder, name);
  const polls = type === "metric" || type === "anomaly";
  if (!polls) check("schedules", "trigger_spec", "interval_seconds");
  else if (purpose === "save" && holders.trigger_spec?.source !== "payload") {
    if (type === "metric" || holders.trigger_spec?.source === "runtime") {
      check(
        hasOwnEndpoint(holders.trigger_spec) ? "endpoints of this server" : "polled metrics",
        "trigger_spec",
        "endpoint",
      );
      faults.push(...unservedPath(holders.trigger_spec, { path: ["trigger_spec"], built }));
    }
  }
  const kinds = unbuiltKinds(holders.trigger_spec, { purpose, built });
  return { document: rule, faults: [...faults, ...kinds] };
}

/** `/runtime/...`: a path of this server. */
function hasOwnEndpoint(spec: JsonObject | null): boolean {
  return typeof spec?.endpoint === "string" && isOwn(spec.endpoint);
}

/** A path of this server that no rule may ask: what is not under /runtime/ is its own API. */
function* unservedPath(
  spec: JsonObject | null,
  { path, built }: { path: readonly PropertyKey[]; built: ReadonlySet<Feature> },
): Generator<Fault> {
  if (!hasOwnEndpoint(spec) || !built.has("endpoints of this server")) return;
  const endpoint = String(spec?.endpoint);
  if (endpoint.startsWith(OWN_PATHS)) return;
  const message = `Cannot use ${JSON.stringify(endpoint)} as endpoint: of this server only API definitions ` +
    `can be asked, under ${OWN_PATHS}: write "/runtime${endpoint}" for the definition of that path`;
  yield { pointer: pointer(...path, "endpoint"), code: "invalid_value", message };
}

/** A copy of an object within `holder`, which then stands in its place; null when there is none. */
function member(holder: JsonObject, name: string): JsonObject | null {
  const value = holder[name];
  return isObject(value) ? (holder[name] = { ...value }) : null;
}

const PATHS: Readonly<Record<Holder, readonly string[]>> = {
  rule: [],
  trigger_spec: ["trigger_spec"],
  time: ["trigger_spec", "time"],
  limits: ["limits"],
};

function checker(
  holders: Readonly<Record<Holder, JsonObject | null>>,
  faults: Fault[],
  built: ReadonlySet<Feature>,
): (feature: Feature, holder: Holder, name: string) => void {
  return (feature, holder, name) => {
    const held = holders[holder];
    if (held === null || !Object.hasOwn(held, name) || built.has(feature)) return;
    if (isAbsent(held[name])) delete held[name];
    else faults.push(refusalOf([...PATHS[holder], name], `"${name}"`, feature));
  };
}

/** Kinds of enrichments that wait although enrichments are built. */
function* unbuiltKinds(
  spec: JsonObject | null,
  { purpose, built }: { purpose: Purpose; built: ReadonlySet<Feature> },
): Generator<Fault> {
  const listed = spec?.enrichments;
  if (!Array.isArray(listed)) return;
  for (const [i, item] of listed.entries()) {
    if (!isObject(item) || item.type !== "api_call") continue;
    const path = ["trigger_spec", "enrichments", i];
    if (!built.has("api_call enrichments")) {
      yield refusalOf([...path, "type"], `enrichment type "api_call"`, "api_call enrichments");
    } else if (hasOwnEndpoint(item) && !built.has("endpoints of this server")) {
      yield refusalOf([...path, "endpoint"], `"endpoint"`, "endpoints of this server");
    } else if (purpose === "save") yield* unservedPath(item, { path, built });
  }
}

function refusalOf(path: readonly PropertyKey[], what: string, feature: Feature): Fault {
  const why = feature === "form documents"
    ? "it belongs to a form, and POST /api/v1/rules/form makes the rule of one"
    : `${feature} are not supported yet`;
  return { pointer: pointer(...path), code: NOT_SUPPORTED_YET, message: `Cannot use ${what}: ${why}` };
}

function isAbsent(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

export const NOTIFY_MEMBERS_TO_COME = {
  ...notYet("circuit breakers of rules (a channel has one: policy.circuit_breaker)", ["circuit_breaker"]),
};

export const POLICY_MEMBERS_TO_COME = {
  ...notYet("cooldowns of channels", ["cooldown", "cooldown_seconds"]),
  ...notYet("limits of channels", ["dedup_key"]),
  ...notYet("routes", ["group_by", "repeat_interval", "severities"]),
};

function notYet<const M extends string>(
  feature: string,
  members: readonly M[],
): Record<M, z.ZodType<undefined, unknown>> {
  return Object.fromEntries(members.map((member) => [member, refusal(feature, member)])) as Record<
    M,
    z.ZodType<undefined, unknown>
  >;
}

function refusal(feature: string, member: string): z.ZodType<undefined, unknown> {
  return z.unknown().superRefine((value, ctx) => {
    if (isAbsent(value as JsonValue)) return;
    ctx.addIssue({
      code: "custom",
      message: `Cannot use "${member}": ${feature} are not supported yet`,
      params: { code: NOT_SUPPORTED_YET },
    });
  }).transform(() => undefined).optional();
}
