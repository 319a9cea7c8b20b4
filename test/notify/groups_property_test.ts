/** What holds for any course of alerts, silences and changes of routes, against plain bookkeeping. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { labelTest } from "../../src/model/matcher.ts";
import { compileRoutes, matchRoutes, type RouteNode, walkRoutes } from "../../src/notify/route_tree.ts";
import { compileSilence } from "../../src/notify/silencing.ts";
import type { Matcher } from "../../src/model/matcher.ts";
import type { RouteSpec } from "../../src/model/routing.ts";
import { Course, member } from "./routing_course.ts";

const INTERVAL = 50;
const NAMES = ["a", "b", "c"];

type Step =
  | { do: "fire" | "resolve"; name: string; wait: number }
  | { do: "silence"; name: string; for: number; wait: number }
  | { do: "reload"; wait: number };

const wait = fc.integer({ min: 0, max: 60 });
const name = fc.constantFrom(...NAMES);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom("fire" as const, "resolve" as const), name, wait }),
  fc.record({ do: fc.constant("silence" as const), name, for: fc.integer({ min: 1, max: 200 }), wait }),
  fc.record({ do: fc.constant("reload" as const), wait }),
);

Deno.test("groups: all that fires is told in the end, nothing twice without cause, no end without a beginning", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const root = { receiver: "r", group_wait: 10, group_interval: INTERVAL, repeat_interval: 1_000_000 };
    const course = new Course(compileRoutes(root), () => [{ channel_id: "c", send_resolved: true }]);
    const firing = new Set<string>();
    const told = new Map<string, string>();
    const silences: ReturnType<typeof compileSilence>[] = [];
    let now = 1000;
    let last = { at: -Infinity, text: "" };
    const advance = (to: number) => {
      for (let due = course.due(); due <= to; due = course.due()) {
        course.calm = { intervals: {}, inhibitions: [], silences, active: () => [] };
        for (const { group, flush } of course.flush(due)) {
          for (const { member, by } of flush.held) {
            const until = silences.filter(({ silence }) => by.includes(silence.silence_id))
              .map(({ silence }) => silence.ends_at);
            assert.ok(
              until.length > 0 && until.every((end) => end > due),
              `${member.identity} held for nothing`,
            );
          }
          for (const { alerts } of flush.notifications) {
            const text = JSON.stringify(alerts.map(({ member, status }) => [member.identity, status]));
            assert.ok(text !== last.text || course.reloads > 0 || group.flushes === 0, "the same twice");
            last = { at: due, text };
            const anybody = alerts.some(({ status }) => status === "firing") ||
              [...told.values()].includes("firing");
            assert.ok(anybody, "an end that had no beginning");
            for (const { member, status } of alerts) told.set(member.labels.name!, status);
          }
        }
      }
      now = to;
    };
    for (const [i, one] of steps.entries()) {
      advance(now + one.wait);
      if (one.do === "reload") course.reload(now);
      else if (one.do === "silence") {
        silences.push(compileSilence({
          ...{
            silence_id: `s${i}`,
            matcher_sets: [[{ name: "name", op: "=", value: one.name }]],
            schedule: [],
          },
          ...{ starts_at: now, ends_at: now + one.for, created_by: "", comment: "", updated_at: now },
        }));
      } else {
        if (one.do === "fire") firing.add(one.name);
        else if (!firing.delete(one.name)) continue;
        const ends_at = one.do === "resolve" ? now : null;
        course.report(member({ name: one.name }, { starts_at: now, ends_at, updated_at: now }), now);
      }
    }
    advance(now + 200 + 2 * INTERVAL);
    for (const name of firing) assert.equal(told.get(name), "firing", `${name} fires and nobody knows`);
  }));
});

const matcher: fc.Arbitrary<Matcher> = fc.record({
  name: fc.constantFrom("x", "y"),
  op: fc.constantFrom("=" as const, "!=" as const),
  value: fc.constantFrom("", "1", "2"),
});
const { tree } = fc.letrec<{ tree: RouteSpec }>((tie) => ({
  tree: fc.record({
    matchers: fc.array(matcher, { maxLength: 2 }),
    continue: fc.boolean(),
    routes: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant<RouteSpec[]>([]),
      fc.array(tie("tree"), { maxLength: 3 }),
    ),
  }),
}));
const labels = fc.dictionary(fc.constantFrom("x", "y"), fc.constantFrom("1", "2"));

/** A node is reached when it and all above match, and no brother before it, or before one above, took all. */
function reached(root: RouteNode, spec: RouteSpec, of: Record<string, string>): number[][] {
  const specAt = (path: number[]) => path.reduce((one, i) => one.routes![i]!, spec);
  const holds = (path: number[]) => labelTest(specAt(path).matchers ?? [])(of);
  const open = (path: number[]): boolean => {
    if (!holds(path)) return false;
    if (path.length === 0) return true;
    const [parent, index] = [path.slice(0, -1), path.at(-1)!];
    const before = Array.from({ length: index }, (_, i) => [...parent, i]);
    return open(parent) && !before.some((brother) => holds(brother) && !specAt(brother).continue);
  };
  return [...walkRoutes(root)].map((node) => node.path).filter((path) =>
    open(path) && !specAt(path).routes!.some((_, i) => holds([...path, i]))
  );
}

Deno.test("routes: any tree takes any labels where a plain reading of the rule says, and somewhere always", () => {
  fc.assert(fc.property(tree, labels, (spec, of) => {
    const given = { ...spec, matchers: [], receiver: "r" };
    const root = compileRoutes(given);
    const paths = matchRoutes(root, of).map((node) => node.path);
    assert.deepEqual(paths.toSorted(), reached(root, given, of).toSorted());
    assert.ok(paths.length > 0);
  }));
});
