/**
 * Moves what the reference system exported to a Tocsin server, through its API: channels first, then
 * definitions, rules and notifications, since each may name those before it. Every item is made once: one that
 * is there under its id is left alone when it says the same, and replaced when it does not. A refusal of one
 * item stops none of the others, and everything that was changed, dropped or refused is reported.
 */
import { isObject, jsonEquals, type JsonObject, type JsonValue } from "../base/json.ts";
import { MASK } from "../channel/mod.ts";
import { convertChannel, convertDefinition, convertNotification } from "./convert_others.ts";
import { convertRule } from "./convert_rule.ts";
import type { Converted } from "./edits.ts";
import { type FoundItem, itemsIn } from "./export_file.ts";
import type { ImportedItem, ImportReport, ItemFault, ItemKind } from "./report.ts";

/** One request to the server's API; paths begin with "/api/v1". Rejects when it cannot be reached. */
export interface ApiPort {
  send(
    method: "GET" | "POST" | "PUT",
    path: string,
    body?: JsonObject,
  ): Promise<{ status: number; body: JsonValue }>;
}

export interface ImportFile {
  /** As reports name it. */
  name: string;
  content: JsonValue;
}

interface Noun {
  /** Where they stand in the API. */
  path: string;
  convert(item: JsonObject): Converted;
}

const NOUNS: Readonly<Record<ItemKind, Noun>> = {
  channel: { path: "/api/v1/channels", convert: convertChannel },
  definition: { path: "/api/v1/apis", convert: convertDefinition },
  rule: { path: "/api/v1/rules", convert: convertRule },
  notification: { path: "/api/v1/policies", convert: convertNotification },
};
const ORDER: readonly ItemKind[] = ["channel", "definition", "rule", "notification"];

const CREATED = 201;
const OK = 200;
const NOT_FOUND = 404;

/** An item with where it stands. */
interface Placed extends FoundItem {
  place: string;
}

export async function importFiles(
  files: readonly ImportFile[],
  { api, dryRun = false }: { api: ApiPort; dryRun?: boolean },
): Promise<ImportReport> {
  const items: ImportedItem[] = [];
  const placed: Placed[] = [];
  for (const { name, content } of files) {
    const found = itemsIn(content);
    placed.push(...found.items.map((one) => ({ ...one, place: `${name}#${one.pointer}` })));
    items.push(...found.faults.map((fault) => unreadable(`${name}#${fault.pointer}`, fault)));
  }
  const planned = new Set<string>();
  for (const kind of ORDER) {
    const own = placed.filter((one) => one.kind === kind);
    items.push(...await importKind(own, { api, dryRun, planned }));
  }
  return { dry_run: dryRun, items };
}

interface Run {
  api: ApiPort;
  dryRun: boolean;
  /** Ids and names of channels that a dry run would make: rules may name them. */
  planned: Set<string>;
}

/** What a refused item names may be made by a later one, so refused ones get another turn while there is progress. */
async function importKind(items: readonly Placed[], run: Run): Promise<ImportedItem[]> {
  const done = new Map<Placed, ImportedItem>();
  let waiting = [...items];
  for (let progress = true; progress && waiting.length > 0;) {
    progress = false;
    for (const one of waiting) {
      const result = await importItem(one, run);
      progress ||= result.outcome !== "refused";
      done.set(one, result);
    }
    waiting = waiting.filter((one) => done.get(one)!.outcome === "refused");
    if (run.dryRun) break;
  }
  return items.map((one) => done.get(one)!);
}

async function importItem({ kind, item, place }: Placed, run: Run): Promise<ImportedItem> {
  const noun = NOUNS[kind];
  const converted = noun.convert(item);
  const { id, name, changes } = converted;
  const told = { kind, place, id, name, changes };
  if (!converted.ok) return { ...told, outcome: "refused", errors: converted.errors, warnings: [] };
  const { document } = converted;
  const at = `${noun.path}/${encodeURIComponent(id)}`;
  const known = await run.api.send("GET", at);
  if (known.status === OK && says(known.body, document)) {
    return { ...told, outcome: "unchanged", errors: [], warnings: [] };
  }
  if (known.status !== OK && known.status !== NOT_FOUND) return { ...told, ...refused(known, kind) };
  if (run.dryRun) return { ...told, ...await plan(kind, document, run) };
  const exists = known.status === OK;
  const answer = await run.api.send(exists ? "PUT" : "POST", exists ? at : noun.path, document);
  if (answer.status !== OK && answer.status !== CREATED) return { ...told, ...refused(answer, kind) };
  const warnings = faultsIn(isObject(answer.body) ? answer.body.warnings : undefined);
  return { ...told, outcome: exists ? "updated" : "created", errors: [], warnings };
}

type Judged = Pick<ImportedItem, "outcome" | "errors" | "warnings">;

/** What a save would say. Only rules can be asked for; channels were read by their own schema already. */
async function plan(kind: ItemKind, document: JsonObject, { api, planned }: Run): Promise<Judged> {
  if (kind === "channel") {
    for (const name of [document.channel_id, document.name, document.type]) {
      planned.add(String(name).toLowerCase());
    }
  }
  if (kind !== "rule") return { outcome: "planned", errors: [], warnings: [] };
  const { body } = await api.send("POST", `${NOUNS.rule.path}/validate`, document);
  const said = isObject(body) ? body : {};
  const errors = faultsIn(said.errors).filter(({ pointer }) => !isPlanned(document, pointer, planned));
  return { outcome: errors.length > 0 ? "refused" : "planned", errors, warnings: faultsIn(said.warnings) };
}

/** Whether a fault is only that a channel is not there, which this import would make. */
function isPlanned({ action_spec }: JsonObject, pointer: string, planned: ReadonlySet<string>): boolean {
  const index = /^\/action_spec\/channels\/(\d+)$/.exec(pointer)?.[1];
  if (index === undefined || !isObject(action_spec) || !Array.isArray(action_spec.channels)) return false;
  return planned.has(String(action_spec.channels[Number(index)]).toLowerCase());
}

function refused({ status, body }: { status: number; body: JsonValue }, kind: ItemKind): Judged {
  const said = isObject(body) ? body : {};
  const listed = faultsIn(said.errors);
  const detail = typeof said.detail === "string" ? said.detail : `the server answered ${status}`;
  const missing = status === NOT_FOUND && said.code === "no_such_path";
  const message = missing ? `this server takes no ${kind}s` : detail;
  return {
    outcome: "refused",
    errors: listed.length > 0 ? listed : [{ pointer: "", message }],
    warnings: [],
  };
}

function faultsIn(listed: JsonValue | undefined): ItemFault[] {
  if (!Array.isArray(listed)) return [];
  return listed.filter(isObject).map(({ pointer, message }) => ({
    pointer: String(pointer ?? ""),
    message: String(message ?? ""),
  }));
}

/** Whether an answer has all that a document says; a secret that is masked counts as the same. */
function says(answer: JsonValue | undefined, wanted: JsonValue): boolean {
  if (typeof answer === "string" && answer.includes(MASK)) return true;
  if (!isObject(wanted) || !isObject(answer)) return answer !== undefined && jsonEquals(answer, wanted);
  return Object.entries(wanted).every(([name, value]) => says(answer[name], value));
}

function unreadable(place: string, fault: ItemFault): ImportedItem {
  const told = { kind: "rule" as const, place, id: "", name: "", changes: [], warnings: [] };
  return { ...told, outcome: "refused", errors: [fault] };
}
