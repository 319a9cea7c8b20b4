/** The section `aggregation` of a form: one aggregate, and what it is compared with. */
import * as z from "zod";
import type { JsonObject } from "../../base/json.ts";
import { closedObject } from "../closed_object.ts";
import { shown } from "../faults.ts";
import { fieldName, shortText } from "../field_name.ts";
import { nearestName } from "../nearest_name.ts";
import { readAs, type Report } from "../read_as.ts";
import { THRESHOLD_OPERATORS } from "../threshold.ts";
import { renamed, requireMembers } from "./_written.ts";

const TYPES = ["count", "sum", "avg", "min", "max", "std", "percentile"];
const TYPE_NAMES: Readonly<Record<string, string>> = { stddev: "std", average: "avg" };
const NAMES = {
  fieldName: "field",
  percentile: "percentile_value",
  outputAlias: "output_alias",
  outputName: "output_alias",
};
const NAME_CHARACTERS_MAX = 200;

const name = shortText(NAME_CHARACTERS_MAX).nullish();
const percent = z.number().min(0).max(100).nullish();

const type = z.unknown().transform((given, ctx): string => {
  const said = typeof given === "string" && Object.hasOwn(TYPE_NAMES, given) ? TYPE_NAMES[given]! : given;
  const known = TYPES.find((one) => one === said);
  if (known !== undefined) return known;
  const nearest = typeof given === "string" ? nearestName(given, TYPES) : undefined;
  const hint = nearest === undefined ? `expected one of ${TYPES.join(", ")}` : `did you mean "${nearest}"?`;
  const message = `Unsupported aggregation type ${shown(given)}: ${hint}`;
  ctx.addIssue({ code: "custom", message, params: { code: "unsupported_aggregation" } });
  return z.NEVER;
});

export const aggregationSection: z.ZodType<JsonObject> = readAs(
  closedObject({
    id: z.unknown().optional(),
    type,
    field: fieldName.nullish(),
    fieldName: fieldName.nullish(),
    group_by: z.union([z.string(), z.array(z.string())]).nullish(),
    percentile_value: percent,
    percentile: percent,
    threshold: z.number().nullish(),
    op: z.enum(THRESHOLD_OPERATORS).nullish(),
    output_alias: name,
    outputAlias: name,
    outputName: name,
  }),
  (members, report: Report): JsonObject => {
    const section = renamed(members, NAMES, report);
    if (section.type !== "count") requireMembers(section, ["field"], report);
    if (section.type === "percentile") requireMembers(section, ["percentile_value"], report);
    return section;
  },
);
