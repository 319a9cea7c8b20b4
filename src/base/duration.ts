/**
 * Durations as text ("5m", "1h30m", "250ms") and as milliseconds.
 * Units: ms, s, m, h, d, w. Parts may be fractional ("1.5h") and stand in any order, each unit once.
 */

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/gy;

/** Milliseconds of `text`, or undefined if it is no duration. "0" and "0s" are 0. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  const seen = new Set<string>();
  let total = 0;
  let end = 0;
  for (const part of text.matchAll(PART)) {
    const unit = part[2]!;
    if (seen.has(unit)) return undefined;
    seen.add(unit);
    total += Number(part[1]) * UNIT_MS[unit]!;
    end = part.index + part[0].length;
  }
  if (end === 0 || end !== text.length) return undefined;
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : undefined;
}

/** The shortest text of `ms`, a non-negative integer: 5400000 is "1h30m". */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  let rest = ms;
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const size = UNIT_MS[unit]!;
    const n = Math.floor(rest / size);
    if (n > 0) text += `${n}${unit}`;
    rest -= n * size;
  }
  return text;
}
