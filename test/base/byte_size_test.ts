/** Sizes as text. */
import assert from "node:assert/strict";
import { parseByteSize } from "../../src/base/byte_size.ts";

const SIZES: [text: string, bytes: number | undefined][] = [
  ["0", 0],
  ["4096", 4096],
  ["10GB", 10_000_000_000],
  [" 1.5 kb ", 1500],
  ["512 MiB", 536_870_912],
  ["2tib", 2_199_023_255_552],
  ["", undefined],
  ["GB", undefined],
  ["-1", undefined],
  ["1e3", undefined],
  ["10 apples", undefined],
  ["9999999TB", undefined],
];

for (const [text, bytes] of SIZES) {
  Deno.test(`size ${JSON.stringify(text)} is ${bytes}`, () => assert.equal(parseByteSize(text), bytes));
}
