/** Channels, API definitions and notifications of the reference system as ours. */
import { derivedId } from "../base/ids.ts";
import { isObject, type JsonObject } from "../base/json.ts";
import { Problem } from "../base/problem.ts";
import { channelKind } from "../channel/mod.ts";
import { readApiDefinition } from "../model/api_definition.ts";
import { type Converted, drop, editsOf, set } from "./edits.ts";
import type { ItemFault } from "./report.ts";

/** As pages of the reference system keep it: `{id, type, name, enabled, config, lastTest}`. */
export function convertChannel(item: JsonObject): Converted {
  const type = textOf(item.type ?? item.channel_type).toLowerCase();
  const given = isObject(item.config) ? item.config : {};
  const name = textOf(item.name) || channelKind(type)?.title || type;
  const id = textOf(item.channel_id ?? item.id) || derivedId("imported-", ["channel", type, name]);
  const document: JsonObject = { channel_id: id, name, type, config: given, enabled: item.enabled !== false };
  const edits = editsOf(document);
  if (textOf(item.channel_id ?? item.id) === "") {
    edits.changes.push({
      pointer: "/channel_id",
      what: "added",
      why: "there was none: made of type and name",
    });
  }
  const { changes } = edits;
  const errors = configFaults(type, edits);
  if (errors.length > 0) return { ok: false, id, name, changes, errors };
  return { ok: true, id, name, document: edits.document, changes };
}

/** Drops members of the config that the kind does not know; answers what else is wrong. */
function configFaults(type: string, edits: ReturnType<typeof editsOf>): ItemFault[] {
  const kind = channelKind(type);
  if (kind === undefined) {
    return [{ pointer: "/type", message: `Unknown channel type ${JSON.stringify(type)}` }];
  }
  for (;;) {
    try {
      // As the server will store it, so that a second import finds it the same.
      edits.document.config = kind.validate(edits.document.config as JsonObject);
      return [];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const unknown = error.errors.filter(({ code }) => code === "unknown_member");
      const dropped = unknown.filter(({ pointer, message }) => drop(edits, pointer, message) !== undefined);
      if (dropped.length === 0) return error.errors.map(({ pointer, message }) => ({ pointer, message }));
    }
  }
}

const OLDER_NAMES: Readonly<Record<string, string>> = {
  api_id: "id",
  api_name: "name",
  api_type: "scope",
  endpoint: "path",
  logic_type: "mode",
  logic_body: "logic",
  is_active: "is_enabled",
};
const DEFINITION_MEMBERS = [
  ...["id", "name", "scope", "method", "path", "description", "tags", "mode", "logic", "runtime_policy"],
  ...["auth_mode", "required_scopes", "is_enabled"],
];
/** Members of answers that mean nothing in a document. */
const IGNORED = ["created_at", "updated_at", "tenant_id", "deleted_at"];
/** Texts of Python: the runner of the reference system runs nothing else, whatever the page says. */
const PYTHON = /^\s*(?:def\s+main\s*\(|async\s+def\s+main\s*\(|import\s+\w+\s*$|from\s+\w+\s+import\s)/m;

/** Under the names that its API answers, whichever the export has. */
export function convertDefinition(item: JsonObject): Converted {
  const edits = editsOf({});
  const { document, changes } = edits;
  for (const [given, value] of Object.entries(item)) {
    const name = OLDER_NAMES[given] ?? given;
    if (value === null || Object.hasOwn(document, name)) continue;
    if (DEFINITION_MEMBERS.includes(name)) document[name] = value;
    else if (!IGNORED.includes(name)) {
      changes.push({ pointer: `/${given}`, what: "dropped", why: "it had no effect" });
    }
  }
  const name = textOf(document.name);
  const id = textOf(document.id) ||
    derivedId("imported-", ["definition", textOf(document.method), textOf(document.path)]);
  document.id = id;
  const errors = runnable(document);
  if (errors.length > 0) return { ok: false, id, name, changes, errors };
  if (document.mode === "script" && !isObject(document.runtime_policy)) {
    const why = "the reference system sets it when a script is saved";
    set(edits, "/runtime_policy", { value: { allow_runtime: true }, why });
  }
  return asStored(document, { id, name, changes });
}

/** As the server will store it, so that a second import finds it the same. */
function asStored(
  document: JsonObject,
  told: Pick<Converted, "id" | "name" | "changes">,
): Converted {
  const { scope, auth_mode, required_scopes, mode, path, is_enabled, name, id, ...rest } = document;
  const own = { "x-scope": scope, "x-auth-mode": auth_mode, "x-required-scopes": required_scopes };
  const kept = Object.entries(own).filter(([, value]) => value !== undefined);
  const given = {
    ...rest,
    ...{ api_id: id, api_name: name, type: mode ?? "sql", is_active: is_enabled !== false },
    ...(path !== undefined && { endpoint: path }),
    ...Object.fromEntries(kept),
  };
  try {
    const stored = readApiDefinition(given) as unknown as JsonObject;
    return { ok: true, ...told, document: stored };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { ok: false, ...told, errors: error.errors.map(({ pointer, message }) => ({ pointer, message })) };
  }
}

function runnable({ mode, logic }: JsonObject): ItemFault[] {
  const python = mode === "python" || (mode === "script" && PYTHON.test(textOf(logic)));
  if (python) {
    const message =
      "Python does not run here: write main(params, input, ctx) in JavaScript, and import it as mode script";
    return [{ pointer: "/logic", message }];
  }
  if (mode === "workflow") {
    const message = "workflows do not run here: call the definitions one after another from a script";
    return [{ pointer: "/mode", message }];
  }
  return [];
}

const NOTIFICATION_MEMBERS = [
  ...[
    "name",
    "channel",
    "webhook_url",
    "rule_id",
    "headers",
    "trigger",
    "policy",
    "is_active",
  ],
];

export function convertNotification(item: JsonObject): Converted {
  const edits = editsOf({});
  const { document, changes } = edits;
  for (const [name, value] of Object.entries(item)) {
    if (value === null || [...IGNORED, "notification_id"].includes(name)) continue;
    if (NOTIFICATION_MEMBERS.includes(name)) document[name] = value;
    else changes.push({ pointer: `/${name}`, what: "dropped", why: "it had no effect" });
  }
  const name = textOf(document.name);
  const id = textOf(item.notification_id) || derivedId("imported-", ["notification", name]);
  document.policy_id = id;
  return { ok: true, id, name, document, changes };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}
