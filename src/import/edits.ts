/** A document on its way from one system to the other, with what was done to it. */
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import type { Change, ItemFault } from "./report.ts";

/** What an item becomes: the document to send; or why there is none. */
export type Converted =
  | { ok: true; id: string; name: string; document: JsonObject; changes: Change[] }
  | { ok: false; id: string; name: string; changes: Change[]; errors: ItemFault[] };

/** A copy that may be edited, and the list of what was. */
export interface Edits {
  document: JsonObject;
  changes: Change[];
}

export function editsOf(item: JsonObject): Edits {
  return { document: structuredClone(item), changes: [] };
}

/** Takes a member out, telling why. What is not there is left alone. */
export function drop({ document, changes }: Edits, pointer: string, why: string): JsonValue | undefined {
  const { holder, name } = at(document, pointer);
  if (holder === undefined || name === undefined || !Object.hasOwn(holder, name)) return undefined;
  const value = holder[name];
  delete holder[name];
  changes.push({ pointer, what: "dropped", why });
  return value;
}

/** Sets a member, telling why. Its holder must be there. */
export function set(
  { document, changes }: Edits,
  pointer: string,
  { value, why }: { value: JsonValue; why: string },
) {
  const { holder, name } = at(document, pointer);
  if (holder === undefined || name === undefined) return;
  const what = Object.hasOwn(holder, name) ? "changed" : "added";
  holder[name] = value;
  changes.push({ pointer, what, why });
}

/** Gives a member another name, telling why; what stands under the new name already wins. */
export function rename(edits: Edits, pointer: string, { to, why }: { to: string; why: string }): void {
  const { holder, name } = at(edits.document, pointer);
  if (holder === undefined || name === undefined || !Object.hasOwn(holder, name)) return;
  if (!Object.hasOwn(holder, to)) holder[to] = holder[name]!;
  delete holder[name];
  edits.changes.push({ pointer, what: "changed", why });
}

/** The object that holds what a JSON pointer names. Members of lists are objects to reach, never to drop. */
function at(document: JsonObject, pointer: string): { holder?: JsonObject; name?: string } {
  const parts = pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const name = parts.pop();
  let holder: JsonValue | undefined = document;
  for (const part of parts) {
    holder = Array.isArray(holder) ? holder[Number(part)] : isObject(holder) ? holder[part] : undefined;
  }
  return isObject(holder) && name !== undefined ? { holder, name } : {};
}
