/** The stages of routing one by one, as the rows of test/vectors/alerting tell them. */
import assert from "node:assert/strict";
import { labelTest, type Matcher } from "../../src/model/matcher.ts";
import { routingFaults } from "../../src/model/routing_faults.ts";
import {
  changesInPlace,
  expiredTimes,
  matcherSetsFault,
  type Silence,
  silenceState,
  silenceTest,
  timesFault,
} from "../../src/model/silence.ts";
import { readTimeInterval, type TimeInterval } from "../../src/model/time_interval.ts";
import { flushReason } from "../../src/notify/dedup.ts";
import { compileInhibition, inhibitedBy } from "../../src/notify/inhibiting.ts";
import {
  compileRoutes,
  groupLabels,
  matchRoutes,
  type RouteNode,
  walkRoutes,
} from "../../src/notify/route_tree.ts";
import { changeSilence } from "../../src/notify/silence_change.ts";
import { compileSilence, silencedBy } from "../../src/notify/silencing.ts";
import { intervalHolds, mutedBy } from "../../src/notify/time_mute.ts";
import { vectors } from "../vector_rows.ts";
import { routeOf, type TreeRow } from "./routing_rows.ts";

// deno-lint-ignore no-explicit-any -- rows of data, each section of its own shape
type Row = any;
const NOW = Date.UTC(2026, 0, 1);
const at = (seconds: number) => NOW + Math.round(seconds * 1000);
const times = ({ starts_s, ends_s }: Row) => ({ starts_at: at(starts_s ?? 0), ends_at: at(ends_s) });

const routes = vectors<Row>("alerting/routes.json");
const tree = (name: string): RouteNode => compileRoutes(routeOf(routes.trees[name]));
const nodeAt = (root: RouteNode, path: number[]): RouteNode =>
  path.reduce((node, i) => node.routes[i]!, root);

for (const { id, tree: name, labels, matched } of routes.match) {
  Deno.test(`routes ${id}: ${JSON.stringify(labels)} reaches ${matched.length} node(s) of ${name}`, () => {
    const found = matchRoutes(tree(name), labels).map((node) => ({
      ...{ receiver: node.receiver, group_by: node.group_by, group_wait_s: node.group_wait_ms / 1000 },
      group_interval_s: node.group_interval_ms / 1000,
      repeat_interval_s: node.repeat_interval_ms / 1000,
      path: node.path,
    }));
    assert.deepEqual(found, matched.map(({ labels: _, ...row }: Row) => row));
  });
}

for (const { id, tree: name, receivers } of routes.walk) {
  Deno.test(`routes ${id}: nodes are visited depth first, left to right`, () => {
    assert.deepEqual([...walkRoutes(tree(name))].map((node) => node.receiver), receivers);
  });
}

for (const { id, tree: name, path, group_by } of routes.inherit) {
  Deno.test(`routes ${id}: group_by at ${JSON.stringify(path)} is ${JSON.stringify(group_by)}`, () => {
    assert.deepEqual(nodeAt(tree(name), path).group_by, group_by);
  });
}

for (const { id, tree: name, path, route_id } of routes.ids) {
  Deno.test(`routes ${id}: the node at ${JSON.stringify(path)} is ${route_id}`, () => {
    assert.equal(nodeAt(tree(name), path).id, route_id);
  });
}

for (const { id, about, config, ok, error } of routes.config) {
  Deno.test(`routes ${id}: ${about}: ${ok ? "accepted" : error}`, () => {
    const named = (names: string[] = []) => names.map((name) => ({ name }));
    const document = {
      route: config.route && routeOf(config.route as TreeRow),
      receivers: named(config.receivers),
      time_intervals: named(config.time_intervals),
    };
    const codes = routingFaults(document, []).map(({ code }) => code);
    assert.equal(ok ? codes.length === 0 : codes.includes(error), true, codes.join());
  });
}

const inhibition = vectors<Row>("alerting/inhibition.json");
const compiled = (rules: Row[]) =>
  rules.map((rule, i) => compileInhibition({ inhibition_id: `i${i}`, comment: "", ...rule }));
const activeOf = (alerts: Row[]) =>
  alerts.filter(({ state }) => state === "active").map(({ labels }) => labels);

for (const { id, equal, sources, target, found } of inhibition.equal) {
  Deno.test(`inhibition ${id}: a source that agrees on ${JSON.stringify(equal)} is ${found ? "" : "not "}found`, () => {
    // A source matcher that no target meets keeps the two sides apart.
    const rules = compiled([{ source: [], target: [{ name: "is_target", op: "=", value: "1" }], equal }]);
    assert.equal(inhibitedBy(rules, { ...target, is_target: "1" }, activeOf(sources)).length > 0, found);
  });
}

for (const { id, rules, sources, target, inhibited } of inhibition.rules) {
  Deno.test(`inhibition ${id}: ${JSON.stringify(target)} is ${inhibited ? "" : "not "}inhibited`, () => {
    assert.equal(inhibitedBy(compiled(rules), target, activeOf(sources)).length > 0, inhibited);
  });
}

for (const { id, rules, alerts, note } of inhibition.sets) {
  Deno.test(`inhibition ${id}: ${note ?? "alerts that live together"}`, () => {
    for (const { labels, inhibited } of alerts) {
      const by = inhibitedBy(compiled(rules), labels, activeOf(alerts));
      assert.equal(by.length > 0, inhibited, JSON.stringify(labels));
    }
  });
}

const silences = vectors<Row>("alerting/silences.json");

for (const { id, now_s, state, ...row } of silences.state) {
  Deno.test(`silences ${id}: it is ${state}`, () => {
    assert.equal(silenceState(times(row), at(now_s)), state);
  });
}

for (const { id, matcher_sets, labels, silenced, note } of silences.match) {
  Deno.test(`silences ${id}: ${note ?? JSON.stringify(matcher_sets)}: ${silenced}`, () => {
    assert.equal(silenceTest({ matcher_sets })(labels), silenced);
  });
}

// The API's rows: our store takes what the API has checked and no more.
for (const { id, silence, ok, error, note } of silences.valid.filter(({ layer }: Row) => layer !== "store")) {
  Deno.test(`silences ${id}: ${note ?? JSON.stringify(silence)}: ${ok ? "accepted" : error}`, () => {
    // A silence without an end is refused by the schema of the API: test/routes/silences_test.ts.
    if (error === "no_end") return assert.equal(silence.ends_s, null);
    const fault = matcherSetsFault(silence.matcher_sets) ?? timesFault(times(silence), NOW);
    assert.equal(fault?.code ?? null, ok ? null : error);
  });
}

for (const { id, old, new: next, in_place, note } of silences.update) {
  Deno.test(`silences ${id}: ${note ?? "a change"} is ${in_place ? "" : "not "}made in place`, () => {
    const sameMatchers = next.matchers === undefined;
    assert.equal(changesInPlace(times(old), times(next), { now: NOW, sameMatchers }), in_place);
  });
}

for (
  const { id, before, after, state_after, note } of silences.expire.filter(({ before }: Row) =>
    before !== null
  )
) {
  Deno.test(`silences ${id}: ${note ?? "ended by hand"}`, () => {
    const ended = expiredTimes(times(before), NOW);
    assert.deepEqual(ended, times(after));
    assert.equal(silenceState(ended, NOW), state_after);
  });
}

for (const { id, about, steps } of silences.history) {
  Deno.test(`silences ${id}: ${about}`, () => {
    const stored = new Map<string, Silence>();
    const names = new Map<string, string>();
    let fresh = 0;
    for (const step of steps as Row[]) {
      const now = at(step.at_s);
      const known = names.get(step.as);
      const old = known === undefined ? null : stored.get(known)!;
      if (step.do === "set") {
        // An id that nobody has: the API's 404, test/routes/silences_test.ts.
        if (step.result?.error !== undefined) continue;
        const { matchers, starts_s, ends_s, comment = "" } = step.silence;
        const freshId = `s${fresh++}`;
        const draft: Silence = {
          silence_id: freshId,
          matcher_sets: [matchers],
          starts_at: starts_s === null ? now : at(starts_s),
          ends_at: at(ends_s),
          schedule: [],
          created_by: "",
          comment,
          updated_at: now,
        };
        const { silence, ended } = changeSilence(old, draft, { now, freshId });
        if (ended !== null) stored.set(ended.silence_id, ended);
        stored.set(silence.silence_id, silence);
        const { id: which, starts_s: from, ends_s: to, state } = step.result ?? {};
        if (which !== undefined) assert.equal(silence.silence_id === known ? "same" : "new", which);
        if (from !== undefined) assert.equal(silence.starts_at, at(from));
        if (to !== undefined) assert.equal(silence.ends_at, at(to));
        if (state !== undefined) assert.equal(silenceState(silence, now), state);
        names.set(step.new_as ?? step.as, silence.silence_id);
      } else if (step.do === "expire") {
        stored.set(known!, { ...old!, ...expiredTimes(old!, now) });
      } else if (step.do === "check") {
        const by = silencedBy([...stored.values()].map(compileSilence), step.labels, now);
        assert.equal(by.length > 0, step.silenced);
        if (step.by) {
          assert.deepEqual(
            by.toSorted(),
            step.by.map((name: string) => names.get(name)).toSorted(),
          );
        }
      } else {
        const { starts_s: from, ends_s: to, state } = step.result;
        if (from !== undefined) assert.equal(old!.starts_at, at(from));
        if (to !== undefined) assert.equal(old!.ends_at, at(to));
        if (state !== undefined) assert.equal(silenceState(old!, now), state);
      }
    }
  });
}

const dedup = vectors<Row>("alerting/dedup.json");

for (const { id, last, firing, resolved, repeat_interval_s, send_resolved, notify, reason } of dedup.update) {
  Deno.test(`dedup ${id}: ${reason}`, () => {
    const age = last?.age_s ?? Infinity;
    const told = last && { ...last, at: at(-age) };
    const given = flushReason(told, { firing, resolved, at: NOW }, {
      repeat_interval_ms: repeat_interval_s * 1000,
      send_resolved,
    });
    assert.equal(given, reason);
    assert.equal(given !== "do_not_notify", notify);
  });
}

const intervals = vectors<Row>("alerting/time_intervals.json");
const read = (given: Row): TimeInterval => {
  const result = readTimeInterval(given);
  if (!result.ok) throw new Error(result.fault.message);
  return result.interval;
};

for (const { id, interval, inside, outside } of intervals.contains) {
  Deno.test(`time intervals ${id}: ${JSON.stringify(interval)}`, () => {
    for (const instant of inside) {
      assert.equal(intervalHolds(read(interval), Date.parse(instant)), true, instant);
    }
    for (const instant of outside) {
      assert.equal(intervalHolds(read(interval), Date.parse(instant)), false, instant);
    }
  });
}

for (const { id, interval, ok, normal, error } of intervals.parse) {
  Deno.test(`time intervals ${id}: ${JSON.stringify(interval)} is ${ok ? "read" : error}`, () => {
    const result = readTimeInterval(interval);
    if (result.ok) assert.deepEqual(result.interval, normal);
    else assert.equal(result.fault.code, error);
    assert.equal(result.ok, ok);
  });
}

for (
  const { id, intervals: named, mute_time_intervals, active_time_intervals, now, by, by_any_of } of intervals
    .mute
) {
  Deno.test(`time intervals ${id}: muted by ${JSON.stringify(by ?? by_any_of)} at ${now}`, () => {
    const known = Object.fromEntries(
      Object.entries(named as Record<string, Row[]>).map(([name, list]) => [name, list.map(read)]),
    );
    const found = mutedBy(
      { mute: mute_time_intervals, active: active_time_intervals },
      known,
      Date.parse(now),
    );
    if (by_any_of === undefined) assert.deepEqual(found, by);
    else assert.ok(found.length > 0 && found.every((name) => by_any_of.includes(name)));
  });
}

const grouping = vectors<Row>("alerting/grouping.json");

for (const { id, group_by, labels, group_labels } of grouping.labels) {
  Deno.test(`grouping ${id}: ${JSON.stringify(group_by)} gives ${JSON.stringify(group_labels)}`, () => {
    assert.deepEqual(groupLabels({ group_by }, labels), group_labels);
  });
}

Deno.test("matchers: a list that is empty holds for everything", () => {
  const none: Matcher[] = [];
  assert.equal(labelTest(none)({ a: "b" }), true);
});
