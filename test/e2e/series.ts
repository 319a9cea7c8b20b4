/** The series of test/data as their rows say, and what rules must find in them by plain reading of the rows. */

export interface Row {
  /** As written. */
  timestamp: string;
  /** ms since the epoch */
  t: number;
  value: number;
}

/** What an alert must tell: places are places of rows. */
export interface Expected {
  event_time: number;
  window: { start: number; end: number } | null;
  events: number[];
  event_count: number;
  values: Record<string, number>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A number this near to its limit may fall on either side by rounding: no series has one. */
const MARGIN = 1e-9;

export function readSeries(name: string): Row[] {
  const text = Deno.readTextFileSync(new URL(`../data/${name}.csv`, import.meta.url));
  return text.trim().split("\n").slice(1).map((line) => {
    const [timestamp, value] = line.split(",") as [string, string];
    return { timestamp, t: Date.parse(`${timestamp.replace(" ", "T")}Z`), value: Number(value) };
  });
}

/** Each value that lies more than `threshold` deviations from the mean of the `held` values before it. */
export function outliers(rows: readonly Row[], { threshold, held }: { threshold: number; held: number }) {
  return rows.flatMap(({ t, value }, i): Expected[] => {
    const before = rows.slice(Math.max(0, i - held), i).map((row) => row.value);
    if (before.length < 2) return [];
    const { mean, std } = spread(before);
    const score = std === 0 ? 0 : Math.abs(value - mean) / std;
    if (!isAbove(score, threshold)) return [];
    return [{ event_time: t, window: null, events: [i], event_count: 1, values: { score, value } }];
  });
}

/** At each row the mean of the hour that ends with it, where it is above `limit`. Rows of one time come in turn. */
export function hoursAbove(rows: readonly Row[], limit: number): Expected[] {
  return rows.flatMap(({ t }, i): Expected[] => {
    const events: number[] = [];
    for (let k = i; k >= 0 && rows[k]!.t > t - HOUR_MS; k--) events.unshift(k);
    const { mean } = spread(events.map((k) => rows[k]!.value));
    if (!isAbove(mean, limit)) return [];
    const window = { start: t - HOUR_MS, end: t };
    const values = { avg: mean, n: events.length };
    return [{ event_time: t, window, events, event_count: events.length, values }];
  });
}

/** Each day (UTC) that was over when the last row came. */
export function days(rows: readonly Row[]): Expected[] {
  const found: Expected[] = [];
  const last = rows.at(-1)!.t;
  for (let start = Math.floor(rows[0]!.t / DAY_MS) * DAY_MS; start + DAY_MS <= last; start += DAY_MS) {
    const end = start + DAY_MS;
    const events = rows.flatMap(({ t }, k) => t >= start && t < end ? [k] : []);
    if (events.length === 0) continue;
    const shown = events.length <= 100 ? events : [...events.slice(0, 10), ...events.slice(-90)];
    const values = summary(events.map((k) => rows[k]!.value));
    found.push({
      event_time: end,
      window: { start, end },
      events: shown,
      event_count: events.length,
      values,
    });
  }
  return found;
}

function summary(values: readonly number[]): Record<string, number> {
  const sorted = values.toSorted((a, b) => a - b);
  const { mean, std } = spread(values);
  const [min, max] = [sorted[0]!, sorted.at(-1)!];
  return {
    ...{ n: values.length, sum: mean * values.length, avg: mean, std, min, max, range: max - min },
    ...{ first: values[0]!, last: values.at(-1)!, distinct: new Set(values).size },
    ...{ median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) },
  };
}

function spread(values: readonly number[]): { mean: number; std: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / (values.length - 1)) };
}

/** Linear between the two values around the place p * (n - 1). */
function quantile(sorted: readonly number[], p: number): number {
  const place = p * (sorted.length - 1);
  const low = Math.floor(place);
  return sorted[low]! + (sorted[Math.ceil(place)]! - sorted[low]!) * (place - low);
}

function isAbove(value: number, limit: number): boolean {
  if (Math.abs(value - limit) < MARGIN) throw new Error(`${value} is too near to ${limit} to tell`);
  return value > limit;
}
