import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { BatchView } from "../../src/batch/batch.ts";
import type { JsonScalar } from "../../src/base/json.ts";
import type { Condition, Operator } from "../../src/engine/plan.ts";
import { QuickTests } from "../../src/engine/quick_tests.ts";
import { holds } from "./oracle.ts";
import { planOf, Workbench } from "./workbench.ts";

const FIELDS = ["d", "x", "s"];

function simple(field: number, op: Operator, value: JsonScalar): Condition {
  return { kind: "test", field, op, operand: { kind: "const", value }, fold_case: false };
}

function rule(op: Operator, bound: JsonScalar, text: JsonScalar): Condition {
  const items = [simple(0, "==", "d1"), simple(1, op, bound), simple(2, "==", text)];
  return { kind: "group", logic: "and", items };
}

Deno.test("quick tests: a rule is visited whenever one of its rows matches", () => {
  const bound = fc.constantFrom<JsonScalar>(1, 2, "2", "b", true);
  const where = fc.tuple(
    fc.constantFrom<Operator>(">", ">=", "<", "<=", "==", "!="),
    bound,
    fc.constantFrom("u", "5"),
  )
    .map(([op, value, text]) => rule(op, value, text));
  const event = fc.record({
    d: fc.constantFrom("d1", "d2"),
    x: fc.constantFrom(0, 1, 2, 3, "2", "b", "c", true, null),
    s: fc.constantFrom("u", "v", 5, null),
  });
  fc.assert(
    fc.property(
      fc.array(where, { minLength: 1, maxLength: 6 }),
      fc.array(event, { minLength: 1, maxLength: 4 }),
      (
        conditions,
        events,
      ) => {
        const bench = new Workbench();
        for (const one of conditions) bench.add(planOf(one, FIELDS));
        const wanted = conditions.map((one) =>
          events.flatMap((e, row) => holds(one, FIELDS, e) ? [row] : [])
        );
        assert.deepEqual(bench.matches(events), wanted);
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("quick tests: a rule none of whose candidate rows can match is left out, until it is removed", () => {
  const bench = new Workbench();
  const quick = new QuickTests();
  const wheres = [rule(">=", 5, "u"), rule("<", 5, "u"), rule(">=", 5, "v"), rule(">=", 5, "nowhere")];
  const plans = wheres.map((where) => planOf(where, FIELDS));
  for (const plan of plans) quick.set(plan, bench.bindingOf(bench.add(plan)));
  const view = new BatchView(bench.encode([{ d: "d1", x: 5, s: "u" }, { d: "d1", x: 4, s: "v" }]));
  const visited = () => {
    const handles: number[] = [];
    quick.candidates(view, 0, (handle) => handles.push(handle));
    return handles.sort();
  };
  assert.deepEqual(visited(), [0]);
  quick.remove(1);
  assert.deepEqual(visited(), [0, 1]);
});
