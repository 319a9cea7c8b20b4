/** Claims about where rules live. */
import assert from "node:assert/strict";
import { Placement, SUSPECT_SLOTS } from "../../actors/placement.ts";

Deno.test("placement: each rule has a slot of its own until the budget is used up, then the least used one", () => {
  const placement = new Placement(2);
  assert.deepEqual(["a", "b", "c", "d", "e"].map((rule) => placement.place(rule, "shared")), [0, 1, 0, 1, 0]);
  assert.deepEqual(placement.rulesOf(0), ["a", "c", "e"]);
  assert.equal(placement.slotOf("d"), 1);
});

Deno.test("placement: nobody moves in with a rule that wants to be alone, while there is another place", () => {
  const placement = new Placement(2);
  assert.equal(placement.place("alone", "dedicated"), 0);
  assert.deepEqual(["b", "c", "d"].map((rule) => placement.place(rule, "shared")), [1, 1, 1]);
  assert.equal(placement.remove("alone"), 0);
  assert.equal(placement.place("e", "shared"), 0);
});

Deno.test("placement: rules under suspicion get slots beyond the budget, as long as there are some", () => {
  const placement = new Placement(1);
  placement.place("a", "shared");
  const slots = Array.from({ length: SUSPECT_SLOTS }, (_, i) => placement.place(`s${i}`, "alone"));
  assert.deepEqual(slots, Array.from({ length: SUSPECT_SLOTS }, (_, i) => i + 1));
  assert.equal(placement.place("b", "shared"), 0);
  assert.equal(placement.place("one too many", "alone"), 0);
});

Deno.test("placement: a rule that is placed again leaves its old slot; an empty slot is named and used again", () => {
  const placement = new Placement(2);
  placement.place("a", "shared");
  placement.place("b", "shared");
  assert.equal(placement.place("a", "alone"), 0);
  assert.equal(placement.remove("a"), 0);
  assert.equal(placement.remove("a"), null);
  assert.equal(placement.place("c", "shared"), 0);
});
