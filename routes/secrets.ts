/** /secrets: named values that requests carry. What is stored is never answered. */
import type { JsonObject } from "../src/base/json.ts";
import { notFound } from "../src/base/problem.ts";
import { MASK } from "../src/channel/mod.ts";
import type { Secret } from "../src/model/secret.ts";
import { type Answer, noContent, ok, page } from "./answer.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { etag, ifMatch } from "./etag.ts";
import type { Query } from "./query.ts";
import type { Call, RouteContext, RouteTable } from "./route_table.ts";

const SECRETS = "/api/v1/secrets";
const SECRET = `${SECRETS}/:name`;

export function secretRoutes(routes: RouteTable, context: RouteContext): void {
  const { secrets } = context.deps;
  routes.on("GET", SECRETS, ({ query }) => secretPage(secrets.all(), query), { query: ["limit", "cursor"] });
  routes.on("GET", SECRET, async (call) => {
    const secret = secretOf(call, context);
    const used_by = await secrets.uses(secret.name);
    return ok({ ...shown(secret), used_by: { ...used_by } }, etag(secret.version));
  });
  routes.on("PUT", SECRET, (call) => save(call, context));
  routes.on("DELETE", SECRET, (call) => remove(call, context), { query: ["force"] });
}

function secretPage(all: readonly Secret[], query: Query): Answer {
  const after = decodeCursor("secrets", query.text("cursor")) ?? "";
  const limit = query.limit();
  const rest = all.filter(({ name }) => name > after);
  const items = rest.slice(0, limit);
  const next = rest.length > limit ? encodeCursor("secrets", items.at(-1)!.name) : null;
  return page(items.map(shown), next);
}

async function save(call: Call, { deps }: RouteContext): Promise<Answer> {
  const name = call.param("name");
  const options = { ifMatch: ifMatch(call.headers, deps.secrets.get(name)?.version) };
  const { secret, created } = await deps.secrets.save(name, call.body, options);
  return {
    status: created ? 201 : 200,
    body: shown(secret),
    headers: { ...etag(secret.version), ...(created && { location: `${SECRETS}/${name}` }) },
  };
}

async function remove(call: Call, context: RouteContext): Promise<Answer> {
  const { name, version } = secretOf(call, context);
  await context.deps.secrets.remove(name, {
    ifMatch: ifMatch(call.headers, version),
    force: call.query.boolean("force") === true,
  });
  return noContent;
}

function secretOf(call: Call, { deps }: RouteContext): Secret {
  const secret = deps.secrets.get(call.param("name"));
  if (secret === undefined) throw notFound("secret", call.param("name"));
  return secret;
}

function shown({ unusable, ...secret }: Secret): JsonObject {
  return { ...secret, hosts: [...secret.hosts], value: MASK, ...(unusable !== undefined && { unusable }) };
}
