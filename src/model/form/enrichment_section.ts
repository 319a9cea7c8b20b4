/**
 * The section `enrichments` of a form: a list, in the order in which they run. It takes the members that
 * pages of the reference system send and those of our own enrichments; whether one can run is told by the
 * rule that is made of it.
 */
import * as z from "zod";
import type { JsonObject } from "../../base/json.ts";
import { closedObject } from "../closed_object.ts";
import { fieldName, shortText } from "../field_name.ts";
import { readAs, type Report } from "../read_as.ts";
import { renamed, requireMembers } from "./_written.ts";

const TYPES = ["lookup", "calculate", "api_call", "aggregate", "ml_model"] as const;
const TEXT_CHARACTERS_MAX = 4_000;
const NAMES = { outputField: "name" };
const NEEDED: Readonly<Record<typeof TYPES[number], readonly string[]>> = {
  lookup: ["key"],
  calculate: ["formula"],
  api_call: [],
  aggregate: [],
  ml_model: ["source"],
};
/** One of these says where the values come from. */
const ORIGINS: Readonly<Partial<Record<typeof TYPES[number], readonly string[]>>> = {
  lookup: ["source", "table"],
  api_call: ["source", "endpoint"],
  aggregate: ["source", "field"],
};

const text = shortText(TEXT_CHARACTERS_MAX).nullish();
const any = z.unknown().optional();

const enrichmentSection: z.ZodType<JsonObject> = readAs(
  closedObject({
    id: any,
    type: z.enum(TYPES),
    name: fieldName.nullish(),
    outputField: fieldName.nullish(),
    ...{ source: text, key: text, table: text, endpoint: text, formula: text, field: text, function: text },
    ...{ fields: any, default: any, of: any, size: any },
    ...{ method: any, params: any, timeout_ms: any, cache_seconds: any, fallback: any },
  }),
  (members, report: Report): JsonObject => {
    const section = renamed(members, NAMES, report);
    requireMembers(section, ["name", ...NEEDED[members.type]], report);
    const origins = ORIGINS[members.type];
    if (origins !== undefined && origins.every((name) => section[name] === undefined)) {
      report([origins[0]!], "required", `${origins.join(" or ")} is required`);
    }
    return section;
  },
);

export const enrichmentsSection: z.ZodType<JsonObject[]> = z.array(enrichmentSection);
