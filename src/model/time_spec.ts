/** time: where a rule reads event time, and when it may rely on having seen everything before it. */
import * as z from "zod";
import type { TimeSource } from "../base/event_time.ts";
import { closedObject } from "./closed_object.ts";
import { readDuration } from "./duration_text.ts";
import { fieldName } from "./field_name.ts";
import { readAs } from "./read_as.ts";
import { WINDOW_MS_MAX } from "./window_shape.ts";

export const IDLE_MS_DEFAULT = 10_000;

export interface TimeSpec extends TimeSource {
  /** How far the watermark stays behind the latest event time. */
  delay_ms: number;
  /** How long a fired window keeps its state for events that come late. */
  lateness_ms: number;
  /** After so long without events the watermark advances by elapsed time. */
  idle_ms: number;
}

export const DEFAULT_TIME: TimeSpec = {
  field: null,
  unit: null,
  delay_ms: 0,
  lateness_ms: 0,
  idle_ms: IDLE_MS_DEFAULT,
};

/** As written: null is what is not said. */
export type TimeSaid = Omit<TimeSpec, "lateness_ms"> & { lateness_ms: number | null };

export const timeSchema = readAs(
  closedObject({
    field: fieldName.nullish(),
    unit: z.enum(["s", "ms", "us", "ns"]).nullish(),
    watermark_delay: z.unknown().optional(),
    watermark_delay_seconds: z.unknown().optional(),
    allowed_lateness: z.unknown().optional(),
    allowed_lateness_seconds: z.unknown().optional(),
    idle_after: z.unknown().optional(),
    idle_after_seconds: z.unknown().optional(),
  }),
  (members, report): TimeSaid => {
    const duration = (name: string, min: number) =>
      readDuration(members, { names: [name, `${name}_seconds`], min, max: WINDOW_MS_MAX }, report);
    return {
      field: members.field ?? null,
      unit: members.unit ?? null,
      delay_ms: duration("watermark_delay", 0) ?? 0,
      lateness_ms: duration("allowed_lateness", 0),
      idle_ms: duration("idle_after", 1) ?? IDLE_MS_DEFAULT,
    };
  },
);
