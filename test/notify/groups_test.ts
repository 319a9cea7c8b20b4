/** Groups, their timers and whole timelines on a clock that is a number: rows of test/vectors/alerting. */
import assert from "node:assert/strict";
import type { Member } from "../../src/model/alert_group.ts";
import { decideNext } from "../../src/notify/backoff.ts";
import { isResolved, labelIdentity, mergeMembers, renewMember } from "../../src/notify/group_member.ts";
import { compileInhibition } from "../../src/notify/inhibiting.ts";
import { GROUP_MEMBERS_MAX, groupsOf, joinGroup, openGroup } from "../../src/notify/group_state.ts";
import { compileRoutes } from "../../src/notify/route_tree.ts";
import { compileSilence } from "../../src/notify/silencing.ts";
import { vectors } from "../vector_rows.ts";
import { Course, member } from "./routing_course.ts";
import { routeOf } from "./routing_rows.ts";

// deno-lint-ignore no-explicit-any -- rows of data, each section of its own shape
type Row = any;
const ms = (seconds: number) => Math.round(seconds * 1000);

const grouping = vectors<Row>("alerting/grouping.json");

for (const { id, note, tree, alerts, groups, max_groups, then_alert, then } of grouping.groups) {
  Deno.test(`grouping ${id}: ${note ?? "alerts in their groups"}`, () => {
    const course = new Course(compileRoutes(routeOf(tree)));
    if (max_groups !== undefined) course.groupsMax = max_groups;
    for (const [i, labels] of alerts.entries()) course.report(member(labels, { alert_id: String(i) }), 0);
    if (groups !== undefined) {
      const found = course.groups.map((group) => ({
        receiver: group.receiver,
        group_labels: group.labels,
        alerts: Object.values(group.members).map((one) => Number(one.alert_id)).toSorted(),
      }));
      const sorted = (rows: Row[]) => rows.map((row) => JSON.stringify(row)).toSorted();
      const wanted = groups.map(({ path: _, receiver, group_labels, alerts }: Row) => ({
        receiver,
        group_labels: Object.fromEntries(Object.entries(group_labels).toSorted()),
        alerts,
      }));
      assert.deepEqual(sorted(found), sorted(wanted));
    }
    if (then_alert !== undefined) {
      course.report(member(then_alert), 0);
      assert.deepEqual({ groups: course.groups.length, refused: course.refused }, then);
    }
  });
}

for (const { id, about, group_wait_s, group_interval_s, events, flushes } of grouping.flush) {
  Deno.test(`grouping ${id}: ${about}`, () => {
    const course = new Course(
      compileRoutes(routeOf({ receiver: "r", group_wait_s, group_interval_s })),
      () => [
        { channel_id: "c", send_resolved: true },
      ],
    );
    const seen: Row[] = [];
    const end = ms(Math.max(...flushes.map((row: Row) => row.at_s), ...events.map((row: Row) => row.at_s)));
    const offers = (until: number) => {
      for (let due = course.due(); due <= until; due = course.due()) {
        for (const { group } of course.flush(due)) {
          const alerts = Object.values(group.members).map((one) => [
            one.labels.name,
            isResolved(one, due) ? "resolved" : "firing",
          ]);
          seen.push({ at_s: due / 1000, alerts: Object.fromEntries(alerts) });
        }
      }
    };
    for (const { at_s, fire = [], resolve = [], starts_s = at_s } of events) {
      offers(ms(at_s) - 1);
      for (const name of fire) {
        course.report(member({ name }, { starts_at: ms(starts_s), updated_at: ms(at_s) }), ms(at_s));
      }
      for (const name of resolve) {
        course.report(member({ name }, { ends_at: ms(at_s), updated_at: ms(at_s) }), ms(at_s));
      }
    }
    offers(end);
    assert.deepEqual(seen, flushes);
  });
}

for (const { id, note, group_interval_s, repeat_interval_s, sent_at_s } of grouping.repeat) {
  Deno.test(`grouping ${id}: ${note}`, () => {
    const row = { receiver: "r", group_wait_s: 0, group_interval_s, repeat_interval_s };
    const course = new Course(compileRoutes(routeOf(row)), () => [{ channel_id: "c", send_resolved: true }]);
    course.report(member({ a: "b" }), 0);
    const sent: number[] = [];
    while (course.due() <= ms(sent_at_s.at(-1))) {
      const due = course.due();
      if (course.flush(due).some(({ flush }) => flush.notifications.length > 0)) sent.push(due / 1000);
    }
    assert.deepEqual(sent, sent_at_s);
  });
}

const dedup = vectors<Row>("alerting/dedup.json");

for (const { id, note, older, newer, merged } of dedup.merge) {
  Deno.test(`dedup ${id}: ${note}`, () => {
    const read = ({ starts_s, ends_s, updated_s, timeout }: Row) =>
      member({}, { starts_at: ms(starts_s), ends_at: ms(ends_s), updated_at: ms(updated_s), timeout });
    assert.deepEqual(mergeMembers(read(older), read(newer), 0), read(merged));
    assert.deepEqual(mergeMembers(read(newer), read(older), 0), read(merged));
  });
}

for (const { id, a, b, same_alert, note } of dedup.identity) {
  Deno.test(`dedup ${id}: ${note}`, () => {
    assert.equal(labelIdentity(a) === labelIdentity(b), same_alert);
  });
}

const timeline = vectors<Row>("alerting/timeline.json");
/** A start delay is for a process that forgot its groups; ours are stored, a restart has nothing to wait for. */
const NOT_OURS = ["cold-start"];

for (const row of timeline.cases.filter(({ id }: Row) => !NOT_OURS.includes(id))) {
  Deno.test(`timeline ${row.id}: ${row.about}`, () => play(row));
}

interface Received {
  at: number;
  alerts: Row[];
}

function play({ config, steps, sinks = {}, want }: Row): void {
  const receivers = config.receivers as Record<
    string,
    { sink: string; send_resolved: boolean; timeout_s?: number }[]
  >;
  const course = new Course(
    compileRoutes(routeOf(config.route)),
    (name) => receivers[name]!.map(({ sink, send_resolved }) => ({ channel_id: sink, send_resolved })),
  );
  const alerts = new Map<string, { member: Member; annotations: Row }>();
  const silences = new Map<string, ReturnType<typeof compileSilence>>();
  const inhibitions = (config.inhibit_rules ?? []).map((rule: Row, i: number) =>
    compileInhibition({ inhibition_id: `i${i}`, comment: "", ...rule })
  );
  const received: Record<string, Received[]> = {};
  const annotationsOf = (one: Member) => alerts.get(one.identity)!.annotations;

  const send = (sink: string, message: Row[], at: number) => {
    const { timeout_s = 10 } = Object.values(receivers).flat().find((one) => one.sink === sink)!;
    let retries = 0;
    for (let now = at;;) {
      const answer = (sinks[sink] ?? []).find(({ until_s }: Row) => now <= ms(until_s)) ?? { answer: 200 };
      const delay = answer.delay_s ?? 0;
      if (answer.count !== false) (received[sink] ??= []).push({ at: now, alerts: message });
      const ok = delay <= timeout_s && answer.answer === 200;
      const ended = now + ms(Math.min(delay, timeout_s));
      const end = {
        ...{ class: ok ? "delivered" as const : "transient" as const, reason: null, retry_after_ms: null },
        afterUnknown: "repeat" as const,
      };
      const rng = { next: () => 0.5 };
      const next = decideNext(end, { delivery: { retries, expires_at: Infinity }, now: ended, rng });
      if (next.next_attempt_at === null) return;
      ({ retries } = next);
      now = next.next_attempt_at;
    }
  };
  const flush = (now: number) => {
    const active = () =>
      [...alerts.values()].filter(({ member }) => !isResolved(member, now)).map(({ member }) =>
        member.labels
      );
    course.calm = { intervals: {}, inhibitions, silences: [...silences.values()], active };
    for (const { flush: { notifications } } of course.flush(now)) {
      for (const { channel_id, alerts } of notifications) {
        const shown = alerts.map(({ member: one, status }) => ({
          labels: one.labels,
          starts_s: one.starts_at / 1000,
          ...(status === "resolved" && { ends_s: one.ends_at! / 1000 }),
          ...(annotationsOf(one) && { annotations: annotationsOf(one) }),
        }));
        send(channel_id, shown, now);
      }
    }
  };
  const step = (row: Row, now: number) => {
    for (const { labels, annotations, starts_s, ends_s } of row.push ?? []) {
      const timeout = ends_s === undefined;
      const report = member(labels, {
        starts_at: starts_s === undefined ? timeout ? now : Math.min(now, ms(ends_s)) : ms(starts_s),
        ends_at: timeout ? now + ms(config.resolve_timeout_s ?? 300) : ms(ends_s),
        timeout,
        updated_at: now,
      });
      const known = alerts.get(report.identity);
      const renewed = renewMember(known?.member, report, now);
      const newest = known === undefined || renewed.updated_at === report.updated_at;
      alerts.set(report.identity, { member: renewed, annotations: newest ? annotations : known.annotations });
      course.report(renewed, now);
    }
    if (row.silence) {
      const { as, matchers, starts_s, ends_s } = row.silence;
      silences.set(
        as,
        compileSilence({
          ...{ silence_id: as, matcher_sets: [matchers], starts_at: ms(starts_s), ends_at: ms(ends_s) },
          ...{ schedule: [], created_by: "", comment: "", updated_at: now },
        }),
      );
    }
    if (row.unsilence) silences.delete(row.unsilence);
    if (row.reload) course.reload(now);
  };
  const end = Math.max(...Object.values(want as Record<string, Row[]>).flat().map(({ to_s }) => ms(to_s)));
  const until = (limit: number) => {
    for (let due = course.due(); due <= limit; due = course.due()) flush(due);
  };
  for (const row of steps) {
    until(ms(row.at_s));
    step(row, ms(row.at_s));
  }
  until(end);
  for (const [sink, windows] of Object.entries(want as Record<string, Row[]>)) {
    compare(received[sink] ?? [], windows);
  }
}

function compare(received: Received[], windows: Row[]): void {
  const text = (alerts: Row[]) =>
    alerts.map(({ labels, annotations, starts_s, ends_s }) =>
      JSON.stringify({ labels, annotations, starts_s, ends_s })
    ).toSorted().join();
  const end = Math.max(...windows.map(({ to_s }) => ms(to_s)));
  const left = received.filter(({ at }) => at <= end);
  for (const { from_s, to_s, alerts } of windows.filter((row) => row.alerts.length > 0)) {
    const at = left.findIndex((one) =>
      one.at >= ms(from_s) && one.at <= ms(to_s) && text(one.alerts) === text(alerts)
    );
    assert.ok(at >= 0, `nothing in ${from_s}..${to_s} is ${text(alerts)}: ${JSON.stringify(left)}`);
    left.splice(at, 1);
  }
  assert.deepEqual(left, [], "nothing else arrives");
}

Deno.test("grouping: a group takes so many alerts and refuses the next, but takes news of those it has", () => {
  const [place] = groupsOf(compileRoutes({ receiver: "r" }), {});
  const group = openGroup(place!, member({ n: "0" }), { now: 0, generation: "" });
  for (let n = 1; n < GROUP_MEMBERS_MAX; n++) assert.ok(joinGroup(group, member({ n: String(n) }), 0));
  assert.equal(joinGroup(group, member({ n: "one more" }), 0), false);
  assert.equal(joinGroup(group, member({ n: "0" }, { ends_at: 1, updated_at: 1 }), 1), true);
  assert.equal(Object.keys(group.members).length, GROUP_MEMBERS_MAX);
});
