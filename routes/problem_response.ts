/** Problems as answers (RFC 9457). What is not a problem is our own bug: told by an id, logged with all. */
import { randomId } from "../src/base/ids.ts";
import type { Logger } from "../src/base/logging.ts";
import { type Fault, Problem } from "../src/base/problem.ts";
import { NameTakenError } from "../src/store/channel_store.ts";
import { storageProblem } from "../src/store/storage_problem.ts";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  507: "Insufficient Storage",
};

export function problemResponse(problem: Problem): Response {
  return new Response(problemBody(problem), {
    status: problem.status,
    headers: { "content-type": "application/problem+json", ...problem.headers },
  });
}

/** The answer to anything thrown below a route. */
export function errorResponse(error: unknown, logger: Logger): Response {
  return problemResponse(problemOf(error, logger));
}

/** What was thrown as a problem; what is none is logged, and told by the id of its record. */
export function problemOf(error: unknown, logger: Logger): Problem {
  return expected(error) ?? unexpected(error, logger);
}

function expected(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  if (error instanceof NameTakenError) {
    return new Problem({
      status: 409,
      code: "name_taken",
      detail: error.message,
      errors: [{ pointer: "/name", code: "name_taken", message: error.message }],
    });
  }
  return storageProblem(error);
}

function unexpected(error: unknown, logger: Logger): Problem {
  const error_id = randomId();
  logger.error("a request failed by a fault of the server", {
    error_id,
    error,
    stack: error instanceof Error ? error.stack : undefined,
  });
  return new Problem({
    status: 500,
    code: "internal_error",
    detail: `Cannot answer the request: the server failed; its log tells why under ${error_id}`,
  });
}

function problemBody({ status, code, message, errors }: Problem): string {
  const body: { errors?: readonly Fault[] } & Record<string, unknown> = {
    type: "about:blank",
    title: TITLES[status] ?? "Error",
    status,
    code,
    detail: message,
  };
  if (errors.length > 0) body.errors = errors;
  return JSON.stringify(body);
}
