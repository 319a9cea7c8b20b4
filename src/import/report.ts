/** What an import did with each item, and why: for the one who moves, to read and to act on. */
import type { JsonObject } from "../base/json.ts";

export type ItemKind = "channel" | "definition" | "rule" | "notification";

/** A difference between what was exported and what is sent. Pointers go into the item. */
export interface Change {
  pointer: string;
  what: "changed" | "dropped" | "added";
  why: string;
}

export interface ItemFault {
  pointer: string;
  message: string;
}

/** `planned` ones are what a dry run would make. */
export type Outcome = "created" | "updated" | "unchanged" | "planned" | "refused";

export interface ImportedItem {
  kind: ItemKind;
  /** Where it stands: file and pointer. */
  place: string;
  id: string;
  name: string;
  outcome: Outcome;
  changes: readonly Change[];
  /** Why it was refused. */
  errors: readonly ItemFault[];
  /** What the server warned of. */
  warnings: readonly ItemFault[];
}

export interface ImportReport {
  dry_run: boolean;
  items: readonly ImportedItem[];
}

/** How many items came out how. */
export function countsOf({ items }: ImportReport): Record<Outcome, number> {
  const counts = { created: 0, updated: 0, unchanged: 0, planned: 0, refused: 0 };
  for (const { outcome } of items) counts[outcome]++;
  return counts;
}

/** Lines for a terminal: an item a line, what became of it indented below. */
export function reportText(report: ImportReport): string {
  const lines = report.items.flatMap((item) => [
    `${item.outcome.padEnd(9)} ${item.kind} ${JSON.stringify(item.name)} (${item.id})  ${item.place}`,
    ...item.changes.map(({ pointer, what, why }) => `          ${what} ${pointer || "/"}: ${why}`),
    ...item.warnings.map(({ pointer, message }) => `          warning ${pointer || "/"}: ${message}`),
    ...item.errors.map(({ pointer, message }) => `          error ${pointer || "/"}: ${message}`),
  ]);
  const counts = Object.entries(countsOf(report)).filter(([, count]) => count > 0);
  const sum = counts.map(([outcome, count]) => `${count} ${outcome}`).join(", ");
  return [...lines, sum === "" ? "nothing to import" : sum].join("\n");
}

export function reportJson(report: ImportReport): JsonObject {
  return { ...report, counts: countsOf(report) } as unknown as JsonObject;
}
