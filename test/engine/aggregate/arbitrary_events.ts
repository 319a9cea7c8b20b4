/** Random events of one column, with everything that a sum, a tie or a type could trip over. */
import * as fc from "fast-check";
import type { JsonValue } from "../../../src/base/json.ts";
import type { AggregateEvent } from "./gathered_events.ts";

const number = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: -1000, max: 1000 }).map((x) => x / 10),
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
  fc.constantFrom(1e16, -1e16, 1e100, -1e100, 1e-20, 2 ** 53, 1e9 + 0.1, -0),
);

const other = fc.constantFrom<JsonValue>(
  null,
  "1",
  " 2.5 ",
  "a",
  "",
  "\0a",
  true,
  false,
  [1],
  { a: 1 },
  "[1]",
);

/** Times are few, so that ties are many. */
export const arbitraryEvent: fc.Arbitrary<AggregateEvent> = fc.record({
  ts: fc.integer({ min: 0, max: 5 }),
  values: fc.tuple(fc.oneof({ weight: 4, arbitrary: number }, { weight: 1, arbitrary: other })),
});
