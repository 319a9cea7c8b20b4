import assert from "node:assert/strict";
import { derivedId, placedId } from "../../src/base/ids.ts";

Deno.test("derived ids: the same parts give the same id, others another one", () => {
  assert.equal(derivedId("al_", ["r", 1]), derivedId("al_", ["r", 1]));
  assert.notEqual(derivedId("al_", ["r", 1]), derivedId("al_", ["r", 2]));
});

Deno.test("placed ids: they sort as text the way their places do, up to the largest safe integer", () => {
  const places = [0, 1, 35, 36, 1_295, 1_296, 46_655, 10 ** 12, Number.MAX_SAFE_INTEGER];
  const ids = places.map((place) => placedId("al_", place, ["r"]));
  assert.deepEqual(ids.toSorted(), ids);
  assert.deepEqual(new Set(ids.map((id) => id.length)), new Set([ids[0]!.length]));
});

Deno.test("placed ids: two things at one place differ by their parts", () => {
  assert.notEqual(placedId("al_", 7, ["r", "a"]), placedId("al_", 7, ["r", "b"]));
});
