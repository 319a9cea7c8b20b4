/** Figures in memory. */
import {
  ERRORS_KEPT_MAX,
  type Figure,
  type FigureSpan,
  type FigureStore,
  type StoredError,
} from "../figure_store.ts";

export function createFigureStore(): FigureStore {
  const figures = new Map<string, Figure>();
  let errors: StoredError[] = [];
  let last = 0;
  const within = ({ kinds, from, to }: FigureSpan) =>
    [...figures.values()].filter(({ kind, bucket }) => kinds.includes(kind) && bucket >= from && bucket < to);
  return {
    add: (write) => {
      for (const figure of write.figures) {
        const key = JSON.stringify([figure.kind, figure.bucket, figure.name]);
        const n = (figures.get(key)?.n ?? 0) + figure.n;
        figures.set(key, { ...figure, n });
      }
      errors.push(...write.errors.map((error) => ({ ...error, id: ++last })));
      errors = errors.slice(-ERRORS_KEPT_MAX);
      return Promise.resolve();
    },
    byBucket: (span) => {
      const rows = summed(within(span), ({ kind, bucket, n }) => ({ kind, bucket, n }));
      return Promise.resolve(rows.sort((a, b) => a.bucket - b.bucket));
    },
    byName: (span) => {
      const rows = summed(within(span), ({ kind, name, n }) => ({ kind, name, n }));
      const sorted = rows.sort((a, b) => b.n - a.n || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
      return Promise.resolve(sorted.slice(0, span.limit));
    },
    errors: ({ from, to, limit }) => {
      const found = errors.filter(({ at }) => at >= from && at < to).reverse();
      return Promise.resolve(structuredClone(found.slice(0, limit)));
    },
    trim: (before, slice) => {
      const old = [...figures].filter(([, { bucket }]) => bucket < before).slice(0, slice);
      for (const [key] of old) figures.delete(key);
      return Promise.resolve(old.length);
    },
  };
}

/** Rows that are the same but for their number become one. */
function summed<T extends { n: number }>(rows: readonly Figure[], shape: (row: Figure) => T): T[] {
  const sums = new Map<string, T>();
  for (const row of rows.map(shape)) {
    const key = JSON.stringify({ ...row, n: 0 });
    const known = sums.get(key);
    if (known === undefined) sums.set(key, row);
    else known.n += row.n;
  }
  return [...sums.values()];
}
