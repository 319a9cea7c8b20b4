/** Expressions: columns against a naive evaluator, and a parser that nothing can break. */
import fc from "fast-check";
import assert from "node:assert/strict";
import type { JsonValue } from "../../../src/base/json.ts";
import { compileExpression } from "../../../src/engine/expression/compile_expression.ts";
import type { BinaryOperator, Expression } from "../../../src/engine/expression/expression.ts";
import { FUNCTION_NAMES } from "../../../src/engine/expression/functions.ts";
import { parseExpression } from "../../../src/engine/expression/parse_expression.ts";
import { columnOf, computed, type Row } from "./columns.ts";
import { evaluate, same } from "./oracle.ts";

const NAMES = ["a", "b.c", "odd name-1", "and"];
const OPERATORS: BinaryOperator[] = [
  ...["+", "-", "*", "/", "%", "**", "==", "!=", "<", "<=", ">", ">=", "&&", "||"] as const,
];

const word = fc.string({ unit: fc.constantFrom(..."abc 123.-T:Zé😀"), maxLength: 8 });
const time = fc.integer({ min: 1_500_000_000_000, max: 1_900_000_000_000 });
const scalar: fc.Arbitrary<string | number | boolean | null> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -12, max: 12 }) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: time },
  { weight: 2, arbitrary: word },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "12",
      " 1e2 ",
      "true",
      "false",
      "",
      "1h30m",
      "2026-03-29T01:30:00+02:00",
      "Asia/Seoul",
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(true, false, null) },
);
const value: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 9, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant<JsonValue>({ a: 1, b: ["x"] }) },
);
const row: fc.Arbitrary<Row> = fc.record(Object.fromEntries(NAMES.map((name) => [name, value])));

/** How many arguments the programs of this test give. */
const ARGUMENTS: Readonly<Record<string, number[]>> = {
  ...Object.fromEntries(FUNCTION_NAMES.map((name) => [name, [1]])),
  ...{ pow: [2], min: [1, 3], max: [1, 2], clamp: [3], coalesce: [1, 3], concat: [1, 3], substring: [2, 3] },
  ...{ replace: [3], contains: [2], starts_with: [2], ends_with: [2], split_part: [3], date_add: [2] },
};

const { program } = fc.letrec<{ program: Expression }>((tie) => {
  const some = (count: number) => fc.tuple(...Array.from({ length: count }, () => tie("program")));
  const call = (name: string, count: number): fc.Arbitrary<Expression> =>
    some(count).map((args) => ({ kind: "call", name, args }));
  const calls = FUNCTION_NAMES.filter((name) => name !== "if" && name !== "date_diff").flatMap((name) =>
    ARGUMENTS[name]!.map((count) => call(name, count))
  );
  const dates: fc.Arbitrary<Expression> = fc.oneof(
    some(2).map((args): Expression => ({
      kind: "call",
      name: "date_diff",
      args: [...args, { kind: "constant", value: "minutes" }],
    })),
    fc.tuple(
      fc.constantFrom("year", "month", "day", "hour", "minute", "weekday"),
      time,
      fc.constantFrom("Asia/Seoul", "Europe/Berlin", "Australia/Lord_Howe"),
    ).map(([name, at, zone]): Expression => ({
      kind: "call",
      name,
      args: [{ kind: "constant", value: at }, { kind: "constant", value: zone }],
    })),
  );
  const leaf: fc.Arbitrary<Expression> = fc.oneof(
    fc.constantFrom(...NAMES).map((name): Expression => ({ kind: "name", name })),
    scalar.map((value): Expression => ({ kind: "constant", value })),
  );
  return {
    program: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      leaf,
      fc.record({ kind: fc.constant("unary"), op: fc.constantFrom("-", "!"), of: tie("program") }),
      fc.record({
        kind: fc.constant("binary"),
        op: fc.constantFrom(...OPERATORS),
        left: tie("program"),
        right: tie("program"),
      }),
      fc.record({
        kind: fc.constant("choice"),
        test: tie("program"),
        then: tie("program"),
        otherwise: tie("program"),
      }),
      fc.record({
        kind: fc.constant("member"),
        of: tie("program"),
        list: fc.array(tie("program"), { maxLength: 3 }),
      }),
      fc.oneof(...calls),
      dates,
    ) as fc.Arbitrary<Expression>,
  };
});

Deno.test("expression: columns hold what a naive evaluator computes for each row", () => {
  fc.assert(
    fc.property(program, fc.array(row, { maxLength: 6 }), (program, rows) => {
      const found = computed(program, NAMES, rows);
      for (const [index, row] of rows.entries()) {
        const expected = evaluate(program, row);
        assert(
          same(found[index]!, expected),
          `${JSON.stringify(found[index])} is not ${JSON.stringify(expected)} of ${textOf(program)}`,
        );
      }
    }),
    { numRuns: 3000 },
  );
});

Deno.test("expression: rows do not know each other, so batches may be split anywhere", () => {
  fc.assert(fc.property(program, fc.array(row, { maxLength: 6 }), fc.nat(6), (program, rows, cut) => {
    const parts = [rows.slice(0, cut), rows.slice(cut)].flatMap((part) => computed(program, NAMES, part));
    assert.deepEqual(parts, computed(program, NAMES, rows));
  }));
});

Deno.test("expression: a program written as text is read as itself", () => {
  fc.assert(
    fc.property(program, (program) => {
      // A minus before a written number is part of the number.
      fc.pre(!/-\(+-?\d/.test(textOf(program)));
      const reading = parseExpression(textOf(program));
      // Constants that a function refuses, and depth, are the parser's business.
      if (reading.ok) assert(same(reading.program, program), textOf(program));
      else assert.match(reading.message, /nested|more than|is no|at most/);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("expression: a program is plain data", () => {
  const reading = parseExpression("if(a in [1, 'x'], round(b.c * -2, 1), null)");
  assert(reading.ok);
  assert.deepEqual(JSON.parse(JSON.stringify(reading.program)), reading.program);
  assert.deepEqual(reading.names, ["a", "b.c"]);
});

/** Fully parenthesised. */
function textOf(part: Expression): string {
  switch (part.kind) {
    case "constant":
      return typeof part.value === "number" && (part.value < 0 || Object.is(part.value, -0))
        ? `(-${-part.value})`
        : JSON.stringify(part.value);
    case "name":
      return /^[ab.c]+$/.test(part.name) ? part.name : `\`${part.name}\``;
    case "unary":
      // A minus before a number would become part of it.
      return `(${part.op}(${textOf(part.of)}))`;
    case "binary":
      return `(${textOf(part.left)} ${part.op} ${textOf(part.right)})`;
    case "choice":
      return `(${textOf(part.test)} ? ${textOf(part.then)} : ${textOf(part.otherwise)})`;
    case "member":
      return `(${textOf(part.of)} in [${part.list.map(textOf).join(", ")}])`;
    case "call":
      return `${part.name}(${part.args.map(textOf).join(", ")})`;
  }
}

const piece = fc.oneof(
  fc.constantFrom(
    ...[
      "(",
      ")",
      "[",
      "]",
      ",",
      "+",
      "-",
      "**",
      "?",
      ":",
      "and",
      "not",
      "in",
      "'",
      '"',
      "`",
      "\\",
      ".",
      "&",
      "==",
    ],
    ...["a", "b.c", "1", "2.5", "1e999", " ", "if(", "round(", "null", "😀", "é", "\ud800", "\0"],
  ),
  fc.string({ maxLength: 3 }),
);

Deno.test("expression: any text is read or refused, never thrown at, and the place lies in the text", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")), (text) => {
      const reading = parseExpression(text);
      if (!reading.ok) assert(reading.at >= 0 && reading.at <= text.length);
      else assert.deepEqual(computed(reading.program, reading.names, [{}]).length, 1);
    }),
    { numRuns: 5000 },
  );
});

const NASTY: [claim: string, text: string, message: RegExp][] = [
  ["open parentheses", "(".repeat(2000), /nested deeper than 32/],
  ["minus signs", "-".repeat(2000), /nested deeper than 32/],
  ["choices", "a?".repeat(1000), /nested deeper than 32/],
  ["powers", "a**".repeat(600), /nested deeper than 32/],
  ["a long sum", "a+".repeat(999) + "a", /more than 200/],
  ["too long", " ".repeat(2001), /at most 2000 characters/],
  ["quotes", "'".repeat(1999), /unexpected|does not end/],
  ["backslashes in a text", `"${"\\".repeat(1995)}`, /does not end/],
  ["a path without end", "a" + ".a".repeat(900) + ".", /means nothing here/],
];

for (const [claim, text, message] of NASTY) {
  Deno.test(`expression: ${claim} are refused`, () => {
    const reading = parseExpression(text);
    assert(!reading.ok);
    assert.match(reading.message, message);
  });
}

Deno.test("expression: bounds hold exactly", () => {
  assert(parseExpression("(".repeat(31) + "1" + ")".repeat(31)).ok);
  assert(!parseExpression("(".repeat(32) + "1" + ")".repeat(32)).ok);
  assert(parseExpression(Array(100).fill("a").join("+")).ok);
  assert(!parseExpression(Array(101).fill("a").join("+")).ok);
});

Deno.test("expression: a text that grows past its bound is null, before it is built", () => {
  const x = "x".repeat(9_999);
  const cases: [string, JsonValue][] = [
    ["length(concat(x, 'y'))", 10_000],
    ["concat(x, 'yy')", null],
    ["replace(x, 'x', x)", null],
    ["upper(concat(x, 'ß'))", null],
  ];
  for (const [text, expected] of cases) {
    const reading = parseExpression(text);
    assert(reading.ok);
    assert.deepEqual(computed(reading.program, reading.names, [{ x }]), [expected], text);
  }
});

Deno.test("expression: columns that nothing is known of are null, and their own stay as they are", () => {
  const reading = parseExpression("coalesce(a, b) + 1");
  assert(reading.ok);
  const run = compileExpression(reading.program, { index: (name) => name === "a" ? 0 : 1 });
  const given = columnOf([1, 2]);
  assert.deepEqual([...run([undefined, given], 2).numbers], [2, 3]);
  assert.deepEqual([...given.numbers], [1, 2]);
});
