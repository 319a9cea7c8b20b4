/**
 * Finds the items in what the reference system exports: answers of its API in their envelope, lists, one item,
 * or an object with a list for each kind, as whoever saved them put them together. An item's kind shows in its
 * members. Nothing is passed over in silence: what is none of the kinds is a fault with its place.
 */
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { channelKind } from "../channel/mod.ts";
import type { ItemFault, ItemKind } from "./report.ts";

export interface FoundItem {
  kind: ItemKind;
  /** JSON pointer into the file. */
  pointer: string;
  item: JsonObject;
}

export interface FoundItems {
  items: FoundItem[];
  faults: ItemFault[];
}

/** Lists by their names, in answers and in files that were put together by hand. */
const LISTS: Readonly<Record<string, ItemKind>> = {
  rules: "rule",
  rule: "rule",
  channels: "channel",
  channel: "channel",
  apis: "definition",
  api: "definition",
  definitions: "definition",
  scripts: "definition",
  notifications: "notification",
  notification: "notification",
};
/** Members of an envelope, and of lists in pages, that hold no items. */
const AROUND = ["time", "code", "message", "metadata", "total", "count", "next_cursor", "limit", "offset"];

export function itemsIn(content: JsonValue): FoundItems {
  const found: FoundItems = { items: [], faults: [] };
  collect(content, { pointer: "", kind: null }, found);
  return found;
}

interface Place {
  pointer: string;
  /** What the member that holds it says. */
  kind: ItemKind | null;
}

function collect(value: JsonValue, place: Place, found: FoundItems): void {
  if (Array.isArray(value)) {
    value.forEach((one, i) => collect(one, { ...place, pointer: `${place.pointer}/${i}` }, found));
    return;
  }
  if (!isObject(value)) return fault(place, "expected an object or a list of objects", found);
  const kind = kindOf(value) ?? (isHolder(value) ? null : place.kind);
  if (kind !== null) return void found.items.push({ kind, pointer: place.pointer, item: value });
  const inner = Object.entries(value).filter(([name]) => !AROUND.includes(name));
  const known = inner.filter(([name, one]) => holds(name, one));
  if (known.length === 0 || known.length < inner.length) {
    const odd = inner.find(([name, one]) => !holds(name, one));
    const what = odd === undefined ? "it is empty" : `"${odd[0]}" is none of their members`;
    fault(place, `cannot tell a rule, channel, API definition or notification: ${what}`, found);
  }
  for (const [name, one] of known) {
    collect(one, { pointer: `${place.pointer}/${name}`, kind: LISTS[name] ?? null }, found);
  }
}

function isHolder(value: JsonObject): boolean {
  return Object.entries(value).some(([name, one]) => holds(name, one));
}

function holds(name: string, value: JsonValue): boolean {
  if (name === "data" || name === "items") return Array.isArray(value) || isObject(value);
  return Object.hasOwn(LISTS, name) && (Array.isArray(value) || isObject(value));
}

function kindOf(item: JsonObject): ItemKind | null {
  const has = (...names: string[]) => names.some((name) => Object.hasOwn(item, name));
  if (has("trigger_type", "trigger_spec")) return "rule";
  if (has("logic", "logic_body", "logic_type")) return "definition";
  if (has("notification_id") || (has("webhook_url") && has("trigger", "policy"))) return "notification";
  const type = item.type ?? item.channel_type;
  if (has("config") && typeof type === "string" && channelKind(type) !== undefined) return "channel";
  return null;
}

function fault({ pointer }: Place, message: string, { faults }: FoundItems): void {
  faults.push({ pointer, message });
}
