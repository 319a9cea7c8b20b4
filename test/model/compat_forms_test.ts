/** Spellings that pages of the reference system send mean what their canonical ones mean. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { parseRule, type Trigger } from "../../src/model/rule.ts";
import { vectors } from "../vector_rows.ts";
import { EVERYTHING } from "./built.ts";

interface Alias {
  id: string;
  input: JsonObject;
  canonical: JsonObject;
}

const { aliases } = vectors<{ aliases: Alias[] }>("compat/forms.json");

/** Where the part is not a rule that can run: the fault that says so. */
const REFUSED: Readonly<Record<string, string>> = {
  "ui-enrichment-aggregate": "field is required",
  "ui-enrichment-ml":
    'Unsupported enrichment type "ml_model": expected one of lookup, calculate, aggregate, api_call',
};

/** The canonical type of std is another word, and its name is the type as written. */
const NAMED_AS_WRITTEN = ["ui-aggregation-stddev"];

function read(part: JsonObject): Trigger | string {
  const { composite_condition, ...members } = part;
  const spec = { conditions: [], ...members, ...(composite_condition as JsonObject | undefined) };
  const parsed = parseRule({ rule_name: "r", trigger_type: "event", trigger_spec: spec }, "save", EVERYTHING);
  return parsed.ok ? parsed.rule.trigger : parsed.errors[0]!.message;
}

for (const { id, input, canonical } of aliases) {
  Deno.test(`compat alias: ${id}`, () => {
    const found = read(input);
    if (id in REFUSED) return assert.equal(found, REFUSED[id]);
    const wished = read(canonical);
    assert(typeof found !== "string" && typeof wished !== "string", JSON.stringify([found, wished]));
    if (NAMED_AS_WRITTEN.includes(id)) return assert.equal(found.aggregates[0]?.type, "stddev_samp");
    assert.deepEqual(found, wished);
  });
}
