/**
 * The kinds of enrichments, a schema each. Spellings of the reference system: outputField for the name,
 * `source` for a kind of store (which means nothing here), a table as the rest of a URL, or the span of a
 * moving aggregate.
 */
import * as z from "zod";
import { callNames } from "../base/call_template.ts";
import { parseDuration } from "../base/duration.ts";
import type { JsonValue } from "../base/json.ts";
import { aggregateTypeFault, aggregateTypeOf, takesPercentile } from "./aggregate_type.ts";
import { CALL_NAMES_MAX, checkEndpoint } from "./call_request.ts";
import { closedObject } from "./closed_object.ts";
import { readDuration } from "./duration_text.ts";
import type { Enrichment } from "./enrichment.ts";
import { shown } from "./faults.ts";
import { fieldName, shortText } from "./field_name.ts";
import { FORMULA_CHARACTERS_MAX, readFormula } from "./formula.ts";
import { oneOfNames } from "./one_of_names.ts";
import { readMethod, readParams } from "./polling.ts";
import { readAs, type Report } from "./read_as.ts";
import { WINDOW_MS_MAX } from "./window_shape.ts";

const NAME_CHARACTERS_MAX = 100;
const FIELDS_MAX = 100;
const HOUR_MS = 3_600_000;
const CACHE_SECONDS_MAX = 86_400;
const CALL_TIMEOUT_MS = { min: 1, max: 30_000, default: 2_000 };

const name = z.string().max(NAME_CHARACTERS_MAX).regex(
  /^[\p{L}_][\p{L}\p{N}_]*$/u,
  "a name of letters, digits and _",
);
const text = shortText(512).nullish();

const common = {
  id: z.unknown().optional(),
  type: z.string(),
  name: name.nullish(),
  outputField: name.nullish(),
  output_field: name.nullish(),
  source: text,
};
type Common = z.output<z.ZodObject<typeof common>>;

function nameOf(members: Common, report: Report): string {
  const names = ["name", "outputField", "output_field"] as const;
  const found = oneOfNames<typeof names[number], string>(members, names, report);
  if (found === null) report(["name"], "required", "name is required");
  return found ?? "";
}

function required<T>(value: T | null | undefined, member: string, report: Report): T | null {
  if (value === undefined || value === null) report([member], "required", `${member} is required`);
  return value ?? null;
}

type Kind<T extends Enrichment["type"]> = Extract<Enrichment, { type: T }>;

const rowMembers = z.preprocess(
  (value) => typeof value === "string" ? value.split(",").map((one) => one.trim()) : value,
  z.array(shortText(512)).max(FIELDS_MAX),
);

export const LOOKUP = readAs(
  closedObject({
    ...common,
    table: text,
    key: fieldName.nullish(),
    fields: rowMembers.nullish(),
    default: z.unknown().optional(),
    // Of other kinds, left by forms.
    endpoint: z.null().optional(),
    formula: z.null().optional(),
  }),
  (members, report): Kind<"lookup"> => {
    const fields = members.fields ?? [];
    return {
      type: "lookup",
      name: nameOf(members, report),
      table: required(members.table ?? tableOf(members.source), "table", report) ?? "",
      key: required(members.key, "key", report) ?? "",
      fields: fields.length === 0 ? null : [...new Set(fields)],
      default: (members.default ?? null) as JsonValue,
    };
  },
);

/** "redis://server-metadata" names a table; "cache" and its like only where tables are kept. */
function tableOf(source: string | null | undefined): string | null {
  if (source === undefined || source === null) return null;
  if (["database", "cache", "api", "redis"].includes(source.toLowerCase())) return null;
  return source.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "");
}

export const CALCULATE = readAs(
  closedObject({
    ...common,
    formula: z.string().max(FORMULA_CHARACTERS_MAX).nullish(),
    key: z.unknown().optional(),
    table: z.null().optional(),
    endpoint: z.null().optional(),
  }),
  (members, report): Kind<"calculate"> => {
    const formula = required(members.formula, "formula", report);
    const read = formula === null ? null : readFormula(formula);
    if (read !== null && !read.ok) {
      report(["formula"], "invalid_formula", read.message);
    }
    return {
      type: "calculate",
      name: nameOf(members, report),
      formula: formula ?? "",
      names: read?.ok ? read.names : [],
    };
  },
);

export const AGGREGATE = readAs(
  closedObject({
    ...common,
    field: fieldName.nullish(),
    function: z.unknown().optional(),
    of: z.enum(["previous_window", "same_hour_yesterday", "moving"]).nullish(),
    size: z.unknown().optional(),
    size_seconds: z.unknown().optional(),
    key: z.unknown().optional(),
    table: z.null().optional(),
    endpoint: z.null().optional(),
    formula: z.null().optional(),
  }),
  (members, report): Kind<"aggregate"> => {
    const of = members.of ?? "moving";
    return {
      type: "aggregate",
      name: nameOf(members, report),
      field: required(members.field, "field", report) ?? "",
      function: readFunction(members.function, report),
      of,
      size_ms: readSize(members, of, report),
    };
  },
);

function readFunction(given: unknown, report: Report): Kind<"aggregate">["function"] {
  const type = aggregateTypeOf(given ?? "avg");
  if (type !== undefined && !takesPercentile(type)) return type;
  const [code, message] = type === undefined ? aggregateTypeFault(given) : [
    "unsupported_aggregation",
    `Cannot use ${shown(given)} as function: of the past no percentiles are kept`,
  ];
  report(["function"], code, message);
  return "avg";
}

function readSize(
  members: Common & Readonly<Record<string, unknown>>,
  of: Kind<"aggregate">["of"],
  report: Report,
): number | null {
  const said = readDuration(members, { names: ["size", "size_seconds"], min: 1, max: WINDOW_MS_MAX }, report);
  if (of === "same_hour_yesterday") {
    if (said !== null && said !== HOUR_MS) {
      report(["size"], "conflict", `Cannot use a size with "same_hour_yesterday": an hour is an hour`);
    }
    return HOUR_MS;
  }
  if (said !== null) return said;
  const source = members.source === null || members.source === undefined
    ? undefined
    : parseDuration(members.source.trim());
  return source !== undefined && source > 0 && source <= WINDOW_MS_MAX ? source : null;
}

export const API_CALL = readAs(
  closedObject({
    ...common,
    endpoint: shortText(2_048).nullish(),
    method: z.unknown().optional(),
    params: z.unknown().optional(),
    key: fieldName.nullish(),
    timeout_ms: z.unknown().optional(),
    cache_seconds: z.int().min(0).max(CACHE_SECONDS_MAX).nullish(),
    fallback: z.unknown().optional(),
    table: z.null().optional(),
    formula: z.null().optional(),
  }),
  (members, report): Kind<"api_call"> => {
    const endpoint = required(members.endpoint, "endpoint", report) ?? "";
    if (endpoint !== "") checkEndpoint(endpoint, report);
    const call: Kind<"api_call"> = {
      type: "api_call",
      name: nameOf(members, report),
      endpoint,
      method: readMethod(members.method, report),
      params: readParams(members.params, report),
      key: members.key ?? null,
      timeout_ms: readDuration(members, { names: ["timeout_ms"], ...CALL_TIMEOUT_MS }, report) ??
        CALL_TIMEOUT_MS.default,
      cache_seconds: members.cache_seconds ?? 0,
      fallback: (members.fallback ?? null) as JsonValue,
    };
    if ([...callNames(call)].length > CALL_NAMES_MAX) {
      report(["params"], "out_of_range", `Cannot name more than ${CALL_NAMES_MAX} fields in one call`);
    }
    return call;
  },
);
