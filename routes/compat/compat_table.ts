/**
 * The table of the compatibility router's routes, beside routes/route_table.ts: requests pass the same guard
 * and are counted the same way, but what they ask for is read, and what they are answered is written, as the
 * reference system does. An answer is 200 with an envelope `{time, code, message, data, metadata}` and an
 * X-Request-ID; what goes wrong is ./refusal.ts. It holds no state.
 */
import type { Context } from "hono";
import * as z from "zod";
import { instant } from "../../src/base/event_time.ts";
import { randomId } from "../../src/base/ids.ts";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import { Problem } from "../../src/base/problem.ts";
import type { Guard } from "../guard.ts";
import { jsonResponse } from "../answer.ts";
import { readJsonBody } from "../json_body.ts";
import type { Method, RouteContext, RouteTable } from "../route_table.ts";
import { misfitBody, refusalResponse } from "./refusal.ts";
import { readShape } from "./validation.ts";

/** A request as a route of the compatibility router wants it. */
export interface CompatCall<Q, B> {
  request: Request;
  query: Q;
  body: B;
  /** A parameter of the path. */
  param(name: string): string;
}

/** What stands in the envelope besides its time and code. */
export interface Enveloped {
  data: JsonValue;
  /** "OK" unless said. */
  message?: string;
  metadata?: JsonObject;
}

/** The schemas of a request; without one for the body, none is read. */
export interface Shapes<Q, B> {
  query?: z.ZodType<Q, unknown>;
  body?: z.ZodType<B, unknown>;
}

/** A route as it was registered. */
interface CompatRoute {
  method: Method;
  parts: readonly string[];
  shapes: Shapes<unknown, unknown>;
}

const METHODS: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;
const nothing = z.object({});

export class CompatTable {
  readonly #routes: RouteTable;
  readonly #context: RouteContext;
  readonly #guard: Guard;
  readonly #served: CompatRoute[] = [];

  constructor(routes: RouteTable, { context, guard }: { context: RouteContext; guard: Guard }) {
    this.#routes = routes;
    this.#context = context;
    this.#guard = guard;
  }

  /** A route that answers with an envelope. A fixed path must come before one with a parameter in its place. */
  on<Q = Record<never, never>, B = Record<never, never>>(
    method: Method,
    path: string,
    shapes: Shapes<Q, B>,
    handler: (call: CompatCall<Q, B>) => Enveloped | Promise<Enveloped>,
  ): void {
    this.raw(method, path, (request, c, request_id) => {
      const query = readShape((shapes.query ?? nothing) as z.ZodType<Q>, queryOf(request.url), "query");
      const param = (name: string) => paramOf(c, name);
      const answer = async (body: B) =>
        this.#enveloped(await handler({ request, query, body, param }), request_id);
      const { body } = shapes;
      if (body === undefined) return answer({} as B);
      return this.#withBody(request, (given) => answer(readShape(body, given, "body")));
    }, shapes);
  }

  /** A route that makes its response itself. */
  raw(
    method: Method,
    path: string,
    handler: (request: Request, c: Context, requestId: string) => Response | Promise<Response>,
    shapes: Shapes<unknown, unknown> = {},
  ): void {
    this.#served.push({ method, parts: path.split("/"), shapes });
    this.#register(method, path, handler);
  }

  /** What no route under these paths takes; registered last. */
  rest(prefixes: readonly string[]): void {
    for (const prefix of prefixes) {
      for (const method of METHODS) {
        this.#register(method, `${prefix}/*`, ({ url }) => {
          throw this.#noRoute(new URL(url).pathname);
        });
      }
    }
  }

  /** Every route, as it is written. */
  get served(): { method: Method; path: string; shapes: Shapes<unknown, unknown> }[] {
    return this.#served.map(({ method, parts, shapes }) => ({ method, path: parts.join("/"), shapes }));
  }

  #register(
    method: Method,
    path: string,
    handler: (request: Request, c: Context, requestId: string) => Response | Promise<Response>,
  ): void {
    const { logger } = this.#context.deps;
    // The guard is passed here, so that what it refuses is told in this router's shape.
    this.#routes.raw(method, path, async (request, c) => {
      const request_id = requestIdOf(request);
      try {
        this.#guard(request);
        return await handler(request, c, request_id);
      } catch (error) {
        const refusal = refusalResponse(error, { request_id, logger });
        this.#routes.refused(refusal.status);
        return refusal;
      }
    }, "open");
  }

  /** Reads the body, and answers a repeated POST what it was answered before. */
  async #withBody(request: Request, answer: (body: JsonObject) => Promise<Response>): Promise<Response> {
    const { budget, stalls, idempotency } = this.#context;
    const { pathname } = new URL(request.url);
    const keyed = request.method === "POST" ? idempotency.begin(request, pathname) : null;
    const given = await readJsonBody(request, { budget, stalls, hash: keyed?.hash ?? null })
      .catch((error: unknown) => {
        throw misfitBody(error);
      });
    const execute = () => answer(given ?? {});
    return keyed === null ? await execute() : await idempotency.run(keyed, execute);
  }

  #enveloped({ data, message = "OK", metadata }: Enveloped, requestId: string): Response {
    const time = instant(this.#context.deps.clock.now());
    const body = { time, code: 0, message, data, metadata: metadata ?? null };
    return jsonResponse(JSON.stringify(body), 200, { "x-request-id": requestId });
  }

  /** 404, or 405 where other methods are served. */
  #noRoute(path: string): Problem {
    const parts = path.split("/");
    const fitting = this.#served.filter((route) => fits(route.parts, parts));
    if (fitting.length === 0) {
      return new Problem({ status: 404, code: "no_such_path", detail: `Cannot find ${path.slice(0, 200)}` });
    }
    const allow = [...new Set(fitting.map(({ method }) => method))].join(", ");
    const detail = `Cannot use this method on ${path.slice(0, 200)}: it takes ${allow}`;
    return new Problem({ status: 405, code: "method_not_allowed", detail, headers: { allow } });
  }
}

function fits(route: readonly string[], path: readonly string[]): boolean {
  const wild = route.at(-1) === "*";
  if (wild ? path.length < route.length : path.length !== route.length) return false;
  return route.every((part, i) =>
    part === "*" || (part.startsWith(":") && path[i] !== "") || part === path[i]
  );
}

/** The last of each name, as the reference system takes it. */
function queryOf(url: string): JsonObject {
  return Object.fromEntries(new URL(url).searchParams);
}

/** The caller's own, or one of ours. */
function requestIdOf({ headers }: Request): string {
  const given = headers.get("x-request-id") ?? "";
  return REQUEST_ID.test(given) ? given : randomId();
}

function paramOf(c: Context, name: string): string {
  const value = c.req.param(name);
  if (value === undefined) throw new RangeError(`the path has no parameter ${name}`);
  return value;
}
