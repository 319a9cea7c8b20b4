/** What a save says of a pattern that never matches, and of members that have no effect. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../src/base/json.ts";
import { parseRule } from "../../src/model/rule.ts";
import { type PatternReview, reviewPattern } from "../../actors/pattern_review.ts";
import { RuleBench } from "../engine/rule_bench.ts";
import { vectors } from "../vector_rows.ts";

/** null: the model refuses it. */
function reviewed(pattern: JsonObject): PatternReview | null {
  const parsed = parseRule({ rule_name: "r", trigger_type: "pattern", trigger_spec: { pattern } });
  return parsed.ok ? reviewPattern(parsed.rule) : null;
}

function said(pattern: JsonObject): string[] {
  const review = reviewed(pattern);
  assert(review !== null);
  return [...review.errors, ...review.warnings].map(({ pointer, code, message }) =>
    `${pointer.replace("/trigger_spec/pattern", "")} ${code}: ${message}`
  );
}

/** A step whose name is what it takes, but for digits behind it: `a` and `a2` take the same. */
function step(name: string, more: JsonObject = {}): JsonObject {
  return { name, field: "type", value: name.replace(/\d+$/, ""), ...more };
}

const TOLD = "a match is told as soon as it is complete, and ends the others that began with it";

const SAID: [claim: string, pattern: JsonObject, ...expected: string[]][] = [
  ["a plain sequence", { steps: [step("a"), step("b")], within: "1m" }],
  ["a loop in the middle", { steps: [step("a"), step("b", { times: [1, null], greedy: true }), step("c")] }],
  [
    "a greedy loop that leaves nothing to the same step behind it",
    { steps: [step("a", { times: [1, null], greedy: true }), step("a2")] },
    "/steps/0/greedy never_matches: The pattern never matches: " +
    'the greedy step "a" takes each event that step "a2" waits for',
  ],
  [
    "a step of which every event is forbidden by then",
    { steps: [step("a"), { name: "n", negated: true }, step("b"), step("c")] },
    "/steps/2 never_matches: The pattern never matches: " +
    "what stands before a step takes or forbids every event that it could take",
  ],
  [
    "the last event forbidden until it comes",
    { steps: [step("a"), step("n", { negated: true, value: "b" }), step("b")], within: "1m" },
    "/steps/1/negated never_matches: The pattern never matches: " +
    'each event that step "b" waits for is one that "n" forbids',
  ],
  [
    "an event forbidden until it comes",
    { steps: [{ steps: [step("a"), step("n", { negated: true, value: "b" }), step("b")] }, step("c")] },
    "/steps/0/steps/1/negated never_matches: The pattern never matches: " +
    'each event that step "b" waits for is one that "n" forbids',
  ],
  [
    "the very next event both forbidden and wanted",
    {
      steps: [
        step("a"),
        step("n", { negated: true, contiguity: "strict", value: "b" }),
        step("b", { contiguity: "strict" }),
      ],
    },
    "/steps/1/negated never_matches: The pattern never matches: " +
    'each event that step "b" waits for is one that "n" forbids',
  ],
  [
    "a loop that ends before it begins",
    { steps: [step("a", { times: [1, null], until: { field: "type", value: "a" } }), step("b")] },
    "/steps/0/until never_matches: The pattern never matches: " +
    '"until" ends the loop of step "a" at each event that it could take',
  ],
  [
    "greedy on the last step",
    { steps: [step("a"), step("b", { times: 2, greedy: true })], after_match: "no_skip" },
    '/steps/1/greedy ignored: "greedy" has no effect with a fixed number of times. ' +
    "Of events a1 b1 b2 it finds a1 b1 b2",
  ],
  [
    "greedy at the end",
    { steps: [step("a"), step("b", { times: [1, null], greedy: true })], after_match: "no_skip" },
    '/steps/1/greedy ignored: "greedy" has no effect on the last step: nothing follows that could take its events. ' +
    "Of events a1 b1 b2 it finds a1 b1, a1 b1 b2",
  ],
  [
    "a greedy group",
    { steps: [{ steps: [step("a")], times: [1, 2], greedy: true }, step("b")] },
    '/steps/0/greedy ignored: "greedy" has no effect with a group of steps',
  ],
  [
    "inner of one event",
    { steps: [step("a", { times: [0, 1], inner: "strict" }), step("b")] },
    '/steps/0/inner ignored: "inner" has no effect where a step takes one event at most',
  ],
  [
    "strict on the first step",
    { steps: [step("a", { contiguity: "strict" }), step("b")] },
    '/steps/0/contiguity ignored: "contiguity" has no effect on the first step: nothing stands before it',
  ],
  [
    "strict on the first step of a group",
    { steps: [step("a"), { steps: [step("b", { contiguity: "strict" })] }] },
    '/steps/1/steps/0/contiguity ignored: "contiguity" has no effect on the first step: ' +
    "the group says how its first step follows",
  ],
  [
    "any at the end of a match that ends the others",
    { steps: [step("a"), step("b", { contiguity: "any" })] },
    '/steps/1/contiguity ignored: "contiguity any" has no effect on the last step with after_match skip_past_last: ' +
    "the first event that completes a match ends the others that began with it. Of events a1 b1 b2 it finds a1 b1",
  ],
  ["any at the end where matches end nothing", {
    steps: [step("a"), step("b", { contiguity: "any" })],
    after_match: "no_skip",
  }],
  [
    "an optional step at the end of a match that is told without it",
    { steps: [step("a"), step("b", { optional: true })] },
    `/steps/1 ignored: Step "b" never takes an event with after_match skip_past_last: ${TOLD}. ` +
    "Of events a1 b1 it finds a1",
  ],
  [
    "a loop at the end of a match that is told with its fewest events",
    { steps: [step("a"), step("b", { times: [2, null] })], after_match: "skip_to_next" },
    `/steps/1/times ignored: Step "b" takes no more than 2 events with after_match skip_to_next: ${TOLD}. ` +
    "Of events a1 b1 b2 b3 it finds a1 b1 b2",
  ],
  [
    "a loop before an optional step",
    { steps: [step("a", { times: [1, null] }), step("b", { optional: true })] },
    `/steps/0/times ignored: Step "a" takes no more than one event with after_match skip_past_last: ${TOLD}. ` +
    "Of events a1 a2 b1 it finds a1, a2",
    `/steps/1 ignored: Step "b" never takes an event with after_match skip_past_last: ${TOLD}. ` +
    "Of events a1 a2 b1 it finds a1, a2",
  ],
  [
    "an optional step behind a greedy loop of the same",
    {
      steps: [
        step("a", { times: [1, null], greedy: true }),
        step("a2", { optional: true, contiguity: "strict" }),
        step("b"),
      ],
    },
    '/steps/1 ignored: Step "a2" never takes an event: what stands before it takes or forbids every one. ' +
    "Of events a1 a2 a21 b1 it finds a1 a2 a21 b1",
  ],
  [
    "on_timeout without within",
    { steps: [step("a"), step("b")], on_timeout: true },
    '/on_timeout ignored: "on_timeout" has no effect without within: no time runs out',
  ],
];

for (const [claim, pattern, ...expected] of SAID) {
  Deno.test(`what a save says of ${claim}`, () => assert.deepEqual(said(pattern), expected));
}

interface Case {
  id: string;
  pattern: JsonObject;
  events: { ts: number; fields: JsonObject }[];
  /** Absent where feeding ends in an error. */
  matches?: string[][];
}

const FILES = ["AfterMatchSkip", "Greedy", "Group", "IterativeConditions", "NFA", "NotPattern", "SameElement"]
  .concat("TimesOrMore", "TimesRange", "UntilCondition");
const CASES = FILES.flatMap((file) => vectors<{ cases: Case[] }>(`patterns/${file}ITCase.json`).cases);

Deno.test("no pattern of the vectors that has a match is refused", () => {
  for (const { id, pattern, matches } of CASES) {
    const review = reviewed(pattern);
    assert(review !== null, id);
    if (matches !== undefined && matches.length > 0) assert.deepEqual(review.errors, [], id);
  }
});

const LETTERS = ["a", "b", "c"] as const;
const letter = fc.constantFrom(...LETTERS);
const contiguity = fc.constantFrom("strict", "relaxed", "any");
const loop = fc.record({
  times: fc.constantFrom<(number | null)[]>([1, 2], [2, 2], [0, 2], [1, null], [0, null], [2, null]),
  greedy: fc.boolean(),
  inner: contiguity,
});
const anyStep = fc.record({
  value: letter,
  contiguity,
  negated: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, {
    weight: 1,
    arbitrary: fc.constant(true),
  }),
  optional: fc.boolean(),
  loop: fc.option(loop),
});
const anyPattern = fc.record({
  steps: fc.array(anyStep, { minLength: 1, maxLength: 4 }),
  after_match: fc.constantFrom("no_skip", "skip_to_next", "skip_past_last"),
}).map(({ steps, after_match }): JsonObject => ({
  after_match,
  within: "1h",
  steps: steps.map(({ value, contiguity, negated, optional, loop }, i): JsonObject => {
    const base = { name: `s${i}`, field: "type", value };
    if (negated) return { ...base, negated, contiguity: contiguity === "any" ? "relaxed" : contiguity };
    return { ...base, contiguity, optional, ...loop };
  }),
}));

/** The steps of each match, each with how many events it took. */
function found(pattern: JsonObject, types: readonly string[]): Map<string, number>[] {
  const bench = new RuleBench({
    trigger_type: "pattern",
    trigger_spec: { topics: ["t"], pattern, time: { field: "ts", unit: "ms" } },
    limits: { alerts_per_minute: null },
  });
  bench.feed(types.map((type, ts) => ({ type, ts })), 1);
  bench.end();
  return bench.effects.alerts.map(({ steps }) => {
    const taken = new Map<string, number>();
    for (const step of steps!) taken.set(step, (taken.get(step) ?? 0) + 1);
    return taken;
  });
}

Deno.test("what a save says of any pattern is true of any events", () => {
  let refused = 0;
  let warned = 0;
  fc.assert(
    fc.property(anyPattern, fc.array(letter, { maxLength: 12 }), (pattern, types) => {
      const review = reviewed(pattern);
      if (review === null) return;
      const matches = found(pattern, types);
      if (review.errors.length > 0) {
        refused++;
        assert.deepEqual(matches, []);
      }
      for (const { message } of review.warnings) {
        const [, name, least] =
          message.match(/^Step "(\w+)" (?:never takes an event|takes no more than (\w+))/) ?? [];
        if (name === undefined) continue;
        warned++;
        const most = least === undefined ? 0 : least === "one" ? 1 : Number(least);
        for (const taken of matches) assert.ok((taken.get(name) ?? 0) <= most, message);
      }
    }),
    { numRuns: 1000 },
  );
  assert.ok(refused > 10 && warned > 100, `refused ${refused}, warned ${warned}`);
});

Deno.test("what is said to have no effect can go: the matches are the same", () => {
  let changed = 0;
  fc.assert(
    fc.property(anyPattern, fc.array(letter, { maxLength: 12 }), (pattern, types) => {
      for (const { pointer, message } of reviewed(pattern)?.warnings ?? []) {
        const [, i, member] = pointer.match(/\/steps\/(\d+)\/(greedy|contiguity|inner)$/) ?? [];
        if (i === undefined || !message.includes("has no effect")) continue;
        const steps = (pattern.steps as JsonObject[]).map((one, at) => {
          const { [member!]: _gone, ...rest } = one;
          return at === Number(i) ? rest : one;
        });
        changed++;
        assert.deepEqual(found({ ...pattern, steps }, types), found(pattern, types), message);
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(changed > 100, `changed ${changed}`);
});
