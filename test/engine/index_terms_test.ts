import { strict as assert } from "node:assert";
import { EVENT_TYPE_FIELD } from "../../src/base/field_path.ts";
import type { JsonScalar } from "../../src/base/json.ts";
import { indexTerms } from "../../src/engine/index_terms.ts";
import type { Condition } from "../../src/engine/plan.ts";

const FIELDS = ["env", "device", EVENT_TYPE_FIELD];

function equal(field: number, value: JsonScalar, fold_case = false): Condition {
  return { kind: "test", field, op: "==", operand: { kind: "const", value }, fold_case };
}

function group(logic: "and" | "or" | "nor", ...items: Condition[]): Condition {
  return { kind: "group", logic, items };
}

const SELECTOR: Condition = { kind: "selector", field: 2, value: "login", absent_passes: true };
const DEVICE = [{ field: "device", keys: ["td1"], absent: false }];

Deno.test("index: one equality of a top-level AND, the one that looks most selective", () => {
  assert.deepEqual(indexTerms(group("and", SELECTOR, equal(0, "prod"), equal(1, "d1")), FIELDS), DEVICE);
});

Deno.test("index: a selector counts when there is no equality, and lets events without it through", () => {
  const terms = [{ field: EVENT_TYPE_FIELD, keys: ["tlogin"], absent: true }];
  assert.deepEqual(indexTerms(group("and", SELECTOR, group("nor", equal(1, "d1"))), FIELDS), terms);
});

Deno.test("index: an OR needs a term in every branch", () => {
  const branch = group("and", equal(0, "prod"), equal(1, "d1"));
  assert.deepEqual(indexTerms(group("or", branch, SELECTOR), FIELDS)?.length, 2);
  const open: Condition = {
    kind: "test",
    field: 0,
    op: "exists",
    operand: { kind: "none" },
    fold_case: false,
  };
  assert.equal(indexTerms(group("or", branch, open), FIELDS), null);
});

Deno.test("index: groups without items accept everything and give none; NOT is never rewritten", () => {
  assert.equal(indexTerms(group("or"), FIELDS), null);
  assert.equal(indexTerms(group("nor", equal(1, "d1")), FIELDS), null);
  assert.equal(indexTerms(group("or", equal(1, "d1"), group("and")), FIELDS), null);
});

Deno.test("index: a case-blind equality gives a term for numbers only", () => {
  assert.equal(indexTerms(equal(1, "d1", true), FIELDS), null);
  assert.equal(indexTerms(equal(1, true, true), FIELDS), null);
  assert.deepEqual(indexTerms(equal(1, "5", true), FIELDS), [{
    field: "device",
    keys: ["n5"],
    absent: false,
  }]);
});

Deno.test("index: the keys of `in` are those of its items, each once", () => {
  const where: Condition = {
    kind: "test",
    field: 1,
    op: "in",
    operand: { kind: "list", values: ["a", 1, "1", true] },
    fold_case: false,
  };
  assert.deepEqual(indexTerms(where, FIELDS), [{
    field: "device",
    keys: ["ta", "n1", "ttrue"],
    absent: false,
  }]);
});
