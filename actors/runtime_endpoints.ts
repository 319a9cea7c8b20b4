/**
 * What `/runtime/<endpoint>` answers, over HTTP and to rules that ask this server itself: the active definition of
 * that path and method is run on the query, or on params, limit and input of the body.
 */
import { badRequest, Problem } from "../src/base/problem.ts";
import type { Clock } from "../src/base/clock.ts";
import { instant } from "../src/base/event_time.ts";
import { isObject, type JsonObject, type JsonValue } from "../src/base/json.ts";
import type { OwnAnswer, OwnCall, OwnEndpoints } from "../src/notify/own_endpoints.ts";
import type { ScriptDesk } from "./script_desk.ts";

export type RuntimeCall = Pick<OwnCall, "method" | "path" | "query" | "body" | "executedBy"> & {
  deadlineMs?: number;
};

export interface Runtime {
  /** The data of an answer. @throws Problem 404, and as {@linkcode ScriptDesk.execute} */
  data(call: RuntimeCall): Promise<JsonObject>;
  /** Answers rules in this process, in the shape that they would get over HTTP. */
  own: OwnEndpoints;
}

export function createRuntime(desk: ScriptDesk, clock: Clock): Runtime {
  return {
    data: (call) => dataOf(desk, call),
    own: {
      async answer(call): Promise<OwnAnswer> {
        try {
          const data = await dataOf(desk, call);
          const time = instant(clock.now());
          return { status: 200, body: { time, code: 0, message: "OK", data, metadata: null } };
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          return { status: error.status, body: { detail: error.message, code: error.code } };
        }
      },
    },
  };
}

async function dataOf(desk: ScriptDesk, call: RuntimeCall): Promise<JsonObject> {
  const { method, path, query, body, executedBy, deadlineMs } = call;
  const api = desk.at(method, decodedPath(path));
  if (api === undefined) {
    const detail = `Runtime API not found: ${method} ${path}`;
    throw new Problem({ status: 404, code: "runtime_not_found", detail });
  }
  const { params, input, limit } = givenOf(method, query, body);
  const run = await desk.executeApi(api, {
    ...{ params, input, executedBy },
    ...(limit !== undefined && { limit }),
    ...(deadlineMs !== undefined && { deadlineMs }),
  });
  const { api_id, api_name } = api;
  return {
    api: { api_id, api_name, endpoint: `/runtime${api.endpoint}`, method: api.method },
    result: run.result,
    references: run.references,
  };
}

const ENVELOPE = ["params", "input", "limit"];

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (_malformed) {
    return path;
  }
}

function givenOf(
  method: string,
  query: Readonly<Record<string, string>>,
  body: JsonValue,
): { params: JsonObject; input: JsonValue; limit?: number } {
  const { limit, ...others } = query;
  if (method === "GET" || !isObject(body)) {
    return { params: { ...others }, input: null, ...limitOf(limit) };
  }
  if (!Object.keys(body).every((name) => ENVELOPE.includes(name))) {
    // No envelope: the body itself is what the definition is asked with.
    return { params: { ...others, ...body }, input: body, ...limitOf(limit) };
  }
  const params = isObject(body.params) ? body.params : {};
  return { params: { ...others, ...params }, input: body.input ?? null, ...limitOf(body.limit ?? limit) };
}

function limitOf(given: JsonValue | undefined): { limit?: number } {
  if (given === undefined || given === null) return {};
  const limit = Number(given);
  if (Number.isInteger(limit) && limit >= 1) return { limit };
  throw badRequest("bad_parameter", "Limit must be an integer");
}
