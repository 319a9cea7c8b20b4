/** The outbox in memory: rows in the order of their birth. */
import type { JsonObject } from "../../base/json.ts";
import { REDRIVABLE_STATES, WAITING_STATES } from "../delivery_states.ts";
import type { Delivery } from "../../model/delivery.ts";

import {
  type AttemptOutcome,
  type ChannelCounts,
  type DeliveryQuery,
  LAST_ATTEMPTS_KEPT,
  type Outbox,
  type RedriveFacet,
  type RedriveFilter,
  type ShownDelivery,
} from "../outbox.ts";
import type { MemoryExecLog } from "./_exec_log.ts";

/** The outbox, and what effects do to it at once. */
export interface MemoryOutbox extends Outbox {
  /** False when its id exists. */
  bear(delivery: Delivery, lease: { owner: string; leaseUntil: number; inOrder?: boolean }): boolean;
  waitsFor(alertId: string): boolean;
  dropAlert(alertId: string): void;
  /** Whether a delivery of this revision of an alert did not arrive. */
  wants(alertId: string, revision: number): boolean;
}

interface Row extends ShownDelivery {
  lease: { owner: string; until: number } | null;
  result: JsonObject | null;
}

type Rows = Map<string, Row>;

export function createOutbox(execs: Pick<MemoryExecLog, "put">): MemoryOutbox {
  const rows: Rows = new Map();
  let seq = 0;
  const bear: MemoryOutbox["bear"] = (delivery, { owner, leaseUntil, inOrder = false }) => {
    if (rows.has(delivery.delivery_id)) return false;
    // What goes in order is claimed in order, also by this process.
    const leased = delivery.order_key === undefined || inOrder;
    const lease = leased ? { owner, until: leaseUntil } : null;
    const row: Row = {
      seq: ++seq,
      delivery: { ...delivery },
      attempts: [],
      attempts_total: 0,
      lease,
      result: null,
    };
    rows.set(delivery.delivery_id, row);
    supersede(rows, row);
    return true;
  };
  return {
    bear,
    waitsFor: (alertId) => waiting(rows).some((row) => row.delivery.alert_id === alertId),
    wants: (alertId, revision) =>
      [...rows.values()].some(({ delivery }) =>
        delivery.alert_id === alertId && delivery.revision === revision &&
        delivery.state !== "delivered" && delivery.state !== "suppressed"
      ),
    dropAlert(alertId) {
      for (const [id, row] of rows) if (row.delivery.alert_id === alertId) rows.delete(id);
    },
    ...createLeases(rows),
    ...createEndings(rows, { bear, execs }),
    ...createReads(rows),
  };
}

function createLeases(rows: Rows): Pick<Outbox, "claim" | "adopt" | "renew" | "release"> {
  const owned = (owner: string, ids: readonly string[]) =>
    ids.flatMap((id) => rows.get(id) ?? []).filter((row) => row.lease?.owner === owner);
  return {
    claim: ({ owner, now, leaseUntil, limit, skipChannels = [] }) => {
      const skipped = new Set(skipChannels);
      const due = waiting(rows).filter((row) => dueAt(row) <= now && row.delivery.expires_at > now)
        .filter((row) => !skipped.has(row.delivery.channel_id) && inTurn(rows, row))
        .sort((a, b) => dueAt(a) - dueAt(b) || a.seq - b.seq).slice(0, limit);
      for (const row of due) row.lease = { owner, until: leaseUntil };
      return Promise.resolve(due.map((row) => ({ ...row.delivery })));
    },
    adopt: (owner) => {
      const others = waiting(rows).filter((row) => row.lease !== null && row.lease.owner !== owner);
      for (const row of others) row.lease = null;
      return Promise.resolve(others.length);
    },
    renew: (owner, ids, until) => {
      for (const row of owned(owner, ids)) row.lease = { owner, until };
      return Promise.resolve();
    },
    release: (owner, ids) => {
      for (const row of owned(owner, ids)) row.lease = null;
      return Promise.resolve();
    },
  };
}

function createEndings(
  rows: Rows,
  { bear, execs }: { bear: MemoryOutbox["bear"]; execs: Pick<MemoryExecLog, "put"> },
): Pick<Outbox, "record" | "expire" | "cancel" | "hurry" | "redrive"> {
  return {
    record: (owner, outcomes) => {
      for (const outcome of outcomes) {
        if (!record(rows, owner, outcome)) continue;
        for (const born of outcome.births ?? []) bear(born, { owner: "", leaseUntil: 0 });
        if (outcome.exec !== undefined) execs.put(outcome.exec);
      }
      return Promise.resolve();
    },
    expire: (now, limit) => {
      const over = waiting(rows)
        .filter((row) => row.delivery.expires_at <= now && (row.lease?.until ?? 0) <= now)
        .sort((a, b) => a.delivery.expires_at - b.delivery.expires_at).slice(0, limit);
      for (const row of over) settle(row, "expired", "expired");
      return Promise.resolve(over.length);
    },
    cancel: (channelId, reason) => {
      const gone = waiting(rows).filter((row) => row.delivery.channel_id === channelId);
      for (const row of gone) settle(row, "cancelled", reason);
      return Promise.resolve(gone.length);
    },
    hurry: (which, now) => {
      const hurried = waiting(rows).filter(({ delivery }) =>
        (delivery.state === "deferred" || delivery.state === "retry_wait") &&
        ("channel_id" in which
          ? delivery.channel_id === which.channel_id
          : delivery.delivery_id === which.delivery_id)
      );
      for (const row of hurried) row.delivery.next_attempt_at = now;
      return Promise.resolve(hurried.length);
    },
    redrive: (filter, now, expires_at, limit) => {
      const moved = redrivable(rows, filter).slice(0, limit);
      for (const row of moved) {
        const fresh = {
          state: "queued",
          retries: 0,
          next_attempt_at: now,
          expires_at,
          reason: null,
        } as const;
        Object.assign(row.delivery, fresh);
        row.lease = null;
      }
      return Promise.resolve(moved.map((row) => row.delivery.delivery_id));
    },
  };
}

type Reads = Pick<
  Outbox,
  | "deferrals"
  | "nextDue"
  | "get"
  | "actions"
  | "list"
  | "redrivable"
  | "counts"
  | "countsByChannel"
  | "oldestQueued"
>;

function createReads(rows: Rows): Reads {
  return {
    deferrals: (id) => {
      const attempts = rows.get(id)?.attempts ?? [];
      const other = attempts.findLastIndex((attempt) => attempt.class !== "deferred");
      return Promise.resolve(attempts.length - 1 - other);
    },
    nextDue: (skipChannels = []) => {
      const skipped = new Set(skipChannels);
      const free = waiting(rows).filter((row) =>
        row.lease === null && !skipped.has(row.delivery.channel_id) && inTurn(rows, row)
      );
      const times = free.map(dueAt);
      return Promise.resolve(times.length === 0 ? null : Math.min(...times));
    },
    get: (id) => {
      const row = rows.get(id);
      return Promise.resolve(row && shown(row));
    },
    actions: (alertId, revision) => {
      const found = [...rows.values()].filter(({ delivery: { alert_id, revision: of, kind } }) =>
        alert_id === alertId && of === revision && kind === "action"
      );
      const outcomes = found.map(({ delivery: { action = 0, state }, result, attempts }) => ({
        ...{ action, state, result: structuredClone(result), error: attempts.at(-1)?.error ?? null },
      }));
      return Promise.resolve(outcomes.sort((a, b) => a.action - b.action));
    },
    list: (query) => {
      const found = [...rows.values()].reverse().filter((row) => matches(row, query));
      const items = found.slice(0, query.limit).map(shownShort);
      const next = found.length > query.limit ? items.at(-1)?.seq ?? null : null;
      return Promise.resolve({ items, next });
    },
    redrivable: (filter) => Promise.resolve(facetsOf(redrivable(rows, filter))),
    counts: () => {
      const counts: Record<string, number> = {};
      for (const { delivery } of rows.values()) counts[delivery.state] = (counts[delivery.state] ?? 0) + 1;
      return Promise.resolve(counts);
    },
    countsByChannel: (since) => Promise.resolve(byChannel(rows, since)),
    oldestQueued: () => {
      const oldest = [...rows.values()].find((row) => row.delivery.state === "queued");
      return Promise.resolve(oldest?.delivery.created_at ?? null);
    },
  };
}

function byChannel(rows: Rows, since: number): ChannelCounts[] {
  const counts = new Map<string, ChannelCounts>();
  for (const { delivery: { channel_id, state, created_at } } of rows.values()) {
    if (created_at < since && !WAITING_STATES.includes(state)) continue;
    const name = `${channel_id} ${state}`;
    const known = counts.get(name) ?? { channel_id, state, count: 0 };
    counts.set(name, { ...known, count: known.count + 1 });
  }
  return [...counts.keys()].sort().map((name) => counts.get(name)!);
}

function waiting(rows: Rows): Row[] {
  return [...rows.values()].filter((row) => WAITING_STATES.includes(row.delivery.state));
}

function redrivable(rows: Rows, filter: RedriveFilter): Row[] {
  return [...rows.values()].filter((row) => mayRedrive(row, filter));
}

/** By state and reason, the most frequent first. */
function facetsOf(found: readonly Row[]): RedriveFacet[] {
  const facets = new Map<string, RedriveFacet>();
  for (const { delivery: { state, reason } } of found) {
    const name = `${state} ${reason ?? ""}`;
    const facet = facets.get(name) ?? { state: state as RedriveFacet["state"], reason, count: 0 };
    facets.set(name, { ...facet, count: facet.count + 1 });
  }
  const names = [...facets.keys()].sort();
  return names.map((name) => facets.get(name)!).sort((a, b) => b.count - a.count);
}

function dueAt({ delivery, lease }: Row): number {
  return Math.max(delivery.next_attempt_at ?? delivery.created_at, lease?.until ?? 0);
}

/** Waiting rows that are sent in one order with this one. */
function sameOrder(rows: Rows, { delivery: { channel_id, order_key } }: Row): Row[] {
  if (order_key === undefined) return [];
  return waiting(rows).filter(({ delivery }) =>
    delivery.channel_id === channel_id && delivery.order_key === order_key
  );
}

function inTurn(rows: Rows, row: Row): boolean {
  return sameOrder(rows, row).every(({ seq }) => seq >= row.seq);
}

/** Cancels what failed and waits to be tried again, behind which a later revision of its alert waits. */
function supersede(rows: Rows, row: Row): void {
  const others = sameOrder(rows, row);
  const failed = others.filter(({ delivery, lease }) =>
    lease === null && (delivery.state === "retry_wait" || delivery.state === "deferred")
  );
  for (const one of failed) {
    const { alert_id, revision } = one.delivery;
    const later = others.some(({ delivery }) =>
      delivery.alert_id === alert_id && delivery.revision > revision
    );
    if (later) settle(one, "cancelled", "superseded");
  }
}

/** Whether the row moved. */
function record(rows: Rows, owner: string, outcome: AttemptOutcome): boolean {
  const row = rows.get(outcome.delivery_id);
  if (row === undefined) return false;
  if (outcome.attempt !== null) {
    row.attempts.push({ ...outcome.attempt });
    row.attempts_total++;
  }
  if (row.attempts.length > LAST_ATTEMPTS_KEPT + 1) row.attempts.splice(1, 1);
  if (row.lease?.owner !== owner) return false;
  const { state, retries, next_attempt_at, reason, settled } = outcome;
  Object.assign(row.delivery, { state, retries, next_attempt_at, reason, ...(settled && { settled }) });
  row.result = outcome.result === undefined ? row.result : structuredClone(outcome.result);
  row.lease = null;
  supersede(rows, row);
  return true;
}

function settle(row: Row, state: "expired" | "cancelled", reason: string): void {
  Object.assign(row.delivery, { state, reason, next_attempt_at: null });
  row.lease = null;
}

function mayRedrive({ delivery }: Row, filter: RedriveFilter): boolean {
  return REDRIVABLE_STATES.some((state) => state === delivery.state) &&
    (filter.state === undefined || filter.state === delivery.state) &&
    (filter.reason === undefined || filter.reason === delivery.reason) &&
    (filter.delivery_ids === undefined || filter.delivery_ids.includes(delivery.delivery_id)) &&
    (filter.channel_id === undefined || filter.channel_id === delivery.channel_id) &&
    (filter.rule_id === undefined || filter.rule_id === delivery.rule_id);
}

function matches({ seq, delivery }: Row, query: DeliveryQuery): boolean {
  return (query.state === undefined || query.state === delivery.state) &&
    (query.channel_id === undefined || query.channel_id === delivery.channel_id) &&
    (query.alert_id === undefined || tellsOf(delivery, query.alert_id)) &&
    (query.rule_id === undefined || query.rule_id === delivery.rule_id) &&
    (query.reason === undefined || query.reason === delivery.reason) &&
    (query.before === undefined || seq < query.before);
}

function tellsOf({ alert_id, group }: Delivery, alertId: string): boolean {
  return alert_id === alertId || group?.alerts.some((one) => one.alert_id === alertId) === true;
}

function shownShort(row: Row): ShownDelivery {
  return { ...shown(row), attempts: row.attempts.map((attempt) => ({ ...attempt, response_body: null })) };
}

function shown(row: Row): ShownDelivery {
  return {
    seq: row.seq,
    delivery: { ...row.delivery },
    attempts: row.attempts.map((attempt) => ({ ...attempt })),
    attempts_total: row.attempts_total,
  };
}
