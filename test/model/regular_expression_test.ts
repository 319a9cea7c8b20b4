/** Patterns of rules: what RE2 does not know and what would grow large is refused before it is used. */
import assert from "node:assert/strict";
import { quickest } from "../quickest.ts";
import { RE2JS } from "re2js";
import { patternSize } from "../../src/model/pattern_size.ts";
import { parseRule } from "../../src/model/rule.ts";
import { patternFault } from "../../src/model/regular_expression.ts";

const FINE = [
  "",
  "^a+$",
  "(?i)time ?out",
  "\\bcode=5\\d\\d\\b",
  "\\pL+",
  "[[:alpha:]]",
  "(x+x+)+y",
  "(a*)*b",
  "a{1000}",
];

for (const pattern of FINE) {
  Deno.test(`pattern ${pattern} is fine`, () => assert.equal(patternFault(pattern), null));
}

const REFUSED: [pattern: string, why: string][] = [
  ["a[", "missing closing ]: `[`"],
  ["(?=a)", "invalid or unsupported Perl syntax: `(?=`"],
  ["(a)\\1", "invalid escape sequence: `\\1`"],
  ["a{1001}", "invalid repeat count: `{1001}`"],
  ["((a{9}){9}){15}", "invalid repeat count: `{15}`"],
  ["(a{1000}){1000}", "it compiles to more than 2000 instructions"],
  ["a{900}".repeat(3), "it compiles to more than 2000 instructions"],
  ["(?:[a-z]{30}){30}".repeat(3), "it compiles to more than 2000 instructions"],
  ["a".repeat(1001), "it has more than 1000 characters"],
];

for (const [pattern, why] of REFUSED) {
  Deno.test(`pattern ${pattern.slice(0, 30)} is refused: ${why}`, () =>
    assert.equal(patternFault(pattern), why));
}

Deno.test("the size of a program is told from its text before anything is expanded", () => {
  const patterns = [
    "abc",
    "(a{30}){30}",
    "(?:x|y{2,7})+z",
    "\\x{1000}\\pL[{5}]{3}",
    "[]{9}]",
    "[[:alpha:]{9}]{2,}",
    "(?P<name>ab){4}(?i)c",
    "((a{10}){10}){10}",
  ];
  for (const pattern of patterns) {
    const size = RE2JS.compile(pattern).programSize();
    const told = patternSize(pattern);
    assert(told >= size / 2 - 4 && told <= size * 2 + 4, `${pattern}: told ${told}, is ${size}`);
  }
});

Deno.test("no pattern and no number of patterns takes long to be judged", () => {
  const bombs = [
    "(".repeat(500) + ")".repeat(500),
    "(a{30}){30}".repeat(90),
    "(x*)*".repeat(200),
    "\\pL{60}".repeat(33),
  ];
  const conditions = Array.from(
    { length: 1_000 },
    (_, i) => ({ field: "a", op: "matches", value: bombs[i % 4] }),
  );
  const rule = { rule_name: "r", trigger_type: "event", trigger_spec: { conditions } };
  const ms = quickest(() => {
    for (const bomb of bombs) patternFault(bomb);
    parseRule(rule);
  });
  assert(ms < 300, `took ${ms} ms`);
  const parsed = parseRule(rule);
  assert.deepEqual(parsed.ok || parsed.errors, [{
    pointer: "/trigger_spec/conditions/32",
    code: "out_of_range",
    message: "Cannot use 1000 regular expressions in a rule: expected at most 32",
  }]);
});
