/**
 * enrichments: what is added to each event before conditions on it run. Each stands under its
 * name, which hides a field of the event that is called the same; later ones may read earlier ones. The
 * schema takes the spellings of the reference system, whose `source` names a kind of store.
 */
import * as z from "zod";
import { callNames } from "../base/call_template.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { AggregateType } from "./aggregate_type.ts";
import { isObject } from "../base/json.ts";
import { AGGREGATE, API_CALL, CALCULATE, LOOKUP } from "./enrichment_kinds.ts";
import { shown } from "./faults.ts";
import { nearestName } from "./nearest_name.ts";
import { readAs, type Report } from "./read_as.ts";
import { readWithin } from "./read_within.ts";

export const ENRICHMENTS_MAX = 20;

export type Enrichment =
  | {
    type: "lookup";
    name: string;
    table: string;
    /** The field whose value is looked up. */
    key: string;
    /** Members of the row that stand under `<name>.<member>`; null: all of it. */
    fields: readonly string[] | null;
    /** Of what is not in the table. */
    default: JsonValue;
  }
  | {
    type: "calculate";
    name: string;
    formula: string;
    /** That the formula reads, each once. */
    names: readonly string[];
  }
  | {
    type: "aggregate";
    name: string;
    field: string;
    function: AggregateType;
    of: "previous_window" | "same_hour_yesterday" | "moving";
    /** null: that of the rule's window. */
    size_ms: number | null;
  }
  | {
    type: "api_call";
    name: string;
    /** `{{ name }}` stands for a value (call_request.ts). */
    endpoint: string;
    method: "GET" | "POST";
    /** `{"ref": name}` stands for a value. */
    params: JsonObject;
    /** A field whose value goes along under its own name; null: none. */
    key: string | null;
    timeout_ms: number;
    cache_seconds: number;
    fallback: JsonValue;
  };

const KINDS = {
  lookup: LOOKUP,
  calculate: CALCULATE,
  aggregate: AGGREGATE,
  api_call: API_CALL,
} as const;

const enrichmentSchema = z.unknown().transform((given, ctx): Enrichment => {
  const type = isObject(given) ? given.type : undefined;
  if (typeof type === "string" && Object.hasOwn(KINDS, type)) {
    const read: z.ZodType<Enrichment> = KINDS[type as keyof typeof KINDS];
    return readWithin(read, given, ctx) ?? z.NEVER;
  }
  if (!isObject(given)) {
    const message = `Cannot use ${shown(given)} as an enrichment: expected an object`;
    ctx.addIssue({ code: "custom", message, params: { code: "invalid_type" } });
  } else ctx.addIssue({ code: "custom", path: ["type"], ...typeFault(type) });
  return z.NEVER;
});

function typeFault(given: unknown): { message: string; params: { code: string } } {
  if (given === undefined || given === null) {
    return { message: "type is required", params: { code: "required" } };
  }
  const types = Object.keys(KINDS);
  const nearest = typeof given === "string" && given !== "ml_model" ? nearestName(given, types) : undefined;
  const hint = nearest === undefined ? `expected one of ${types.join(", ")}` : `did you mean "${nearest}"?`;
  const message = `Unsupported enrichment type ${shown(given)}: ${hint}`;
  return { message, params: { code: "unsupported_enrichment" } };
}

/** The list under `enrichments`. */
export const enrichmentsSchema = readAs(
  z.array(enrichmentSchema).max(ENRICHMENTS_MAX),
  (list: Enrichment[], report: Report): readonly Enrichment[] => {
    for (const [i, { name }] of list.entries()) {
      if (list.findIndex((other) => other.name === name) < i) {
        report([i, "name"], "duplicate", `Cannot use "${name}" as the name of two enrichments`);
      }
      checkInputs(list, i, report);
    }
    return list;
  },
);

/** An enrichment reads fields and earlier enrichments only. */
function checkInputs(list: readonly Enrichment[], i: number, report: Report): void {
  const later = list.slice(i);
  for (const { member, name } of inputsOf(list[i]!)) {
    const found = enrichmentOf(later, name);
    if (found !== null) {
      const message = `Cannot use "${name}" in "${list[i]!.name}": it is computed later`;
      report([i, member], "out_of_order", message);
      continue;
    }
    const fault = nameFault(list.slice(0, i), name);
    if (fault !== null) report([i, member], "unknown_name", fault);
  }
}

/** The names that an enrichment reads, and the members in which they stand. */
export function* inputsOf(enrichment: Enrichment): Generator<{ member: string; name: string }> {
  switch (enrichment.type) {
    case "lookup":
      yield { member: "key", name: enrichment.key };
      return;
    case "aggregate":
      yield { member: "field", name: enrichment.field };
      return;
    case "api_call":
      yield* callNames(enrichment);
      return;
    case "calculate":
      for (const name of enrichment.names) yield { member: "formula", name };
  }
}

/** The enrichment that `name` (`<name>` or `<name>.<member>`) reads; null: it is a field of the event. */
export function enrichmentOf(list: readonly Enrichment[], name: string): Enrichment | null {
  return list.find((one) => name === one.name || (hasMembers(one) && name.startsWith(`${one.name}.`))) ??
    null;
}

function hasMembers({ type }: Enrichment): boolean {
  return type === "lookup" || type === "api_call";
}

/** What is wrong with a name that reads an enrichment's member; null when nothing is. */
export function nameFault(list: readonly Enrichment[], name: string): string | null {
  const found = enrichmentOf(list, name);
  if (found?.type !== "lookup" || found.fields === null || name === found.name) return null;
  const member = name.slice(found.name.length + 1);
  if (found.fields.includes(member)) return null;
  const nearest = nearestName(member, found.fields);
  const hint = nearest === undefined ? "" : `: did you mean "${found.name}.${nearest}"?`;
  return `Cannot use "${name}": "${found.name}" takes no such field${hint}`;
}
