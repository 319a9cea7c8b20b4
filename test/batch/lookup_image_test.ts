import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { LookupFormatError, LookupImage, LookupImageBuilder } from "../../src/batch/lookup_image.ts";

function imageOf(keys: readonly string[]): LookupImage {
  const builder = new LookupImageBuilder();
  for (const [row, key] of keys.entries()) builder.add(key, { row, key });
  const bytes = builder.finish();
  const shared = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(shared).set(bytes);
  return new LookupImage(shared);
}

Deno.test("lookup image: every key leads to its row, any other text to none", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 40 });
  const property = fc.property(fc.uniqueArray(text, { maxLength: 200 }), fc.array(text), (keys, others) => {
    const image = imageOf(keys);
    assert.equal(image.rows, keys.length);
    for (const [row, key] of keys.entries()) {
      assert.equal(image.find(key), row);
      assert.deepEqual(JSON.parse(image.text(row)), { row, key });
    }
    for (const other of others) assert.equal(image.find(other), keys.indexOf(other));
  });
  fc.assert(property);
});

Deno.test("lookup image: a key of any length", () => {
  const long = "ü".repeat(100_000);
  const image = imageOf(["a", long]);
  assert.deepEqual([image.find(long), image.find(`${long}ü`), image.find("")], [1, -1, -1]);
});

Deno.test("lookup image: other bytes are refused", () => {
  assert.throws(() => new LookupImage(new ArrayBuffer(0)), LookupFormatError);
  assert.throws(() => new LookupImage(new ArrayBuffer(64)), LookupFormatError);
});
