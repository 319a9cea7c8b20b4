/**
 * The logic of an API definition of type "http": `{method, url, headers, params, body}` as JSON, with places
 * `{{params.a.b}}`. A place that is the whole text keeps its type; one that finds nothing is a fault.
 */
import * as z from "zod";
import { climbs } from "../base/call_template.ts";
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { badRequest } from "../base/problem.ts";
import { WRITTEN_HOST } from "./action/webhook_action.ts";
import { closedObject } from "./closed_object.ts";
import { faultsOf } from "./faults.ts";

const PLACE = /\{\{\s*params((?:\.[A-Za-z0-9_-]+)+)\s*\}\}/g;
const record = z.custom<JsonObject>(isObject, { error: "expected an object" });
const schema = closedObject({
  method: z.string().transform((text) => text.trim().toUpperCase())
    .pipe(z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"])).nullish(),
  url: z.string().regex(WRITTEN_HOST, "an address that starts with http:// or https:// and a written host"),
  headers: record.nullish(),
  params: record.nullish(),
  body: z.unknown().optional(),
});

export interface HttpLogic {
  method: string;
  url: string;
  headers: JsonObject;
  params: JsonObject;
  body: JsonValue;
}

/** What is wrong with it; null: nothing. */
export function httpLogicFault(logic: string): string | null {
  const read = parsed(logic);
  return "fault" in read ? read.fault : null;
}

/** @throws Problem 400 for a place that finds nothing */
export function httpLogic(logic: string, params: JsonObject): HttpLogic {
  const read = parsed(logic);
  if ("fault" in read) throw badRequest("invalid_logic", read.fault, "/logic");
  const { url, ...rest } = read.logic;
  const made = filled(rest as unknown as JsonObject, params) as unknown as Omit<HttpLogic, "url">;
  // A value is a part of a path or of a query, and no further one of them.
  const address = url.replaceAll(PLACE, (_, path: string) => encodeURIComponent(textOf(found(path, params))));
  if (climbs(address) && !climbs(url.replaceAll(PLACE, "x"))) {
    throw badRequest(
      "bad_url",
      "The parameters make no address: a value climbs out of its place in the path",
    );
  }
  return { ...made, url: address };
}

function parsed(logic: string): { logic: HttpLogic } | { fault: string } {
  let document: unknown;
  try {
    document = JSON.parse(logic);
  } catch (_noJson) {
    return { fault: "Cannot read the logic: expected JSON {method, url, headers, params, body}" };
  }
  const read = schema.safeParse(document, { reportInput: true });
  if (!read.success) {
    const [first] = faultsOf(read.error);
    return { fault: `Cannot use the logic: ${first!.pointer}: ${first!.message}` };
  }
  const { method, url, headers, params, body } = read.data;
  return {
    logic: {
      ...{ method: method ?? "GET", url, headers: headers ?? {}, params: params ?? {} },
      body: (body ?? null) as JsonValue,
    },
  };
}

function filled(value: JsonValue, params: JsonObject): JsonValue {
  if (Array.isArray(value)) return value.map((one) => filled(one, params));
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filled(one, params)]));
  }
  if (typeof value !== "string") return value;
  const [whole] = value.matchAll(PLACE);
  if (whole !== undefined && whole[0] === value.trim()) return found(whole[1]!, params);
  return value.replaceAll(PLACE, (_, path: string) => {
    return textOf(found(path, params));
  });
}

function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function found(path: string, params: JsonObject): JsonValue {
  let value: JsonValue | undefined = params;
  for (const part of path.slice(1).split(".")) {
    value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  if (value !== undefined) return value;
  throw badRequest("missing_parameter", `Cannot find parameter "${path.slice(1)}"`, "/params");
}
