/** GET /topics/{topic}/fields and /field-suggestions: which fields events have, learnt from the newest of them. */
import type { JsonObject, JsonValue } from "../src/base/json.ts";
import { notFound } from "../src/base/problem.ts";
import type { FieldProfile } from "../src/ingest/field_profile.ts";
import type { FieldSample } from "../actors/field_learner.ts";
import { ok } from "./answer.ts";
import type { Query } from "./query.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";

const FILTERS = ["prefix", "search", "limit"];

export function fieldRoutes(routes: RouteTable, { deps: { fields } }: RouteContext): void {
  routes.on("GET", "/api/v1/topics/:topic/fields", async ({ param, query }) => {
    const sample = await fields.learn(param("topic"));
    if (sample === null) throw notFound("topic", param("topic"));
    const found = wanted(sample.fields, query);
    const limit = query.limit();
    return ok({
      topic: param("topic"),
      sampled: sampled(sample),
      items: found.slice(0, limit).map((field) => shownField(field, sample)),
      truncated: found.length > limit,
    });
  }, { query: FILTERS });
  routes.on("GET", "/api/v1/field-suggestions", async ({ query }) => {
    const topic = query.text("topic") ?? null;
    const sample = await fields.learn(topic);
    if (sample === null) throw notFound("topic", topic!);
    const items = wanted(sample.fields, query).slice(0, query.limit()).map((one) => suggestion(one, sample));
    return ok({ items, sampled: sampled(sample) });
  }, { query: [...FILTERS, "topic"] });
}

/** A field as editors offer it. */
export function suggestion({ field, type, examples, events }: FieldProfile, sample: FieldSample): JsonObject {
  const percent = Math.round(100 * events / sample.events);
  return { name: field, description: `In ${percent} % of recent events`, type, examples: [...examples] };
}

function wanted(fields: readonly FieldProfile[], query: Query): FieldProfile[] {
  const prefix = query.text("prefix") ?? "";
  const search = (query.text("search") ?? "").toLowerCase();
  return fields.filter(({ field }) =>
    field.startsWith(prefix) && (search === "" || field.toLowerCase().includes(search))
  );
}

function sampled({ topics, events, from_offset, to_offset, cut }: FieldSample): JsonObject {
  return { topics, events, from_offset, to_offset, cut };
}

function shownField({ events, types, top_values, ...field }: FieldProfile, sample: FieldSample): JsonObject {
  return {
    ...field,
    events,
    share: events / sample.events,
    types: { ...types },
    top_values: top_values.map((one): JsonValue => ({ ...one })),
  };
}
