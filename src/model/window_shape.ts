/**
 * What a window holds, read by its type: spans of time by their several names, or numbers of events. What one
 * type has no use for is refused by name; a null is no member.
 */
import { readDuration } from "./duration_text.ts";
import { shown } from "./faults.ts";
import { nearestName } from "./nearest_name.ts";
import type { Report } from "./read_as.ts";
import { readCount } from "./window_count.ts";

/** 400 days. */
export const WINDOW_MS_MAX = 400 * 86_400_000;
/** Windows that one event may belong to: size / slide. */
export const WINDOWS_PER_EVENT_MAX = 10_000;
/** Events of one count window. */
export const COUNT_SIZE_MAX = 1_000_000;

export type WindowShape =
  /** `[start, end)`, a start every `slide_ms` from the epoch plus `offset_ms`. Tumbling: slide is size. */
  | { type: "hopping"; size_ms: number; slide_ms: number; offset_ms: number }
  /** Per event: `(t - size, t]`. */
  | { type: "sliding"; size_ms: number }
  | { type: "session"; gap_ms: number; duration_ms_max: number | null }
  /** Every `slide` events over the last `size`. */
  | { type: "count"; size: number; slide: number };

export interface ShapeMembers {
  type?: unknown;
  size?: unknown;
  size_seconds?: unknown;
  slide?: unknown;
  slide_seconds?: unknown;
  gap?: unknown;
  gap_seconds?: unknown;
  timeout?: unknown;
  timeout_seconds?: unknown;
  offset?: unknown;
  offset_seconds?: unknown;
  max_duration?: unknown;
  max_duration_seconds?: unknown;
}

const TYPES = ["tumbling", "sliding", "session", "count"] as const;
const NOTHING: WindowShape = { type: "sliding", size_ms: 1 };

/** The shape that `members` say; after a fault it means nothing. */
export function readShape(members: ShapeMembers, report: Report): WindowShape {
  const type = TYPES.find((known) => known === members.type);
  if (type === undefined) {
    report(["type"], ...typeFault(members.type));
    return NOTHING;
  }
  for (const name of FOREIGN[type]) {
    const given = members[name];
    if (given === undefined || given === null) continue;
    report([name], "conflict", `Cannot use "${name}" with a window of type ${type}`);
  }
  switch (type) {
    case "tumbling":
      return readTumbling(members, report);
    case "sliding":
      return readSliding(members, report);
    case "session":
      return readSession(members, report);
    case "count":
      return readCountShape(members, report);
  }
}

type Name = keyof ShapeMembers;
const GAPS: readonly Name[] = ["gap", "gap_seconds", "timeout", "timeout_seconds"];
const DURATIONS: readonly Name[] = ["max_duration", "max_duration_seconds"];
const OFFSETS: readonly Name[] = ["offset", "offset_seconds"];

/** Members of other types. Forms send a session's size, a null is no member. */
const FOREIGN: Readonly<Record<typeof TYPES[number], readonly Name[]>> = {
  tumbling: [...GAPS, ...DURATIONS],
  sliding: [...GAPS, ...DURATIONS],
  session: ["slide", "slide_seconds", ...OFFSETS],
  count: ["size_seconds", "slide_seconds", ...GAPS, ...DURATIONS, ...OFFSETS],
};

function typeFault(given: unknown): [code: string, message: string] {
  if (given === undefined || given === null) return ["required", "type is required"];
  const nearest = typeof given === "string" ? nearestName(given, TYPES) : undefined;
  const hint = given === "hopping"
    ? `use "sliding" with a slide`
    : nearest === undefined
    ? `expected ${TYPES.join(", ")}`
    : `did you mean "${nearest}"?`;
  return ["unsupported_window", `Unsupported window type ${shown(given)}: ${hint}`];
}

function span(members: ShapeMembers, name: "size" | "slide", report: Report): number | null {
  return readDuration(
    { ...members },
    { names: [name, `${name}_seconds`], min: 1, max: WINDOW_MS_MAX },
    report,
  );
}

function isGiven(members: ShapeMembers, names: readonly Name[]): boolean {
  return names.some((name) => members[name] !== undefined && members[name] !== null);
}

/** The size of a window of time; a fault already told stays the only one. */
function readSize(members: ShapeMembers, report: Report): number {
  const size = span(members, "size", report);
  if (size === null && !isGiven(members, ["size", "size_seconds"])) {
    report(["size"], "required", `size is required, or size_seconds`);
  }
  return size ?? 1;
}

function readTumbling(members: ShapeMembers, report: Report): WindowShape {
  const size_ms = readSize(members, report);
  const slide = span(members, "slide", report);
  if (slide !== null && slide !== size_ms) {
    report(["slide"], "conflict", `Cannot use a slide with a tumbling window: use type "sliding"`);
  }
  return { type: "hopping", size_ms, slide_ms: size_ms, offset_ms: readOffset(members, size_ms, report) };
}

function readSliding(members: ShapeMembers, report: Report): WindowShape {
  const size_ms = readSize(members, report);
  const slide_ms = span(members, "slide", report);
  if (slide_ms === null) {
    for (const name of OFFSETS) {
      if (!isGiven(members, [name])) continue;
      report([name], "conflict", `Cannot use "${name}" with a sliding window without slide`);
    }
    return { type: "sliding", size_ms };
  }
  if (size_ms / slide_ms > WINDOWS_PER_EVENT_MAX) {
    const message = `Cannot use a size of ${Math.ceil(size_ms / slide_ms)} slides: ` +
      `expected at most ${WINDOWS_PER_EVENT_MAX} overlapping windows`;
    report(["slide"], "out_of_range", message);
  }
  return { type: "hopping", size_ms, slide_ms, offset_ms: readOffset(members, slide_ms, report) };
}

function readOffset(members: ShapeMembers, slide: number, report: Report): number {
  const range = { names: ["offset", "offset_seconds"], min: 0, max: WINDOW_MS_MAX };
  // A shift by whole slides changes nothing.
  return (readDuration({ ...members }, range, report) ?? 0) % slide;
}

function readSession(members: ShapeMembers, report: Report): WindowShape {
  const names = GAPS.map(String);
  const gap_ms = readDuration({ ...members }, { names, min: 1, max: WINDOW_MS_MAX }, report);
  if (gap_ms === null && !isGiven(members, GAPS)) {
    report(
      ["gap"],
      "required",
      "gap is required, or gap_seconds: a session ends after so long without event",
    );
  }
  span(members, "size", report);
  const longest = { names: DURATIONS.map(String), min: 1, max: WINDOW_MS_MAX };
  const duration_ms_max = readDuration({ ...members }, longest, report);
  if (duration_ms_max !== null && gap_ms !== null && duration_ms_max < gap_ms) {
    report(["max_duration"], "out_of_range", "Cannot use a max_duration below the gap");
  }
  return { type: "session", gap_ms: gap_ms ?? 1, duration_ms_max };
}

function readCountShape(members: ShapeMembers, report: Report): WindowShape {
  const size = readCount(members.size, { name: "size", max: COUNT_SIZE_MAX }, report);
  if (size === null) report(["size"], "required", "size is required: the number of events");
  const slide = readCount(members.slide, { name: "slide", max: COUNT_SIZE_MAX }, report);
  return { type: "count", size: size ?? 1, slide: slide ?? size ?? 1 };
}
