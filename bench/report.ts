/** The report of a run: a table for people, and a record for bench/results. */
import { instant } from "../src/base/event_time.ts";
import { type Figure, isMet, ratioOf, type Target } from "./figure.ts";
import type { MachineFacts } from "./machine.ts";

export interface Run {
  /** ms since the epoch. */
  at: number;
  mode: "full" | "quick";
  machine: MachineFacts;
  figures: readonly Figure[];
  /** Cases that could not be measured, with why. */
  failed: Readonly<Record<string, string>>;
}

const HEAD = ["figure", "value", "floor", "ratio", "target", ""];

/** Lines of a Markdown table, aligned, and below it what else was seen in each case. */
export function reportText({ machine, figures, failed }: Run): string {
  const rows = [HEAD, ...figures.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [
    line(HEAD),
    rule,
    ...rows.slice(1).map(line),
    "",
    ...figures.map(alsoLine),
    ...Object.entries(failed).map(([name, reason]) => `not measured: ${name}: ${reason}`),
    "",
    ...Object.entries(machine).map(([name, fact]) => `${name}: ${fact}`),
  ].join("\n");
}

/** Writes the record of `run` to a file of its own in `folder`; answers its path. */
export function writeRun(folder: string, run: Run): string {
  const figures = run.figures.map((figure) => ({ ...figure, ratio: ratioOf(figure), met: isMet(figure) }));
  const at = instant(run.at);
  const stamp = at.slice(0, 19).replaceAll(":", "").replace("T", "-");
  const path = `${folder}/${stamp}-${run.machine.commit}${run.mode === "quick" ? "-quick" : ""}.json`;
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeTextFileSync(path, JSON.stringify({ ...run, at, figures }, null, 2) + "\n");
  return path;
}

function rowOf(figure: Figure): string[] {
  const { name, value, unit, floor, target } = figure;
  const ratio = ratioOf(figure);
  const met = isMet(figure);
  return [
    name,
    `${shown(value)} ${unit}`,
    floor === null ? "" : `${floor.name} ${shown(floor.value)}`,
    ratio === null ? "" : ratio.toFixed(2),
    target === null ? "" : targetText(target),
    met === null ? "" : met ? "ok" : "missed",
  ];
}

function targetText(target: Target): string {
  return target.of === "ratio" ? `>= ${target.at_least}` : `<= ${shown(target.at_most)}`;
}

function alsoLine({ name, rounds, also }: Figure): string {
  const seen = Object.entries(also).map(([what, value]) => `${what} ${shown(value)}`);
  return `${name}: ${[`rounds ${rounds.map(shown).join(" ")}`, ...seen].join(", ")}`;
}

function shown(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : 2;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}
