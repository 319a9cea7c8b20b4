/** The name that a mistyped one most likely meant. */
import assert from "node:assert/strict";
import { quickest } from "../quickest.ts";
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
    assert.equal(nearestName(given, KNOWN), nearest);
    const ms = quickest(() => void nearestName(given, KNOWN));
    assert(ms < 50, `took ${ms} ms`);
  });
}

Deno.test("nothing is near when nothing is known", () => assert.equal(nearestName("a", []), undefined));
