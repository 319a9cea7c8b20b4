/**
 * /lookups: tables that rules join events with. A PUT replaces a whole table: JSON or CSV in its body, or the URL
 * from which it is filled. Each save is a version, which its ETag names.
 */
import { instant } from "../src/base/event_time.ts";
import { isObject, type JsonObject } from "../src/base/json.ts";
import { badRequest, invalid } from "../src/base/problem.ts";
import { BodyReader, emptyBody } from "../src/ingest/body_reader.ts";
import { mediaType, refuseEncoded, unsupportedType } from "../src/ingest/media_type.ts";
import { faultsOf } from "../src/model/faults.ts";
import {
  LOOKUP_BYTES_MAX,
  LOOKUP_NAME_CHARACTERS_MAX,
  type LookupFormat,
  type LookupSource,
  lookupSourceSchema,
} from "../src/model/lookup.ts";
import { unknownSecrets } from "../src/model/unknown_secrets.ts";
import type { LookupVersion } from "../src/store/lookup_store.ts";
import { type Answer, noContent, ok, page, respond } from "./answer.ts";
import { decodeCursor, encodeCursor, numberCursor } from "./cursor.ts";
import { etag, ifMatch } from "./etag.ts";
import { Query } from "./query.ts";
import type { Call, RouteContext, RouteTable } from "./route_table.ts";

const LOOKUPS = "/api/v1/lookups";
const LOOKUP = `${LOOKUPS}/:name`;
/** A longer document is one of rows. */
const SOURCE_BYTES_MAX = 16_384;
const FORMATS: Readonly<Record<string, LookupFormat>> = { "application/json": "json", "text/csv": "csv" };

export function lookupRoutes(routes: RouteTable, context: RouteContext): void {
  const { lookups } = context.deps;
  routes.on("GET", LOOKUPS, async ({ query }) => listed(await lookups.list(), query, context), {
    query: ["limit", "cursor"],
  });
  routes.on("GET", LOOKUP, (call) => one(call, context), { query: ["limit", "cursor"] });
  routes.raw("PUT", LOOKUP, async (request, c) => {
    const name = nameOf(c.req.param("name") ?? "");
    return respond(await put(request, name, context));
  });
  routes.on("DELETE", LOOKUP, async ({ headers, param }) => {
    await lookups.remove(param("name"), { ifMatch: ifMatch(headers) });
    return noContent;
  });
}

function listed(all: readonly LookupVersion[], query: Query, context: RouteContext): Answer {
  const after = decodeCursor("lookups", query.text("cursor")) ?? "";
  const limit = query.limit();
  const rest = all.filter(({ name }) => name > after).sort((a, b) => a.name < b.name ? -1 : 1);
  const items = rest.slice(0, limit);
  const next = rest.length > limit ? encodeCursor("lookups", items.at(-1)!.name) : null;
  return page(items.map((version) => shown(version, context)), next);
}

async function one({ param, query }: Call, context: RouteContext): Promise<Answer> {
  const { lookups } = context.deps;
  const version = await lookups.get(param("name"));
  const from = numberCursor("rows", query.text("cursor")) ?? 0;
  const limit = query.limit();
  const items = await lookups.rows(version, { from, limit });
  const next_cursor = from + limit < version.rows ? encodeCursor("rows", from + limit) : null;
  return ok({ ...shown(version, context), items, next_cursor }, etag(version.version));
}

async function put(request: Request, name: string, context: RouteContext): Promise<Answer> {
  const { lookups } = context.deps;
  const query = Query.of(request.url, ["key"]);
  const key = query.text("key") ?? null;
  const options = { ifMatch: ifMatch(request.headers) };
  refuseEncoded(request.headers);
  const format = formatOf(request.headers);
  const bytes = await bodyOf(request, context);
  const source = format === "json" ? sourceIn(bytes, context) : null;
  const saved = source === null
    ? await lookups.upload(name, { bytes, format, key }, options)
    : await lookups.follow(name, { source: source.source, key: source.key ?? key ?? missingKey() }, options);
  const location = `${LOOKUPS}/${encodeURIComponent(name)}`;
  return {
    status: saved.created ? 201 : 200,
    body: shown(saved, context),
    headers: { ...etag(saved.version), ...(saved.created && { location }) },
  };
}

function nameOf(name: string): string {
  if (name.length > 0 && name.length <= LOOKUP_NAME_CHARACTERS_MAX && name.isWellFormed()) return name;
  const wish = `a text of 1 to ${LOOKUP_NAME_CHARACTERS_MAX} characters`;
  throw badRequest("invalid_value", `Cannot name a lookup table like this: expected ${wish}`);
}

function formatOf(headers: Headers): LookupFormat {
  const text = headers.get("content-type");
  const { type, utf8 } = text === null ? { type: "", utf8: true } : mediaType(text);
  if (utf8 && Object.hasOwn(FORMATS, type)) return FORMATS[type]!;
  throw unsupportedType(text, Object.keys(FORMATS));
}

async function bodyOf(request: Request, { budget, stalls }: RouteContext): Promise<Uint8Array<ArrayBuffer>> {
  const lease = budget.open();
  const body = new BodyReader(request, { bytesMax: LOOKUP_BYTES_MAX, lease, stalls, hash: null });
  try {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for (let chunk = await body.next(); chunk !== null; chunk = await body.next()) {
      chunks.push(new Uint8Array(chunk));
    }
    if (chunks.length === 0) throw emptyBody();
    return await new Blob(chunks).bytes();
  } finally {
    body.close();
    lease.release();
  }
}

/** {"source": {...}, "key": ...}; null: the document holds rows. @throws Problem 400 */
function sourceIn(
  bytes: Uint8Array,
  { deps }: RouteContext,
): { source: LookupSource; key: string | null } | null {
  if (bytes.length > SOURCE_BYTES_MAX) return null;
  const document = parsed(bytes);
  if (!isObject(document) || !Object.hasOwn(document, "source")) return null;
  const { source: given, key = null, ...rest } = document;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw badRequest("unknown_member", `Cannot use "${unknown}" beside a source`, `/${unknown}`);
  }
  if (key !== null && typeof key !== "string") {
    throw badRequest("invalid_type", "Cannot use this key: expected the name of a column", "/key");
  }
  const read = lookupSourceSchema.safeParse(given, { reportInput: true });
  if (!read.success) {
    const { pointer, message } = faultsOf(read.error)[0]!;
    throw badRequest("invalid_source", `Cannot use the source: ${message}`, `/source${pointer}`);
  }
  const { url, headers = {} } = read.data;
  const missing = unknownSecrets({ url, headers }, { names: deps.secrets.names(), path: ["source"] });
  if (missing.length > 0) throw invalid(missing);
  const verdict = deps.egress.checkUrl(url);
  if (verdict.kind === "refused") {
    throw badRequest(`egress_${verdict.reason}`, verdict.message, "/source/url");
  }
  return { source: read.data, key };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (_notJson) {
    // What is wrong with it is told where rows are read.
    return null;
  }
}

function missingKey(): never {
  throw badRequest("required", 'Cannot fill the table: say which column is the key by "key"', "/key");
}

function shown(version: LookupVersion, { deps }: RouteContext): JsonObject {
  const { name, key, rows, bytes, source, created_at, updated_at } = version;
  const status = deps.polls.statusOf(version);
  const { headers, ...from } = source ?? {};
  const polled: JsonObject | null = status === null || source === null ? null : {
    ...from,
    ...(headers !== undefined && { headers: { ...headers } }),
    polled_at: status.polled_at === null ? null : instant(status.polled_at),
    last_error: status.last_error,
  };
  return {
    ...{ name, version: version.version, key, rows, bytes },
    source: polled,
    created_at: instant(created_at),
    updated_at: instant(updated_at),
  };
}
