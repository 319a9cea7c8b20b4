/** Documents that no schema should see are refused at once, by one fault. */
import assert from "node:assert/strict";
import { quickest } from "../quickest.ts";
import { guardDocument } from "../../src/model/document_guard.ts";
import { parseRule } from "../../src/model/rule.ts";

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = { field: "a", value: 1 };
  for (let i = 0; i < levels; i++) value = wrap(value);
  return value;
}

const group = (inner: unknown) => ({ conditions: [inner] });

function rule(trigger_spec: unknown): unknown {
  return { rule_name: "r", trigger_type: "event", trigger_spec };
}

for (
  const [kind, wrap] of Object.entries({
    lists: (v: unknown) => [v],
    objects: (v: unknown) => ({ v }),
    group,
  })
) {
  Deno.test(`a million nested ${kind} are refused quickly`, () => {
    const bomb = nested(1_000_000, wrap);
    const parsed = parseRule(rule(bomb));
    assert.deepEqual(parsed.ok || parsed.errors, [{
      pointer: "",
      code: "too_deep",
      message: "Cannot read a document nested deeper than 100 levels",
    }]);
    const ms = quickest(() => void parseRule(rule(bomb)));
    assert(ms < 100, `took ${ms} ms`);
  });
}

Deno.test("32 nested groups are accepted, the 33rd is refused where it stands", () => {
  assert(parseRule(rule(nested(32, group))).ok);
  const parsed = parseRule(rule(nested(33, group)));
  assert.deepEqual(parsed.ok || parsed.errors, [{
    pointer: "/trigger_spec" + "/conditions/0".repeat(32),
    code: "too_deep",
    message: "Cannot nest condition groups deeper than 32 levels",
  }]);
});

Deno.test("a thousand conditions are accepted, one more is refused", () => {
  const many = (n: number) => rule({ conditions: listOf(n) });
  assert(parseRule(many(1_000)).ok);
  const inGroups = rule({ conditions: [{ conditions: listOf(500) }, { conditions: listOf(500) }] });
  const parsed = parseRule(inGroups);
  assert.deepEqual(parsed.ok || parsed.errors.map(({ pointer, code }) => [pointer, code]), [
    ["/trigger_spec/conditions", "out_of_range"],
  ]);
});

function listOf(n: number): unknown[] {
  return Array.from({ length: n }, () => ({ field: "a", value: 1 }));
}

Deno.test("a wide document is refused without being walked", () => {
  const wide = new Array(5_000_000).fill(0);
  assert.equal(guardDocument({ wide })?.code, "too_large");
  const ms = quickest(() => void guardDocument({ wide }));
  assert(ms < 100, `took ${ms} ms`);
});

Deno.test("a member named __proto__ is refused wherever it stands", () => {
  for (
    const [text, pointer] of [
      ['{"__proto__":{"is_active":true}}', "/__proto__"],
      ['{"a":{"__proto__":1}}', "/a/__proto__"],
      ['{"a":[{"x-b":{"__proto__":1}}]}', "/a/0/x-b/__proto__"],
    ] as const
  ) {
    const parsed = parseRule(JSON.parse(text));
    assert.deepEqual(parsed.ok || parsed.errors, [{
      pointer,
      code: "forbidden_member",
      message: 'Cannot use "__proto__" as a member: the name is reserved',
    }]);
  }
});

Deno.test("inherited names are ordinary unknown members", () => {
  const parsed = parseRule(
    JSON.parse('{"rule_name":"r","trigger_type":"event","trigger_spec":{"toString":1}}'),
  );
  assert.equal(parsed.ok || parsed.errors[0]?.pointer, "/trigger_spec/toString");
});

Deno.test("a number that JSON cannot hold is refused", () => {
  assert.equal(guardDocument(JSON.parse('{"a":[1,1e309]}'))?.pointer, "/a/1");
});
