/**
 * The window of a rule: window_config, or window; or the `duration` of a metric rule with an aggregation,
 * which is a window per event of that size (SEMANTICS 17). Without an aggregation duration means nothing.
 */
import * as z from "zod";
import { readDuration } from "./duration_text.ts";
import type { Report } from "./read_as.ts";
import type { WindowConfig } from "./window.ts";
import { WINDOW_MS_MAX } from "./window_shape.ts";

export const durationMembers = {
  duration: z.unknown().optional(),
  duration_seconds: z.unknown().optional(),
};

export interface WindowSaid {
  window_config?: WindowConfig | null | undefined;
  window?: WindowConfig | null | undefined;
  aggregation?: unknown;
  aggregations?: readonly unknown[] | null | undefined;
  duration?: unknown;
  duration_seconds?: unknown;
}

/** Null: each event is looked at alone. */
export function readWindow(members: WindowSaid, report: Report): WindowConfig | null {
  const { window_config, window } = members;
  if (window_config && window && JSON.stringify(window_config) !== JSON.stringify(window)) {
    const message = `Cannot use both "window_config" and "window": they are two names of one thing`;
    report(["window"], "conflict", message);
  }
  return window_config ?? window ?? ofDuration(members, report);
}

function ofDuration(members: WindowSaid, report: Report): WindowConfig | null {
  if (!members.aggregation && !(members.aggregations && members.aggregations.length > 0)) return null;
  const range = { names: ["duration", "duration_seconds"], min: 1, max: WINDOW_MS_MAX };
  const size_ms = readDuration({ ...members }, range, report);
  if (size_ms === null) return null;
  return { window: { type: "sliding", size_ms, emit: "close", emit_empty: false }, lateness_ms: null };
}
