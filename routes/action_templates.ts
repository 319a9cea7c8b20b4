/** /action-templates: actions with parameters, which rules use by name. */
import { instant } from "../src/base/event_time.ts";
import { isObject, type JsonObject } from "../src/base/json.ts";
import { mergePatch } from "../src/base/merge_patch.ts";
import { badRequest, invalid, notFound, Problem } from "../src/base/problem.ts";
import {
  ACTION_TEMPLATE_NAME_CHARACTERS_MAX,
  ACTION_TEMPLATES_MAX,
  type ActionTemplate,
  expandTemplate,
  readActionTemplate,
} from "../src/model/action_template.ts";
import { VersionConflictError } from "../src/store/rule_store.ts";
import { type Answer, noContent, ok, page } from "./answer.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { etag, ifMatch } from "./etag.ts";
import type { Query } from "./query.ts";
import type { Call, RouteContext, RouteTable } from "./route_table.ts";

const TEMPLATES = "/api/v1/action-templates";
const TEMPLATE = `${TEMPLATES}/:name`;

export function actionTemplateRoutes(routes: RouteTable, context: RouteContext): void {
  const { actionTemplates } = context.deps;
  routes.on("GET", TEMPLATES, async ({ query }) => templatePage(await actionTemplates.list(), query), {
    query: ["limit", "cursor"],
  });
  routes.on("POST", TEMPLATES, (call) => {
    const { name } = readActionTemplate(call.body);
    if (name === null) {
      throw badRequest("required", "Cannot create an action template without a name", "/name");
    }
    const known = actionTemplates.get(name);
    if (known !== undefined && known.version > 0) throw taken(name);
    return save(name, call, { context, document: call.body });
  });
  routes.on("GET", TEMPLATE, async (call) => {
    const template = templateOf(call, context);
    const used_by = await context.deps.rules.using(template.name);
    return ok({ ...shown(template), used_by }, etag(template.version));
  });
  routes.on("PUT", TEMPLATE, (call) => save(nameOf(call), call, { context, document: call.body }));
  routes.on("PATCH", TEMPLATE, (call) => {
    const { name, description, parameters, action_spec } = templateOf(call, context);
    const written = { name, description, parameters, action_spec } as unknown as JsonObject;
    return save(name, call, { context, document: mergePatch(written, call.body) });
  });
  routes.on("DELETE", TEMPLATE, (call) => remove(call, context));
  routes.on("GET", `${TEMPLATE}/versions`, async (call) => {
    const { name } = templateOf(call, context);
    return page((await actionTemplates.versions(name)).reverse().map(shown), null);
  });
  routes.on("POST", `${TEMPLATE}/expand`, (call) => {
    const { with: values = {} } = call.body;
    if (!isObject(values)) throw badRequest("invalid_type", "Cannot use with: expected an object", "/with");
    const { spec, faults } = expandTemplate(templateOf(call, context), values, []);
    if (faults.length > 0) throw invalid(faults);
    return ok({ action_spec: spec });
  }, { body: "optional" });
}

function templatePage(all: readonly ActionTemplate[], query: Query): Answer {
  const after = decodeCursor("action_templates", query.text("cursor")) ?? "";
  const limit = query.limit();
  const rest = all.filter(({ name }) => name > after);
  const items = rest.slice(0, limit);
  const next = rest.length > limit ? encodeCursor("action_templates", items.at(-1)!.name) : null;
  return page(items.map(shown), next);
}

async function save(
  name: string,
  call: Call,
  { context: { deps }, document }: { context: RouteContext; document: unknown },
): Promise<Answer> {
  const { clock, actionTemplates } = deps;
  const { name: written, ...draft } = readActionTemplate(document);
  if (written !== null && written !== name) {
    throw badRequest("name_fixed", `Cannot change the name of action template "${name}"`, "/name");
  }
  const old = actionTemplates.get(name);
  requireVersion(call, old);
  const isNew = old === undefined || old.version === 0;
  const saved = (await actionTemplates.list()).filter(({ version }) => version > 0).length;
  if (isNew && saved >= ACTION_TEMPLATES_MAX) throw full();
  const at = instant(clock.now());
  const version = (old?.version ?? 0) + 1;
  const times = { created_at: old?.created_at ?? at, updated_at: at };
  const template: ActionTemplate = { name, ...draft, version, is_default: false, ...times };
  try {
    await actionTemplates.save(template);
  } catch (error) {
    if (error instanceof VersionConflictError) throw outdated(name, version);
    throw error;
  }
  const location = `${TEMPLATES}/${encodeURIComponent(name)}`;
  return {
    status: isNew ? 201 : 200,
    body: shown(template),
    headers: { ...etag(version), ...(isNew && { location }) },
  };
}

/** Rules keep what it came to. */
async function remove(call: Call, context: RouteContext): Promise<Answer> {
  const template = templateOf(call, context);
  requireVersion(call, template);
  if (template.version === 0) {
    const detail = `Cannot delete action template "${template.name}": it comes with the product`;
    throw new Problem({ status: 409, code: "template_is_default", detail });
  }
  await context.deps.actionTemplates.delete(template.name);
  return noContent;
}

function templateOf(call: Call, { deps }: RouteContext): ActionTemplate {
  const template = deps.actionTemplates.get(call.param("name"));
  if (template === undefined) throw notFound("action_template", call.param("name"));
  return template;
}

function nameOf(call: Call): string {
  const name = call.param("name");
  if (name.length <= ACTION_TEMPLATE_NAME_CHARACTERS_MAX && name.isWellFormed()) return name;
  const wish = `a text of 1 to ${ACTION_TEMPLATE_NAME_CHARACTERS_MAX} characters`;
  throw badRequest("invalid_value", `Cannot name an action template like this: expected ${wish}`, "/name");
}

function shown(template: ActionTemplate): JsonObject {
  return { ...template } as unknown as JsonObject;
}

function requireVersion(call: Call, template: ActionTemplate | undefined): void {
  const wanted = ifMatch(call.headers, template?.version);
  if (wanted === undefined || wanted === template?.version) return;
  throw outdated(call.param("name"), template?.version ?? 0);
}

function outdated(name: string, version: number): Problem {
  const detail = `Cannot save action template "${name}" over another version than its current one: ` +
    `current version is ${version}`;
  return new Problem({ status: 412, code: "version_outdated", detail });
}

function taken(name: string): Problem {
  const detail = `Cannot create action template "${name}": there is one already`;
  return new Problem({ status: 409, code: "action_template_exists", detail });
}

function full(): Problem {
  const detail = `Cannot create more than ${ACTION_TEMPLATES_MAX} action templates`;
  return new Problem({ status: 409, code: "too_many_templates", detail });
}
