/**
 * The table of alerts. A new alert takes the next sequence number; a correction (same id, higher revision)
 * replaces the document and takes a new number too, so that whoever follows the stream sees it. What a
 * person did to an alert (ack) is kept in columns and outlives corrections. What was not delivered of the
 * older document keeps it (_alert_revisions.ts). Equal or lower revisions change
 * nothing: they come from a replay.
 */
import { present } from "../../base/assert.ts";
import { instant, timeOf } from "../../base/event_time.ts";
import type { Alert } from "../../model/alert.ts";
import type { AlertQuery, AlertSummary, StoredAlert } from "../effect_store.ts";
import type { Connection, SqlValue } from "./connection.ts";
import type { Sequence } from "./_marks.ts";
import { createRevisions, type Revisions } from "./_alert_revisions.ts";
import { createTally, type Tally } from "./_tally.ts";

export interface Alerts {
  /** Sequence number of the newest alert, 0 when there was none. */
  readonly last: number;
  /** The first thing in a transaction that puts. */
  begin(): void;
  put(alert: Alert): PutAlert;
  /** The last thing in it. */
  save(): void;
  /** Once its commit has returned. */
  settle(): void;
  get(alertId: string): StoredAlert | undefined;
  /** As of a revision; undefined when that one is not kept. */
  revision(alertId: string, revision: number): Alert | undefined;
  list(query: AlertQuery): { items: StoredAlert[]; next: number | null };
  after(seq: number, limit: number): StoredAlert[];
  summary(): AlertSummary;
  /** Inside a transaction. */
  ack(alertId: string, by: string | null, at: number): void;
  /** That of an alert's deliveries. */
  birth(alertId: string): number | undefined;
  /** Inside a transaction. */
  trim(firedBefore: number, slice: number): number;
}

export interface PutAlert {
  /** The sequence number of its first revision. */
  birth: number;
  /** undefined when this revision or a later one was known. */
  stored: StoredAlert | undefined;
}

interface Row {
  seq: number;
  ack: number;
  ack_at: string | null;
  ack_by: string | null;
  doc: string;
}

const ROW = "SELECT seq, ack, ack_at, ack_by, doc FROM alert";

export function createAlerts(db: Connection, seq: Sequence): Alerts {
  const byId = db.prepare<Row>(`${ROW} WHERE alert_id = ?`);
  const after = db.prepare<Row>(`${ROW} WHERE seq > ? ORDER BY seq LIMIT ?`);
  const unacked = db.prepare<{ severity: string; n: number }>(
    "SELECT severity, n FROM unacked WHERE n > 0 ORDER BY severity",
  );
  const ack = db.prepare(
    "UPDATE alert SET ack = 1, ack_at = ?, ack_by = ? WHERE alert_id = ? AND ack = 0",
  );
  const birth = db.prepare<{ birth: number }>("SELECT birth FROM alert WHERE alert_id = ?");
  const born = createTally(db, "unacked");
  const get = (alertId: string) => storedOf(byId.get(alertId));
  const revisions = createRevisions(db, get);

  return {
    get last() {
      return seq.last;
    },
    begin() {
      seq.begin();
      born.begin();
    },
    put: preparePut(db, { seq, born, get, revisions }),
    save() {
      seq.save();
      born.save();
    },
    settle: () => seq.settle(),
    get,
    revision: revisions.read,
    list(query) {
      const { where, values } = filter(query);
      const sql = `${ROW} WHERE ${where} ORDER BY seq DESC LIMIT ?`;
      const rows = db.prepare<Row>(sql).all(...values, query.limit + 1);
      const items = rows.slice(0, query.limit).map((row) => storedOf(row));
      return { items, next: rows.length > query.limit ? items.at(-1)?.seq ?? null : null };
    },
    after: (seq, limit) => after.all(seq, limit).map((row) => storedOf(row)),
    summary() {
      const rows = unacked.all();
      return {
        unacked_count: rows.reduce((sum, row) => sum + row.n, 0),
        by_severity: Object.fromEntries(rows.map((row) => [row.severity, row.n])),
      };
    },
    ack: (alertId, by, at) => void ack.run(instant(at), by, alertId),
    birth: (alertId) => birth.get(alertId)?.birth,
    trim: prepareTrim(db, revisions),
  };
}

function preparePut(
  db: Connection,
  { seq, born, get, revisions }: {
    seq: Sequence;
    born: Tally;
    get: Alerts["get"];
    revisions: Revisions;
  },
): Alerts["put"] {
  const insert = db.prepare(
    "INSERT INTO alert VALUES (?1, ?1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (alert_id) DO NOTHING",
  );
  const known = db.prepare<{ birth: number; revision: number }>(
    "SELECT birth, revision FROM alert WHERE alert_id = ?",
  );
  const correct = db.prepare(
    `UPDATE alert SET seq = ?, severity = ?, status = ?, fired_at = ?, revision = ?, doc = ?
     WHERE alert_id = ?`,
  );
  return (alert) => {
    const { alert_id, rule_id, severity, status } = alert;
    const firedAt = timeOf(alert.fired_at, null);
    const doc = JSON.stringify(alert);
    const n = seq.upcoming;
    const inserted = insert.run(
      ...[n, alert_id, rule_id, severity, status, firedAt, alert.revision],
      ...[Number(alert.ack), alert.ack_at, alert.ack_by, doc],
    );
    if (inserted.changes === 1) {
      seq.take();
      if (!alert.ack) born.add(severity);
      return { birth: n, stored: { seq: n, alert } };
    }
    const { birth, revision } = present(known.get(alert_id), "the alert in the way");
    if (revision >= alert.revision) return { birth, stored: undefined };
    revisions.keep(birth);
    correct.run(n, severity, status, firedAt, alert.revision, doc, alert_id);
    seq.take();
    return { birth, stored: get(alert_id) };
  };
}

// An alert whose deliveries still wait is spared: what was decided is attempted until it is settled.
function prepareTrim(db: Connection, revisions: Revisions): Alerts["trim"] {
  const due = db.prepare<{ seq: number; birth: number }>(
    `SELECT seq, birth FROM alert WHERE fired_at < ? AND NOT EXISTS (
       SELECT 1 FROM delivery d WHERE d.birth = alert.birth AND d.due_at IS NOT NULL)
     ORDER BY fired_at LIMIT ?`,
  );
  const attempts = db.prepare(
    "DELETE FROM attempt WHERE delivery IN (SELECT seq FROM delivery WHERE birth = ?)",
  );
  const deliveries = db.prepare("DELETE FROM delivery WHERE birth = ?");
  const remove = db.prepare("DELETE FROM alert WHERE seq = ?");
  return (firedBefore, slice) => {
    const rows = due.all(firedBefore, slice);
    for (const row of rows) {
      attempts.run(row.birth);
      deliveries.run(row.birth);
      revisions.drop(row.birth);
      remove.run(row.seq);
    }
    return rows.length;
  };
}

function filter(query: AlertQuery): { where: string; values: SqlValue[] } {
  const terms: [string, SqlValue | undefined][] = [
    ["rule_id = ?", query.rule_id],
    ["severity = ?", query.severity],
    ["status = ?", query.status],
    // Spelled out, so that the partial index on unacked alerts serves.
    [query.acked === true ? "ack = 1" : "ack = 0", query.acked === undefined ? undefined : null],
    ["fired_at >= ?", query.from_time],
    ["fired_at < ?", query.to_time],
    ["seq < ?", query.before],
  ];
  const used = terms.filter(([, value]) => value !== undefined);
  return {
    where: ["seq > 0", ...used.map(([sql]) => sql)].join(" AND "),
    values: used.filter(([sql]) => sql.includes("?")).map(([, value]) => value!),
  };
}

function storedOf(row: Row): StoredAlert;
function storedOf(row: Row | undefined): StoredAlert | undefined;
function storedOf(row: Row | undefined): StoredAlert | undefined {
  if (row === undefined) return undefined;
  const alert = JSON.parse(row.doc) as Alert;
  alert.ack = row.ack === 1;
  alert.ack_at = row.ack_at;
  alert.ack_by = row.ack_by;
  return { seq: row.seq, alert };
}
