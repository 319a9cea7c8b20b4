/**
 * Metrics in the Prometheus text format 0.0.4. A registry belongs to one server; nothing is global.
 * Labels are fixed per metric; a series is made at its first use and lives as long as the registry, so
 * label values must come from a bounded set.
 */

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(n: number, labels?: Labels): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
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

export class Metrics {
  readonly #families: (() => string)[] = [];

  counter(name: string, help: string): Counter {
    const series = this.#scalar(name, help, "counter");
    return { add: (n, labels) => void series.set(key(labels), (series.get(key(labels)) ?? 0) + n) };
  }

  gauge(name: string, help: string): Gauge {
    const series = this.#scalar(name, help, "gauge");
    return { set: (value, labels) => void series.set(key(labels), value) };
  }

  /** A gauge whose value is read when the page is rendered. */
  observed(name: string, help: string, read: () => Iterable<readonly [Labels, number]>): void {
    this.#families.push(() =>
      head(name, help, "gauge") + [...read()].map(([labels, v]) => `${name}${key(labels)} ${v}\n`).join("")
    );
  }

  histogram(name: string, help: string, buckets: readonly number[] = LATENCY_BUCKETS): Histogram {
    const series = new Map<string, { counts: number[]; sum: number; labels: Labels }>();
    this.#families.push(() =>
      head(name, help, "histogram") +
      [...series.values()].map((one) => renderHistogram(name, buckets, one)).join("")
    );
    return {
      observe(value, labels = {}) {
        const k = key(labels);
        let one = series.get(k);
        if (one === undefined) {
          one = { counts: new Array(buckets.length + 1).fill(0), sum: 0, labels };
          series.set(k, one);
        }
        let i = 0;
        while (i < buckets.length && value > buckets[i]!) i++;
        one.counts[i]!++;
        one.sum += value;
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
  render(): string {
    return this.#families.map((family) => family()).join("");
  }

  #scalar(name: string, help: string, type: string): Map<string, number> {
    const series = new Map<string, number>();
    this.#families.push(() =>
      head(name, help, type) + [...series].map(([labels, v]) => `${name}${labels} ${v}\n`).join("")
    );
    return series;
  }
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
  one: { counts: number[]; sum: number; labels: Labels },
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
