/** A list of documents as columns for a terminal. */
import type { JsonObject } from "../src/base/json.ts";

export function tableText(rows: readonly JsonObject[], columns: readonly string[]): string {
  const cells = [[...columns], ...rows.map((row) => columns.map((name) => cellText(row[name])))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)));
  const lines = cells.map((line) => line.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd());
  return `${lines.join("\n")}\n`;
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return "-";
  // A line stays a line, whatever a name holds.
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // deno-lint-ignore no-control-regex -- what a terminal would take for a command
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}
