import assert from "node:assert/strict";
import fc from "fast-check";
import { JsonScanner, type ScanFault } from "../../src/ingest/json_scanner.ts";
import { bytesOf, cut } from "./parsing.ts";

function scan(parts: readonly Uint8Array[], root: "object" | "any" = "any"): ScanFault | null {
  const scanner = new JsonScanner(root);
  for (const part of parts) if (!scanner.push(part)) return scanner.fault;
  scanner.end();
  return scanner.fault;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const damage = fc.record({
  at: fc.nat(),
  remove: fc.integer({ min: 0, max: 3 }),
  insert: fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0123eE+-.tfn \n'), maxLength: 3 }),
});

Deno.test("scanner: accepts exactly what JSON.parse accepts, however the text is damaged and cut", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), damage, fc.array(fc.nat(), { maxLength: 6 }), (json, d, cuts) => {
      const at = d.at % (json.length + 1);
      const text = json.slice(0, at) + d.insert + json.slice(at + d.remove);
      const fault = scan(cut(bytesOf(text), cuts));
      // What is JSON but unfit as an event has codes of its own.
      if (fault === null || fault.code === "malformed_json") assert.equal(fault === null, isJson(text), text);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("scanner: a fault is the same for every cut of the text, at the same byte", () => {
  const texts = [
    '{"a":tru}',
    '{"a":"\\ud800"}',
    '{"__proto__":1}',
    '{"\\u005f_proto__":0}',
    "[1e309]",
    "[01]",
    '{"a" 1}',
  ];
  for (const text of texts) {
    const bytes = bytesOf(text);
    const whole = scan([bytes]);
    assert.notEqual(whole, null, text);
    assert.deepEqual(scan([...bytes].map((byte) => Uint8Array.of(byte))), whole, text);
  }
});

Deno.test("scanner: says what is wrong with JSON that is no event", () => {
  const codes: [text: string, code: string | null][] = [
    ['{"a":{"__proto__":{}}}', "forbidden_member"],
    ['{"__proto__x":1,"_proto__":2,"a":"__proto__"}', null],
    ['{"a":1e309}', "not_finite"],
    ['{"a":-1e400}', "not_finite"],
    ['{"a":0.0000001e316}', "not_finite"],
    [`{"a":${"1".repeat(310)}}`, "not_finite"],
    ['{"a":[1e308,0e999,1e-999,0.000001e310]}', null],
    ['{"a":"\\ud83d\\ude00"}', null],
    ['{"a":"\\ude00"}', "lone_surrogate"],
    ['{"a":"\\ud83dx"}', "lone_surrogate"],
    ['{"a":"\\ud83d\\n"}', "lone_surrogate"],
    ['{"\\ud83d":1}', "lone_surrogate"],
    ["[".repeat(64) + "]".repeat(64), null],
    ["[".repeat(65), "too_deep"],
  ];
  for (const [text, code] of codes) {
    assert.equal(scan([bytesOf(text)])?.code ?? null, code, text.slice(0, 40));
  }
});

Deno.test("scanner: where an object must stand, another value is refused at its first byte", () => {
  assert.deepEqual(scan([bytesOf(' "text')], "object"), { code: "event_not_object", at: 1 });
  assert.deepEqual(scan([bytesOf("x")], "object"), { code: "malformed_json", at: 0 });
});

Deno.test("scanner: bad UTF-8 is refused in the chunk that holds it, also across a cut", () => {
  const good = bytesOf('{"a":"한"}');
  assert.equal(scan([good.subarray(0, 7), good.subarray(7)]), null);
  const bad = Uint8Array.of(...bytesOf('{"a":"'), 0xed, 0xa0, 0x80);
  assert.equal(scan([bad.subarray(0, 7), bad.subarray(7)])?.code, "invalid_utf8");
});
