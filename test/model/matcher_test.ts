/** Matchers: the vectors of test/vectors/alerting/matchers.json. */
import assert from "node:assert/strict";
import { labelTest, type Matcher, matcherFault } from "../../src/model/matcher.ts";
import { matcherText, parseMatchers } from "../../src/model/matcher_text.ts";
import { vectors } from "../vector_rows.ts";

interface File {
  match: { id: string; matcher: Matcher; labels: Record<string, string>; matches: boolean }[];
  match_all: { id: string; matchers: Matcher[]; labels: Record<string, string>; matches: boolean }[];
  parse: { id: string; dialect: string; input: string; ok: boolean; matchers?: Matcher[] }[];
  parse_single: { id: string; input: string; ok: boolean; matcher?: Matcher; reason?: string }[];
  text: { id: string; matcher: Matcher; text: string }[];
  regex: { id: string; pattern: string; accept: boolean }[];
}

const file = vectors<File>("alerting/matchers.json");

for (const { id, matcher, labels, matches } of file.match) {
  Deno.test(`matchers ${id}: ${matcherText(matcher)} on ${JSON.stringify(labels)} is ${matches}`, () => {
    assert.deepEqual(matcherFault(matcher), null);
    assert.deepEqual(labelTest([matcher])(labels), matches);
  });
}

for (const { id, matchers, labels, matches } of file.match_all) {
  Deno.test(`matchers ${id}: all of ${matchers.length} matchers hold: ${matches}`, () => {
    assert.deepEqual(labelTest(matchers)(labels), matches);
  });
}

// The older dialect ("classic") is a form that Alertmanager itself leaves behind: it is not read here.
for (const { id, input, ok, matchers } of file.parse.filter(({ dialect }) => dialect === "utf8")) {
  Deno.test(`matchers ${id}: ${JSON.stringify(input)} is ${ok ? "read" : "refused"}`, () => {
    const parsed = parseMatchers(input);
    assert.deepEqual(parsed.ok, ok);
    if (parsed.ok) assert.deepEqual(parsed.matchers, matchers ?? []);
  });
}

for (const { id, input, ok, matcher, reason } of file.parse_single) {
  Deno.test(`matchers ${id}: ${JSON.stringify(input)} holds ${ok ? "one matcher" : reason}`, () => {
    const parsed = parseMatchers(input);
    if (ok) return assert.deepEqual(parsed, { ok, matchers: [matcher!] });
    if (reason === "syntax") assert.ok(!parsed.ok);
    else assert.deepEqual(parsed.ok && Math.min(parsed.matchers.length, 2), reason === "none" ? 0 : 2);
  });
}

for (const { id, matcher, text } of file.text) {
  Deno.test(`matchers ${id}: its canonical text is ${text}, and is read back`, () => {
    assert.deepEqual(matcherText(matcher), text);
    assert.deepEqual(parseMatchers(text), { ok: true, matchers: [matcher] });
  });
}

for (const { id, pattern, accept } of file.regex) {
  Deno.test(`matchers ${id}: ${pattern} is ${accept ? "accepted" : "refused"}`, () => {
    const fault = matcherFault({ name: "l", op: "=~", value: pattern });
    assert.deepEqual(fault?.code ?? null, accept ? null : "bad_regex");
  });
}

Deno.test("matchers regex-14: a pattern that backtracking engines hang on is linear", () => {
  const test = labelTest([{ name: "l", op: "=~", value: "(a+)+$" }]);
  assert.deepEqual(test({ l: "a".repeat(40) + "b" }), false);
});
