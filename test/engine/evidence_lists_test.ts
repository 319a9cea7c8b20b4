/** Evidence lists against plain arrays. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { EvidenceLists, firstAndLast } from "../../src/engine/evidence_lists.ts";
import { ByteReader, ByteWriter } from "../../src/engine/state_bytes.ts";

const ROWS = 4;

type Change =
  & { row: number }
  & ({ add: number } | { release: true } | { absorb: number } | { restore: true });

const row = fc.nat(ROWS - 1);
const change: fc.Arbitrary<Change> = fc.oneof(
  { arbitrary: fc.record({ row, add: fc.nat(260) }), weight: 6 },
  { arbitrary: fc.record({ row, release: fc.constant(true as const) }), weight: 2 },
  { arbitrary: fc.record({ row, absorb: row }), weight: 1 },
  { arbitrary: fc.record({ row, restore: fc.constant(true as const) }), weight: 1 },
);

Deno.test("evidence is the first 10 and the last 90 of what was added, whatever was added or released before", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const lists = new EvidenceLists();
      const plain = new Plain();
      for (let i = 0; i < ROWS; i++) lists.open(i);
      let offset = 0;
      for (const change of changes) {
        if ("add" in change) {
          for (let i = 0; i < change.add; i++) {
            lists.add(change.row, offset);
            plain.add(change.row, offset++);
          }
        } else if ("release" in change) {
          lists.release(change.row);
          plain.release(change.row);
        } else if ("restore" in change) {
          restore(lists, change.row);
        } else if (change.absorb !== change.row) {
          lists.absorb(change.row, change.absorb);
          plain.absorb(change.row, change.absorb);
        }
        for (let i = 0; i < ROWS; i++) {
          assert.deepEqual(lists.offsets(i), plain.held[i]);
          assert.deepEqual(lists.count(i), plain.counts[i]);
        }
      }
      for (let i = 0; i < ROWS; i++) lists.release(i);
      assert.deepEqual(lists.bytes, 0);
    }),
    { numRuns: 300 },
  );
});

Deno.test("evidence of many rows in turn stays in the memory of as many as are held at once", () => {
  const lists = new EvidenceLists();
  lists.open(0);
  for (let i = 0; i < 500; i++) lists.add(0, i);
  const { bytes } = lists;
  for (let turn = 0; turn < 1000; turn++) {
    lists.release(0);
    for (let i = 0; i < 500; i++) lists.add(0, i);
    assert.deepEqual(lists.bytes, bytes);
  }
});

/** The same by arrays: what was held and cut again, as a restore and an absorption cut it. */
class Plain {
  readonly held: number[][] = Array.from({ length: ROWS }, () => []);
  readonly counts: number[] = Array.from({ length: ROWS }, () => 0);

  add(row: number, offset: number): void {
    this.held[row] = firstAndLast([...this.held[row]!, offset]);
    this.counts[row]!++;
  }

  release(row: number): void {
    this.held[row] = [];
    this.counts[row] = 0;
  }

  absorb(into: number, from: number): void {
    this.held[into] = firstAndLast([...this.held[into]!, ...this.held[from]!].sort((a, b) => a - b));
    this.counts[into]! += this.counts[from]!;
  }
}

function restore(lists: EvidenceLists, row: number): void {
  const out = new ByteWriter();
  lists.write(row, out);
  lists.release(row);
  lists.read(row, new ByteReader(out.finish()));
}
