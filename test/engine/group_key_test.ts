import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { canonicalKey, keyTags, shownKey } from "../../src/engine/group_key.ts";
import { scalar } from "./arbitrary.ts";

const value = fc.oneof(
  scalar,
  fc.constant(null),
  fc.string(),
  fc.constantFrom("\0", "\0\0", "-", "1=", "1=a"),
);

Deno.test("group key: canonical text and tags give the key back", () => {
  fc.assert(fc.property(fc.array(value, { maxLength: 4 }), (key) => {
    const back = shownKey(canonicalKey(key), keyTags(key));
    assert.deepEqual(back, key.map((one) => one === 0 ? 0 : one));
  }));
});

Deno.test("group key: two keys are one exactly when their printed values are the same", () => {
  const pair = fc.nat({ max: 3 }).chain((n) => {
    const key = fc.array(value, { minLength: n, maxLength: n });
    return fc.tuple(key, key);
  });
  fc.assert(fc.property(pair, ([a, b]) => {
    const same = a.every((one, i) => (one === null) === (b[i] === null) && String(one) === String(b[i]));
    assert.equal(canonicalKey(a) === canonicalKey(b), same);
  }));
});
