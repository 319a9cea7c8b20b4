/**
 * The tables of `tocsin.db` and how they came to be: one migration per version of the schema, applied in
 * order inside one transaction; PRAGMA user_version says how many a file has had. A file of a newer version
 * than this program knows is refused, never guessed at.
 *
 * Wide columns stand last, so that scans over the narrow ones stay on leaf pages. Numbers of rows that are
 * shown (deliveries per state, unacked alerts per severity) are kept beside them: by ./_tally.ts when rows
 * are born, by triggers when they change or go.
 */
import type { DatabaseSync } from "node:sqlite";

const LOG = `
CREATE TABLE log (
  first INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  kind TEXT NOT NULL,
  topic TEXT NOT NULL,
  arrival INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  lines BLOB NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX log_topic ON log (topic) WHERE kind = 'events';

-- The topic '' sums up the whole log, records of every kind included.
CREATE TABLE topic (
  topic TEXT PRIMARY KEY,
  events INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  first_offset INTEGER NOT NULL,
  last_offset INTEGER NOT NULL,
  last_arrival INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE gap (
  from_offset INTEGER PRIMARY KEY,
  to_offset INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;

-- Numbers that only grow: trimmed, effect_offset, alert_seq, delivery_seq.
CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE reply (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  request TEXT NOT NULL,
  status INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX reply_created ON reply (created_at);
`;

const RULES = `
CREATE TABLE rule_version (
  rule_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  from_offset INTEGER NOT NULL,
  change TEXT NOT NULL,
  active INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  doc TEXT NOT NULL,
  UNIQUE (rule_id, version)
) STRICT;

-- The newest version of each rule. \`born\` is the offset of the record that created it.
CREATE TABLE rule (
  rule_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  born INTEGER NOT NULL,
  active INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  trigger_type TEXT NOT NULL,
  severity TEXT NOT NULL,
  name TEXT NOT NULL,
  tags TEXT NOT NULL
) STRICT;
CREATE INDEX rule_born ON rule (born) WHERE deleted = 0;
`;

const EFFECTS = `
CREATE TABLE progress (
  rule_id TEXT PRIMARY KEY,
  incarnation INTEGER NOT NULL,
  applied_offset INTEGER NOT NULL,
  applied_effects INTEGER NOT NULL,
  slot INTEGER,
  joined_applied INTEGER NOT NULL,
  joined_snapshot INTEGER NOT NULL,
  good INTEGER,
  counters TEXT NOT NULL
) STRICT;

CREATE TABLE floor (
  slot INTEGER PRIMARY KEY,
  applied INTEGER NOT NULL,
  snapshot INTEGER NOT NULL
) STRICT;

-- birth: the seq of its first revision, which deliveries point at.
CREATE TABLE alert (
  seq INTEGER PRIMARY KEY,
  birth INTEGER NOT NULL,
  alert_id TEXT NOT NULL UNIQUE,
  rule_id TEXT NOT NULL,
  severity TEXT NOT NULL,
  status TEXT NOT NULL,
  fired_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  ack INTEGER NOT NULL,
  ack_at TEXT,
  ack_by TEXT,
  doc TEXT NOT NULL
) STRICT;
CREATE INDEX alert_rule ON alert (rule_id);
CREATE INDEX alert_fired ON alert (fired_at);
CREATE INDEX alert_unacked ON alert (seq) WHERE ack = 0;

CREATE TABLE unacked (severity TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER alert_changed AFTER UPDATE OF ack, severity ON alert BEGIN
  UPDATE unacked SET n = n - 1 WHERE severity = old.severity AND old.ack = 0;
  INSERT INTO unacked SELECT new.severity, 1 WHERE new.ack = 0 ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER alert_gone AFTER DELETE ON alert WHEN old.ack = 0 BEGIN
  UPDATE unacked SET n = n - 1 WHERE severity = old.severity;
END;

CREATE TABLE manifest (
  rule_id TEXT PRIMARY KEY,
  snapshot INTEGER NOT NULL,
  log_offset INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  rule_version INTEGER NOT NULL,
  format INTEGER NOT NULL
) STRICT;

CREATE TABLE manifest_partition (
  rule_id TEXT NOT NULL,
  partition INTEGER NOT NULL,
  snapshot INTEGER NOT NULL,
  PRIMARY KEY (rule_id, partition)
) STRICT, WITHOUT ROWID;

CREATE TABLE chunk (
  rule_id TEXT NOT NULL,
  snapshot INTEGER NOT NULL,
  partition INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (rule_id, snapshot, partition)
) STRICT;
`;

const OUTBOX = `
-- birth: that of its alert; an index over the alert's id, which is random, would cost a page a row.
-- due_at: when a row that waits may be claimed, by its schedule and its lease; null once it is final.
CREATE TABLE delivery (
  seq INTEGER PRIMARY KEY,
  delivery_id TEXT NOT NULL UNIQUE,
  birth INTEGER NOT NULL,
  alert_id TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  retries INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  next_attempt_at INTEGER,
  reason TEXT,
  lease_owner TEXT,
  lease_until INTEGER,
  due_at INTEGER GENERATED ALWAYS AS (
    CASE WHEN state IN ('queued', 'sending', 'retry_wait', 'deferred')
    THEN max(coalesce(next_attempt_at, created_at), coalesce(lease_until, 0)) END
  ) VIRTUAL
) STRICT;
CREATE INDEX delivery_due ON delivery (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX delivery_expiry ON delivery (expires_at) WHERE due_at IS NOT NULL;
CREATE INDEX delivery_alert ON delivery (birth);
CREATE INDEX delivery_rule ON delivery (rule_id);
CREATE INDEX delivery_channel ON delivery (channel_id);
CREATE INDEX delivery_state ON delivery (state);

CREATE TABLE delivery_count (state TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER delivery_moved AFTER UPDATE OF state ON delivery WHEN old.state <> new.state BEGIN
  UPDATE delivery_count SET n = n - 1 WHERE state = old.state;
  INSERT INTO delivery_count VALUES (new.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER delivery_gone AFTER DELETE ON delivery BEGIN
  UPDATE delivery_count SET n = n - 1 WHERE state = old.state;
END;

CREATE TABLE attempt (
  delivery INTEGER NOT NULL,
  n INTEGER NOT NULL,
  at INTEGER NOT NULL,
  duration_ms REAL NOT NULL,
  status INTEGER,
  class TEXT NOT NULL,
  error TEXT,
  response_body TEXT,
  UNIQUE (delivery, n)
) STRICT;
`;

const ROOMS = `
CREATE TABLE channel (
  id INTEGER PRIMARY KEY,
  channel_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  doc TEXT NOT NULL
) STRICT;

CREATE TABLE strike (
  rule_id TEXT NOT NULL,
  log_offset INTEGER NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (rule_id, log_offset)
) STRICT, WITHOUT ROWID;

CREATE TABLE poison (
  rule_id TEXT NOT NULL,
  log_offset INTEGER NOT NULL,
  at INTEGER NOT NULL,
  error TEXT NOT NULL,
  PRIMARY KEY (rule_id, log_offset)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
  rule_id TEXT PRIMARY KEY,
  log_offset INTEGER NOT NULL,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

// `doc` is the version as callers see it; `image` names its chunks.
const LOOKUPS = `
CREATE TABLE lookup_version (
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  from_offset INTEGER NOT NULL,
  image INTEGER NOT NULL UNIQUE,
  doc TEXT NOT NULL,
  UNIQUE (name, version)
) STRICT;

CREATE TABLE lookup_chunk (
  image INTEGER NOT NULL,
  n INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (image, n)
) STRICT;
`;

/** Alerts that were revised, as they were, for deliveries of older revisions. Until then there was one. */
const REVISIONS = `
ALTER TABLE delivery ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
CREATE INDEX alert_birth ON alert (birth);
CREATE TABLE alert_revision (
  birth INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (birth, revision)
) STRICT;
`;

const SUPERSEDE = `
  UPDATE delivery SET state = 'cancelled', reason = 'superseded', next_attempt_at = NULL
  WHERE channel_id = new.channel_id AND order_key = new.order_key AND due_at IS NOT NULL
    AND state IN ('retry_wait', 'deferred') AND lease_owner IS NULL
    AND EXISTS (SELECT 1 FROM delivery AS later WHERE later.channel_id = delivery.channel_id
      AND later.order_key = delivery.order_key AND later.due_at IS NOT NULL
      AND later.alert_id = delivery.alert_id AND later.revision > delivery.revision);
`;

/**
 * Deliveries in order, and recipients that are settled (JSON). By triggers, since both a birth and the end of
 * an attempt may leave a failed row behind a newer one of the same alert; the index holds what waits.
 */
const ORDER = `
ALTER TABLE delivery ADD COLUMN order_key TEXT;
ALTER TABLE delivery ADD COLUMN settled TEXT;
CREATE INDEX delivery_order ON delivery (channel_id, order_key, seq)
  WHERE order_key IS NOT NULL AND due_at IS NOT NULL;
CREATE TRIGGER delivery_ordered AFTER INSERT ON delivery WHEN new.order_key IS NOT NULL BEGIN
  ${SUPERSEDE}
END;
CREATE TRIGGER delivery_failed AFTER UPDATE OF state ON delivery
WHEN new.order_key IS NOT NULL AND new.state IN ('retry_wait', 'deferred') BEGIN
  ${SUPERSEDE}
END;
`;

/** Documents of routing, and the router's work: alerts it has not taken, groups, sources of inhibitions. */
const ROUTING = `
ALTER TABLE delivery ADD COLUMN suppressed_by TEXT;
ALTER TABLE delivery ADD COLUMN group_doc TEXT;
-- The alerts that a delivery of a group tells of, by their births.
CREATE TABLE delivery_member (
  birth INTEGER NOT NULL,
  delivery INTEGER NOT NULL,
  PRIMARY KEY (birth, delivery)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_member_delivery ON delivery_member (delivery);
CREATE TRIGGER delivery_group_gone AFTER DELETE ON delivery WHEN old.group_doc IS NOT NULL BEGIN
  DELETE FROM delivery_member WHERE delivery = old.seq;
END;
CREATE TABLE routing (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, updated_at INTEGER NOT NULL, doc TEXT) STRICT;
CREATE TABLE silence (
  id INTEGER PRIMARY KEY,
  silence_id TEXT NOT NULL UNIQUE,
  ends_at INTEGER NOT NULL,
  doc TEXT NOT NULL
) STRICT;
CREATE TABLE inhibition (id INTEGER PRIMARY KEY, inhibition_id TEXT NOT NULL UNIQUE, doc TEXT NOT NULL) STRICT;
-- AUTOINCREMENT: a number is never given twice, so that "done up to" stays true.
CREATE TABLE route_inbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, doc TEXT NOT NULL) STRICT;
CREATE TABLE route_group (id INTEGER PRIMARY KEY, group_key TEXT NOT NULL UNIQUE, doc TEXT NOT NULL) STRICT;
CREATE TABLE route_source (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, doc TEXT NOT NULL) STRICT;
`;

const TEMPLATES = `
CREATE TABLE template (
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (name, version)
) STRICT;
`;

/** Deliveries that stand in for others, or may be stood in for, and those that carry out actions. */
const FALLBACK = `
ALTER TABLE delivery ADD COLUMN fallback TEXT;
ALTER TABLE delivery ADD COLUMN action INTEGER;
`;

/** What actions came to, words of deliveries of their own, the log of executions, API definitions, templates of actions. */
const EXECUTIONS = `
ALTER TABLE delivery ADD COLUMN result TEXT;
ALTER TABLE delivery ADD COLUMN texts TEXT;
CREATE TABLE exec_log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  exec_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  at INTEGER NOT NULL,
  duration_ms REAL NOT NULL,
  status TEXT NOT NULL,
  executed_by TEXT NOT NULL,
  error TEXT,
  refs TEXT NOT NULL
) STRICT;
CREATE INDEX exec_log_subject ON exec_log (kind, subject, seq);
CREATE INDEX exec_log_at ON exec_log (kind, at);
CREATE TABLE api_definition (
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (name, version)
) STRICT;
CREATE TABLE action_template (
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (name, version)
) STRICT;
`;

/** What happened, counted by kind and name in buckets of time, and the newest errors. */
const FIGURES = `
CREATE TABLE figure (
  kind TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  name TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (kind, bucket, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX figure_bucket ON figure (bucket);
CREATE TABLE error_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  rule_id TEXT,
  ref TEXT,
  duration_ms REAL,
  message TEXT NOT NULL
) STRICT;
`;

/** Secrets that requests carry. */
const SECRETS = `
CREATE TABLE secret (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  doc TEXT NOT NULL
) STRICT;
`;

const MIGRATIONS: readonly string[] = [
  LOG + RULES + EFFECTS + OUTBOX + ROOMS,
  LOOKUPS,
  REVISIONS,
  ORDER,
  ROUTING,
  TEMPLATES,
  FALLBACK,
  EXECUTIONS,
  FIGURES,
  SECRETS,
];

/**
 * Brings a database to the newest schema.
 * @throws Error when the file was written by a newer program.
 */
export function migrate(db: DatabaseSync): void {
  const row = db.prepare("PRAGMA user_version").get() as { user_version: number };
  const version = row.user_version;
  if (version > MIGRATIONS.length) {
    throw new Error(
      `Cannot open a database of schema ${version}: this program knows schemas up to ${MIGRATIONS.length}`,
    );
  }
  if (version === MIGRATIONS.length) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
