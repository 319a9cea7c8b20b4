/** Cursors: where the next page begins, opaque to callers. A cursor of another list is refused. */
import { badRequest } from "../src/base/problem.ts";

type List =
  | "events"
  | "topics"
  | "rules"
  | "versions"
  | "alerts"
  | "channels"
  | "deliveries"
  | "lookups"
  | "rows"
  | "silences"
  | "templates"
  | "apis"
  | "secrets"
  | "execs"
  | "action_templates"
  | "groups";

export function encodeCursor(list: List, position: string | number): string {
  const bytes = new TextEncoder().encode(JSON.stringify([list, position]));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** The position as text; undefined when there is no cursor. @throws Problem 400 */
export function decodeCursor(list: List, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const parts = partsOf(cursor);
  if (!Array.isArray(parts) || parts.length !== 2 || parts[0] !== list) throw badCursor();
  const position: unknown = parts[1];
  if (typeof position !== "string" && typeof position !== "number") throw badCursor();
  return String(position);
}

/** As {@linkcode decodeCursor} for positions that are numbers. @throws Problem 400 */
export function numberCursor(list: List, cursor: string | undefined): number | undefined {
  const position = decodeCursor(list, cursor);
  if (position === undefined) return undefined;
  const value = Number(position);
  if (!Number.isSafeInteger(value) || value < 0) throw badCursor();
  return value;
}

function partsOf(cursor: string): unknown {
  try {
    const bytes = Uint8Array.fromBase64(cursor, { alphabet: "base64url" });
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (_notOurs) {
    throw badCursor();
  }
}

function badCursor() {
  return badRequest("bad_cursor", "Cannot go on from this cursor: it is none of this list");
}
