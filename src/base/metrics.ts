/**
 * Metrics in the Prometheus text format 0.0.4. A registry belongs to one server; nothing is global.
 * Labels are fixed per metric; a series is made at its first use and lives as long as the registry, so
 * label values must come from a bounded set.
 */

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(n: number, labels?: Labels): void;
  /** The series of these labels, for hot paths; it is there from now on, beginning with 0. */
  of(labels: Labels): { add(n: number): void };
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
  /** The series of these labels, for hot paths. */
  of(labels: Labels): { observe(value: number): void };
  /** The upper bound of the bucket that holds quantile `q` (0 to 1), null when nothing was observed. */
  quantile(q: number): number | null;
}

/** Seconds; from 50 µs to 10 s. */
export const LATENCY_BUCKETS: readonly number[] = [
  0.00005,
  0.0001,
  0.00025,
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.02,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
];

/** What an observed gauge reads: its value by labels. */
export type Samples = Iterable<readonly [Labels, number]>;

interface Cell {
  value: number;
}

interface HistogramCell {
  labels: Labels;
  /** By bucket; the last is beyond all bounds. */
  counts: number[];
  sum: number;
}

export class Metrics {
  readonly #families: (() => string | Promise<string>)[] = [];
  readonly #counters = new Map<string, Counter>();
  readonly #histograms = new Map<string, Histogram>();

  /** Whoever asks for a name again gets the same one. */
  counter(name: string, help: string): Counter {
    const known = this.#counters.get(name);
    if (known !== undefined) return known;
    const made = this.#newCounter(name, help);
    this.#counters.set(name, made);
    return made;
  }

  #newCounter(name: string, help: string): Counter {
    const series = this.#scalar(name, help, "counter");
    const add = (cell: Cell, n: number) => void (cell.value += n);
    return {
      add: (n, labels) => add(cellOf(series, labels), n),
      of(labels) {
        const cell = cellOf(series, labels);
        return { add: (n) => add(cell, n) };
      },
    };
  }

  gauge(name: string, help: string): Gauge {
    const series = this.#scalar(name, help, "gauge");
    return { set: (value, labels) => void (cellOf(series, labels).value = value) };
  }

  /** A gauge whose value is read when the page is rendered. */
  observed(name: string, help: string, read: () => Samples | Promise<Samples>): void {
    this.#families.push(async () =>
      head(name, help, "gauge") +
      [...await read()].map(([labels, v]) => `${name}${key(labels)} ${v}\n`).join("")
    );
  }

  /** Whoever asks for a name again gets the same one. */
  histogram(name: string, help: string, buckets: readonly number[] = LATENCY_BUCKETS): Histogram {
    const known = this.#histograms.get(name);
    if (known !== undefined) return known;
    const made = this.#newHistogram(name, help, buckets);
    this.#histograms.set(name, made);
    return made;
  }

  #newHistogram(name: string, help: string, buckets: readonly number[]): Histogram {
    const series = new Map<string, HistogramCell>();
    const cell = (labels: Labels) => {
      const found = series.get(key(labels));
      if (found !== undefined) return found;
      const made = { labels, counts: new Array<number>(buckets.length + 1).fill(0), sum: 0 };
      series.set(key(labels), made);
      return made;
    };
    this.#families.push(() =>
      head(name, help, "histogram") +
      [...series.values()].map((one) => renderHistogram(name, buckets, one)).join("")
    );
    return {
      observe: (value, labels = {}) => count(cell(labels), value, buckets),
      of(labels) {
        const one = cell(labels);
        return { observe: (value) => count(one, value, buckets) };
      },
      quantile(q) {
        const totals = new Array<number>(buckets.length + 1).fill(0);
        for (const one of series.values()) one.counts.forEach((n, i) => totals[i]! += n);
        const all = totals.reduce((a, b) => a + b, 0);
        if (all === 0) return null;
        let seen = 0;
        for (let i = 0; i < totals.length; i++) {
          seen += totals[i]!;
          if (seen >= q * all) return buckets[i] ?? Infinity;
        }
        return Infinity;
      },
    };
  }

  /** The whole page. */
  async render(): Promise<string> {
    return (await Promise.all(this.#families.map((family) => family()))).join("");
  }

  #scalar(name: string, help: string, type: string): Map<string, Cell> {
    const series = new Map<string, Cell>();
    this.#families.push(() =>
      head(name, help, type) +
      [...series].map(([labels, { value }]) => `${name}${labels} ${value}\n`).join("")
    );
    return series;
  }
}

function cellOf(series: Map<string, Cell>, labels?: Labels): Cell {
  const found = series.get(key(labels));
  if (found !== undefined) return found;
  const made = { value: 0 };
  series.set(key(labels), made);
  return made;
}

function count(cell: HistogramCell, value: number, buckets: readonly number[]): void {
  let i = 0;
  while (i < buckets.length && value > buckets[i]!) i++;
  cell.counts[i]!++;
  cell.sum += value;
}

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function key(labels: Labels = {}): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function escape(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function renderHistogram(
  name: string,
  buckets: readonly number[],
  one: HistogramCell,
): string {
  let total = 0;
  let text = "";
  one.counts.forEach((n, i) => {
    total += n;
    const le = i < buckets.length ? String(buckets[i]) : "+Inf";
    text += `${name}_bucket${key({ ...one.labels, le })} ${total}\n`;
  });
  return text + `${name}_sum${key(one.labels)} ${one.sum}\n${name}_count${key(one.labels)} ${total}\n`;
}
