/** The index of keys against a Map: whatever comes and goes, and however few hashes there are. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { KeyIndex } from "../../src/engine/key_index.ts";

const KEYS = 400;

/** Takes keys in and out as a table does; `hashes` says how many different hashes there are. */
function agrees(moves: readonly number[], hashes: number): void {
  const texts: string[] = [];
  const index = new KeyIndex(texts);
  const known = new Map<string, number>();
  const hashOf = (key: number) => Math.imul(key % hashes, 0x9e3779b1);
  for (const key of moves) {
    const text = `key ${key}`;
    const slot = known.get(text);
    assert.equal(index.find(text, hashOf(key)), slot ?? -1);
    if (slot === undefined) {
      known.set(text, texts.push(text) - 1);
      index.add(texts.length - 1, hashOf(key));
    } else {
      known.delete(text);
      index.delete(text, hashOf(key));
    }
    assert.equal(index.size, known.size);
  }
  for (let key = 0; key < KEYS; key++) {
    assert.equal(index.find(`key ${key}`, hashOf(key)), known.get(`key ${key}`) ?? -1);
  }
  assert.deepEqual(index.slots().sort((a, b) => a - b), [...known.values()].sort((a, b) => a - b));
}

const moves = fc.array(fc.nat(KEYS - 1), { maxLength: 1500, size: "max" });

Deno.test("index of keys: finds what a Map finds, whatever came and went", () => {
  fc.assert(fc.property(moves, (list) => agrees(list, KEYS)));
});

Deno.test("index of keys: also where many keys share a hash, or all of them", () => {
  fc.assert(fc.property(moves, fc.integer({ min: 1, max: 9 }), agrees));
});
