/** group_by: the fields whose values make a key, as a list or as comma text. */
import * as z from "zod";
import { fieldName } from "./field_name.ts";
import { readAs, type Report } from "./read_as.ts";

export const KEY_FIELDS_MAX = 16;

export const groupBySchema = readAs(
  z.preprocess(listed, z.array(fieldName).max(KEY_FIELDS_MAX)),
  (fields: string[], report: Report): readonly string[] => {
    for (const [i, field] of fields.entries()) {
      if (fields.indexOf(field) < i) report([i], "duplicate", `Cannot group by "${field}" twice`);
    }
    return fields;
  },
);

function listed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return value.split(",").map((field) => field.trim()).filter((field) => field !== "");
}
