/**
 * From a row to the request of its api_call. What stands in the endpoint is percent-encoded, so a value is one
 * segment of the path or one value of the query and never more: it cannot climb (`..`) out of its place. A
 * request that cannot be made, since a value is missing or it is too long, is null; and so is one in which a value
 * of the row makes it name a secret that its rule did not write.
 */
import { climbs } from "../../base/call_template.ts";
import { CALL_MARKS } from "../../base/secret_marks.ts";
import type { JsonObject, JsonValue } from "../../base/json.ts";
import { printed } from "../compare.ts";
import { type Gathered, valueAt } from "../gathered.ts";
import type { CallPlan } from "../plan.ts";

/** Characters of a URL, and of a body. */
export const CALL_URL_CHARACTERS_MAX = 8_192;
export const CALL_BODY_CHARACTERS_MAX = 65_536;

export interface CallRequest {
  method: "GET" | "POST";
  url: string;
  /** JSON; null with GET. */
  body: string | null;
  /** Marks stand in it (src/base/secret_marks.ts). */
  secrets?: true;
}

export type MakeRequest = (rows: Gathered, i: number) => CallRequest | null;

export function requestMaker({ endpoint, method, params }: CallPlan): MakeRequest {
  const written = [
    ...endpoint,
    ...params.map(({ value, index }) => index === null ? JSON.stringify(value) : ""),
  ];
  const marks = marksIn(written.filter((part) => typeof part === "string").join(" "));
  return (rows, i) => {
    const url = urlOf(endpoint, (index) => valueAt(rows.columns[index], i));
    const given = paramsOf(params, (index) => valueAt(rows.columns[index], i));
    if (url === null || given === null) return null;
    if (method === "GET") addQuery(url, given);
    const body = method === "GET" ? null : JSON.stringify(given);
    if (url.href.length > CALL_URL_CHARACTERS_MAX) return null;
    if (body !== null && body.length > CALL_BODY_CHARACTERS_MAX) return null;
    if (marks === 0) return { method, url: url.href, body };
    return marksIn(url.href) + marksIn(body ?? "") === marks
      ? { method, url: url.href, body, secrets: true }
      : null;
  };
}

function marksIn(text: string): number {
  return text.split(CALL_MARKS.prefix).length - 1;
}

type ValueOf = (index: number) => JsonValue | undefined;

function urlOf(endpoint: CallPlan["endpoint"], valueOf: ValueOf): URL | null {
  let text = "";
  for (const part of endpoint) {
    if (typeof part === "string") text += part;
    else {
      const value = valueOf(part);
      if (value === undefined || value === null) return null;
      // A lone surrogate has no encoding.
      text += encodeURIComponent(printed(value).toWellFormed());
    }
  }
  return climbs(text) ? null : URL.parse(text);
}

function paramsOf(params: CallPlan["params"], valueOf: ValueOf): JsonObject | null {
  const given: JsonObject = {};
  for (const { name, value, index } of params) {
    const one = index === null ? value : valueOf(index);
    if (one === undefined) return null;
    given[name] = one;
  }
  return given;
}

/** A list gives its name several times; what is no text is written as JSON. */
function addQuery(url: URL, params: JsonObject): void {
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      url.searchParams.append(name, typeof one === "string" ? one : JSON.stringify(one));
    }
  }
}
