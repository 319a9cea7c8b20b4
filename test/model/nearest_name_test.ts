/** The name that a mistyped one most likely meant. */
import assert from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import { nearestName } from "../../src/model/nearest_name.ts";

const KNOWN = ["field", "op", "value", "conditions", "window_config", "color"];

for (
  const [given, nearest] of [
    ["colour", "color"],
    ["FIELD", "field"],
    ["conditon", "conditions"],
    ["window", "window_config"],
    ["opp", "op"],
    ["x".repeat(100_000), "field"],
  ] as const
) {
  Deno.test(`${given.slice(0, 20)} most likely means ${nearest}`, () => {
    const started = systemClock.monotonic();
    assert.equal(nearestName(given, KNOWN), nearest);
    assert(systemClock.monotonic() - started < 50);
  });
}

Deno.test("nothing is near when nothing is known", () => assert.equal(nearestName("a", []), undefined));
