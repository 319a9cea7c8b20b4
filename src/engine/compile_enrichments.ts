/** The enrichments of a plan, in the order in which they are computed. */
import { assert } from "../base/assert.ts";
import { callNames, endpointParts, refOf } from "../base/call_template.ts";
import { endpointUrl } from "../base/own_endpoint.ts";
import { CALL_MARKS } from "../base/secret_marks.ts";
import type { Enrichment } from "../model/enrichment.ts";
import type { Trigger } from "../model/rule.ts";
import { gives, type NameTable } from "./name_table.ts";
import { parseExpression } from "./expression/parse_expression.ts";
import type { AggregatePlan, CallPlan, EnrichmentPlan, ProgramPlan } from "./plan.ts";

type Of<T extends Enrichment["type"]> = Extract<Enrichment, { type: T }>;

/** Call it last: of a looked-up row only those members are taken that something reads. */
export function compileEnrichments(trigger: Trigger, table: NameTable): EnrichmentPlan[] {
  // What they read is named before what they add, so that a name read by a later one counts as read.
  for (const one of trigger.enrichments) for (const name of inputs(one)) table.indexOf(name);
  return trigger.enrichments.map((one) => enrichment(one, trigger, table));
}

function inputs(one: Enrichment): readonly string[] {
  switch (one.type) {
    case "lookup":
      return [one.key];
    case "aggregate":
      return [one.field];
    case "calculate":
      return one.names;
    case "api_call":
      return [...callNames(one)].map(({ name }) => name);
  }
}

function enrichment(one: Enrichment, trigger: Trigger, table: NameTable): EnrichmentPlan {
  switch (one.type) {
    case "lookup":
      return lookup(one, table);
    case "calculate": {
      const { name } = one;
      return { kind: "calculate", name, into: table.indexOf(name), program: formulaProgram(one, table) };
    }
    case "aggregate": {
      const { name, field, of } = one;
      const size_ms = one.size_ms ?? sizeOf(trigger);
      const places = { into: table.indexOf(name), field: table.indexOf(field) };
      return { kind: "aggregate", name, ...places, function: one.function, of, size_ms };
    }
    case "api_call":
      return apiCall(one, table);
  }
}

function lookup(one: Of<"lookup">, table: NameTable): EnrichmentPlan {
  const listed = (one.fields ?? []).map((member) => `${one.name}.${member}`);
  const fields = membersOf(one, listed, table);
  const { name, table: from, key } = one;
  return { kind: "lookup", name, table: from, key: table.indexOf(key), fields, fallback: one.default };
}

/** Those that are listed and those that something reads; all of it where there is none. */
function membersOf(
  one: Enrichment,
  listed: readonly string[],
  table: NameTable,
): { member: string | null; into: number }[] {
  const read = table.added.filter((name) => gives(one, name));
  const names = [...new Set([...listed, ...read])];
  if (names.length === 0) names.push(one.name);
  return names.map((name) => ({
    member: name === one.name ? null : name.slice(one.name.length + 1),
    into: table.indexOf(name),
  }));
}

/** The field `key` goes along as one of the params, unless they name it themselves. */
function apiCall(one: Of<"api_call">, table: NameTable): CallPlan {
  const { name, method, key, timeout_ms, cache_seconds, fallback } = one;
  const params = key === null ? one.params : { [key]: { ref: key }, ...one.params };
  return {
    kind: "api_call",
    name,
    endpoint: endpointParts(CALL_MARKS.marked(endpointUrl(one.endpoint))).map((part) =>
      typeof part === "string" ? part : table.indexOf(part.name)
    ),
    method,
    params: Object.entries(params).map(([name, value]) => {
      const ref = refOf(value);
      const written = CALL_MARKS.markedJson(value);
      return { name, value: written, index: ref === null ? null : table.indexOf(ref) };
    }),
    fields: membersOf(one, [], table),
    timeout_ms,
    cache_ms: 1000 * cache_seconds,
    fallback,
  };
}

/** What evaluates a formula, its names as indexes. */
function formulaProgram({ formula }: Of<"calculate">, table: NameTable): ProgramPlan {
  const reading = parseExpression(formula);
  assert(reading.ok, "the model read the formula");
  const { program: expression, names } = reading;
  return { expression, names: names.map((name) => [name, table.indexOf(name)] as const) };
}

/**
 * What a window keeps of enrichments for its alert: those of its last event. An aggregate of the same name
 * goes before.
 */
export function keptResults(
  enrichments: readonly EnrichmentPlan[],
  { added, aggregates, table }: {
    added: readonly string[];
    aggregates: readonly AggregatePlan[];
    table: NameTable;
  },
): AggregatePlan[] {
  if (enrichments.length === 0) return [];
  const named = new Set(aggregates.map(({ as }) => as));
  return added.filter((name) => !named.has(name)).map((name) => ({
    as: name,
    type: "last",
    field: table.indexOf(name),
    p: null,
  }));
}

function sizeOf({ window }: Trigger): number {
  assert(window?.type === "hopping" || window?.type === "sliding", "the document says a size or has one");
  return window.size_ms;
}
