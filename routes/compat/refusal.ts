/**
 * What goes wrong, in the shape of the reference system: `{detail}` with the members of its application
 * errors beside it, since some of its clients read `detail` and others `message`. A text that its clients
 * match on is its own; every other one is ours, with the faults and their pointers under `errors`.
 */
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import type { Logger } from "../../src/base/logging.ts";
import { Problem } from "../../src/base/problem.ts";
import { jsonResponse } from "../answer.ts";
import { problemOf } from "../problem_response.ts";
import { type Misfit, Unprocessable } from "./validation.ts";

/** What the reference system says of things that are not there, by our code. */
const DETAILS: Readonly<Record<string, string>> = {
  rule_not_found: "Rule not found",
  alert_not_found: "Event not found",
  policy_not_found: "Notification not found",
  unknown_channel_type: "Unknown channel type",
  no_such_path: "Not Found",
  method_not_allowed: "Method Not Allowed",
};

const CODES: Readonly<Record<number, string>> = {
  400: "VALIDATION_ERROR",
  401: "AUTHORIZATION_ERROR",
  403: "AUTHORIZATION_ERROR",
  404: "NOT_FOUND",
  409: "CONFLICT",
  412: "CONFLICT",
  422: "VALIDATION_ERROR",
  429: "RATE_LIMIT_EXCEEDED",
  500: "INTERNAL_SERVER_ERROR",
  501: "NOT_IMPLEMENTED",
  502: "EXTERNAL_SERVICE_ERROR",
  503: "CONNECTION_ERROR",
  504: "TIMEOUT",
  507: "DATABASE_ERROR",
};

const UNPROCESSABLE = 422;

/** The answer to anything thrown below a route of the compatibility router. */
export function refusalResponse(
  error: unknown,
  { request_id, logger }: { request_id: string; logger: Logger },
): Response {
  if (error instanceof Unprocessable) {
    const { message, misfits } = error;
    const detail = misfits.map((misfit): JsonObject => ({ ...misfit }));
    return respond(UNPROCESSABLE, { detail, message, request_id }, {});
  }
  const problem = problemOf(error, logger);
  const { status, code, message, headers } = problem;
  const detail = DETAILS[code] ?? message;
  const errors = problem.errors.map((fault): JsonObject => ({ ...fault }));
  return respond(status, { detail, message, request_id, ...(errors.length > 0 && { errors }) }, headers);
}

function respond(
  status_code: number,
  { request_id, ...told }: { detail: JsonValue; message: string; request_id: string; errors?: JsonObject[] },
  headers: Readonly<Record<string, string>>,
): Response {
  const body = { ...told, error: CODES[status_code] ?? "VALIDATION_ERROR", status_code, request_id };
  return jsonResponse(JSON.stringify(body), status_code, { ...headers, "x-request-id": request_id });
}

/** A body that is no JSON object, or that cannot be read: 422 here where the native API says 400. */
export function misfitBody(error: unknown): unknown {
  if (!(error instanceof Problem) || error.status !== 400) return error;
  const type = error.code === "malformed_json" ? "json_invalid" : "model_attributes_type";
  const misfit: Misfit = { type, loc: ["body"], msg: error.message, input: null };
  return new Unprocessable([misfit]);
}
