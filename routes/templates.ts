/** /templates: the words of notifications. A save reads the template, and tells its faults and its traps. */
import { instant } from "../src/base/event_time.ts";
import { isObject, type JsonObject } from "../src/base/json.ts";
import { mergePatch } from "../src/base/merge_patch.ts";
import { badRequest, type Fault, invalid, notFound, Problem } from "../src/base/problem.ts";
import { messageContext } from "../src/model/message_context.ts";
import {
  readTemplateDraft,
  type Template,
  TEMPLATE_MODES,
  TEMPLATE_NAME_CHARACTERS_MAX,
  type TemplateDraft,
  TEMPLATES_MAX,
} from "../src/model/template.ts";
import { sampleAlert } from "../src/notify/sample_alert.ts";
import type { Channel } from "../src/model/channel.ts";
import type { TemplateProblem } from "../src/sandbox/templates.ts";
import { VersionConflictError } from "../src/store/rule_store.ts";
import { type Answer, noContent, ok, page } from "./answer.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { etag, ifMatch } from "./etag.ts";
import type { Query } from "./query.ts";
import type { Call, RouteContext, RouteTable } from "./route_table.ts";
import { channelTemplate } from "../src/notify/words.ts";

const TEMPLATES = "/api/v1/templates";
const TEMPLATE = `${TEMPLATES}/:name`;
const RETRY_SECONDS = 5;

export function templateRoutes(routes: RouteTable, context: RouteContext): void {
  const { templates } = context.deps;
  routes.on("GET", TEMPLATES, async ({ query }) => templatePage(await templates.list(), query), {
    query: ["limit", "cursor", "channel_type"],
  });
  routes.on("POST", TEMPLATES, (call) => {
    const { name } = readTemplateDraft(call.body);
    if (name === null) throw badRequest("required", "Cannot create a template without a name", "/name");
    const known = templates.get(name);
    if (known !== undefined && known.version > 0) throw taken(name);
    return save(name, call, { context, document: call.body });
  });
  routes.on("GET", TEMPLATE, (call) => answer(templateOf(call, context)));
  routes.on("PUT", TEMPLATE, (call) => save(nameOf(call), call, { context, document: call.body }));
  routes.on("PATCH", TEMPLATE, (call) => {
    const { name, channel_type, body, subject } = templateOf(call, context);
    const document = mergePatch({ name, channel_type, body, subject }, call.body);
    return save(name, call, { context, document });
  });
  routes.on("DELETE", TEMPLATE, (call) => remove(call, context), { query: ["force"] });
  routes.on("GET", `${TEMPLATE}/versions`, async (call) => {
    const { name } = templateOf(call, context);
    return page((await templates.versions(name)).reverse().map(shown), null);
  });
  routes.on("POST", `${TEMPLATE}/preview`, (call) => preview(call, context), { body: "optional" });
}

function templatePage(all: readonly Template[], query: Query): Answer {
  const after = decodeCursor("templates", query.text("cursor")) ?? "";
  const type = query.text("channel_type");
  const limit = query.limit();
  const rest = all.filter(({ name, channel_type }) =>
    name > after && (type ?? channel_type) === channel_type
  );
  const items = rest.slice(0, limit);
  const next = rest.length > limit ? encodeCursor("templates", items.at(-1)!.name) : null;
  return page(items.map(shown), next);
}

interface Saving {
  context: RouteContext;
  document: unknown;
}

async function save(name: string, call: Call, { context, document }: Saving): Promise<Answer> {
  const { clock, templates } = context.deps;
  const draft = readTemplateDraft(document);
  if (draft.name !== null && draft.name !== name) throw renamed(name);
  const old = templates.get(name);
  requireVersion(call, old);
  const { variables, warnings } = await readWords(draft, context);
  const isNew = old === undefined || old.version === 0;
  if (isNew && (await templates.list()).filter(({ version }) => version > 0).length >= TEMPLATES_MAX) {
    throw full();
  }
  const { channel_type, body, subject } = draft;
  const at = instant(clock.now());
  const times = { created_at: old?.created_at ?? at, updated_at: at };
  const version = (old?.version ?? 0) + 1;
  const template: Template = {
    name,
    channel_type,
    body,
    subject,
    version,
    is_default: false,
    variables,
    ...times,
  };
  try {
    await templates.save(template);
  } catch (error) {
    if (error instanceof VersionConflictError) throw outdated(name, version);
    throw error;
  }
  const location = `${TEMPLATES}/${encodeURIComponent(name)}`;
  return {
    status: isNew ? 201 : 200,
    body: { ...shown(template), warnings: warnings.map(faultOf) as unknown as JsonObject[] },
    headers: { ...etag(version), ...(isNew && { location }) },
  };
}

/** What the engine says of a draft. @throws Problem 400 with its faults, 503 when it has no room */
async function readWords({ body, subject, channel_type }: TemplateDraft, { deps }: RouteContext) {
  const reading = await deps.engine.read({ body, subject, mode: TEMPLATE_MODES[channel_type] });
  if (reading.unavailable !== null) throw unavailable(reading.unavailable);
  if (reading.faults.length > 0) throw invalid(reading.faults.map(faultOf));
  return reading;
}

function faultOf({ member, kind, message, line }: TemplateProblem): Fault {
  const where = line === null ? "" : `line ${line}: `;
  return { pointer: `/${member}`, code: kind, message: where + message };
}

async function remove(call: Call, context: RouteContext): Promise<Answer> {
  const { templates, rules } = context.deps;
  const template = templateOf(call, context);
  requireVersion(call, template);
  const { name, version } = template;
  if (version === 0) throw isDefault(name);
  // Under the name of a default the default takes over.
  const asked = call.query.boolean("force") === true || (await templates.versions(name))[0]?.version === 0;
  const naming = asked ? [] : await rules.wordedBy(name);
  if (naming.length > 0) throw inUse(name, naming);
  const channels = asked
    ? []
    : (await context.deps.channels.list()).filter((one) => channelTemplate(one) === name);
  if (channels.length > 0) throw makesBodies(name, channels);
  await templates.delete(name);
  return noContent;
}

function makesBodies(name: string, channels: readonly Channel[]): Problem {
  const names = channels.map((channel) => `"${channel.name}"`).join(", ");
  return new Problem({
    status: 409,
    code: "template_in_use",
    detail: `Cannot delete template "${name}": it makes the body of ${names}; ` +
      "use ?force=true to delete it all the same",
  });
}

async function preview(call: Call, context: RouteContext): Promise<Answer> {
  const { deps } = context;
  const template = templateOf(call, context);
  const given = await contextOf(call.body, context);
  const result = await deps.words.render(template, given);
  if (!result.ok) {
    if (result.cause === "sandbox") throw unavailable(result.problem);
    throw new Problem({
      status: 422,
      code: "template_failed",
      detail: `Cannot render template "${template.name}" with this context: ${result.problem.message}`,
      errors: [faultOf(result.problem)],
    });
  }
  const { body, subject, channel_type } = template;
  const { warnings } = await readWords({ name: null, body, subject, channel_type }, context);
  const missing = template.variables.filter((name) => !Object.hasOwn(given, name)).map((name): Fault => {
    return { pointer: "/context", code: "missing_variable", message: `the context has no "${name}"` };
  });
  const told = [...warnings.map(faultOf), ...missing] as unknown as JsonObject[];
  return ok({ output: result.rendered.output, subject: result.rendered.subject, warnings: told });
}

/** A given context, that of a stored alert, or that of a sample. @throws Problem 400, 404 */
async function contextOf(body: JsonObject, { deps }: RouteContext): Promise<JsonObject> {
  for (const name of Object.keys(body)) {
    if (name === "context" || name === "alert_id") continue;
    throw badRequest("unknown_member", `Cannot use "${name}": expected "context" or "alert_id"`, `/${name}`);
  }
  const { context, alert_id: alertId } = body;
  if (context !== undefined) {
    if (isObject(context)) return context;
    throw badRequest("invalid_type", "Cannot use this as a context: expected an object", "/context");
  }
  if (alertId === undefined) return messageContext(sampleAlert(deps.clock.now())) as unknown as JsonObject;
  if (typeof alertId !== "string") {
    throw badRequest("invalid_type", "Cannot find this alert: expected text", "/alert_id");
  }
  const found = await deps.store.effects.alert(alertId);
  if (found === undefined) throw notFound("alert", alertId);
  return messageContext(found.alert) as unknown as JsonObject;
}

function nameOf(call: Call): string {
  const name = call.param("name");
  if (name.length <= TEMPLATE_NAME_CHARACTERS_MAX && name.isWellFormed()) return name;
  const wish = `a text of 1 to ${TEMPLATE_NAME_CHARACTERS_MAX} characters`;
  throw badRequest("invalid_value", `Cannot name a template like this: expected ${wish}`, "/name");
}

function templateOf(call: Call, { deps }: RouteContext): Template {
  const template = deps.templates.get(call.param("name"));
  if (template === undefined) throw notFound("template", call.param("name"));
  return template;
}

function answer(template: Template): Answer {
  return ok(shown(template), etag(template.version));
}

function shown(template: Template): JsonObject {
  return { ...template } as unknown as JsonObject;
}

function requireVersion(call: Call, template: Template | undefined): void {
  const wanted = ifMatch(call.headers, template?.version);
  if (wanted === undefined || wanted === template?.version) return;
  throw outdated(call.param("name"), template?.version ?? 0);
}

function outdated(name: string, version: number): Problem {
  const detail =
    `Cannot save template "${name}" over another version than its current one: current version is ${version}`;
  return new Problem({ status: 412, code: "version_outdated", detail });
}

function taken(name: string): Problem {
  const detail = `Cannot create template "${name}": there is one already`;
  return new Problem({ status: 409, code: "template_exists", detail });
}

function renamed(name: string): Problem {
  return badRequest("name_fixed", `Cannot change the name of template "${name}": it stays as it is`, "/name");
}

function isDefault(name: string): Problem {
  const detail =
    `Cannot delete template "${name}": it comes with the product; save another one over it instead`;
  return new Problem({ status: 409, code: "template_is_default", detail });
}

function inUse(name: string, ruleIds: readonly string[]): Problem {
  const detail =
    `Cannot delete template "${name}": ${ruleIds.length} active rules name it. Change them first, ` +
    "or delete it with ?force=true: then channels find their own words";
  const errors = ruleIds.slice(0, 50).map((id) => ({
    pointer: "",
    code: "names_template",
    message: `rule "${id}" names it`,
  }));
  return new Problem({ status: 409, code: "template_in_use", detail, errors });
}

function full(): Problem {
  return new Problem({
    status: 409,
    code: "too_many_templates",
    detail: `Cannot create more than ${TEMPLATES_MAX} templates`,
  });
}

function unavailable({ message }: TemplateProblem): Problem {
  return new Problem({
    status: 503,
    code: "sandbox_unavailable",
    detail: `Cannot run the template now: ${message}`,
    headers: { "retry-after": String(RETRY_SECONDS) },
  });
}
