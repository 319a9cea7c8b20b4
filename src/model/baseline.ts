/** What is asked of the baselines of an anomaly rule: which key, and the values that are given to it. */
import * as z from "zod";
import { isObject, type JsonObject, type JsonScalar } from "../base/json.ts";
import { numberOfText } from "../base/numeric.ts";
import { badRequest, invalid, pointer } from "../base/problem.ts";
import { BASELINE_VALUES_MAX } from "./anomaly.ts";
import { closedObject } from "./closed_object.ts";
import { faultsOf, shown } from "./faults.ts";

export type BaselineKey = Readonly<Record<string, JsonScalar>>;

const key = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullish();

const value = z.unknown().meta({ type: ["number", "string"] }).transform((given, ctx): number => {
  const number = typeof given === "string" ? numberOfText(given) : given;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  ctx.addIssue({
    code: "custom",
    message: `Cannot use ${shown(given)}: expected a number`,
    params: { code: "invalid_type" },
  });
  return 0;
});

export const baselineResetSchema = closedObject({ key });
export const baselineUploadSchema = closedObject({
  values: z.array(value).min(1).max(BASELINE_VALUES_MAX),
  key,
});

/** The body of a reset: which key, null for all of them. @throws Problem 400 */
export function readBaselineReset(body: JsonObject): BaselineKey | null {
  return read(baselineResetSchema, body).key ?? null;
}

/** The body of an upload. @throws Problem 400 */
export function readBaselineUpload(body: JsonObject): { key: BaselineKey | null; values: number[] } {
  const { key, values } = read(baselineUploadSchema, body);
  return { key: key ?? null, values };
}

/** A key in a query, as JSON. @throws Problem 400 */
export function readBaselineKey(text: string | undefined): BaselineKey | null {
  if (text === undefined) return null;
  return readBaselineReset({ key: parsedKey(text) });
}

/** @throws Problem 400 for a key that has other members than the fields of group_by */
export function checkBaselineKey(key: BaselineKey | null, fields: readonly string[]): void {
  if (key === null) return;
  const names = Object.keys(key);
  if (names.length === fields.length && fields.every((field) => names.includes(field))) return;
  const expected = fields.length === 0 ? "no key: the rule has no group_by" : fields.join(", ");
  throw badRequest(
    "invalid_key",
    `Cannot use the key ${shown(names.join(", "))}: expected ${expected}`,
    "/key",
  );
}

function parsedKey(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (isObject(value)) return value;
  const wish = `expected a JSON object such as {"host":"a"}`;
  throw badRequest("bad_parameter", `Cannot read query parameter "key": ${wish}`, pointer("key"));
}

function read<T>(schema: z.ZodType<T>, body: JsonObject): T {
  const result = schema.safeParse(body, { reportInput: true });
  if (result.success) return result.data;
  throw invalid(faultsOf(result.error));
}
