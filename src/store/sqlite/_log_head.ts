/**
 * Where the log ends when the store is opened. The next offset is beyond everything that any table has
 * named, not only beyond the rows of the log: rows may be gone (retention, a restored or edited file), and
 * an offset that was given once must not be given again. A jump is recorded as a gap.
 */
import type { Connection } from "./connection.ts";
import type { Marks } from "./_marks.ts";

export interface LogHead {
  next: number;
  first: number;
  lastArrival: number;
  bytes: number;
}

// Positions (applied, snapshots, floors) name the next offset to come; the other columns name one given.
const NAMED = `
  SELECT max(next) AS next FROM (
    SELECT max(applied_offset + (applied_effects > 0)) AS next FROM progress
    UNION ALL SELECT max(good) FROM progress
    UNION ALL SELECT max(max(applied, snapshot)) FROM floor
    UNION ALL SELECT max(log_offset) FROM manifest
    UNION ALL SELECT max(from_offset) + 1 FROM rule_version
    UNION ALL SELECT max(log_offset) + 1 FROM poison
    UNION ALL SELECT max(log_offset) FROM quarantine
    UNION ALL SELECT max(to_offset) FROM gap
    UNION ALL SELECT last_offset + 1 FROM topic WHERE topic = ''
  )`;

/** Reads the head of the log; writes a gap row where offsets were skipped. */
export function openLogHead(db: Connection, marks: Marks): LogHead {
  const newest = db.prepare<{ end: number; arrival: number }>(
    "SELECT first + count AS end, arrival FROM log ORDER BY first DESC LIMIT 1",
  ).get();
  const sum = db.prepare<{ bytes: number; last_arrival: number }>(
    "SELECT bytes, last_arrival FROM topic WHERE topic = ''",
  ).get();
  const named = db.prepare<{ next: number | null }>(NAMED).get();
  const end = Math.max(newest?.end ?? 0, marks.read("trimmed"));
  const next = Math.max(end, marks.read("effect_offset"), named?.next ?? 0);
  if (next > end) recordJump(db, { from: end, to: next });
  return {
    next,
    first: firstOffset(db) ?? next,
    lastArrival: Math.max(newest?.arrival ?? 0, sum?.last_arrival ?? 0),
    bytes: sum?.bytes ?? 0,
  };
}

/** The smallest offset that a record holds. */
export function firstOffset(db: Connection): number | undefined {
  return db.prepare<{ first: number }>("SELECT first FROM log ORDER BY first LIMIT 1").get()?.first;
}

function recordJump(db: Connection, gap: { from: number; to: number }): void {
  db.transact("full", () => {
    db.prepare(
      `INSERT INTO gap VALUES (?, ?, 'log_lost')
       ON CONFLICT DO UPDATE SET to_offset = max(to_offset, excluded.to_offset)`,
    ).run(gap.from, gap.to);
  });
}
