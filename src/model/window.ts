/**
 * window_config (or window): over which events of a key a rule looks. The normal form tells
 * hopping windows, of which tumbling ones are those whose slide is their size, from windows per event;
 * what makes no sense together is refused by name. Form documents give a session a size, which means
 * nothing there.
 */
import * as z from "zod";
import { closedObject } from "./closed_object.ts";
import { readDuration } from "./duration_text.ts";
import { readAs } from "./read_as.ts";
import { readShape, WINDOW_MS_MAX, type WindowShape } from "./window_shape.ts";

export type Window = WindowShape & {
  /** `change`: evaluated at each event, fires at most once a window and key. */
  emit: "close" | "change";
  /** Windows without events fire too. */
  emit_empty: boolean;
};

/** A window as trigger_spec holds it. */
export interface WindowConfig {
  window: Window;
  /** null: not said here; trigger_spec.time may say it. */
  lateness_ms: number | null;
}

const windowMembers = closedObject({
  type: z.unknown().optional(),
  size: z.unknown().optional(),
  size_seconds: z.unknown().optional(),
  slide: z.unknown().optional(),
  slide_seconds: z.unknown().optional(),
  gap: z.unknown().optional(),
  gap_seconds: z.unknown().optional(),
  timeout: z.unknown().optional(),
  timeout_seconds: z.unknown().optional(),
  offset: z.unknown().optional(),
  offset_seconds: z.unknown().optional(),
  max_duration: z.unknown().optional(),
  max_duration_seconds: z.unknown().optional(),
  allowed_lateness: z.unknown().optional(),
  allowed_lateness_seconds: z.unknown().optional(),
  emit: z.enum(["on_close", "on_change"]).nullish(),
  emit_empty: z.boolean().nullish(),
});

/** The schema of window_config. */
export const windowSchema = readAs(windowMembers, (members, report): WindowConfig => {
  const shape = readShape(members, report);
  const emit = members.emit === "on_change" ? "change" : "close";
  const window: Window = { ...shape, emit, emit_empty: members.emit_empty ?? false };
  if (window.emit_empty && shape.type !== "hopping") {
    const message = `Cannot use emit_empty with ${NAMES[shape.type]}: it has no windows without events`;
    report(["emit_empty"], "conflict", message);
  }
  if (emit === "change" && (shape.type === "sliding" || shape.type === "count")) {
    const message = `Cannot use emit "on_change" with ${NAMES[shape.type]}: it fires at events already`;
    report(["emit"], "conflict", message);
  }
  const lateness_ms = readDuration(members, {
    names: ["allowed_lateness", "allowed_lateness_seconds"],
    min: 0,
    max: WINDOW_MS_MAX,
  }, report);
  return { window, lateness_ms };
});

const NAMES = {
  hopping: "a sliding window",
  sliding: "a sliding window without slide",
  session: "a session window",
  count: "a count window",
} as const;
