import { strict as assert } from "node:assert";
import type { JsonObject, JsonScalar, JsonValue } from "../../src/base/json.ts";
import type { Operand, Operator } from "../../src/engine/plan.ts";
import { planOf, Workbench } from "./workbench.ts";

const c = (value: JsonScalar): Operand => ({ kind: "const", value });
const l = (...values: JsonScalar[]): Operand => ({ kind: "list", values });
const r = (low: JsonScalar, high: JsonScalar): Operand => ({ kind: "range", low, high });
const none: Operand = { kind: "none" };
const MISSING = undefined;

/** Operator, right side, values that pass, values that do not. */
const CASES: [Operator, Operand, (JsonValue | undefined)[], (JsonValue | undefined)[], "fold"?][] = [
  [">", c(5), [6, "6", " 6 ", "6e0"], [5, "5", "a", true, [6], { x: 6 }, "", "0x10", null, MISSING]],
  [">=", c(1), [1, 2, true, "1"], [0, false, "a", [1], MISSING]],
  ["<", c(2), [1, "-1", true], [2, "a", "", MISSING]],
  ["<=", c("10"), [9, "9", "10", "", " a"], [11, "9a", "a", [1], MISSING]],
  [">", c("abc"), ["abd", "b", "ä"], ["abc", "ABD", 5, "", true, ["b"], MISSING]],
  [">", c(false), [1, true, "2"], [0, "true", "a", MISSING]],
  ["==", c(1), [1, "1", "1.0", true, " 1\t"], [2, "a", false, "true", [1], MISSING]],
  ["==", c("1"), [1, "1", "1e0", true], ["a", "true", ["1"], MISSING]],
  ["==", c("a"), ["a"], ["A", " a", ["a"], { a: 1 }, 1, null, MISSING]],
  ["==", c("A"), ["a", "A"], ["b", 1, MISSING], "fold"],
  ["==", c("[1]"), ["[1]"], [[1], 1, MISSING]],
  ["==", c("{}"), ["{}"], [{}, MISSING]],
  ["==", c(true), [true, 1, "1", "true"], [false, 0, "TRUE", "yes", [true], MISSING]],
  ["==", c(true), [true, "TRUE"], ["yes"], "fold"],
  ["==", c("true"), [true, "true"], [1, "1", false, "TRUE", MISSING]],
  ["==", c(null), [], [null, 0, "", "null", false, MISSING]],
  ["==", c(-0), [0, "0", "-0", false], ["", MISSING]],
  ["==", c("9007199254740993"), ["9007199254740993", 9007199254740992], ["9007199254740992"]],
  ["==", c(9007199254740992), ["9007199254740993", 9007199254740992], ["9007199254740991"]],
  [">", c("9007199254740992"), ["9007199254740993", 9007199254740994], [
    "9007199254740992",
    "10000000000000000",
  ]],
  ["!=", c(1), [2, "a", [1], false], [1, "1", true, null, MISSING]],
  ["!=", c("a"), ["b", 1, true, ["a"]], ["a", null, MISSING]],
  ["!=", c("nowhere"), ["b", 1, true, ["nowhere"]], [null, MISSING]],
  ["!=", c("true"), [1, "a", false], [true, "true", MISSING]],
  ["!=", c(null), [0, "", false], [null, MISSING]],
  ["in", l("a", 2, true), ["a", 2, "2", true, 1, "true"], ["b", 3, false, ["a"], MISSING]],
  ["in", l("a"), ["A"], ["b"], "fold"],
  ["in", l(), [], [1, "", MISSING]],
  ["not_in", l("a", 2), ["b", 3, ["a"], true], ["a", 2, "2", null, MISSING]],
  ["contains", c("b"), ["abc", "b", ["a", "b"], { b: 1 }], ["ac", ["abc"], 5, [], MISSING]],
  ["contains", c("5"), [15.5, "5", ["x", 5], [["y"], "5"]], [14, [15], [[5]], MISSING]],
  ["contains", c(1), [1, 21, ["1"], [true]], ["a", [11], MISSING]],
  ["contains", c("RU"), [true, "xrux", ["ru"]], [false, ["true"]], "fold"],
  ["contains", c("1"), ["[1]", [1]], ["[2]", [2], [[1]]]],
  ["contains", c("[1"), ["[1]"], [[1], "1"]],
  ["contains", c(""), ["", "a", 0, { x: 1 }], [[1], MISSING]],
  ["starts_with", c("1"), [12, "1a", "1"], [21, " 1", [1], MISSING]],
  ["starts_with", c("TR"), [true, "tr"], [false, "atr"], "fold"],
  ["ends_with", c(5), [1.5, "x5"], [51, MISSING]],
  ["ends_with", c("lse"), [false, "else"], ["LSE", true, MISSING]],
  ["matches", c("b+c"), ["abbcd", "bc"], ["ac", "BC", MISSING]],
  ["matches", c("^1\\d$"), [12, "12"], [112, "1x"]],
  ["matches", c("É"), ["é"], ["e"], "fold"],
  ["matches", c("(a*)*b"), ["b"], ["a".repeat(200), MISSING]],
  ["exists", none, [0, "", false, [], {}], [null, MISSING]],
  ["not_exists", none, [null, MISSING], [0, "", false]],
  ["between", r(1, 3), [1, 2, 3, "2", true], [0, 4, "a", [2], MISSING]],
  ["between", r("b", "d"), ["b", "c", "d", "cz"], ["a", "da", 3, MISSING]],
];

for (const [op, operand, pass, fail, fold] of CASES) {
  const { kind, ...sides } = operand;
  Deno.test(`operator: ${op} ${kind === "none" ? "" : JSON.stringify(sides)} ${fold ?? ""}`.trimEnd(), () => {
    const bench = new Workbench();
    const where = { kind: "test", field: 0, op, operand, fold_case: fold === "fold" } as const;
    bench.add(planOf(where, ["f"]));
    // Without its index it sees rows that the index would have kept from it.
    bench.add(planOf(where, ["f"], { index: null }));
    const events = [...pass, ...fail].map((value): JsonObject => value === MISSING ? {} : { f: value });
    const wanted = events.map((_, i) => i < pass.length);
    // One by one, then often enough in one batch that outcomes per text are kept.
    const single = events.map((event) => bench.matches([event])[0]!.length === 1);
    assert.deepEqual(single, wanted);
    const often = Array.from({ length: 20 }, () => events).flat();
    const rows = often.flatMap((_, i) => wanted[i % events.length] ? [i] : []);
    assert.deepEqual(bench.matches(often), [rows, rows]);
  });
}

/** Operator, left, right, whether it holds; both sides are fields. */
const PAIRS: [Operator, JsonValue | undefined, JsonValue | undefined, boolean][] = [
  ["==", 1, "1", true],
  ["==", "a", "a", true],
  ["==", [1, { a: 1 }], [1, { a: 1 }], true],
  ["==", { a: 1, b: 2 }, { b: 2, a: 1 }, true],
  ["==", [1], ["1"], false],
  ["==", MISSING, MISSING, false],
  ["!=", 1, MISSING, false],
  ["!=", MISSING, 1, false],
  ["!=", "a", 1, true],
  [">", 10, "9", true],
  [">", "10", "9", true],
  [">", "b", "a", true],
  [">", "b", 1, false],
  ["in", 2, [1, "2"], true],
  ["in", "b", "a, b", true],
  ["in", 3, 3, true],
  ["not_in", 3, [1], true],
  ["not_in", 3, MISSING, false],
  ["contains", ["x", 1], true, true],
  ["contains", "text", "ex", true],
  ["starts_with", 123, 12, true],
  ["ends_with", "ab", "b", true],
];

for (const [op, left, right, wanted] of PAIRS) {
  Deno.test(`operator: field ${JSON.stringify(left)} ${op} field ${JSON.stringify(right)} is ${wanted}`, () => {
    const bench = new Workbench();
    const operand = { kind: "field", field: 1 } as const;
    bench.add(planOf({ kind: "test", field: 0, op, operand, fold_case: false }, ["f", "g"]));
    const event: JsonObject = {};
    if (left !== MISSING) event.f = left;
    if (right !== MISSING) event.g = right;
    assert.equal(bench.matches([event])[0]!.length === 1, wanted);
  });
}
