/**
 * How far each rule has been applied: its own row, and the floor of the worker slot it is bound to (see
 * ../floor.ts for what a rule may claim from a floor). Everything that writes runs inside a transaction.
 */
import type { Counters, Position, RuleProgress, WorkerFloor } from "../effect_store.ts";
import { appliedOf, beyond, type Bound, laterOf, NO_FLOORS, ORIGIN, snapshotOffsetOf } from "../floor.ts";
import type { Connection } from "./connection.ts";
import type { Marks } from "./_marks.ts";

/** A rule's row beside the floors of its slot. */
export interface ProgressRow extends Bound {
  rule_id: string;
  incarnation: number;
  slot: number | null;
  counters: Counters;
  /** Offset of its published snapshot. */
  manifest: number | undefined;
}

export interface Progress {
  row(ruleId: string): ProgressRow | undefined;
  rows(): ProgressRow[];
  incarnate(ruleId: string): number;
  advance(row: ProgressRow, to: Position, counters: Counters): void;
  place(ruleId: string, slot: number | null, applied: Position): void;
  /** Raises the floor of a slot; `snapshot` as {@linkcode Progress.raiseSnapshotFloor} does. */
  raiseFloor(floor: WorkerFloor): void;
  raiseSnapshotFloor(slot: number, offset: number): void;
  /** Forgets what the rule's snapshots are good for. */
  dropSnapshots(ruleId: string): void;
  remove(ruleId: string): void;
}

interface Raw {
  rule_id: string;
  incarnation: number;
  applied_offset: number;
  applied_effects: number;
  slot: number | null;
  joined_applied: number;
  joined_snapshot: number;
  good: number | null;
  counters: string;
  floor_applied: number | null;
  floor_snapshot: number | null;
  manifest: number | null;
}

const ROW = `SELECT p.*, f.applied AS floor_applied, f.snapshot AS floor_snapshot, m.log_offset AS manifest
  FROM progress p LEFT JOIN floor f ON f.slot = p.slot LEFT JOIN manifest m ON m.rule_id = p.rule_id`;

const FLOOR = "INSERT INTO floor VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET";

export function createProgress(db: Connection, marks: Marks): Progress {
  const one = db.prepare<Raw>(`${ROW} WHERE p.rule_id = ?`);
  const all = db.prepare<Raw>(`${ROW} ORDER BY p.rule_id`);
  const incarnate = db.prepare<{ incarnation: number }>(
    `INSERT INTO progress VALUES (?, 1, 0, 0, NULL, 0, 0, NULL, '{}')
     ON CONFLICT DO UPDATE SET incarnation = incarnation + 1 RETURNING incarnation`,
  );
  const advance = db.prepare(
    "UPDATE progress SET applied_offset = ?, applied_effects = ?, counters = ? WHERE rule_id = ?",
  );
  const raiseApplied = db.prepare(`${FLOOR} applied = max(applied, excluded.applied)`);
  const raiseSnapshot = db.prepare(`${FLOOR} snapshot = max(snapshot, excluded.snapshot)`);
  const dropGood = db.prepare(
    `UPDATE progress SET good = NULL, joined_snapshot = coalesce(
       (SELECT snapshot FROM floor WHERE floor.slot = progress.slot), 0) WHERE rule_id = ?`,
  );
  const remove = db.prepare("DELETE FROM progress WHERE rule_id = ?");

  return {
    row: (ruleId) => rowOf(one.get(ruleId)),
    rows: () => all.all().map((raw) => rowOf(raw)),
    incarnate: (ruleId) => incarnate.get(ruleId)!.incarnation,
    advance(row, to, counters) {
      const summed = { ...row.counters };
      for (const [name, n] of Object.entries(counters)) summed[name] = (summed[name] ?? 0) + n;
      advance.run(to.offset, to.effects, JSON.stringify(summed), row.rule_id);
    },
    place: preparePlace(db, marks),
    raiseFloor(floor) {
      raiseApplied.run(floor.slot, floor.applied, 0);
      marks.raise("effect_offset", floor.applied);
    },
    raiseSnapshotFloor: (slot, offset) => void raiseSnapshot.run(slot, 0, offset),
    dropSnapshots: (ruleId) => void dropGood.run(ruleId),
    remove(ruleId) {
      const row = rowOf(one.get(ruleId));
      if (row !== undefined) marks.raise("effect_offset", beyond(appliedOf(row)));
      remove.run(ruleId);
    },
  };
}

// A rule takes what it may claim from the slot it leaves along, and notes the floors of the one it joins.
function preparePlace(db: Connection, marks: Marks): Progress["place"] {
  const one = db.prepare<Raw>(`${ROW} WHERE p.rule_id = ?`);
  const floors = db.prepare<{ applied: number; snapshot: number }>(
    "SELECT applied, snapshot FROM floor WHERE slot = ?",
  );
  const upsert = db.prepare(
    `INSERT INTO progress VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6, ?7, '{}') ON CONFLICT DO UPDATE SET
       applied_offset = ?2, applied_effects = ?3, slot = ?4, joined_applied = ?5, joined_snapshot = ?6,
       good = ?7`,
  );
  return (ruleId, slot, given) => {
    const row = rowOf(one.get(ruleId));
    const good = row === undefined ? undefined : snapshotOffsetOf(row, undefined);
    const applied = laterOf(given, row === undefined ? ORIGIN : appliedOf(row));
    const joined = (slot === null ? undefined : floors.get(slot)) ?? NO_FLOORS;
    upsert.run(
      ...[ruleId, applied.offset, applied.effects, slot, joined.applied, joined.snapshot, good ?? null],
    );
    marks.raise("effect_offset", beyond(applied));
  };
}

function rowOf(raw: Raw): ProgressRow;
function rowOf(raw: Raw | undefined): ProgressRow | undefined;
function rowOf(raw: Raw | undefined): ProgressRow | undefined {
  if (raw === undefined) return undefined;
  return {
    rule_id: raw.rule_id,
    incarnation: raw.incarnation,
    applied: { offset: raw.applied_offset, effects: raw.applied_effects },
    slot: raw.slot,
    good: raw.good,
    joined: { applied: raw.joined_applied, snapshot: raw.joined_snapshot },
    floors: { applied: raw.floor_applied ?? 0, snapshot: raw.floor_snapshot ?? 0 },
    counters: JSON.parse(raw.counters) as Counters,
    manifest: raw.manifest ?? undefined,
  };
}

/** As callers see it. */
export function progressOf(row: ProgressRow): RuleProgress {
  const { rule_id, incarnation, slot, counters } = row;
  return { rule_id, incarnation, applied: { ...appliedOf(row) }, slot, counters };
}
