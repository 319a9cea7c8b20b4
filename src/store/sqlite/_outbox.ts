/**
 * The outbox over SQLite. The generated column `due_at` says when a waiting row may be claimed: by its
 * schedule, or by the end of a lease that somebody else may have died with; it is null for final rows, so
 * the index over it holds only what waits.
 */
import type { JsonObject } from "../../base/json.ts";
import type { Attempt, Delivery } from "../../model/delivery.ts";
import {
  type ActionOutcome,
  type AttemptOutcome,
  type ChannelCounts,
  LAST_ATTEMPTS_KEPT,
  type Outbox,
  type RedriveFacet,
  type RedriveFilter,
  type ShownDelivery,
} from "../outbox.ts";
import type { Connection } from "./connection.ts";
import type { SqliteExecLog } from "./_exec_log.ts";
import type { DeliveryBirth } from "./_delivery_birth.ts";
import {
  DELIVERY,
  deliveryOf,
  type DeliveryRow,
  IN_TURN,
  prepareShow,
  queryOf,
  redrivable,
} from "./_delivery_rows.ts";

type Writes = Pick<
  Outbox,
  "claim" | "adopt" | "renew" | "release" | "record" | "expire" | "cancel" | "hurry" | "redrive"
>;
type Reads = Omit<Outbox, keyof Writes>;

const FREE = "lease_owner = NULL, lease_until = NULL";

/** What is written in the transaction of a record. */
export interface RecordParts {
  births: DeliveryBirth;
  execs: Pick<SqliteExecLog, "put">;
}

export function createOutbox(db: Connection, parts: RecordParts): Outbox {
  return {
    ...createLeases(db),
    record: prepareRecord(db, parts),
    ...createEndings(db),
    ...createReads(db),
  };
}

function createLeases(db: Connection): Pick<Writes, "claim" | "adopt" | "renew" | "release"> {
  const due = db.prepare<DeliveryRow>(
    `SELECT ${DELIVERY} FROM delivery WHERE due_at <= ? AND expires_at > ?
       AND channel_id NOT IN (SELECT value FROM json_each(?)) AND ${IN_TURN} ORDER BY due_at, seq LIMIT ?`,
  );
  const lease = db.prepare("UPDATE delivery SET lease_owner = ?, lease_until = ? WHERE seq = ?");
  const adopt = db.prepare(
    `UPDATE delivery SET ${FREE} WHERE due_at IS NOT NULL AND lease_owner IS NOT NULL AND lease_owner <> ?`,
  );
  const renew = db.prepare(
    "UPDATE delivery SET lease_until = ? WHERE delivery_id = ? AND lease_owner = ?",
  );
  const release = db.prepare(`UPDATE delivery SET ${FREE} WHERE delivery_id = ? AND lease_owner = ?`);
  return {
    claim: ({ owner, now, leaseUntil, limit, skipChannels = [] }) =>
      db.write("normal", () => {
        const rows = due.all(now, now, JSON.stringify(skipChannels), limit);
        for (const row of rows) lease.run(owner, leaseUntil, row.seq);
        return rows.map(deliveryOf);
      }),
    adopt: (owner) => db.write("normal", () => Number(adopt.run(owner).changes)),
    renew: (owner, deliveryIds, leaseUntil) =>
      db.write("normal", () => {
        for (const id of deliveryIds) renew.run(leaseUntil, id, owner);
      }),
    release: (owner, deliveryIds) =>
      db.write("normal", () => {
        for (const id of deliveryIds) release.run(id, owner);
      }),
  };
}

function prepareRecord(db: Connection, { births, execs }: RecordParts): Outbox["record"] {
  const attempt = db.prepare<{ delivery: number; n: number }>(
    `INSERT INTO attempt SELECT seq, (SELECT coalesce(max(n), 0) + 1 FROM attempt WHERE delivery = seq),
       ?, ?, ?, ?, ?, ? FROM delivery WHERE delivery_id = ? RETURNING delivery, n`,
  );
  const prune = db.prepare("DELETE FROM attempt WHERE delivery = ? AND n > 1 AND n <= ?");
  const move = db.prepare(
    `UPDATE delivery SET state = ?, retries = ?, next_attempt_at = ?, reason = ?,
       settled = coalesce(?, settled), result = coalesce(?, result), ${FREE} WHERE delivery_id = ? AND lease_owner = ?`,
  );
  const birthOf = db.prepare<{ birth: number }>("SELECT birth FROM delivery WHERE delivery_id = ?");
  const bear = (born: readonly Delivery[], of: string) => {
    const birth = birthOf.get(of)?.birth;
    if (birth === undefined) return;
    for (const delivery of born) births.put(delivery, { birth, owner: "", leaseUntil: 0 });
  };
  const keep = (a: Attempt, deliveryId: string) => {
    const made = attempt.get(
      ...[a.at, a.duration_ms, a.status, a.class, a.error, a.response_body, deliveryId],
    );
    if (made !== undefined && made.n > LAST_ATTEMPTS_KEPT + 1) {
      prune.run(made.delivery, made.n - LAST_ATTEMPTS_KEPT);
    }
  };
  const write = (owner: string, { attempt: a, ...to }: AttemptOutcome) => {
    if (a !== null) keep(a, to.delivery_id);
    const [settled, result] = [jsonOf(to.settled), jsonOf(to.result)];
    const moved = move.run(
      ...[to.state, to.retries, to.next_attempt_at, to.reason, settled, result, to.delivery_id, owner],
    );
    if (moved.changes !== 1) return;
    if (to.births !== undefined) bear(to.births, to.delivery_id);
    if (to.exec !== undefined) execs.put(to.exec);
  };
  return (owner, outcomes) =>
    db.read(() => {
      const bears = outcomes.some(({ births: born }) => born !== undefined);
      db.transact("normal", () => {
        if (bears) births.begin();
        for (const outcome of outcomes) write(owner, outcome);
        if (bears) births.save();
      });
      if (bears) births.settle();
    });
}

function jsonOf(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function createEndings(db: Connection): Pick<Writes, "expire" | "cancel" | "hurry" | "redrive"> {
  const expire = db.prepare(
    `UPDATE delivery SET state = 'expired', reason = 'expired', next_attempt_at = NULL, ${FREE}
     WHERE seq IN (SELECT seq FROM delivery WHERE due_at IS NOT NULL AND expires_at <= ?
       AND coalesce(lease_until, 0) <= ? ORDER BY expires_at LIMIT ?)`,
  );
  const cancel = db.prepare(
    `UPDATE delivery SET state = 'cancelled', reason = ?, next_attempt_at = NULL, ${FREE}
     WHERE channel_id = ? AND due_at IS NOT NULL`,
  );
  const hurry = db.prepare(
    `UPDATE delivery SET next_attempt_at = ? WHERE state IN ('deferred', 'retry_wait')
       AND (channel_id = ? OR delivery_id = ?)`,
  );
  const queue = db.prepare(
    `UPDATE delivery SET state = 'queued', retries = 0, next_attempt_at = ?, expires_at = ?, reason = NULL,
       ${FREE} WHERE seq = ?`,
  );
  const chosen = (filter: RedriveFilter, limit: number) => {
    const { sql, values } = redrivable(filter);
    return db.prepare<{ seq: number; delivery_id: string }>(
      `SELECT seq, delivery_id FROM delivery WHERE ${sql} ORDER BY seq LIMIT ?`,
    ).all(...values, limit);
  };
  return {
    expire: (now, limit) => db.write("normal", () => Number(expire.run(now, now, limit).changes)),
    cancel: (channelId, reason) => db.write("normal", () => Number(cancel.run(reason, channelId).changes)),
    hurry: (which, now) =>
      db.write("normal", () => {
        const [channel, id] = "channel_id" in which ? [which.channel_id, null] : [null, which.delivery_id];
        return Number(hurry.run(now, channel, id).changes);
      }),
    redrive: (filter, now, expiresAt, limit) =>
      db.write("normal", () => {
        const rows = chosen(filter, limit);
        for (const row of rows) queue.run(now, expiresAt, row.seq);
        return rows.map((row) => row.delivery_id);
      }),
  };
}

function prepareActions(db: Connection): Outbox["actions"] {
  const actions = db.prepare<Omit<ActionOutcome, "result"> & { result: string | null }>(
    `SELECT action, state, result,
       (SELECT error FROM attempt WHERE delivery = d.seq ORDER BY n DESC LIMIT 1) AS error
     FROM delivery d WHERE birth = (SELECT birth FROM alert WHERE alert_id = ?) AND revision = ?
       AND kind = 'action' ORDER BY action`,
  );
  return (alertId, revision) =>
    db.read(() =>
      actions.all(alertId, revision).map(({ result, ...row }) => ({
        ...row,
        result: result === null ? null : JSON.parse(result) as JsonObject,
      }))
    );
}

function createReads(db: Connection): Reads {
  const show = prepareShow(db, { bodies: true });
  const showShort = prepareShow(db, { bodies: false });
  const one = db.prepare<DeliveryRow>(`SELECT ${DELIVERY} FROM delivery WHERE delivery_id = ?`);
  const next = db.prepare<{ at: number }>(
    `SELECT coalesce(next_attempt_at, created_at) AS at FROM delivery
     WHERE due_at IS NOT NULL AND lease_owner IS NULL
       AND channel_id NOT IN (SELECT value FROM json_each(?)) AND ${IN_TURN} ORDER BY due_at LIMIT 1`,
  );
  const latest = db.prepare<{ class: string }>(
    `SELECT class FROM attempt WHERE delivery = (SELECT seq FROM delivery WHERE delivery_id = ?)
     ORDER BY n DESC`,
  );
  const counts = db.prepare<{ state: string; n: number }>(
    "SELECT state, n FROM delivery_count WHERE n > 0 ORDER BY state",
  );
  const byChannel = db.prepare<ChannelCounts>(
    `SELECT channel_id, state, count(*) AS count FROM delivery WHERE created_at >= ? OR due_at IS NOT NULL
     GROUP BY channel_id, state ORDER BY channel_id, state`,
  );
  const oldest = db.prepare<{ created_at: number }>(
    "SELECT created_at FROM delivery WHERE state = 'queued' ORDER BY seq LIMIT 1",
  );
  return {
    nextDue: (skipChannels = []) => db.read(() => next.get(JSON.stringify(skipChannels))?.at ?? null),
    deferrals: (deliveryId) =>
      db.read(() => {
        const classes = latest.all(deliveryId).map((attempt) => attempt.class);
        const other = classes.findIndex((one) => one !== "deferred");
        return other < 0 ? classes.length : other;
      }),
    get: (deliveryId) =>
      db.read((): ShownDelivery | undefined => {
        const row = one.get(deliveryId);
        return row && show(row);
      }),
    actions: prepareActions(db),
    list: (query) =>
      db.read(() => {
        const { sql, values } = queryOf(query);
        const rows = db.prepare<DeliveryRow>(
          `SELECT ${DELIVERY} FROM delivery WHERE ${sql} ORDER BY seq DESC LIMIT ?`,
        ).all(...values, query.limit + 1);
        const items = rows.slice(0, query.limit).map(showShort);
        return { items, next: rows.length > query.limit ? items.at(-1)?.seq ?? null : null };
      }),
    redrivable: (filter) =>
      db.read(() => {
        const { sql, values } = redrivable(filter);
        return db.prepare<RedriveFacet>(
          `SELECT state, reason, count(*) AS count FROM delivery WHERE ${sql}
           GROUP BY state, reason ORDER BY count DESC, state, reason`,
        ).all(...values).map((facet) => ({ ...facet }));
      }),
    counts: () => db.read(() => Object.fromEntries(counts.all().map(({ state, n }) => [state, n]))),
    countsByChannel: (since) => db.read(() => byChannel.all(since).map((row) => ({ ...row }))),
    oldestQueued: () => db.read(() => oldest.get()?.created_at ?? null),
  };
}
