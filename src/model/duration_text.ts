/**
 * Durations in documents, read as ms: text with units ("5m", "1h30m", "250ms"), or a whole number in a member
 * that carries its unit (`size_seconds`), which the reference system writes.
 */
import * as z from "zod";
import { formatDuration, parseDuration } from "../base/duration.ts";
import { shown } from "./faults.ts";
import type { Report } from "./read_as.ts";

/** 366 days. */
export const DURATION_MS_MAX = 366 * 86_400_000;

export const durationText = z.unknown().transform((given, ctx): number => {
  const ms = msOf(given);
  if (ms !== undefined && ms <= DURATION_MS_MAX) return ms;
  const message = noDuration(given, DURATION_MS_MAX);
  ctx.addIssue({ code: "custom", message, params: { code: "invalid_duration" } });
  return z.NEVER;
});

function msOf(given: unknown): number | undefined {
  return typeof given === "string" ? parseDuration(given.trim()) : undefined;
}

function noDuration(given: unknown, max: number): string {
  return `Cannot use ${shown(given)} as a duration: expected text like "5m", "1h30m" or "250ms", at most ` +
    formatDuration(max);
}

export interface DurationRange {
  /** ms, inclusive. */
  min: number;
  max: number;
}

/** Names of one duration; those that end in "_seconds" or "_ms" hold whole numbers. The first is told. */
export interface DurationNames extends DurationRange {
  names: readonly string[];
}

/** The duration that `members` say under one of several names, ms; null when under none. */
export function readDuration(
  members: Readonly<Record<string, unknown>>,
  { names, ...range }: DurationNames,
  report: Report,
): number | null {
  let found: { name: string; ms: number } | null = null;
  for (const name of names) {
    const given = members[name];
    if (given === undefined || given === null) continue;
    const ms = name.endsWith("_seconds") || name.endsWith("_ms")
      ? ofNumber(name, given, range, report)
      : ofText(name, given, range, report);
    if (ms === null) continue;
    if (found !== null && found.ms !== ms) {
      const message = `Cannot use both "${found.name}" and "${name}": they are two names of one thing`;
      report([name], "conflict", message);
    }
    found ??= { name, ms };
  }
  return found?.ms ?? null;
}

function ofText(name: string, given: unknown, { min, max }: DurationRange, report: Report): number | null {
  const ms = msOf(given);
  if (ms !== undefined && ms >= min && ms <= max) return ms;
  if (ms === undefined || ms > max) report([name], "invalid_duration", noDuration(given, max));
  else report([name], "out_of_range", tooSmall(name, given, formatDuration(min)));
  return null;
}

function ofNumber(name: string, given: unknown, { min, max }: DurationRange, report: Report): number | null {
  const unit = name.endsWith("_ms") ? 1 : 1000;
  const low = Math.max(min === 0 ? 0 : 1, Math.ceil(min / unit));
  const high = Math.floor(max / unit);
  if (typeof given !== "number" || !Number.isInteger(given)) {
    const message = `Cannot use ${shown(given)} as ${name}: expected a whole number`;
    report([name], "invalid_type", message);
  } else if (given < low) report([name], "out_of_range", tooSmall(name, given, String(low)));
  else if (given > high) {
    report([name], "out_of_range", `Cannot use ${given} as ${name}: expected at most ${high}`);
  } else return given * unit;
  return null;
}

function tooSmall(name: string, given: unknown, least: string): string {
  return `Cannot use ${shown(given)} as ${name}: expected at least ${least}`;
}
