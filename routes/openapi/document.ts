/**
 * The OpenAPI 3.1 document: made of the routes as they are registered, of what tables say of them, and of the zod
 * schemas. Pure; the same routes give the same document. A route that no table describes is left out:
 * {@linkcode undescribed} names it, and a test fails.
 */
import * as z from "zod";
import type { JsonObject } from "../../src/base/json.ts";
import { VERSION } from "../../src/base/version.ts";
import type { Shapes } from "../compat/compat_table.ts";
import { UNSERVED } from "../compat/unserved.ts";
import type { Method, ServedRoute } from "../route_table.ts";
import { ALERT_ROUTES } from "./alert_routes.ts";
import { API_ROUTES } from "./api_routes.ts";
import { CHANNEL_ROUTES } from "./channel_routes.ts";
import { COMPAT_ROUTES } from "./compat_routes.ts";
import type { Described, DescribedRoutes } from "./described.ts";
import { componentSchemas, schemaAt } from "./json_schema.ts";
import { RULE_ROUTES } from "./rule_routes.ts";
import { COMPONENTS } from "./schemas.ts";

export const NATIVE_ROUTES: DescribedRoutes = {
  ...RULE_ROUTES,
  ...ALERT_ROUTES,
  ...CHANNEL_ROUTES,
  ...API_ROUTES,
};

const FIRST_WORD = /^\/(?:api\/v1\/)?([^/]+)/;
const PARAMETER = /:(\w+)/g;
const ETAG = { ETag: { schema: { type: "string" } } };
const IF_NONE_MATCH = { name: "If-None-Match", in: "header", required: false, schema: { type: "string" } };
const anything = { type: "object", additionalProperties: true };

export interface CompatServed {
  method: Method;
  path: string;
  shapes: Shapes<unknown, unknown>;
}

export interface AllRoutes {
  native: readonly ServedRoute[];
  compat: readonly CompatServed[];
}

/** "METHOD /path" of routes that have no description. */
export function undescribed({ native, compat }: AllRoutes): string[] {
  const missing = [
    ...native.map(keyOf).filter((key) => NATIVE_ROUTES[key] === undefined),
    ...compat.map(keyOf).filter((key) => COMPAT_ROUTES[key] === undefined && whyUnserved(key) === undefined),
  ];
  return [...new Set(missing)];
}

export function openapiDocument({ native, compat }: AllRoutes): JsonObject {
  const paths: Record<string, JsonObject> = {};
  const add = ({ method, path }: { method: Method; path: string }, operation: JsonObject) => {
    const item = paths[shownPath(path)] ??= {};
    item[method.toLowerCase()] ??= operation;
  };
  for (const route of native) {
    const described = NATIVE_ROUTES[keyOf(route)];
    if (described !== undefined) add(route, nativeOperation(route, described));
  }
  for (const route of compat) add(route, compatOperation(route));
  return {
    openapi: "3.1.0",
    info: {
      title: "Tocsin",
      version: VERSION,
      summary: "Rules over streams of events, and the notifications that follow",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ token: [] }],
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "TOCSIN_ADMIN_TOKEN, where it is set" },
      },
    },
  };
}

function keyOf({ method, path }: { method: Method; path: string }): string {
  return `${method} ${path}`;
}

/** `/rules/:id` as `/rules/{id}`. */
export function shownPath(path: string): string {
  return path.replace(PARAMETER, "{$1}").replace(/\*$/, "{path}");
}

function whyUnserved(key: string): string | undefined {
  return UNSERVED.find((one) => keyOf(one) === key)?.why;
}

function nativeOperation(route: ServedRoute, described: Described): JsonObject {
  const { summary, status = 200, answer, media = "application/json", etag, also = {} } = described;
  const query = [...route.query ?? described.query ?? []];
  const takesBody = route.body !== undefined || described.body !== undefined;
  const shown = answer === undefined ? (media === "application/json" ? anything : {}) : schemaAt(answer);
  const content = { [media]: { schema: shown } };
  const others = Object.entries(also).map(([code, description]) =>
    [code, { description, ...(code !== "204" && { content }) }] as const
  );
  return {
    ...named(route, summary),
    parameters: [
      ...pathParameters(route.path),
      ...query.map(queryParameter),
      ...(etag ? [IF_NONE_MATCH] : []),
    ],
    ...(takesBody && {
      requestBody: { required: route.body !== "optional", content: bodyContent(route, described) },
    }),
    responses: {
      [status]: {
        description: summary,
        ...(status !== 204 && { content }),
        ...(etag && { headers: ETAG }),
      },
      ...Object.fromEntries(others),
      ...(etag && { 304: { description: "If-None-Match names its ETag", headers: ETAG } }),
      default: problemAnswer(),
    },
    ...(route.access === "open" && { security: [] }),
  };
}

/** A body by its media types, JSON first. */
function bodyContent({ method }: ServedRoute, { body, takes = {} }: Described): JsonObject {
  const json = { schema: body === undefined ? anything : schemaAt(body) };
  const others = Object.entries(takes).map(([media, schema]) =>
    [media, { schema: schema === null ? { type: "string" } : schemaAt(schema) }] as const
  );
  return {
    "application/json": json,
    ...(method === "PATCH" && { "application/merge-patch+json": json }),
    ...Object.fromEntries(others),
  };
}

function compatOperation(route: CompatServed): JsonObject {
  const key = keyOf(route);
  const why = whyUnserved(key);
  if (why !== undefined) {
    return {
      ...named(route, `Not served: ${why}`),
      deprecated: true,
      parameters: pathParameters(route.path),
      responses: { 501: { description: why, content: { "application/json": { schema: anything } } } },
    };
  }
  const summary = COMPAT_ROUTES[key] ?? key;
  const { query, body } = route.shapes;
  const names = query instanceof z.ZodObject ? Object.keys(query.shape) : [];
  return {
    ...named(route, summary),
    parameters: [...pathParameters(route.path), ...names.map(queryParameter)],
    ...(body !== undefined && {
      requestBody: { required: true, content: { "application/json": { schema: schemaAt(body) } } },
    }),
    responses: {
      200: { description: summary, content: { "application/json": { schema: anything } } },
      default: {
        description: "What went wrong, as the reference system tells it",
        content: { "application/json": { schema: anything } },
      },
    },
  };
}

function named({ method, path }: { method: Method; path: string }, summary: string): JsonObject {
  const tag = FIRST_WORD.exec(path)?.[1] ?? "server";
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "" && word !== "api" && word !== "v1");
  return { operationId: [method.toLowerCase(), ...words].join("_"), summary, tags: [tag] };
}

function pathParameters(path: string): JsonObject[] {
  const names = [...path.matchAll(PARAMETER)].map(([, name]) => name!);
  if (path.endsWith("*")) names.push("path");
  return names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
}

function queryParameter(name: string): JsonObject {
  const schema = name === "limit" ? { type: "integer", minimum: 1 } : { type: "string" };
  return { name, in: "query", required: false, schema };
}

function problemAnswer(): JsonObject {
  return {
    description: "What went wrong (RFC 9457)",
    content: { "application/problem+json": { schema: schemaAt(COMPONENTS.Problem) } },
  };
}
