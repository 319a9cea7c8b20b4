/** Every example of docs/expressions.md is what the page says it is. */
import assert from "node:assert/strict";
import { compileField } from "../../../src/base/field_path.ts";
import { FUNCTION_NAMES } from "../../../src/engine/expression/functions.ts";
import { parseExpression } from "../../../src/engine/expression/parse_expression.ts";
import { computed } from "./columns.ts";

const PAGE = Deno.readTextFileSync(new URL("../../../docs/expressions.md", import.meta.url));

function blocks(language: string): string[] {
  return [...PAGE.matchAll(new RegExp("```" + language + "\n([^]*?)```", "g"))].map((match) => match[1]!);
}

function examples(language: string): [formula: string, expected: string][] {
  return blocks(language).flatMap((block) => block.trim().split("\n")).map((line) => {
    const [formula, expected] = line.split(" -> ");
    return [formula!.trim(), expected!.trim()];
  });
}

const EVENT = JSON.parse(blocks("json")[0]!);

for (const [formula, expected] of examples("formula")) {
  Deno.test(`expression: ${formula} is ${expected}`, () => {
    const reading = parseExpression(formula);
    assert(reading.ok, reading.ok ? "" : reading.message);
    const row = Object.fromEntries(reading.names.map((name) => [name, compileField(name)(EVENT) ?? null]));
    assert.deepEqual(computed(reading.program, reading.names, [row]), [JSON.parse(expected)]);
  });
}

for (const [formula, expected] of examples("fault")) {
  Deno.test(`expression: ${formula} is refused: ${expected}`, () => {
    const reading = parseExpression(formula);
    assert(!reading.ok);
    assert(reading.message.includes(expected), reading.message);
  });
}

Deno.test("expression: the page knows every function", () => {
  for (const name of FUNCTION_NAMES) assert(PAGE.includes(`\`${name}`), name);
});
