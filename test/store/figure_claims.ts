/** Claims about figures and the error log. */
import assert from "node:assert/strict";
import {
  BUCKET_MS,
  type ErrorEntry,
  ERRORS_KEPT_MAX,
  type Figure,
  type FigureKind,
} from "../../src/store/figure_store.ts";
import type { Claim } from "./store_suite.ts";

const figure = (kind: FigureKind, bucket: number, name: string, n: number): Figure => ({
  ...{ kind, name, n },
  bucket: bucket * BUCKET_MS,
});

const error = (at: number): ErrorEntry => ({
  ...{ at, kind: "delivery_failed", rule_id: "r", message: `m${at}`, ref: "d", duration_ms: 1.5 },
});

export function figureClaims(claim: Claim): void {
  claim("figures of one kind, bucket and name add up, and are summed by bucket or by name", async (store) => {
    const { figures } = store;
    await figures.add({ figures: [figure("events", 1, "a", 2), figure("events", 1, "b", 1)], errors: [] });
    const more = [figure("events", 1, "a", 3), figure("events", 2, "b", 9), figure("alerts", 1, "a", 7)];
    await figures.add({ figures: more, errors: [] });
    const span = { kinds: ["events" as const], from: 0, to: 3 * BUCKET_MS };
    assert.deepEqual(await figures.byBucket(span), [
      { kind: "events", bucket: BUCKET_MS, n: 6 },
      { kind: "events", bucket: 2 * BUCKET_MS, n: 9 },
    ]);
    assert.deepEqual(await figures.byName({ ...span, limit: 10 }), [
      { kind: "events", name: "b", n: 10 },
      { kind: "events", name: "a", n: 5 },
    ]);
    assert.deepEqual(await figures.byName({ ...span, to: 2 * BUCKET_MS, limit: 1 }), [
      { kind: "events", name: "a", n: 5 },
    ]);
  });

  claim("of errors the newest are kept, and listed newest first", async ({ figures }) => {
    const errors = Array.from({ length: ERRORS_KEPT_MAX + 5 }, (_, i) => error(i));
    await figures.add({ figures: [], errors });
    const all = await figures.errors({ from: 0, to: 10_000, limit: 2_000 });
    assert.deepEqual([all.length, all[0]!.message, all.at(-1)!.message], [ERRORS_KEPT_MAX, "m1004", "m5"]);
    const { id, ...found } = (await figures.errors({ from: 7, to: 9, limit: 1 }))[0]!;
    assert.deepEqual([typeof id, found], ["number", error(8)]);
  });

  claim("old figures are trimmed in slices", async ({ figures }) => {
    const rows = Array.from({ length: 5 }, (_, i) => figure("events", i, "a", 1));
    await figures.add({ figures: rows, errors: [] });
    assert.deepEqual([await figures.trim(4 * BUCKET_MS, 3), await figures.trim(4 * BUCKET_MS, 3)], [3, 1]);
    const left = await figures.byBucket({ kinds: ["events"], from: 0, to: 9 * BUCKET_MS });
    assert.deepEqual(left.map(({ bucket }) => bucket), [4 * BUCKET_MS]);
  });
}
