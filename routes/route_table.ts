/**
 * The table of routes: every request passes the guard, is counted, and its failures become problems, in one
 * place and without a chain of middleware, since single events must stay cheap. Most routes answer with a
 * document ({@linkcode RouteTable.on}); some make their response themselves ({@linkcode RouteTable.raw}).
 */
import type { Context, Hono } from "hono";
import type { JsonObject } from "../src/base/json.ts";
import { badRequest, type Problem } from "../src/base/problem.ts";
import type { BodyBudget } from "../src/ingest/body_budget.ts";
import type { StallWatch } from "../src/ingest/stall_watch.ts";
import type { AckFeed } from "./ack_feed.ts";
import { type Answer, respond } from "./answer.ts";
import type { AppDeps } from "./deps.ts";
import type { Guard } from "./guard.ts";
import { isKnown } from "./etag.ts";
import { HttpMeters, type RouteMeter } from "./http_meters.ts";
import type { Idempotency, ReplySlot } from "./idempotency.ts";
import { readJsonBody } from "./json_body.ts";
import { errorResponse } from "./problem_response.ts";
import { Query } from "./query.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What all routes of one app share. */
export interface RouteContext {
  deps: AppDeps;
  budget: BodyBudget;
  stalls: StallWatch;
  idempotency: Idempotency;
  /** Who is told of acknowledgements. */
  acks: AckFeed;
}

/** A request as a route wants it. */
export interface Call {
  headers: Headers;
  query: Query;
  /** A parameter of the path. */
  param(name: string): string;
  /** The body; {} when there is none and the route takes that. */
  body: JsonObject;
  /** Where to commit the answer with its cause; null for requests without an Idempotency-Key. */
  slot: ReplySlot | null;
}

export interface RouteOptions {
  /** Names of query parameters. */
  query?: readonly string[];
  /** Whether there must be a body. Bodies are read for POST, PUT and PATCH. */
  body?: "required" | "optional";
}

/** A route as it was registered: what the OpenAPI document is made of. */
export interface ServedRoute extends RouteOptions {
  method: Method;
  path: string;
  access: "guarded" | "open";
}

export class RouteTable {
  readonly #app: Hono;
  readonly #context: RouteContext;
  readonly #guard: Guard;
  readonly #meters: HttpMeters;
  readonly #served: ServedRoute[] = [];

  constructor(app: Hono, context: RouteContext, guard: Guard) {
    this.#app = app;
    this.#context = context;
    this.#guard = guard;
    this.#meters = new HttpMeters(context.deps.metrics);
  }

  /** Every route, in the order of registration. */
  get served(): readonly ServedRoute[] {
    return this.#served;
  }

  /** A route that works on the request itself. `access: "open"` serves anybody. */
  raw(
    method: Method,
    path: string,
    handler: (request: Request, c: Context) => Response | Promise<Response>,
    access: "guarded" | "open" = "guarded",
  ): void {
    const guard = access === "guarded" ? this.#guard : () => {};
    const meter = this.#meters.route(method, path);
    this.#served.push({ method, path, access });
    this.#app.on(method, path, (c) =>
      this.#answer(meter, () => {
        guard(c.req.raw);
        return handler(c.req.raw, c);
      }));
  }

  /** What no route takes. */
  otherwise(refusal: (c: Context) => Problem): void {
    const meter = this.#meters.route("", "none");
    this.#app.notFound((c) =>
      this.#answer(meter, () => {
        this.#guard(c.req.raw);
        throw refusal(c);
      })
    );
  }

  /** Counts a refusal that a raw route has told in its own shape. */
  refused(status: number): void {
    this.#meters.refused(status);
  }

  async #answer(meter: RouteMeter, make: () => Response | Promise<Response>): Promise<Response> {
    const { clock, logger } = this.#context.deps;
    const from = clock.monotonic();
    let response: Response;
    try {
      response = await make();
    } catch (error) {
      response = errorResponse(error, logger);
      this.#meters.refused(response.status);
    }
    meter.answered(response.status, (clock.monotonic() - from) / 1000);
    return response;
  }

  /** A route that answers a document. */
  on(
    method: Method,
    path: string,
    handler: (call: Call) => Answer | Promise<Answer>,
    options: RouteOptions = {},
  ): void {
    this.raw(method, path, async (request, c) => {
      const query = Query.of(request.url, options.query ?? []);
      const call = { headers: request.headers, query, param: (name: string) => paramOf(c, name) };
      if (method === "GET" || method === "DELETE") {
        const answer = await handler({ ...call, body: {}, slot: null });
        return respond(method === "GET" ? unlessKnown(answer, request.headers) : answer);
      }
      return await this.#withBody(request, c, (body, slot) => handler({ ...call, body, slot }), options);
    });
    const body = method === "GET" || method === "DELETE" ? {} : { body: options.body ?? "required" } as const;
    this.#served.push({ ...this.#served.pop()!, ...options, ...body });
  }

  async #withBody(
    request: Request,
    c: Context,
    handler: (body: JsonObject, slot: ReplySlot | null) => Answer | Promise<Answer>,
    options: RouteOptions,
  ): Promise<Response> {
    const { budget, stalls, idempotency } = this.#context;
    const keyed = request.method === "POST" ? idempotency.begin(request, c.req.path) : null;
    const given = await readJsonBody(request, { budget, stalls, hash: keyed?.hash ?? null });
    if (given === undefined && options.body !== "optional") {
      throw badRequest("empty_body", "Cannot read the body: expected a JSON object, and there is none");
    }
    const execute = async (slot: ReplySlot | null) => respond(await handler(given ?? {}, slot));
    return keyed === null ? await execute(null) : await idempotency.run(keyed, execute);
  }
}

/** 304 for what the caller has already. */
function unlessKnown(answer: Answer, headers: Headers): Answer {
  const tag = answer.headers?.etag;
  if (tag === undefined || !isKnown(headers, tag)) return answer;
  return { status: 304, body: null, headers: { etag: tag } };
}

function paramOf(c: Context, name: string): string {
  const value = c.req.param(name);
  if (value === undefined) throw new RangeError(`the path has no parameter ${name}`);
  return value;
}
